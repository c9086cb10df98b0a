//! How long some normal scores of a buyer are together: the quantiles of the chi law.

use model::kernel::exp_all;

use crate::level::Level;
use crate::special::{gamma, normal};

/// √χ² for many levels of the law of χ² with one number of degrees of freedom, given by their normal scores.
///
/// ```text
/// R(z) = (2 P^{-1}(m/2, Φ(z)))^{1/2},   (ln R)' = φ(z)/d(R),   (ln R)'' = (ln R)' (-z - (m - R²) (ln R)')
/// ```
/// with d the density of ln R. Between points 1/8 apart ln R is the polynomial of degree five with the value and two derivatives of both
/// ends, off by less than 1e-10; beyond 7, where one of 4 10^11 is, it is that of the quantile itself.
#[derive(Debug, Clone)]
pub(super) struct Lengths {
    degrees: usize,
    /// Coefficients in the place between the points, from 0 to 1, constant terms first.
    cells: Vec<[f64; 6]>,
}

/// Cells reach so far on both sides.
const REACH: f64 = 7.0;
const CELLS_IN_ONE: f64 = 8.0;

impl Lengths {
    /// For so many degrees of freedom.
    pub(super) fn new(degrees: usize) -> Self {
        let points =
            (0..=(2.0 * REACH * CELLS_IN_ONE) as usize).map(|point| point as f64 / CELLS_IN_ONE - REACH);
        let points: Vec<[f64; 3]> = points.map(|score| derivatives(degrees, score)).collect();
        Self { degrees, cells: points.windows(2).map(|ends| cell(ends[0], ends[1])).collect() }
    }

    /// The largest there is.
    pub(super) fn largest(degrees: usize) -> f64 {
        length(degrees, normal::score(Level::LOWEST.tails().swapped()))
    }

    /// The lengths at many scores, in their place.
    pub(super) fn of(&self, scores: &mut [f64]) {
        for score in scores.iter_mut() {
            *score = self.log(*score);
        }
        exp_all(scores);
    }

    #[inline]
    fn log(&self, score: f64) -> f64 {
        let place = (score + REACH) * CELLS_IN_ONE;
        let number = place as usize;
        match self.cells.get(number) {
            Some(cell) if place >= 0.0 => {
                let [c0, c1, c2, c3, c4, c5] = *cell;
                let within = place - number as f64;
                c0 + within * (c1 + within * (c2 + within * (c3 + within * (c4 + within * c5))))
            }
            _ => libm::log(length(self.degrees, score)),
        }
    }
}

fn length(degrees: usize, score: f64) -> f64 {
    (2.0 * gamma::quantile(0.5 * degrees as f64, normal::tails(score))).sqrt()
}

/// The logarithm of the length and its first two derivatives.
fn derivatives(degrees: usize, score: f64) -> [f64; 3] {
    let (degrees, length) = (degrees as f64, length(degrees, score));
    let square = length * length;
    // The density in the logarithm of the length is twice that in the logarithm of half its square.
    let first = normal::density(score) / (2.0 * gamma::scaled_density(0.5 * degrees, 0.5 * square));
    [libm::log(length), first, first * (-score - (degrees - square) * first)]
}

/// The polynomial of degree five between two points with these derivatives.
fn cell(low: [f64; 3], high: [f64; 3]) -> [f64; 6] {
    let step = 1.0 / CELLS_IN_ONE;
    let [[p, v, a], [q, w, b]] =
        [low, high].map(|[value, first, second]| [value, step * first, step * step * second]);
    let rise = q - p;
    [
        p,
        v,
        0.5 * a,
        10.0 * rise - 6.0 * v - 4.0 * w - 0.5 * (3.0 * a - b),
        -15.0 * rise + 8.0 * v + 7.0 * w + 0.5 * (3.0 * a - 2.0 * b),
        6.0 * rise - 3.0 * (v + w) - 0.5 * (a - b),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Between the points as much as at them, and beyond the last.
    #[test]
    fn lengths_are_the_quantiles() {
        for degrees in [1, 2, 7, 64, 4096] {
            let lengths = Lengths::new(degrees);
            let scores: Vec<f64> = (0..=1700).map(|step| f64::from(step) / 100.0 - 8.5).collect();
            let mut found = scores.clone();
            lengths.of(&mut found);
            let errors = scores.iter().zip(found).map(|(score, found)| found / length(degrees, *score) - 1.0);
            let worst = errors.fold(0.0, |worst: f64, error| worst.max(error.abs()));
            assert!(worst < 1e-10, "{degrees}: {worst:e}");
        }
    }

    /// Of two degrees it is known: R² = -2 ln(1 - Φ).
    #[test]
    fn two_scores_are_exponential() {
        let scores = [-6.5, -3.21, -0.7, 0.0, 0.03, 1.99, 4.6, 6.9];
        let mut found = scores;
        Lengths::new(2).of(&mut found);
        for (score, found) in scores.into_iter().zip(found) {
            let log = if score > 0.0 {
                libm::log(normal::survival(score))
            } else {
                libm::log1p(-normal::survival(-score))
            };
            let expected = (-2.0 * log).sqrt();
            assert!((found / expected - 1.0).abs() < 1e-10, "{score}: {found} {expected}");
        }
        let largest = (108.0 * std::f64::consts::LN_2).sqrt();
        assert!((Lengths::largest(2) / largest - 1.0).abs() < 1e-12, "{}", Lengths::largest(2));
    }
}
