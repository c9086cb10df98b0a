//! The proofs of the menus, and how to make the run again.

use model::summary::Estimate;
use serde_json::Value;

use crate::recorded::{Run, text};
use crate::report::Section;
use crate::{AnalysisError, Rounded, Table};

/// What the market file says of the technology.
#[derive(Debug)]
pub(super) struct Setting {
    costs: Vec<(String, f64)>,
    sigma: f64,
    gamma: f64,
    capped: bool,
}

impl Setting {
    pub(super) fn of(run: &Run) -> Result<Self, AnalysisError> {
        let path = run.folder.join("config.toml");
        let config: toml::Table =
            text(&path)?.parse().map_err(|error: toml::de::Error| AnalysisError::Columns {
                problem: format!("not a market file: {}", error.message()),
                path: path.clone(),
            })?;
        let technology = config.get("technology").ok_or_else(|| AnalysisError::Columns {
            problem: "not a market file: technology is missing".into(),
            path: path.clone(),
        })?;
        let number = |value: Option<&toml::Value>| {
            value.and_then(|value| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64)))
        };
        let tokens = technology.get("tokens").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        let cost = |token: &toml::Value| {
            let class = token.get("class").and_then(toml::Value::as_str)?;
            Some((class.to_string(), number(token.get("cost"))?))
        };
        let returns = technology
            .get("aggregator")
            .and_then(|own| own.get("ces"))
            .and_then(|ces| number(ces.get("returns")));
        let exponents = || tokens.iter().filter_map(|token| number(token.get("exponent"))).sum();
        let tuning = technology.get("fine_tuning");
        Ok(Self {
            costs: tokens.iter().filter_map(cost).collect(),
            sigma: returns.unwrap_or_else(exponents),
            gamma: number(tuning.and_then(|own| own.get("exponent"))).unwrap_or(0.0),
            capped: tuning.is_some_and(|own| own.get("maximum").is_some()),
        })
    }

    /// $ per Mtok.
    pub(super) fn cost(&self, class: &str) -> f64 {
        self.costs.iter().find(|(own, _)| own == class).map_or(f64::NAN, |(_, cost)| *cost)
    }

    /// The power of θ that profit grows with: 1/(1-σ-γ), or 1/(1-σ) where fine-tuning is capped.
    pub(super) fn profit_exponent(&self) -> f64 {
        let gamma = if self.capped { 0.0 } else { self.gamma };
        1.0 / (1.0 - self.sigma - gamma)
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "n/a".into(),
        Value::String(text) => text.clone(),
        Value::Number(number) => {
            number.as_f64().map_or_else(String::new, |x| Rounded::new(Estimate { mean: x, se: 0.0 }).mean)
        }
        other => other.to_string(),
    }
}

/// The certificate of every menu.
pub(super) fn certificates(run: &Run) -> Result<Section, AnalysisError> {
    let manifest = run.manifest()?;
    let columns = ["status", "ic_violation", "ir_violation", "monotone", "duality_gap", "gap_to_first_best"];
    let menus = manifest["menus"].as_array().cloned().unwrap_or_default();
    let row = |menu: &Value| {
        let cells = columns.iter().map(|column| plain(&menu["certificate"][*column]));
        let expected = plain(&menu["expected"]["profit"]);
        std::iter::once(plain(&menu["rule"])).chain(cells).chain([expected]).collect()
    };
    let mut headers = vec!["rule".to_string(), "status".into(), "gain from another item ($)".into()];
    headers.extend(
        ["loss from taking part ($)", "precision rises", "relative duality gap", "gap to first-best ($)"]
            .map(String::from),
    );
    headers.push("expected profit ($)".into());
    Ok(Section {
        title: "Certificates".into(),
        lead: "Every menu was proved before a buyer saw it: violations are largest gains per buyer, 0 is perfect; n/a does not apply."
            .into(),
        tables: vec![Table { headers, rows: menus.iter().map(row).collect(), ..Table::default() }],
        ..Section::default()
    })
}

/// Command, configuration, seed, versions and timings.
pub(super) fn reproduce(run: &Run) -> Result<Section, AnalysisError> {
    let manifest = run.manifest()?;
    let argv: Vec<String> = manifest["argv"].as_array().into_iter().flatten().map(plain).collect();
    let whole = |key: &str| manifest[key].to_string();
    let facts = [
        ("run", plain(&manifest["run"])),
        ("version", plain(&manifest["version"])),
        ("commit", plain(&manifest["commit"])),
        ("results version", whole("results_version")),
        ("seed", whole("seed")),
        ("draws", plain(&manifest["seed_formula"])),
        ("standard errors", plain(&manifest["standard_errors"])),
        ("belief", plain(&manifest["belief"])),
        (
            "machine",
            format!(
                "{}, {} threads, {} kernels",
                plain(&manifest["host"]),
                whole("threads"),
                plain(&manifest["kernels"])
            ),
        ),
        ("design", format!("{} s", plain(&manifest["timings"]["design_seconds"]))),
        (
            "simulation",
            format!(
                "{} s for {} buyers in the last session",
                plain(&manifest["timings"]["simulate_seconds"]),
                manifest["timings"]["simulated_users"]
            ),
        ),
    ];
    let rows = facts.into_iter().map(|(name, value)| vec![name.to_string(), value]).collect();
    Ok(Section {
        title: "Reproduce".into(),
        lead: "The same configuration, seed and version give the same numbers to the last byte, on any machine and with any threads.".into(),
        tables: vec![Table { headers: vec!["what".into(), "value".into()], rows, ..Table::default() }],
        listings: vec![
            ("The command".into(), argv.join(" ")),
            ("The resolved configuration, config.toml".into(), text(&run.folder.join("config.toml"))?),
        ],
        ..Section::default()
    })
}
