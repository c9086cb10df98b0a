//! What a reader of calibrated numbers should know before believing them.

use serde::Serialize;

use super::{Calibration, IndexLaw};

/// Skipping more than this share of the rows is worth a warning.
const MANY_SKIPPED: f64 = 0.05;

/// One customer with more than this share of all spend is worth a warning.
const LARGE_CUSTOMER: f64 = 0.1;

/// Fewer customers than this tell laws apart badly.
const FEW_CUSTOMERS: f64 = 100.0;

/// A distance above this over √N would be rejected at 1 % even for a law chosen before seeing the data (Kolmogorov).
const POOR_FIT: f64 = 1.63;

/// A warning with a code that does not change and words that may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Stable code.
    pub code: &'static str,
    /// What was seen, and what it means.
    pub message: String,
}

/// All warnings of a calibration.
pub(super) fn warnings(calibration: &Calibration) -> Vec<Warning> {
    let mut found = Vec::new();
    let mut warn = |when: bool, code, message: String| {
        if when {
            found.push(Warning { code, message });
        }
    };
    let counts = calibration.counts;
    let skipped = counts.skipped as f64 / (counts.skipped + counts.used) as f64;
    warn(
        skipped > MANY_SKIPPED,
        "skipped-rows",
        format!(
            "{} of {} rows have no token counts; if those users are unlike the others, every number here is off",
            counts.skipped,
            counts.skipped + counts.used
        ),
    );
    let Some(law) = &calibration.assumed().population else { return found };
    let spend = calibration.spend;
    warn(
        spend.bought_nothing > 0.0,
        "bought-nothing",
        format!(
            "{} of {} customers bought nothing: the law describes the others, the empirical file all",
            spend.bought_nothing, spend.customers
        ),
    );
    warn(
        spend.customers - spend.bought_nothing < FEW_CUSTOMERS,
        "few-customers",
        format!("{} customers tell laws apart badly", spend.customers - spend.bought_nothing),
    );
    warn(
        spend.largest_share > LARGE_CUSTOMER,
        "large-customer",
        format!("one customer makes {:.0} % of all spend", 100.0 * spend.largest_share),
    );
    about_the_law(law, spend.customers - spend.bought_nothing, &mut warn);
    found
}

fn about_the_law(law: &IndexLaw, customers: f64, warn: &mut impl FnMut(bool, &'static str, String)) {
    let (tail, best) = (law.tail[1], &law.fits.laws[0]);
    warn(
        tail.index - 2.0 * tail.standard_error < law.tail_needed,
        "no-mean",
        format!(
            "the largest {} customers give a tail index of {:.2} ± {:.2}; at {:.2} or less mean profit would not exist, \
             so where the law is cut off ({:.4e} $) matters",
            tail.observations, tail.index, tail.standard_error, law.tail_needed, law.top
        ),
    );
    warn(
        best.kolmogorov_smirnov * customers.sqrt() > POOR_FIT,
        "poor-fit",
        format!(
            "even the best law is {:.3} away from the data; consider the empirical file",
            best.kolmogorov_smirnov
        ),
    );
}
