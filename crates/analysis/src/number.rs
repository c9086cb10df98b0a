//! Numbers for readers: an estimate is shown to two significant digits of its standard error, and no further.

use model::summary::{Estimate, StandardErrors};

/// Significant digits of a number that carries no sampling error.
const EXACT_DIGITS: i32 = 6;

/// A standard error below this share of the mean is the rounding of a sum, not sampling error.
const NEGLIGIBLE: f64 = 1e-10;

/// Magnitudes outside of these bounds are written with an exponent.
const FIXED: std::ops::Range<f64> = 1e-5..1e7;

/// What stands where there is no number.
const NOT_AVAILABLE: &str = "n/a";

/// A mean and its standard error, rounded to the same decimal.
///
/// ```
/// use analysis::Rounded;
/// use model::summary::Estimate;
///
/// let rounded = Rounded::new(Estimate { mean: 0.089_814_8, se: 0.000_131_2 });
/// assert_eq!(rounded.to_string(), "0.08981 ± 0.00013");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rounded {
    /// The mean.
    pub mean: String,
    /// The standard error, "0" where the mean is exact; empty where both are zero.
    pub se: String,
}

impl Rounded {
    /// Rounds the standard error to two significant digits and the mean to the same decimal.
    pub fn new(estimate: Estimate) -> Self {
        let Estimate { mean, se } = estimate;
        if !mean.is_finite() {
            return Self { mean: NOT_AVAILABLE.into(), se: String::new() };
        }
        // Written so that NaN counts as unknown.
        let known = se.is_finite() && se >= 0.0;
        if known && se > NEGLIGIBLE * mean.abs() {
            return Self::sampled(mean, se);
        }
        let se = match (known, mean == 0.0) {
            (false, _) => NOT_AVAILABLE.into(),
            (true, true) => String::new(),
            (true, false) => "0".into(),
        };
        Self { mean: exact(mean), se }
    }

    fn sampled(mean: f64, se: f64) -> Self {
        let last = decimal_exponent(se, 1) - 1;
        let magnitude = mean.abs().max(se);
        if FIXED.contains(&magnitude) {
            return Self { mean: fixed(mean, last), se: fixed(se, last) };
        }
        // One exponent for both, so that the two can be read against each other.
        let exponent = decimal_exponent(magnitude, 1);
        let write = |x: f64| format!("{}e{exponent}", fixed(x / power_of_ten(exponent), last - exponent));
        Self { mean: write(mean), se: write(se) }
    }
}

impl std::fmt::Display for Rounded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.se.is_empty() { f.pad(&self.mean) } else { f.pad(&format!("{} ± {}", self.mean, self.se)) }
    }
}

/// A share as a percentage with one decimal; shares that would wrongly read as none or all say so.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return NOT_AVAILABLE.into();
    }
    let text = unsigned_zero(format!("{:.1}", 100.0 * share));
    match text.as_str() {
        "0.0" if share == 0.0 => "0".into(),
        "0.0" if share > 0.0 => "<0.1".into(),
        "100.0" if share == 1.0 => "100".into(),
        "100.0" if share < 1.0 => ">99.9".into(),
        _ => text,
    }
}

/// Marks of significance of a difference from zero: `*` p < .05, `**` p < .01, `***` p < .001, two-sided.
///
/// The test is normal where errors come from buyers, Student's with R - 1 degrees of freedom where they come from R
/// replicates. No mark where the standard error is zero or unknown: there is nothing to test with.
pub fn significance(estimate: Estimate, errors: StandardErrors) -> &'static str {
    // The (1 - p/2) quantiles of the standard normal distribution.
    const MARKS: [(f64, &str); 3] =
        [(3.290_526_731_491_895, "***"), (2.575_829_303_548_901, "**"), (1.959_963_984_540_054, "*")];
    if !(estimate.se > NEGLIGIBLE * estimate.mean.abs()) {
        return "";
    }
    let distance = estimate.mean.abs() / estimate.se;
    match errors {
        StandardErrors::Buyers => {
            MARKS.iter().find(|(bound, _)| distance > *bound).map_or("", |(_, mark)| mark)
        }
        StandardErrors::Replicates { replicates } => {
            match two_sided_probability(distance, replicates.saturating_sub(1)) {
                p if p < 0.001 => "***",
                p if p < 0.01 => "**",
                p if p < 0.05 => "*",
                _ => "",
            }
        }
    }
}

/// How many standard errors make a 95 % interval: 1.96, or Student's where errors come from few replicates.
pub(crate) fn interval(errors: StandardErrors) -> f64 {
    let StandardErrors::Replicates { replicates } = errors else { return 1.959_963_984_540_054 };
    let freedom = replicates.saturating_sub(1);
    if freedom == 0 {
        return f64::NAN;
    }
    // The probability falls in t: bisection between 0 and the quantile of one degree of freedom.
    let (mut low, mut high) = (0.0, 13.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if two_sided_probability(middle, freedom) > 0.05 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// P(|T| > t) of Student's t with n degrees of freedom; one for n = 0.
///
/// ```text
/// 1 - P = sin θ (1 + cos²θ 1/2 (1 + cos²θ 3/4 (1 + ...)))                    n even, to cos^{n-2};   tan θ = t/√n
/// 1 - P = (2/π) (θ + sin θ cos θ (1 + cos²θ 2/3 (1 + cos²θ 4/5 (1 + ...))))  n odd, likewise
/// ```
///
/// # References
/// M. Abramowitz, I. Stegun, Handbook of Mathematical Functions (1964), 26.7.3 and 26.7.4.
fn two_sided_probability(t: f64, n: u32) -> f64 {
    if n == 0 {
        return 1.0;
    }
    let (freedom, odd) = (f64::from(n), n % 2 == 1);
    let cosine = (freedom / (freedom + t * t)).sqrt();
    let sine = t / (freedom + t * t).sqrt();
    // Horner's scheme from the last factor, (n-3)/(n-2), to the first, 1/2 or 2/3.
    let first = if odd { 3 } else { 2 };
    let series = (first..n.saturating_sub(1)).step_by(2).rev().fold(1.0, |inner, denominator| {
        1.0 + cosine * cosine * f64::from(denominator - 1) / f64::from(denominator) * inner
    });
    let angle = libm::atan(t / freedom.sqrt());
    let within = match n {
        1 => std::f64::consts::FRAC_2_PI * angle,
        _ if odd => std::f64::consts::FRAC_2_PI * (angle + sine * cosine * series),
        _ => sine * series,
    };
    1.0 - within
}

/// The shortest text that reads back as the same number; empty where it is no number.
pub(crate) fn digits(number: f64) -> String {
    if number.is_finite() { format!("{number:?}") } else { String::new() }
}

/// A count with commas between thousands.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number without sampling error: six significant digits, no trailing zeros.
fn exact(x: f64) -> String {
    if x == 0.0 {
        return "0".into();
    }
    if !FIXED.contains(&x.abs()) {
        return format!("{:e}", round_significant(x));
    }
    let last = (decimal_exponent(x, EXACT_DIGITS) - EXACT_DIGITS + 1).min(0);
    let text = fixed(x, last);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

/// `x` rounded to the decimal 10^last, in full.
fn fixed(x: f64, last: i32) -> String {
    if last <= 0 {
        return unsigned_zero(format!("{x:.*}", last.unsigned_abs() as usize));
    }
    let unit = power_of_ten(last);
    unsigned_zero(format!("{:.0}", (x / unit).round() * unit))
}

/// Exponent of `x` once rounded to so many significant digits: 0.0996 to one decimal more is 1.0e-1.
fn decimal_exponent(x: f64, decimals: i32) -> i32 {
    let text = format!("{x:.*e}", decimals.unsigned_abs() as usize);
    text.rsplit_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
}

fn round_significant(x: f64) -> f64 {
    format!("{x:.*e}", EXACT_DIGITS as usize - 1).parse().unwrap_or(x)
}

/// Parsed rather than multiplied: the nearest double to 10^exponent.
fn power_of_ten(exponent: i32) -> f64 {
    format!("1e{exponent}").parse().unwrap_or(1.0)
}

/// A mean that rounds to zero has no sign.
fn unsigned_zero(text: String) -> String {
    if text.starts_with('-') && !text.contains(|c: char| c.is_ascii_digit() && c != '0') {
        return text[1..].into();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(mean: f64, se: f64) -> String {
        Rounded::new(Estimate { mean, se }).to_string()
    }

    #[test]
    fn the_standard_error_sets_the_last_decimal() {
        assert_eq!(rounded(0.089_814_8, 0.000_131), "0.08981 ± 0.00013");
        assert_eq!(rounded(0.089_814_8, 0.000_099_6), "0.08981 ± 0.00010");
        assert_eq!(rounded(0.089_814_8, 0.000_099_4), "0.089815 ± 0.000099");
        assert_eq!(rounded(1.25, 0.12), "1.25 ± 0.12");
        assert_eq!(rounded(1234.56, 1.26), "1234.6 ± 1.3");
        assert_eq!(rounded(1_234_567.0, 12_345.0), "1235000 ± 12000");
        assert_eq!(rounded(1_234_567.0, 99.7), "1234570 ± 100");
    }

    #[test]
    fn a_standard_error_above_the_mean_hides_nothing() {
        assert_eq!(rounded(0.000_12, 0.005), "0.0001 ± 0.0050");
        assert_eq!(rounded(0.3, 25.0), "0 ± 25");
        assert_eq!(rounded(0.0, 0.012), "0.000 ± 0.012");
    }

    #[test]
    fn a_mean_that_rounds_to_zero_has_no_sign() {
        assert_eq!(rounded(-0.000_01, 0.5), "0.00 ± 0.50");
        assert_eq!(rounded(-3.0, 2500.0), "0 ± 2500");
        assert_eq!(rounded(-0.040_6, 0.000_12), "-0.04060 ± 0.00012");
    }

    #[test]
    fn exact_numbers_say_so() {
        assert_eq!(rounded(0.0, 0.0), "0");
        assert_eq!(rounded(-0.0, 0.0), "0");
        assert_eq!(rounded(0.125, 0.0), "0.125 ± 0");
        assert_eq!(rounded(-1.0 / 3.0, 0.0), "-0.333333 ± 0");
        assert_eq!(rounded(1_234_567.8, 0.0), "1234568 ± 0");
        assert_eq!(rounded(100.0, 0.0), "100 ± 0");
        assert_eq!(rounded(0.5, 1e-17), "0.5 ± 0");
        assert_eq!(rounded(3e-9, 0.0), "3e-9 ± 0");
    }

    #[test]
    fn huge_and_tiny_numbers_share_one_exponent() {
        assert_eq!(rounded(1.234_567e12, 2.5e8), "1.23457e12 ± 0.00025e12");
        assert_eq!(rounded(-4.2e-9, 1.3e-11), "-4.200e-9 ± 0.013e-9");
        assert_eq!(rounded(1e-9, 3e-8), "0.1e-8 ± 3.0e-8");
        assert_eq!(rounded(1e300, 1e298), "1.000e300 ± 0.010e300");
    }

    #[test]
    fn numbers_that_cannot_be_are_named() {
        assert_eq!(rounded(f64::NAN, 1.0), "n/a");
        assert_eq!(rounded(f64::INFINITY, 1.0), "n/a");
        assert_eq!(rounded(0.5, f64::NAN), "0.5 ± n/a");
        assert_eq!(percent(f64::NAN), "n/a");
    }

    #[test]
    fn percentages_never_round_to_none_or_all() {
        let cases = [
            (0.0, "0"),
            (1e-9, "<0.1"),
            (0.444_4, "44.4"),
            (0.999_9, ">99.9"),
            (1.0, "100"),
            (1.0001, "100.0"),
            (-0.000_1, "0.0"),
            (-0.25, "-25.0"),
        ];
        for (share, text) in cases {
            assert_eq!(percent(share), text, "{share}");
        }
    }

    #[test]
    fn marks_of_significance_follow_the_normal_quantiles() {
        let significance = |estimate| significance(estimate, StandardErrors::Buyers);
        let marks = |z: f64| significance(Estimate { mean: 2.0 * z, se: 2.0 });
        assert_eq!([marks(1.95), marks(1.97), marks(-2.58), marks(3.30)], ["", "*", "**", "***"]);
        assert_eq!(significance(Estimate { mean: 1.0, se: 0.0 }), "");
        assert_eq!(significance(Estimate { mean: 1.0, se: f64::NAN }), "");
    }

    /// The two-sided .05, .01 and .001 points of Student's t, from any printed table.
    #[test]
    fn few_replicates_need_more_for_a_mark() {
        for (n, points) in [
            (1, [12.706, 63.657, 636.62]),
            (2, [4.303, 9.925, 31.599]),
            (3, [3.182, 5.841, 12.924]),
            (7, [2.365, 3.499, 5.408]),
            (8, [2.306, 3.355, 5.041]),
            (30, [2.042, 2.750, 3.646]),
            (9999, [1.960, 2.576, 3.291]),
        ] {
            for (t, p) in points.into_iter().zip([0.05, 0.01, 0.001]) {
                let found = two_sided_probability(t, n);
                assert!(
                    (found / p - 1.0).abs() < 2e-3,
                    "t = {t}, {n} degrees of freedom: {found} is not {p}"
                );
            }
        }
        let seven = StandardErrors::Replicates { replicates: 8 };
        let marks = |t: f64| significance(Estimate { mean: -t, se: 1.0 }, seven);
        assert_eq!([marks(2.3), marks(2.4), marks(3.4), marks(3.6), marks(5.5)], ["", "*", "*", "**", "***"]);
    }

    #[test]
    fn intervals_follow_the_same_quantiles() {
        let quantile = |replicates| interval(StandardErrors::Replicates { replicates });
        for (replicates, expected) in [(2, 12.706), (3, 4.303), (8, 2.365), (31, 2.042)] {
            assert!((quantile(replicates) - expected).abs() < 1e-3);
        }
        assert!((interval(StandardErrors::Buyers) - 1.96).abs() < 1e-4 && quantile(1).is_nan());
    }

    #[test]
    fn counts_are_grouped_by_thousands() {
        assert_eq!([0, 999, 1000, 1_000_000].map(grouped), ["0", "999", "1,000", "1,000,000"]);
    }
}
