//! `tokenmarket describe`: the population before any run.

use std::process::ExitCode;

use analysis::{Format, Table, grouped};
use sim::{Description, describe};

use super::{in_file, load, print, significant, style, to_json, verdict, warn};
use crate::args::Describe;

pub(crate) fn run(arguments: &Describe) -> anyhow::Result<ExitCode> {
    let market = load(&arguments.market)?;
    let description = describe(&market).map_err(|error| in_file(error, &arguments.market))?;
    let text = match arguments.output.format {
        Format::Json => to_json(&serde_json::json!({
            "schema": model::summary::SCHEMA,
            "market": market.name,
            "sampling": market.run.sampling,
            "standard_errors": market.run.standard_errors(),
            "population": description,
        }))?,
        format => table(&market, &description).render(format, style()),
    };
    print(&text)?;
    warn(arguments.output.format, &description.warnings);
    Ok(verdict(arguments.strict, &description.warnings))
}

fn table(market: &sim::Market, description: &Description) -> Table {
    let row = |name: String, value: f64, unit: &str| vec![name, significant(value), unit.to_string()];
    let efficient = &description.efficient;
    let mut rows: Vec<Vec<String>> = description
        .index_quantiles
        .iter()
        .map(|quantile| row(format!("index θ, quantile {}", quantile.level), quantile.index, "$"))
        .collect();
    rows.push(row("index θ, mean".into(), description.mean_index, "$"));
    rows.push(row("buyers with θ = 0".into(), 100.0 * description.zero_share, "%"));
    rows.push(row("efficient spend".into(), efficient.spend, "$"));
    rows.extend(
        efficient
            .tokens
            .iter()
            .map(|(class, tokens)| row(format!("efficient {class} tokens"), *tokens, "Mtok")),
    );
    rows.push(row("efficient fine-tuning".into(), efficient.fine_tuning, "Mtok"));
    rows.push(row("buyers who tune".into(), 100.0 * efficient.fine_tuned_share, "%"));
    rows.push(row("Gini of efficient spend".into(), description.gini, ""));
    rows.extend(
        description
            .top_shares
            .iter()
            .map(|top| row(format!("spend of the largest {} %", 100.0 * top.buyers), 100.0 * top.spend, "%")),
    );
    let law = description.tail_index.map_or("none: all moments exist".into(), significant);
    rows.push(vec!["tail index of the law".into(), law, String::new()]);
    rows.extend(description.hill.map(|hill| {
        let value = format!("{} ± {}", significant(hill.tail_index), significant(hill.se));
        vec!["tail index by Hill's estimate".into(), value, String::new()]
    }));
    rows.push(row("surplus grows like θ to the".into(), description.surplus_exponent, ""));
    rows.push(row("first-best profit".into(), description.first_best, "$"));
    rows.push(row("effective sample size".into(), description.effective_sample_size, "buyers"));
    rows.push(row("first-best profit of the largest buyer".into(), 100.0 * description.largest_share, "%"));
    if let Some(customer) = &description.largest_customer {
        let name = |what: &str| format!("{what} of row {} of the file", customer.row);
        rows.push(row(name("efficient spend"), 100.0 * customer.spend, "%"));
        rows.push(row(name("first-best profit"), 100.0 * customer.first_best, "%"));
    }
    Table {
        title: format!("Population of {}, by {} independent buyers", market.name, grouped(description.buyers)),
        headers: vec!["figure".into(), "value".into(), "unit".into()],
        rows,
        notes: vec![
            "Per buyer. Efficient use is what buyers use when everything is sold at cost.".into(),
            format!(
                "Runs sample buyers by the design {}; their standard errors come {}.",
                market.run.sampling.name(),
                market.run.standard_errors()
            ),
            "Effective sample size: buyers of equal profit that would tell as much about mean first-best profit.".into(),
        ],
        warnings: description.warnings.iter().map(|warning| format!("{}: {}", warning.code, warning.message)).collect(),
        ..Table::default()
    }
}
