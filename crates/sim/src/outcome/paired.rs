//! Moments of pairs of numbers, and the ratio of their means.

use model::summary::Estimate;

use super::moments::Moments;
use super::sums::products;

/// Moments of pairs (x, y).
///
/// ```text
/// co = Σ (x - x̄)(y - ȳ)
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Paired {
    /// The first numbers.
    pub x: Moments,
    /// The second numbers.
    pub y: Moments,
    /// Sum of products of deviations from the means.
    pub co: f64,
}

impl Paired {
    /// Moments of two slices of the same length.
    pub fn of(x: &[f64], y: &[f64]) -> Self {
        let (first, second) = (Moments::of(x), Moments::of(y));
        let co = products(x, y, first.mean, second.mean);
        Self { x: first, y: second, co }
    }

    /// Pairs (0, y).
    pub fn of_zeros(y: Moments) -> Self {
        Self { x: Moments::zeros(y.count), y, co: 0.0 }
    }

    /// The ratio of means with its standard error by the delta method; `None` where ȳ = 0.
    ///
    /// ```text
    /// r = x̄/ȳ,   se² = Var(x - r y) / (n ȳ²)
    /// ```
    pub fn ratio(&self) -> Option<Estimate> {
        if self.y.mean == 0.0 {
            return None;
        }
        let (ratio, count) = (self.x.mean / self.y.mean, self.x.count as f64);
        let residuals = self.x.m2 - 2.0 * ratio * self.co + ratio * ratio * self.y.m2;
        // Of what is subtracted this is rounding: a constant ratio has no error.
        let rounding = 1e-15 * count.sqrt() * (self.x.m2 + ratio * ratio * self.y.m2);
        let squares = if residuals > rounding { residuals } else { 0.0 };
        let se = (squares / (count - 1.0) / count).sqrt() / self.y.mean.abs();
        Some(Estimate { mean: ratio, se })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_has_the_error_of_its_residuals() {
        let (x, y) = ([0.4, 1.1, 1.4, 2.6, 4.1], [1.0, 2.0, 3.0, 5.0, 8.0]);
        let found = Paired::of(&x, &y).ratio().unwrap();
        let residuals: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x - found.mean * y).collect();
        let direct = Moments::of(&residuals).estimate().se / 3.8;
        assert!((found.mean - 9.6 / 19.0).abs() < 1e-15 && (found.se - direct).abs() < 1e-15);
        let thrice = y.map(|y| 3.0 * y);
        let constant = Paired::of(&thrice, &y).ratio().unwrap();
        assert!((constant.mean - 3.0).abs() < 1e-15 && constant.se == 0.0);
        assert_eq!(Paired::of(&x, &[0.0; 5]).ratio(), None);
        assert_eq!(Paired::of_zeros(Moments::of(&y)), Paired::of(&[0.0; 5], &y));
    }
}
