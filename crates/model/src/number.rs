//! Numbers in messages and tables for people.

/// Six significant digits, with an exponent where the number is small or large.
///
/// ```
/// use model::number::significant;
///
/// assert_eq!(significant(1.702_331_9), "1.70233");
/// assert_eq!(significant(1.0 / 6e6), "1.66667e-7");
/// ```
pub fn significant(value: f64) -> String {
    let digits = if value == 0.0 { 0 } else { 5 - decimal_exponent(value) };
    match usize::try_from(digits) {
        Ok(decimals) if decimals <= 10 => trimmed(&format!("{value:.decimals$}")),
        _ => {
            let text = format!("{value:.5e}");
            match text.split_once('e') {
                Some((mantissa, exponent)) => format!("{}e{exponent}", trimmed(mantissa)),
                None => text,
            }
        }
    }
}

/// Without zeros that say nothing.
fn trimmed(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text.into() }
}

/// Decimal exponent of a non-zero number, read off its own notation.
fn decimal_exponent(value: f64) -> i32 {
    format!("{value:e}").rsplit('e').next().and_then(|exponent| exponent.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::significant;

    #[test]
    fn numbers_keep_six_significant_digits() {
        assert_eq!(significant(2.0), "2");
        assert_eq!(significant(-0.001_234_567_8), "-0.00123457");
        assert_eq!(significant(0.000_012_345_678), "0.0000123457");
        assert_eq!(significant(44_444.0), "44444");
        assert_eq!(significant(1_234_567.0), "1.23457e6");
        assert_eq!(significant(1.5e30), "1.5e30");
        assert_eq!(significant(0.0), "0");
        for (value, shown) in [(f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf"), (f64::NAN, "NaN")] {
            assert_eq!(significant(value), shown);
        }
    }
}
