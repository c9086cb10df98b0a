//! The commands on good input.

use serde_json::Value;
use tempfile::TempDir;

use super::support::{shipped, tokenmarket};

#[test]
fn help_shows_examples() {
    for arguments in [
        &["--help"][..],
        &["run", "--help"],
        &["design", "-h"],
        &["check", "-h"],
        &["describe", "-h"],
        &["compare", "-h"],
    ] {
        let said = tokenmarket(arguments);
        assert_eq!(said.code, 0);
        assert!(said.stdout.contains("Example"), "{arguments:?}: {}", said.stdout);
        assert!(said.stdout.contains("tokenmarket"), "{arguments:?}");
    }
}

/// Every line of an example that is a command of ours, but those that name recorded runs.
#[test]
fn examples_in_help_texts_are_valid() {
    let mut tried = 0;
    for command in ["check", "describe", "design", "run", "schema"] {
        let help = tokenmarket(&[command, "--help"]).stdout;
        for line in help.lines().filter_map(|line| line.trim().strip_prefix("tokenmarket ")) {
            let line = line
                .split(" >")
                .next()
                .unwrap()
                .replace("configs/", &shipped(""))
                .replace("experiments/", &shipped("../experiments/"));
            let mut arguments: Vec<&str> = line.split_whitespace().collect();
            // `run` is only checked: its flags are those of `check`, but for the folder.
            if arguments[0] == "run" {
                arguments[0] = "check";
            }
            assert_eq!(tokenmarket(&arguments).code, 0, "{line}");
            tried += 1;
        }
    }
    assert!(tried >= 8, "{tried}");
}

#[test]
fn schema_names_every_column() {
    let said = tokenmarket(&["schema", "--format", "json"]);
    let schema: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(schema["tables"].as_array().unwrap().len(), 10);
    let columns = [
        "belief_loss",
        "token_price_elasticity",
        "revenue_at_risk_share",
        "total_profit",
        "total_tokens_CLASS",
    ];
    assert!(columns.iter().all(|column| said.stdout.contains(column)), "{}", said.stdout);
    assert!(said.stdout.contains("tokens_CLASS") && said.stdout.contains("$ per unit precision"));
}

#[test]
fn check_plans_without_writing() {
    let said = tokenmarket(&[
        "check",
        &shipped("paper-uniform.toml"),
        "--format",
        "json",
        "--set",
        "belief.points=1000",
    ]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let plan: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(plan["plan"]["buyers"], 1_000_000);
    assert_eq!(plan["plan"]["rows"], 9_000_000);
    assert!(plan["plan"]["seconds"].as_f64().unwrap() > 0.0);
}

/// Where buyers are not independent, plans and descriptions say where standard errors come from, and runs do, too.
#[test]
fn sampling_designs_say_where_errors_come_from() {
    let even = ["--set", "run.sampling=sobol", "--set", "run.replicates=8", "--set", "belief.points=1000"];
    let said = |command: &[&str], changes: &[&str]| {
        let said = tokenmarket(&[command, &[&shipped("paper-uniform.toml")], changes].concat());
        assert_eq!(said.code, 0, "{}", said.stderr);
        // Terminals break lines.
        said.stdout.replace('\n', " ")
    };
    for command in ["check", "describe"] {
        let text = said(&[command], &even);
        assert!(text.contains("sobol") && text.contains("8 independent replicates"), "{text}");
        let plain = said(&[command], &["--set", "belief.points=1000"]);
        assert!(plain.contains("pseudo") && plain.contains("independent buyers"), "{plain}");
        let json: Value = serde_json::from_str(&said(&[command, "--format", "json"], &even)).unwrap();
        assert_eq!((&json["sampling"], &json["standard_errors"]["replicates"]), (&"sobol".into(), &8.into()));
    }
}

/// θ of the paper has the law 1 - (1-θ)²: mean 1/3, median 1 - √(1/2); first-best profit 97/480, a quarter tunes.
#[test]
fn describe_knows_the_papers_population() {
    let said = tokenmarket(&["describe", &shipped("paper-uniform.toml"), "--format", "json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let described: Value = serde_json::from_str(&said.stdout).unwrap();
    let population = &described["population"];
    let close = |value: &Value, exact: f64| {
        let found = value.as_f64().unwrap();
        assert!((found - exact).abs() < 0.005, "{found} is not {exact}");
    };
    close(&population["mean_index"], 1.0 / 3.0);
    close(&population["index_quantiles"][5]["index"], 1.0 - 0.5_f64.sqrt());
    close(&population["first_best"], 97.0 / 480.0);
    close(&population["efficient"]["fine_tuned_share"], 0.25);
    assert!(population["tail_index"].is_null());
    assert_eq!(
        tokenmarket(&[
            "describe",
            &shipped("pareto-index.toml"),
            "--set",
            "population.index.shape=2",
            "--strict"
        ])
        .code,
        1
    );
}

#[test]
fn design_follows_the_contract() {
    let said = tokenmarket(&[
        "design",
        &shipped("paper-uniform.toml"),
        "--set",
        "belief.points=2000",
        "--format",
        "json",
    ]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let designed: Value = serde_json::from_str(&said.stdout).unwrap();
    let packages = &designed["rules"][0];
    assert_eq!((packages["rule"].as_str(), packages["kind"].as_str()), (Some("packages"), Some("packages")));
    let profit = packages["expected"]["profit"].as_f64().unwrap();
    assert!((profit - 97.0 / 1080.0).abs() < 1e-9, "{profit}");
    for key in ["status", "ic_violation", "ir_violation", "monotone", "duality_gap", "gap_to_first_best"] {
        assert!(!packages["certificate"][key].is_null(), "{key}");
    }
    for key in ["item", "threshold", "spend", "tokens_input", "tokens_output", "fine_tuning", "payment"] {
        assert!(packages["items"][0][key].is_number(), "{key}");
    }
    let one =
        tokenmarket(&["design", &shipped("paper-uniform.toml"), "--rule", "three-tiers", "--format", "csv"]);
    assert_eq!(one.stdout.lines().count(), 4, "{}", one.stdout);
    let all = tokenmarket(&["design", &shipped("three-customers.toml"), "--format", "csv"]);
    assert!(all.stdout.starts_with("rule,kind,profit,"), "{}", all.stdout);
}

#[test]
fn plans_are_designed_with_fees_and_prices() {
    let plans = shipped("paper-plans.toml");
    let said = tokenmarket(&["design", &plans, "--rule", "three-tariffs", "--format", "json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let designed: Value = serde_json::from_str(&said.stdout).unwrap();
    let rule = &designed["rules"][0];
    assert!(rule["parameters"]["rent_lost"].as_f64().unwrap() > 0.0);
    let items = rule["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    for item in items {
        let number = |key: &str| item[key].as_f64().unwrap();
        let payment = number("fee") + number("markup") * number("spend");
        assert!((number("payment") - payment).abs() < 1e-12 * payment, "{item}");
        assert!((number("price_output") - 0.125 * number("markup")).abs() < 1e-15, "{item}");
        assert!(item["spend_cap"].is_null() && number("fine_tuning") >= 0.0, "{item}");
    }
}

#[test]
fn run_then_compare_in_every_format() {
    let out = TempDir::new().unwrap();
    let folder = out.path().to_str().unwrap();
    let run = |format: &str| {
        let changes = ["--users", "20_000", "--record", "sample=1000", "--set", "belief.points=2000"];
        let mut arguments = vec!["run", "CONFIG", "--out", folder, "--format", format];
        let config = shipped("paper-uniform.toml");
        arguments[1] = &config;
        arguments.extend(changes);
        tokenmarket(&arguments)
    };
    let first = run("json");
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(first.stderr.contains("wrote"), "{}", first.stderr);
    assert!(!first.stderr.contains('\r') && !first.stderr.contains('\u{1b}'), "no bars when piped");
    let summary: Value = serde_json::from_str(&first.stdout).unwrap();
    assert_eq!(summary["users"], 20_000);
    assert_eq!(summary["baseline"], "packages");
    assert_eq!(summary["by_decile"].as_array().unwrap().len(), 10);
    let again = run("json");
    assert!(again.stderr.contains("complete already; nothing was computed"), "{}", again.stderr);
    assert_eq!(again.stdout, first.stdout);
    let path = out.path().join(summary["run"].as_str().unwrap());
    let compare = |format: &str| {
        tokenmarket(&["compare", path.to_str().unwrap(), "--baseline", "flat", "--format", format])
    };
    for format in ["table", "json", "csv", "markdown", "latex"] {
        let said = compare(format);
        assert_eq!(said.code, 0, "{format}: {}", said.stderr);
        assert!(said.stdout.contains("three-tiers"), "{format}: {}", said.stdout);
    }
    let tables = |names: &str, format: &str| {
        tokenmarket(&["compare", path.to_str().unwrap(), "--tables", names, "--format", format])
    };
    for format in ["table", "markdown", "latex"] {
        let said = tables("totals,losses,prices,beliefs,churn,deciles", format);
        assert_eq!(said.code, 0, "{format}: {}", said.stderr);
        let titles = [
            "Sums over all buyers",
            "What is lost",
            "Prices paid",
            "What beliefs cost",
            "Who leaves",
            "by decile",
        ];
        assert!(titles.iter().all(|title| said.stdout.contains(title)), "{format}: {}", said.stdout);
    }
    assert!(tables("deciles", "csv").stdout.starts_with("run,baseline,decile,index_low,"));
    // One row per rule has the figures of every table but those of groups.
    let whole = tables("summary", "csv").stdout;
    assert!(whole.contains(",leave_share,") && whole.contains(",total_profit,"), "{whole}");
    assert_eq!(tables("summary,churn", "csv").stdout, whole);
    for (names, format, says) in [
        ("summary,deciles", "csv", "csv holds one table"),
        ("deciles,churn", "csv", "csv holds one table"),
        ("segments", "table", "no segments"),
        ("incidence", "table", "possible values: summary, totals"),
    ] {
        let said = tables(names, format);
        assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{names}: {}", said.stderr);
        assert!(said.stderr.contains(says), "{names}: {}", said.stderr);
    }
    let rebased: Value = serde_json::from_str(&compare("json").stdout).unwrap();
    let difference =
        |summary: &Value, rule: usize| summary["rules"][rule]["profit_difference"]["mean"].as_f64().unwrap();
    // Rule 0 is packages and rule 5 flat: the difference changes sign with the baseline.
    assert_eq!(difference(&rebased, 0), -difference(&summary, 5));
}

/// The formula for value and scale fails here, and most types of the grid are next to alike: the menu is certified all the same.
#[test]
fn a_grid_of_types_that_bunch_is_certified() {
    // A folder of its own: a run that is found complete would be certified by nobody.
    let out = TempDir::new().unwrap();
    let said = tokenmarket(&[
        "run",
        &shipped("paper-uniform.toml"),
        "--set",
        "population.value={ distribution = \"beta\", alpha = 0.1, beta = 0.9, low = 1.0, high = 4.0 }",
        "--set",
        "population.scale={ distribution = \"uniform\", low = 0.6, high = 1.0 }",
        "--set",
        "belief.points=2000",
        "--users",
        "2000",
        "--record",
        "none",
        "--out",
        out.path().to_str().unwrap(),
    ]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stdout.contains("allocations"), "{}", said.stdout);
}

#[test]
fn strict_turns_warnings_into_failure() {
    let strict = |shape: &str| {
        let shape = format!("population.index.shape={shape}");
        tokenmarket(&["design", &shipped("pareto-index.toml"), "--set", &shape, "--strict"])
    };
    // The surplus grows like θ^{1/(1-0.4)}: standard errors exist for tail indices above 10/3.
    assert_eq!(strict("4.0").code, 0);
    let warned = strict("3.0");
    assert_eq!(warned.code, 1);
    assert!(warned.stdout.contains("heavy-tail"), "{}", warned.stdout);
}

/// A menu written as a price book and posted again earns the same, from the command line.
#[test]
fn an_exported_menu_can_be_posted() {
    let folder = TempDir::new().unwrap();
    let book = folder.path().join("book.toml");
    let paper = shipped("paper-uniform.toml");
    let small = ["--set", "belief.points=1000", "--format", "json"];
    let profit = |said: &super::support::Said| -> f64 {
        assert_eq!(said.code, 0, "{}", said.stderr);
        let json: Value = serde_json::from_str(&said.stdout).unwrap();
        json["rules"][0]["expected"]["profit"].as_f64().unwrap()
    };
    for rule in ["three-tiers", "pay-as-you-go"] {
        let arguments = ["design", &paper, "--rule", rule, "--export", book.to_str().unwrap(), "--force"];
        let designed = profit(&tokenmarket(&[&arguments[..], &small].concat()));
        let text = std::fs::read_to_string(&paper).unwrap();
        let posting = text.replace("rule = \"flat\"", "rule = \"price-book\"\nfile = \"book.toml\"");
        let market = folder.path().join("market.toml");
        std::fs::write(&market, posting).unwrap();
        let arguments = ["design", market.to_str().unwrap(), "--rule", "price-book"];
        let again = profit(&tokenmarket(&[&arguments[..], &small].concat()));
        assert!((designed / again - 1.0).abs() < 1e-9, "{rule}: {designed} {again}");
    }
    let other = folder.path().join("other.toml");
    let refused =
        tokenmarket(&["design", &paper, "--rule", "first-best", "--export", other.to_str().unwrap()]);
    assert_eq!(refused.code, 2);
    assert!(refused.stderr.contains("--export") && refused.stderr.contains("cannot be posted as plans"));
}
