//! Calibration of real traces; skipped, with the reason printed, where shared/data is not there.
//!
//! `TOKENMARKET_DATA` names another folder. With `--nocapture` the test prints the tables that docs quote.

use std::fs::File;
use std::path::PathBuf;

use population::calibrate::index::Price;
use population::calibrate::trace::{ClassColumn, Columns, Group, Rows, Trace};
use population::calibrate::{Assumptions, Calibration, calibrate};

/// gpt-4.1 of litellm/prices25.csv: input and output in $ per Mtok, the usual ratio of 4.
const MODEL: &str = "gpt-4.1";

fn folder() -> Option<PathBuf> {
    let shared = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");
    let folder = PathBuf::from(std::env::var("TOKENMARKET_DATA").unwrap_or_else(|_| shared.into()));
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no folder {} with usage traces", folder.display());
    None
}

fn prices(folder: &std::path::Path) -> Vec<Price> {
    let mut reader = csv::Reader::from_path(folder.join("litellm/prices25.csv")).expect("a price list");
    let header = reader.headers().expect("a header").clone();
    let at = |name: &str| header.iter().position(|column| column == name).expect("a column of prices");
    let row =
        reader.records().map(|row| row.expect("a row")).find(|row| row[0] == *MODEL).expect("the model");
    ["input", "output"]
        .map(|class| Price { class: class.into(), price: row[at(class)].parse().expect("a price") })
        .into()
}

fn run(folder: &std::path::Path, file: &str, columns: &Columns) -> Calibration {
    let path = folder.join(file);
    let trace = Trace::read(file, File::open(path).expect("a trace"), columns).expect("a trace in order");
    let assumptions = Assumptions {
        prices: prices(folder),
        sigma: 0.5,
        alternatives: [0.3, 0.7],
        cost_share: 0.5,
        top: None,
    };
    calibrate(&trace, &assumptions).expect("real usage can be calibrated")
}

fn tokens(input: &str, output: &str) -> Vec<ClassColumn> {
    [("input", input), ("output", output)]
        .map(|(class, column)| ClassColumn { class: class.into(), column: column.into() })
        .into()
}

fn print(name: &str, found: &Calibration) {
    let [input, output] = [&found.classes[0], &found.classes[1]];
    eprintln!(
        "\n{name}: {} used, {} skipped, {}; spend shares {:.4} / {:.4} ± {:.4} (means {:.4} / {:.4}, deviation {:.4}); \
         Gini {:.3}, largest {:.3}; common error of indices {:.3}",
        found.counts.used,
        found.counts.skipped,
        if found.per_day { "per day" } else { "per trace" },
        input.share,
        output.share,
        output.standard_error,
        input.mean_share,
        output.mean_share,
        output.share_deviation,
        found.spend.gini,
        found.spend.largest_share,
        found.assumed().index_error,
    );
    for case in &found.cases {
        let Some(law) = &case.population else { continue };
        for fit in &law.fits.laws {
            let [a, b] = fit.parameters;
            eprintln!(
                "  σ {} {}: {} {:.4} ± {:.4}, {} {:.4} ± {:.4}; AIC {:.1}; KS {:.4}",
                case.sigma,
                fit.name,
                a.name,
                a.estimate,
                a.standard_error,
                b.name,
                b.estimate,
                b.standard_error,
                fit.aic,
                fit.kolmogorov_smirnov
            );
        }
        let tails = law.tail.map(|tail| {
            format!("{:.2} ± {:.2} (k = {})", tail.index, tail.standard_error, tail.observations)
        });
        eprintln!(
            "  σ {} tail {}, needs {:.2}; top {:.4}; refused {:?}",
            case.sigma,
            tails.join(", "),
            law.tail_needed,
            law.top,
            law.fits.refused
        );
    }
    for warning in &found.warnings {
        eprintln!("  {}: {}", warning.code, warning.message);
    }
}

/// Customers of every served model of ServeGen: 422 rows; no token counts for 55 busy customers and an idle one.
#[test]
fn served_models_are_calibrated() {
    let Some(folder) = folder() else { return };
    let mut skipped = 0;
    for (model, customers) in
        [("m-large", 162), ("m-mid", 109), ("m-small", 43), ("deepseek-r1", 73), ("mm-image", 35)]
    {
        let columns = Columns {
            rows: Rows::Customers { customer: "client".into(), weight: None, days: Some("days".into()) },
            tokens: tokens("input_tokens", "output_tokens"),
            unit: 1.0,
            group: Some(Group { column: "model".into(), value: model.into() }),
        };
        let found = run(&folder, "servegen/clients_total.csv", &columns);
        print(model, &found);
        assert_eq!(found.counts.used + found.counts.skipped, customers, "{model}");
        skipped += found.counts.skipped;
        // ln θ = (1-σ) ln outlay + constant: tail indices are those of spend over 1-σ.
        let tails = found.cases.each_ref().map(|case| {
            case.population.as_ref().expect("customers have a population").tail[1].index * (1.0 - case.sigma)
        });
        assert!(tails.iter().all(|tail| (tail / tails[1] - 1.0).abs() < 1e-9), "{model}: {tails:?}");
    }
    assert_eq!(skipped, 56);
}

/// Two services of Azure: code completion reads much and writes little, chat less so.
#[test]
fn workloads_have_their_own_exponents() {
    let Some(folder) = folder() else { return };
    let share = |workload: &str| {
        let columns = Columns {
            rows: Rows::Requests,
            tokens: tokens("ContextTokens", "GeneratedTokens"),
            unit: 1.0,
            group: None,
        };
        let file = format!("azure-llm-2023/AzureLLMInferenceTrace_{workload}.csv");
        let found = run(&folder, &file, &columns);
        print(workload, &found);
        assert!(found.customers.is_empty() && found.requests);
        found.classes[1].clone()
    };
    let (code, chat) = (share("code"), share("conv"));
    assert!(code.share + 10.0 * code.standard_error < chat.share - 10.0 * chat.standard_error);
}
