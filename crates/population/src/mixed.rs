//! A law mixed of others: what is known of a population of several kinds of buyers whose laws are known.

use std::sync::Arc;

use model::belief::Law;

use crate::root::{self, RESOLVED, below_resolved};
use crate::special::Tails;

/// Laws without atoms, each for a share of the buyers.
///
/// ```text
/// 1 - F(x) = Σ_c share_c (1 - F_c(x)),   f(x) = Σ_c share_c f_c(x)
/// ```
#[derive(Debug)]
pub(crate) struct MixedLaw {
    parts: Vec<(f64, Arc<dyn Law>)>,
}

impl MixedLaw {
    /// From at least one law; shares are positive and are made to sum to one.
    pub(crate) fn new(mut parts: Vec<(f64, Arc<dyn Law>)>) -> Self {
        let total: f64 = parts.iter().map(|(share, _)| share).sum();
        for (share, _) in &mut parts {
            *share /= total;
        }
        Self { parts }
    }

    fn average(&self, g: impl Fn(&dyn Law) -> f64) -> f64 {
        self.parts.iter().map(|(share, law)| share * g(&**law)).sum()
    }
}

impl Law for MixedLaw {
    fn support(&self) -> (f64, f64) {
        let supports = self.parts.iter().map(|(_, law)| law.support());
        supports.fold((f64::INFINITY, 0.0), |(low, high), (a, b)| (low.min(a), f64::max(high, b)))
    }

    fn survival(&self, x: f64) -> f64 {
        // At the ends themselves exact, however the shares were rounded.
        let (bottom, top) = self.support();
        if x <= bottom {
            1.0
        } else if x >= top {
            0.0
        } else {
            self.average(|law| law.survival(x)).min(1.0)
        }
    }

    fn density(&self, x: f64) -> f64 {
        self.average(|law| law.density(x))
    }

    fn upper_quantile(&self, p: f64) -> f64 {
        let (bottom, top) = self.support();
        if p >= 1.0 {
            return bottom;
        }
        if p <= 0.0 {
            return top;
        }
        if p > RESOLVED {
            return below_resolved(bottom, self.upper_quantile(RESOLVED), p);
        }
        // The quantile of a mixture lies between those of its parts.
        let quantiles = self.parts.iter().map(|(_, law)| law.upper_quantile(p));
        let (low, high) =
            quantiles.fold((f64::INFINITY, 0.0_f64), |(low, high), x| (low.min(x), high.max(x)));
        root::between(low, high, Tails::from_upper(p), |x| {
            (Tails::from_upper(self.survival(x)), self.density(x))
        })
    }

    fn jumps(&self) -> Vec<f64> {
        jumps_of(self.parts.iter().map(|(_, law)| &**law))
    }

    fn tail_index(&self) -> f64 {
        self.parts.iter().map(|(_, law)| law.tail_index()).fold(f64::INFINITY, f64::min)
    }
}

/// Where the density of a mixture may jump: where one of its laws begins, ends or jumps inside the support of all.
pub(crate) fn jumps_of<'a>(laws: impl Iterator<Item = &'a dyn Law>) -> Vec<f64> {
    let (mut bottom, mut top, mut jumps) = (f64::INFINITY, 0.0_f64, Vec::new());
    for law in laws {
        let (low, high) = law.support();
        (bottom, top) = (bottom.min(low), top.max(high));
        jumps.extend([low, high]);
        jumps.extend(law.jumps());
    }
    jumps.retain(|x| *x > bottom && *x < top);
    jumps.sort_by(f64::total_cmp);
    jumps.dedup();
    jumps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::{Exponential, Lognormal, Pareto, Uniform};

    #[test]
    fn two_halves_of_an_interval_make_the_whole() {
        let half = |low, high| Arc::new(Uniform { low, high }) as Arc<dyn Law>;
        let law = MixedLaw::new(vec![(1.0, half(0.0, 1.0)), (3.0, half(1.0, 4.0))]);
        let whole = Uniform { low: 0.0, high: 4.0 };
        assert_eq!(law.support(), (0.0, 4.0));
        for x in [0.0, 0.3, 1.5, 4.0] {
            assert!((law.survival(x) - whole.survival(x)).abs() < 1e-15);
            assert!((law.upper_quantile(whole.survival(x)) - x).abs() < 1e-14, "{x}");
        }
        assert_eq!((law.density(0.5), law.density(2.0)), (0.25, 0.25));
        assert_eq!(law.jumps(), [1.0]);
        let mixed_again = MixedLaw::new(vec![(0.5, Arc::new(law)), (0.5, half(0.0, 9.0))]);
        assert_eq!(mixed_again.jumps(), [1.0, 4.0]);
    }

    #[test]
    fn quantiles_invert_the_survival_into_the_heaviest_tail() {
        let law = MixedLaw::new(vec![
            (0.2, Arc::new(Pareto { scale: 1.0, shape: 3.0 })),
            (0.5, Arc::new(Lognormal { mu: 0.0, sigma: 1.0 })),
            (0.3, Arc::new(Exponential { mean: 0.1 })),
        ]);
        assert_eq!(law.tail_index(), 3.0);
        for p in [1e-12, 1e-6, 1e-3, 0.2, 0.5, 0.9, 0.999_999] {
            let x = law.upper_quantile(p);
            let allowed = 1e-14 * p + 4.0 * f64::EPSILON * (x * law.density(x)).max(1.0 - p);
            assert!((law.survival(x) - p).abs() <= allowed, "{p}: {x}");
        }
    }
}
