//! Numbers that are typed, read as a market file would read them.

use model::config::{IntegerKey, NumberKey, Range};

/// σ, the sum of the token exponents.
const SIGMA: NumberKey =
    NumberKey { name: "sigma", range: Range::OpenUnit, meaning: "sum of the token exponents" };
const TOP: NumberKey =
    NumberKey { name: "top", range: Range::Positive, meaning: "where the law of the index ends, in $" };
const UNIT: NumberKey =
    NumberKey { name: "unit", range: Range::Positive, meaning: "tokens in a count of one" };

/// A whole number in which underscores may group digits; 1e6 is one, too.
fn whole(text: &str, key: &IntegerKey) -> Result<i64, String> {
    let plain = text.replace('_', "");
    let float =
        || plain.parse::<f64>().ok().filter(|x| x.fract() == 0.0 && x.abs() <= 9e15).map(|x| x as i64);
    let number = plain.parse().ok().or_else(float);
    number
        .filter(|number| u64::try_from(*number).is_ok_and(|number| (key.low..=key.high).contains(&number)))
        .ok_or_else(|| format!("found {text}; allowed: {}, such as 1_000_000", key.allowed()))
}

/// A number of buyers.
pub(super) fn users(text: &str) -> Result<i64, String> {
    whole(text, &sim::config::USERS)
}

/// A seed.
pub(super) fn seed(text: &str) -> Result<i64, String> {
    whole(text, &sim::config::SEED)
}

/// A number of threads.
pub(super) fn threads(text: &str) -> Result<u16, String> {
    let number = text.parse().ok().filter(|number| *number <= 1024);
    number.ok_or_else(|| {
        format!("found {text}; allowed: a whole number from 0 to 1024, 0 for as many as the machine has")
    })
}

fn number(text: &str, key: &NumberKey) -> Result<f64, String> {
    let number = text.replace('_', "").parse().ok().filter(|number| key.range.contains(*number));
    number.ok_or_else(|| format!("found {text}; allowed: {}", key.allowed()))
}

/// A standard error to reach.
pub(super) fn target_se(text: &str) -> Result<f64, String> {
    number(text, &sim::config::TARGET_SE)
}

/// A sum of exponents.
pub(super) fn sigma(text: &str) -> Result<f64, String> {
    number(text, &SIGMA)
}

/// Two sums of exponents, `LOW,HIGH`.
pub(super) fn alternatives(text: &str) -> Result<[f64; 2], String> {
    match text.split_once(',') {
        Some((low, high)) => Ok([sigma(low.trim())?, sigma(high.trim())?]),
        None => Err(format!("found {text}; allowed: LOW,HIGH, for example 0.4,0.6")),
    }
}

/// An elasticity of demand.
pub(super) fn elasticity(text: &str) -> Result<f64, String> {
    text.parse().map_err(|_| format!("found {text}; allowed: a number below -1, for example -2"))
}

/// A share of a price.
pub(super) fn cost_share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| *share > 0.0 && *share <= 1.0);
    share.ok_or_else(|| {
        format!("found {text}; allowed: a number > 0 and at most 1 (marginal cost over list price), for example 0.4")
    })
}

/// Where a law is truncated.
pub(super) fn top(text: &str) -> Result<f64, String> {
    number(text, &TOP)
}

/// Tokens in a count of one.
pub(super) fn unit(text: &str) -> Result<f64, String> {
    number(text, &UNIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_may_be_grouped_or_have_exponents() {
        assert_eq!((users("1e3"), users("1_000"), seed("0")), (Ok(1000), Ok(1000), Ok(0)));
        assert_eq!(seed("9223372036854775807"), Ok(i64::MAX));
        for wrong in ["-5", "0", "1.5", "many", "1e30", "18446744073709551615", "", "inf", "nan"] {
            let said = users(wrong).unwrap_err();
            assert!(
                said.starts_with(&format!("found {wrong}; allowed: a whole number from 2 to 1000000000000"))
            );
        }
    }

    #[test]
    fn numbers_say_what_is_allowed() {
        assert_eq!(alternatives("0.4,0.6"), Ok([0.4, 0.6]));
        for (said, allowed) in [
            (alternatives("0.4").map(|_| 0.0), "LOW,HIGH"),
            (alternatives("0.4,1.6").map(|_| 0.0), "found 1.6; allowed: a number between 0 and 1"),
            (target_se("1%"), "between 0 and 1"),
            (sigma("1.5"), "found 1.5; allowed: a number between 0 and 1"),
            (cost_share("x"), "at most 1"),
            (cost_share("nan"), "at most 1"),
            (elasticity("x"), "below -1"),
            (unit("-1"), "> 0"),
            (top("0"), "> 0"),
            (threads("x").map(f64::from), "from 0 to 1024"),
            (threads("-1").map(f64::from), "from 0 to 1024"),
        ] {
            assert!(said.clone().unwrap_err().contains(allowed), "{said:?} should say {allowed}");
        }
    }
}
