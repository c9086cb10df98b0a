//! Count, mean and centred sum of squares, merged part by part.

use model::summary::Estimate;

/// Moments of numbers seen so far.
///
/// ```text
/// mean = Σ x / n,   m2 = Σ (x - mean)²
/// ```
///
/// # References
/// T. Chan, G. Golub and R. LeVeque, "Algorithms for Computing the Sample Variance", The American Statistician 37
/// (1983).
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Moments {
    /// How many numbers.
    pub(crate) count: u64,
    /// Their mean.
    pub(crate) mean: f64,
    /// Sum of squared deviations from the mean.
    m2: f64,
}

impl Moments {
    /// Adds another stream's moments.
    pub(crate) fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        let (own, more) = (self.count as f64, other.count as f64);
        let delta = other.mean - self.mean;
        self.mean += delta * (more / (own + more));
        self.m2 += other.m2 + delta * delta * (own * more / (own + more));
        self.count += other.count;
    }

    /// Its mean as a single observation, or nothing if there was none.
    pub(crate) fn as_one(&self) -> Self {
        Self { count: self.count.min(1), mean: self.mean, m2: 0.0 }
    }

    /// Variance with divisor n - 1; needs two numbers.
    pub(crate) fn variance(&self) -> f64 {
        self.m2 / (self.count as f64 - 1.0)
    }

    /// Mean with its standard error √(variance/n); NaN for fewer than two numbers.
    pub(crate) fn estimate(&self) -> Estimate {
        if self.count == 0 {
            return Estimate { mean: f64::NAN, se: f64::NAN };
        }
        let se = if self.count < 2 { f64::NAN } else { (self.variance() / self.count as f64).sqrt() };
        Estimate { mean: self.mean, se }
    }

    /// How many equally large numbers the mean rests on, (Σ x)²/Σ x².
    pub(crate) fn effective_count(&self) -> f64 {
        let n = self.count as f64;
        let squares = self.m2 + n * self.mean * self.mean;
        if squares > 0.0 { n * self.mean * (n * self.mean) / squares } else { 0.0 }
    }
}

/// Moments of a column in each group; `group` holds every row's group.
pub(crate) fn by_group(values: &[f64], group: &[u32], groups: usize) -> Vec<Moments> {
    let mut moments = vec![Moments::default(); groups];
    for (value, group) in values.iter().zip(group) {
        let own = &mut moments[*group as usize];
        own.count += 1;
        own.mean += value;
    }
    for own in &mut moments {
        own.mean /= (own.count as f64).max(1.0);
    }
    // Deviations from the mean of this part, so that nothing cancels however large the mean is.
    for (value, group) in values.iter().zip(group) {
        let own = &mut moments[*group as usize];
        own.m2 += (value - own.mean) * (value - own.mean);
    }
    moments
}

/// The ratio of two means on the same buyers, with its standard error by the delta method.
///
/// ```text
/// r = x̄/ȳ,   se² = Var(x - r y) / (n ȳ²),   Var(x - r y) = Var x + r² Var y - 2 r Cov,   Cov = (Var x + Var y - Var(x - y))/2
/// ```
/// NaN where the second mean is zero.
pub(crate) fn ratio(x: &Moments, y: &Moments, difference: &Moments) -> Estimate {
    if !(y.mean.abs() > 0.0) {
        return Estimate { mean: f64::NAN, se: f64::NAN };
    }
    let r = x.mean / y.mean;
    let covariance = 0.5 * (x.variance() + y.variance() - difference.variance());
    let variance = x.variance() + r * r * y.variance() - 2.0 * r * covariance;
    let se = if y.count < 2 { f64::NAN } else { (variance.max(0.0) / y.count as f64).sqrt() / y.mean.abs() };
    Estimate { mean: r, se }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_merge_into_the_whole() {
        let values: Vec<f64> = (0..100).map(|i| 1e6 + f64::from(i * i % 17)).collect();
        let whole = by_group(&values, &[0; 100], 1)[0];
        let mut merged = Moments::default();
        for part in values.chunks(33) {
            merged.merge(&by_group(part, &vec![0; part.len()], 1)[0]);
        }
        assert_eq!((merged.count, whole.count), (100, 100));
        let mean = values.iter().sum::<f64>() / 100.0;
        let variance = values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 99.0;
        for moments in [whole, merged] {
            assert!((moments.mean - mean).abs() < 1e-9 && (moments.variance() / variance - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn a_ratio_has_the_error_of_its_residuals() {
        let (x, y) = ([0.4, 1.1, 1.4, 2.6, 4.1], [1.0, 2.0, 3.0, 5.0, 8.0]);
        let of = |values: &[f64]| by_group(values, &vec![0; values.len()], 1)[0];
        let difference: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x - y).collect();
        let found = ratio(&of(&x), &of(&y), &of(&difference));
        let residuals: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x - found.mean * y).collect();
        assert!((found.mean - 9.6 / 19.0).abs() < 1e-15);
        assert!((found.se - of(&residuals).estimate().se / 3.8).abs() < 1e-14);
    }

    #[test]
    fn few_large_numbers_count_for_few() {
        let moments = by_group(&[1.0, 1.0, 1.0, 1.0], &[0; 4], 1)[0];
        assert!((moments.effective_count() - 4.0).abs() < 1e-12);
        let moments = by_group(&[0.0, 0.0, 0.0, 8.0], &[0; 4], 1)[0];
        assert!((moments.effective_count() - 1.0).abs() < 1e-12);
    }
}
