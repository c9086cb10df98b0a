//! `tokenmarket calibrate`: from usage to a market fragment.

use std::path::PathBuf;
use std::process::ExitCode;

use analysis::{Format, Table, grouped};
use model::summary::Warning;
use sim::calibrate::{
    Assumptions, Calibration, ClassColumn, Columns, Group, Price, Rows, calibrate_file, customers_beside,
    fragment, sigma_of_elasticity,
};

use super::{BadInput, print, significant, style, to_json, verdict, warn};
use crate::args::Calibrate;
use crate::output::Outputs;

pub(crate) fn run(arguments: &Calibrate) -> anyhow::Result<ExitCode> {
    let mut paths = vec![arguments.out.clone()];
    if arguments.customer.is_some() {
        paths.push(customers_beside(&arguments.out));
    }
    let outputs = Outputs::planned("--out", &paths, &[&arguments.trace], arguments.force)?;
    let calibration = calibrate_file(&arguments.trace, &columns(arguments), &assumptions(arguments)?)?;
    let source = if arguments.source.is_empty() {
        arguments.trace.display().to_string()
    } else {
        arguments.source.clone()
    };
    let (paths, texts): (Vec<PathBuf>, Vec<String>) =
        fragment(&calibration, &arguments.out, &source).into_iter().unzip();
    outputs.write(&texts)?;
    for path in paths {
        eprintln!("wrote {}", path.display());
    }
    let warnings: Vec<Warning> = calibration
        .warnings
        .iter()
        .map(|warning| Warning { code: warning.code.into(), message: warning.message.clone() })
        .collect();
    let text = match arguments.output.format {
        Format::Json => to_json(&calibration)?,
        format => table(&calibration, &warnings).render(format, style()),
    };
    print(&text)?;
    warn(arguments.output.format, &warnings);
    Ok(verdict(arguments.strict, &warnings))
}

fn columns(arguments: &Calibrate) -> Columns {
    let rows = match &arguments.customer {
        Some(customer) => Rows::Customers {
            customer: customer.clone(),
            weight: arguments.weight.clone(),
            days: arguments.days.clone(),
        },
        None => Rows::Requests,
    };
    let class =
        |(class, column): &(String, String)| ClassColumn { class: class.clone(), column: column.clone() };
    Columns {
        rows,
        tokens: arguments.tokens.iter().map(class).collect(),
        unit: arguments.unit,
        group: arguments.group.clone().map(|(column, value)| Group { column, value }),
    }
}

fn assumptions(arguments: &Calibrate) -> Result<Assumptions, BadInput> {
    let sigma = match (arguments.sigma, arguments.elasticity) {
        (Some(sigma), _) => sigma,
        (None, Some(elasticity)) => {
            sigma_of_elasticity(elasticity).map_err(|invalid| BadInput(format!("--{invalid}")))?
        }
        (None, None) => return Err(BadInput("--sigma or --elasticity: one of them is needed".into())),
    };
    let price = |(class, price): &(String, f64)| Price { class: class.clone(), price: *price };
    Ok(Assumptions {
        prices: arguments.price.iter().map(price).collect(),
        sigma,
        alternatives: arguments.alternatives.unwrap_or_else(|| Assumptions::around(sigma)),
        cost_share: arguments.cost_share,
        top: arguments.top,
    })
}

/// A row per assumed σ and law; requests have a row per σ.
fn table(calibration: &Calibration, warnings: &[Warning]) -> Table {
    let counts = &calibration.counts;
    let shares: Vec<String> = calibration
        .classes
        .iter()
        .map(|class| format!("{} {}", class.class, significant(class.share)))
        .collect();
    let mut rows = Vec::new();
    for case in &calibration.cases {
        let start = [significant(case.sigma), significant(case.demand_elasticity)];
        let Some(law) = &case.population else {
            rows.push(start.to_vec());
            continue;
        };
        for fit in &law.fits.laws {
            let parameters: Vec<String> = fit
                .parameters
                .iter()
                .map(|own| {
                    format!(
                        "{} {} ± {}",
                        own.name,
                        significant(own.estimate),
                        significant(own.standard_error)
                    )
                })
                .collect();
            let tail = &law.tail[1];
            let mut row = start.to_vec();
            row.extend([
                fit.name.to_string(),
                parameters.join(", "),
                significant(fit.aic),
                significant(fit.kolmogorov_smirnov),
                format!("{} ± {}", significant(tail.index), significant(tail.standard_error)),
                significant(law.tail_needed),
            ]);
            rows.push(row);
        }
    }
    let headers = [
        "σ",
        "elasticity",
        "law",
        "parameters",
        "AIC",
        "KS distance",
        "tail index (Hill)",
        "needed for a mean",
    ];
    Table {
        title: format!(
            "{} rows read, {} skipped; total spend {} ${}; spend shares, which are the exponents' shares: {}",
            grouped(counts.used as u64),
            grouped(counts.skipped as u64),
            significant(calibration.spend.total),
            if calibration.per_day { " a day" } else { "" },
            shares.join(", ")
        ),
        headers: headers.map(String::from).into(),
        rows,
        notes: vec!["Laws of the index by maximum likelihood, the best first for every σ.".into()],
        warnings: warnings.iter().map(|warning| format!("{}: {}", warning.code, warning.message)).collect(),
        ..Table::default()
    }
}
