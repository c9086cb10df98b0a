//! Sums of two numbers, with twice the digits: what kernels are measured against in tests.

use std::ops::{Add, Div, Mul, Neg, Sub};

/// high + low, |low| <= ulp(high)/2: about 32 digits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Double {
    pub(crate) high: f64,
    pub(crate) low: f64,
}

impl From<f64> for Double {
    fn from(high: f64) -> Self {
        Self { high, low: 0.0 }
    }
}

impl Double {
    pub(crate) const LN2: Self = Self { high: std::f64::consts::LN_2, low: 2.319_046_813_846_299_6e-17 };

    /// a + b exactly, |a| >= |b|.
    fn fast_sum(a: f64, b: f64) -> Self {
        let high = a + b;
        Self { high, low: b - (high - a) }
    }

    /// a + b exactly.
    fn sum(a: f64, b: f64) -> Self {
        let high = a + b;
        let part = high - a;
        Self { high, low: (a - (high - part)) + (b - part) }
    }

    /// a b exactly.
    #[expect(clippy::disallowed_methods, reason = "exact on every machine, and tests may be slow")]
    fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        Self { high, low: a.mul_add(b, -high) }
    }

    /// e^x: of x/512 less whole powers of two by its series, then squared nine times.
    pub(crate) fn exp(self) -> Self {
        let k = (self.high * std::f64::consts::LOG2_E).round();
        let r = (self - Self::LN2 * k.into()) * (1.0 / 512.0).into();
        let mut sum = Self::from(1.0);
        for n in (1..=16).rev() {
            sum = Self::from(1.0) + sum * r / f64::from(n).into();
        }
        for _ in 0..9 {
            sum = sum * sum;
        }
        let (half, rest) = ((k / 2.0).trunc(), k - (k / 2.0).trunc());
        let power = |k: f64| Self::from(libm::exp2(k));
        sum * power(half) * power(rest)
    }

    /// ln x by one step of Halley's method from `near`.
    pub(crate) fn ln(self, near: f64) -> Self {
        let there = Self::from(near).exp();
        Self::from(near) + Self::from(2.0) * (self - there) / (self + there)
    }

    /// How far `found` is from this, in units in the last place of this.
    pub(crate) fn ulps_to(self, found: f64) -> f64 {
        let size = self.high.abs();
        ((found - self.high) - self.low).abs() / (size.next_up() - size)
    }
}

impl Neg for Double {
    type Output = Self;
    fn neg(self) -> Self {
        Self { high: -self.high, low: -self.low }
    }
}

impl Add for Double {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (high, low) = (Self::sum(self.high, other.high), Self::sum(self.low, other.low));
        let first = Self::fast_sum(high.high, high.low + low.high);
        Self::fast_sum(first.high, first.low + low.low)
    }
}

impl Sub for Double {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Double {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let product = Self::product(self.high, other.high);
        let cross = self.high * other.low + self.low * other.high;
        Self::fast_sum(product.high, product.low + cross)
    }
}

impl Div for Double {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let first = self.high / other.high;
        let rest = self - other * first.into();
        let second = rest.high / other.high;
        let third = (rest - other * second.into()).high / other.high;
        Self::fast_sum(first, second) + third.into()
    }
}
