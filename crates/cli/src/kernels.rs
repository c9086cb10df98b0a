//! The instruction set that kernels are told to run with.

use std::ffi::OsStr;

use model::kernel::{Instructions, VARIABLE};

use crate::commands::BadInput;

/// Refuses a set in the environment that there is not, or that this machine lacks: another one would run in its place.
///
/// # Errors
/// The variable, its value and the sets there are.
pub(crate) fn check() -> Result<(), BadInput> {
    std::env::var_os(VARIABLE).map_or(Ok(()), |value| check_value(&value))
}

fn check_value(value: &OsStr) -> Result<(), BadInput> {
    let set = value.to_str().and_then(Instructions::named);
    if set.is_some_and(Instructions::is_here) {
        return Ok(());
    }
    let here: Vec<&str> = ["avx512", "avx2", "portable"]
        .into_iter()
        .filter(|name| Instructions::named(name).is_some_and(Instructions::is_here))
        .collect();
    let what = if set.is_some() { ", which this machine lacks" } else { "" };
    Err(BadInput(format!(
        "{VARIABLE}: found \"{}\"{what}; allowed: {} on this machine, or leave it unset for the first of them",
        value.to_string_lossy().escape_debug(),
        here.join(", ")
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_that_are_not_here_are_refused() {
        assert!(check_value(OsStr::new("portable")).is_ok());
        for wrong in ["", "garbage", "AVX2", "avx512 "] {
            let said = check_value(OsStr::new(wrong)).unwrap_err().to_string();
            assert!(
                said.starts_with(&format!("{VARIABLE}: found {wrong:?}")) && said.contains("portable"),
                "{said}"
            );
        }
    }
}
