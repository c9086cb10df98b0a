//! Piecewise Chebyshev interpolation: pays for a slow smooth function once.

/// Interpolation nodes per panel.
const NODES: usize = 16;
/// Panels narrower than this are not split further.
const NARROWEST: f64 = 0.02;

/// Several functions of one number, interpolated on panels wherever that is as good as the function itself.
#[derive(Debug, Clone)]
pub(crate) struct Piecewise<const N: usize> {
    /// Panels in ascending order, without gaps between the first and the last.
    panels: Vec<Panel<N>>,
}

#[derive(Debug, Clone)]
struct Panel<const N: usize> {
    low: f64,
    high: f64,
    /// Chebyshev coefficients; `None` where interpolation was not accurate enough.
    coefficients: Option<[[f64; NODES]; N]>,
}

impl<const N: usize> Piecewise<N> {
    /// Interpolates `f` between the ascending `breaks`, splitting panels until they are within the `tolerances`.
    ///
    /// Errors are relative to values above one and absolute below.
    pub(crate) fn new(breaks: &[f64], tolerances: [f64; N], f: impl Fn(f64) -> [f64; N]) -> Self {
        let mut pending: Vec<(f64, f64)> = breaks.windows(2).rev().map(|ends| (ends[0], ends[1])).collect();
        let mut panels = Vec::new();
        while let Some((low, high)) = pending.pop() {
            let (panel, hopeless) = Panel::fit(low, high, tolerances, &f);
            if panel.coefficients.is_some() || hopeless || high - low < 2.0 * NARROWEST {
                panels.push(panel);
            } else {
                let middle = 0.5 * (low + high);
                pending.push((middle, high));
                pending.push((low, middle));
            }
        }
        Self { panels }
    }

    /// The functions at `x`, or nothing where they must be computed afresh.
    #[inline]
    pub(crate) fn at(&self, x: f64) -> Option<[f64; N]> {
        self.panel(x)?.at(x)
    }

    /// Their derivatives at `x`, where they are interpolated.
    pub(crate) fn slope(&self, x: f64) -> Option<[f64; N]> {
        self.panel(x)?.slope(x)
    }

    #[inline]
    fn panel(&self, x: f64) -> Option<&Panel<N>> {
        let panel = self.panels.get(self.panels.partition_point(|panel| panel.high < x))?;
        if x < panel.low { None } else { Some(panel) }
    }
}

impl<const N: usize> Panel<N> {
    /// The interpolant, and whether a narrower panel could not do better: the function is infinite somewhere.
    fn fit(low: f64, high: f64, tolerances: [f64; N], f: &impl Fn(f64) -> [f64; N]) -> (Self, bool) {
        let (middle, half) = (0.5 * (low + high), 0.5 * (high - low));
        let angle = |j: usize| std::f64::consts::PI * (j as f64 + 0.5) / NODES as f64;
        let values: [[f64; N]; NODES] = std::array::from_fn(|j| f(middle + half * libm::cos(angle(j))));
        if values.iter().flatten().any(|value| !value.is_finite()) {
            return (Self { low, high, coefficients: None }, true);
        }
        // c_k = (2/n) Σ_j f(x_j) cos(k angle_j), halved for k = 0.
        let coefficients = std::array::from_fn(|function| {
            std::array::from_fn(|k| {
                let share = if k == 0 { 1.0 } else { 2.0 } / NODES as f64;
                let terms = (0..NODES).map(|j| values[j][function] * libm::cos(k as f64 * angle(j)));
                share * terms.sum::<f64>()
            })
        });
        let mut panel = Self { low, high, coefficients: Some(coefficients) };
        let good = [-0.97, -0.55, 0.13, 0.71, 0.99].into_iter().all(|x| {
            let (exact, found) = (f(middle + half * x), panel.at(middle + half * x).unwrap_or([f64::NAN; N]));
            (0..N).all(|i| (exact[i] - found[i]).abs() <= tolerances[i] * exact[i].abs().max(1.0))
        });
        if !good {
            panel.coefficients = None;
        }
        (panel, false)
    }

    /// Clenshaw's recurrence.
    #[inline]
    fn at(&self, x: f64) -> Option<[f64; N]> {
        let coefficients = self.coefficients.as_ref()?;
        let x = (2.0 * x - self.low - self.high) / (self.high - self.low);
        Some(coefficients.each_ref().map(|c| {
            let (mut b1, mut b2) = (0.0, 0.0);
            for &coefficient in c[1..].iter().rev() {
                (b1, b2) = (coefficient + 2.0 * x * b1 - b2, b1);
            }
            c[0] + x * b1 - b2
        }))
    }

    /// Σ_k c_k k U_{k-1}, by Clenshaw's recurrence for the Chebyshev polynomials U of the second kind.
    fn slope(&self, x: f64) -> Option<[f64; N]> {
        let coefficients = self.coefficients.as_ref()?;
        let width = self.high - self.low;
        let x = (2.0 * x - self.low - self.high) / width;
        Some(coefficients.each_ref().map(|c| {
            let (mut b1, mut b2) = (0.0, 0.0);
            for k in (1..NODES).rev() {
                (b1, b2) = (k as f64 * c[k] + 2.0 * x * b1 - b2, b1);
            }
            b1 * 2.0 / width
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolates_to_the_tolerance_and_admits_defeat() {
        let f = |x: f64| [libm::exp(x), if x > 2.5 { f64::INFINITY } else { libm::sin(3.0 * x) }];
        let table = Piecewise::new(&[0.0, 1.0, 2.0, 3.0], [1e-13; 2], f);
        for step in 0..200 {
            let x = 0.01 * f64::from(step);
            let [exponential, wave] = table.at(x).unwrap();
            assert!((exponential - f(x)[0]).abs() < 1e-12 && (wave - f(x)[1]).abs() < 1e-12, "{x}");
            let [exponential_slope, wave_slope] = table.slope(x).unwrap();
            assert!((exponential_slope - f(x)[0]).abs() < 1e-10, "{x}");
            assert!((wave_slope - 3.0 * libm::cos(3.0 * x)).abs() < 1e-10, "{x}");
        }
        assert_eq!((table.at(-0.1), table.at(2.9), table.at(3.1)), (None, None, None));
    }

    #[test]
    fn a_kink_is_cut_out_by_splitting() {
        let table = Piecewise::new(&[0.0, 1.0], [1e-12], |x: f64| [(x - 0.3).abs()]);
        assert!((table.at(0.25).unwrap()[0] - 0.05).abs() < 1e-12);
        assert_eq!(table.at(0.300_01), None);
    }
}
