//! `calibrate` end to end: usage in, a market file out that runs.

use std::fmt::Write as _;

use tempfile::TempDir;

use super::support::tokenmarket;

/// Customers who spend three quarters on input at $2 and a quarter on output at $6, ever more of it.
fn trace() -> String {
    let mut csv = "who,in,out\n".to_string();
    for customer in 1..=60_u32 {
        let spend = f64::from(customer) * f64::from(customer);
        writeln!(csv, "c{customer},{},{}", 0.75 * spend / 2.0 * 1e6, 0.25 * spend / 6.0 * 1e6).unwrap();
    }
    csv
}

const MARKET: &str = "name = \"calibrated\"\n[run]\nseed = 1\nusers = 1000\nrecord = \"none\"\n[belief]\nsource = \
                      \"population\"\npoints = 1000\n[[rules]]\nrule = \"packages\"\n";

#[test]
fn usage_becomes_a_market_that_runs() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    std::fs::write(path("usage.csv"), trace()).unwrap();
    let (usage, fragment) = (path("usage.csv"), path("fragment.toml"));
    let columns = ["--customer", "who", "--tokens", "input=in", "--tokens", "output=out"];
    let assumed = ["--price", "input=2", "--price", "output=6", "--sigma", "0.4", "--cost-share", "0.5"];
    let calibrate = |more: &[&str]| {
        let start = ["calibrate", &usage, "--out", &fragment, "--force"];
        tokenmarket(&[&start[..], &columns, &assumed, more].concat())
    };
    let said = calibrate(&["--format", "json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let found: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    // Σ k² for k = 1..60.
    assert!((found["spend"]["total"].as_f64().unwrap() - 73_810.0).abs() < 1e-6, "{}", found["spend"]);
    let printed = calibrate(&[]).stdout;
    assert!(printed.contains("60 rows read, 0 skipped; total spend 73810 $; spend shares"), "{printed}");
    let exponent =
        |class: usize| found["cases"][1]["technology"]["tokens"][class]["exponent"].as_f64().unwrap();
    assert!((exponent(0) - 0.3).abs() < 1e-6 && (exponent(1) - 0.1).abs() < 1e-6, "{}", said.stdout);
    assert_eq!(std::fs::read_to_string(path("fragment.csv")).unwrap().lines().count(), 61);
    std::fs::write(path("market.toml"), format!("{MARKET}{}", std::fs::read_to_string(&fragment).unwrap()))
        .unwrap();
    let market = path("market.toml");
    let checked = tokenmarket(&["check", &market]);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    let wrong = calibrate(&["--days", "dys"]);
    assert_eq!(wrong.code, 2, "{}", wrong.stderr);
    assert!(wrong.stderr.contains("usage.csv:1") && wrong.stderr.contains("dys"), "{}", wrong.stderr);
    assert_eq!(calibrate(&["--requests"]).code, 2);
}

/// The customers written beside the fragment are a population themselves.
#[test]
fn calibrated_customers_are_a_population() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    std::fs::write(path("usage.csv"), trace()).unwrap();
    let (usage, fragment, market) = (path("usage.csv"), path("fragment.toml"), path("market.toml"));
    let columns = ["--customer", "who", "--tokens", "input=in", "--tokens", "output=out"];
    let assumed = ["--price", "input=2", "--price", "output=6", "--sigma", "0.5", "--cost-share", "0.5"];
    let said = tokenmarket(&[&["calibrate", &usage, "--out", &fragment][..], &columns, &assumed].concat());
    assert_eq!(said.code, 0, "{}", said.stderr);
    let text = std::fs::read_to_string(&fragment).unwrap();
    let technology = text.split("[population]").next().unwrap();
    let population = "[population]\nfamily = \"empirical\"\nfile = \"fragment.csv\"\nindex = \"index\"\n\
                      weight = \"weight\"\n";
    std::fs::write(&market, format!("{MARKET}{technology}{population}")).unwrap();
    let json = |arguments: &[&str]| -> serde_json::Value {
        let said = tokenmarket(&[arguments, &["--format", "json"]].concat());
        assert_eq!(said.code, 0, "{}", said.stderr);
        serde_json::from_str(&said.stdout).unwrap()
    };
    // σ = 1/2: the index is the root of spend, up to a factor, so its mean is that of 1, ..., 60 relative to the largest.
    let described = json(&["describe", &market]);
    let quantile =
        |position: usize| described["population"]["index_quantiles"][position]["index"].as_f64().unwrap();
    let relative = described["population"]["mean_index"].as_f64().unwrap() / quantile(10);
    // 262,144 buyers drawn of numbers with deviation 0.289: five standard errors.
    assert!((relative - 30.5 / 60.0).abs() < 5.0 * 0.289 / 512.0, "{relative}");
    let run = json(&["run", &market, "--out", &path("results")]);
    assert_eq!(run["users"], 1000);
    let design = json(&["design", &market]);
    let expected = design["rules"][0]["expected"]["profit"].as_f64().unwrap();
    let (found, error) = (&run["rules"][0]["profit"]["mean"], &run["rules"][0]["profit"]["se"]);
    let distance = (found.as_f64().unwrap() - expected) / error.as_f64().unwrap();
    assert!(distance.abs() < 5.0, "{distance} standard errors");
}

/// Spend of customers who were observed for some days is spend a day.
#[test]
fn total_spend_is_printed_a_day_where_days_are_known() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    let mut csv = "who,all,days\n".to_string();
    for customer in 1..=60_u32 {
        writeln!(csv, "c{customer},{}e6,{}", 12 * customer, 4).unwrap();
    }
    std::fs::write(path("usage.csv"), csv).unwrap();
    let arguments =
        "--customer who --tokens all=all --days days --price all=0.5 --sigma 0.4 --cost-share 0.5".split(' ');
    let (usage, out) = (path("usage.csv"), path("fragment.toml"));
    let said =
        tokenmarket(&["calibrate", &usage, "--out", &out].into_iter().chain(arguments).collect::<Vec<_>>());
    assert_eq!(said.code, 0, "{}", said.stderr);
    // 12 Mtok times 1830 customers' numbers at half a dollar, in four days.
    assert!(said.stdout.contains("total spend 2745 $ a day; spend shares"), "{}", said.stdout);
}

#[test]
fn shipped_populations_are_valid() {
    let populations = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs/population");
    let folder = TempDir::new().unwrap();
    let mut checked = 0;
    for entry in std::fs::read_dir(populations).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let market = folder.path().join("market.toml");
            std::fs::write(&market, format!("{MARKET}{}", std::fs::read_to_string(&path).unwrap())).unwrap();
            let said = tokenmarket(&["check", market.to_str().unwrap()]);
            assert_eq!(said.code, 0, "{}: {}", path.display(), said.stderr);
            checked += 1;
        }
    }
    assert_eq!(checked, 5);
}
