//! The paper's claims as executable statements: each is computed where its condition holds and where it is broken.
//!
//! Shared by a test and the example `paper_claims`, whose output is the table of experiments/paper-claims.

#[path = "claims/binary.rs"]
mod binary;
#[path = "claims/index.rs"]
mod index;
#[path = "claims/markups.rs"]
mod markups;
#[path = "claims/prices.rs"]
mod prices;
#[path = "claims/tariffs.rs"]
mod tariffs;
#[path = "claims/value_scale.rs"]
mod value_scale;

use menu::{PostedRule, Rule, Seller};
use model::belief::Belief;
use model::menu::{Menu, Status};
use model::technology::Technology;

/// A figure and what it must be.
pub(crate) struct Statement {
    pub(crate) claim: &'static str,
    /// Where the paper makes the claim.
    pub(crate) place: &'static str,
    /// The instance and the figure.
    pub(crate) figure: String,
    expected: Expected,
    computed: f64,
    /// Whether the claim's condition is broken here, so that the figure has to contradict the claim.
    broken: bool,
}

/// What a figure must be.
pub(crate) enum Expected {
    /// This number, within a share of it; written as it is where it has no shorter form.
    Equals { exact: f64, written: &'static str, within: f64 },
    /// No more than this.
    AtMost(f64),
    /// More than this.
    Above(f64),
}

/// An exact number or one found by another method, as it is written.
pub(crate) fn equals(exact: f64, written: &'static str, within: f64) -> Expected {
    Expected::Equals { exact, written, within }
}

/// Below this there is only the order of additions to see.
const NOTHING: f64 = 1e-11;

/// A claim to be filled with figures.
#[derive(Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) claim: &'static str,
    pub(crate) place: &'static str,
}

impl Claim {
    /// A figure where the claim's condition holds.
    pub(crate) fn holds(self, figure: impl Into<String>, expected: Expected, computed: f64) -> Statement {
        let Self { claim, place } = self;
        Statement { claim, place, figure: figure.into(), expected, computed, broken: false }
    }

    /// A figure where the claim's condition is broken.
    pub(crate) fn breaks(self, figure: impl Into<String>, expected: Expected, computed: f64) -> Statement {
        Statement { broken: true, ..self.holds(figure, expected, computed) }
    }
}

impl Statement {
    /// Whether the figure is what it must be; NaN never is.
    pub(crate) fn is_met(&self) -> bool {
        match self.expected {
            Expected::Equals { exact, within, .. } => (self.computed - exact).abs() <= within * exact.abs(),
            Expected::AtMost(most) => self.computed <= most,
            Expected::Above(least) => self.computed > least,
        }
    }

    fn verdict(&self) -> &'static str {
        match (self.broken, self.is_met()) {
            (false, true) => "holds",
            (true, true) => "breaks, as it must",
            (false, false) => "FAILS",
            (true, false) => "FAILS TO BREAK",
        }
    }

    fn expected(&self) -> String {
        match self.expected {
            Expected::Equals { exact, written: "", .. } => rounded(exact),
            Expected::Equals { written, .. } => written.into(),
            Expected::AtMost(most) => format!("≤ {}", rounded(most)),
            Expected::Above(least) => format!("> {}", rounded(least)),
        }
    }

    /// Relative distance from an exact figure.
    fn error(&self) -> String {
        let Expected::Equals { exact, .. } = self.expected else { return String::new() };
        let error = (self.computed / exact - 1.0).abs();
        if error < NOTHING { format!("< {NOTHING:e}") } else { format!("{error:.0e}") }
    }

    /// A row of the table; the claim is written once.
    fn row(&self, is_first: bool) -> String {
        let [claim, place] = if is_first { [self.claim, self.place] } else { ["", ""] };
        let cells = [
            claim,
            place,
            &self.figure,
            &self.expected(),
            &rounded(self.computed),
            &self.error(),
            self.verdict(),
        ];
        format!("| {} |", cells.join(" | "))
    }
}

/// Seven significant digits; what is smaller than rounding is nothing.
fn rounded(value: f64) -> String {
    if value.abs() < NOTHING {
        return "0".into();
    }
    let digits: f64 = format!("{value:.6e}").parse().unwrap_or(value);
    if digits.abs() < 1e-4 { format!("{digits:e}") } else { digits.to_string() }
}

/// All claims with their figures, in the order of the paper.
pub(crate) fn statements() -> Vec<Statement> {
    [
        index::statements(),
        binary::statements(),
        value_scale::statements(),
        markups::statements(),
        tariffs::statements(),
        prices::statements(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The Markdown table of all statements.
pub(crate) fn table(statements: &[Statement]) -> String {
    let head = [
        "| claim | in the paper | figure | expected | computed | error | verdict |",
        "|---|---|---|---|---|---|---|",
    ];
    let is_first = |k: usize| k == 0 || statements[k].claim != statements[k - 1].claim;
    let rows = statements.iter().enumerate().map(|(k, statement)| statement.row(is_first(k)));
    head.into_iter().map(String::from).chain(rows).collect::<Vec<_>>().join("\n")
}

/// The certified menu of a rule.
fn designed(rule: Rule, belief: &Belief, technology: &Technology) -> Menu {
    let rule = PostedRule { label: rule.kind().into(), round: None, rule };
    let menu = Seller::new(technology, belief).unwrap().design(&rule).unwrap();
    assert_ne!(menu.certificate.status, Status::Fails, "{:?}", menu.certificate);
    menu
}

/// The maximiser of a function with one peak between two numbers.
fn peak(mut low: f64, mut high: f64, value: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..80 {
        let (left, right) = (low + 0.382 * (high - low), low + 0.618 * (high - low));
        if value(left) < value(right) { low = left } else { high = right }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The README shows what the programme prints, and every verdict is the one it has to be.
    #[test]
    fn the_paper_s_claims_are_as_the_readme_says() {
        let statements = statements();
        let table = table(&statements);
        for statement in &statements {
            assert!(statement.is_met(), "{}\n{table}", statement.row(true));
            // Every claim has a figure that would show it broken.
            let same = statements.iter().filter(|other| other.claim == statement.claim);
            assert!(same.clone().any(|other| other.broken), "{} has no counter-instance", statement.claim);
            assert!(same.clone().any(|other| !other.broken), "{} has no instance", statement.claim);
        }
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../experiments/paper-claims/README.md");
        let readme = std::fs::read_to_string(path).unwrap();
        assert!(
            readme.contains(&table),
            "{path} is not what `cargo run --release -p tokenmarket-menu --example paper_claims` prints:\n{table}"
        );
    }

    #[test]
    fn a_figure_that_is_off_fails() {
        let claim = Claim { claim: "a", place: "b" };
        let verdict = |statement: Statement| statement.verdict();
        assert_eq!(verdict(claim.holds("", equals(2.0, "2", 1e-3), 2.001)), "holds");
        assert_eq!(verdict(claim.holds("", equals(2.0, "2", 1e-3), 2.01)), "FAILS");
        assert_eq!(verdict(claim.holds("", Expected::AtMost(0.0), f64::NAN)), "FAILS");
        assert_eq!(verdict(claim.breaks("", Expected::Above(1.0), 1.0)), "FAILS TO BREAK");
        assert_eq!(verdict(claim.breaks("", Expected::Above(1.0), 1.5)), "breaks, as it must");
    }
}
