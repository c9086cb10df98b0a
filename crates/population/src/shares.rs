//! Shares of buyers: which part of the unit interval belongs to whom.

/// Shares in order, and where each begins and ends.
#[derive(Debug, Clone)]
pub(crate) struct Shares {
    shares: Vec<f64>,
    /// Sum of this share and those before it; the last is one.
    cumulative: Vec<f64>,
}

impl Shares {
    /// From shares >= 0 that sum to one, or nearly.
    pub(crate) fn new(shares: Vec<f64>) -> Self {
        let total: f64 = shares.iter().sum();
        let cumulative = shares
            .iter()
            .scan(0.0, |sum, share| {
                *sum += share;
                Some(*sum / total)
            })
            .collect();
        Self { shares, cumulative }
    }

    /// The position of the share in which a uniform number falls.
    pub(crate) fn position(&self, uniform: f64) -> usize {
        // The sum may end below one by rounding; the last share that anybody has is then hers.
        let last = self.shares.iter().rposition(|share| *share > 0.0).unwrap_or(0);
        self.cumulative.partition_point(|end| *end <= uniform).min(last)
    }

    /// The shares as they were given.
    pub(crate) fn iter(&self) -> impl Iterator<Item = f64> + '_ {
        self.shares.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_belong_to_the_next_and_empty_shares_to_nobody() {
        let shares = Shares::new(vec![0.0, 0.25, 0.0, 0.75, 0.0]);
        for (uniform, position) in [(1e-17, 1), (0.24, 1), (0.25, 3), (1.0 - 1e-16, 3), (1.0, 3)] {
            assert_eq!(shares.position(uniform), position, "{uniform}");
        }
        assert_eq!(shares.iter().count(), 5);
    }
}
