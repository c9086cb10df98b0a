//! Every class of bad input: exit code 2, no output, and a message that names file, line, key, value and what is allowed.

use std::io::Write;

use super::support::{shipped, tokenmarket};

/// A change to the paper's market file and what the message must hold.
struct Case {
    /// `old` becomes `new` in the text of the file.
    old: &'static str,
    new: &'static str,
    /// The message names the line on which this text stands; empty: only the file.
    at: &'static str,
    says: &'static [&'static str],
}

const fn case(old: &'static str, new: &'static str, at: &'static str, says: &'static [&'static str]) -> Case {
    Case { old, new, at, says }
}

const CASES: &[Case] = &[
    // Behaviour and files.
    case(
        "[belief]",
        "[behaviour]\nkind = \"logitt\"\n[belief]",
        "kind =",
        &["behaviour.kind", "did you mean \"logit\"?"],
    ),
    case(
        "[belief]",
        "[behaviour]\nkind = \"logit\"\nscale = 0.0\n[belief]",
        "scale = 0.0\n",
        &["behaviour.scale", "> 0"],
    ),
    case(
        "family = \"value-scale\"\nvalue = { distribution = \"uniform\", low = 0.0, high = 1.0 }\n\
         scale = { distribution = \"uniform\", low = 0.0, high = 1.0 }",
        "family = \"empirical\"\nfile = \"none.csv\"\nindex = \"index\"",
        "file =",
        &["population.file", "none.csv", "relative to the market file"],
    ),
    // Plans.
    case(
        "rule = \"flat\"",
        "rule = \"price-book\"\nfile = \"none.toml\"",
        "file = \"none",
        &["rules.price-book.file", "none.toml", "relative to this file"],
    ),
    case("rule = \"flat\"", "rule = \"two-part\"\nfee = -1.0", "fee = -1", &["rules.two-part.fee", ">= 0"]),
    case(
        "rule = \"flat\"",
        "rule = \"three-part\"\nplans = 0",
        "plans = 0",
        &["rules.three-part.plans", "1 to 1000"],
    ),
    case(
        "rule = \"flat\"",
        "rule = \"three-part\"\nplans = [{ fee = 1.0, markup = 2.0, allowance = { spend = 1.0 } }]",
        "plans = [",
        &["rules.three-part.plans.0.over", "missing", "\"stop\""],
    ),
    case(
        "rule = \"flat\"",
        "rule = \"three-part\"\nplans = [{ label = \"pro\", fee = 1.0, prices = { input = 1.0 } }]",
        "plans = [",
        &["rules.three-part.plans.pro.prices", "prices of input only", "input, output"],
    ),
    case(
        "rule = \"flat\"",
        "rule = \"three-part\"\nplans = [{ fee = 1.0, markup = 2.0, over = \"stop\", allowance = { tokens = { input = 1.0 } } }]",
        "plans = [",
        &["plans.plan-1.allowance.tokens", "no output", "every class"],
    ),
    case(
        "rule = \"first-best\"",
        "rule = \"first-best\"\nround = 0.01",
        "round =",
        &["rules.first-best.round", "no price"],
    ),
    // Missing.
    case("name = \"paper-uniform\"\n", "\n", "# The uniform", &["name", "missing"]),
    case("seed = 20250702\n", "\n", "[run]", &["run.seed", "missing", "whole number from 0"]),
    case("users = 1_000_000\n", "\n", "[run]", &["run.users", "missing"]),
    case("record = \"all\"\n", "\n", "[run]", &["run.record", "missing", "sample=N"]),
    case("base_quality = 1.0\n", "\n", "[technology]", &["technology.base_quality", "missing", "> 0"]),
    case("family = \"value-scale\"\n", "\n", "[population]", &["population.family", "missing", "\"tasks\""]),
    case("source = \"population\"\n", "\n", "[belief]", &["belief.source", "missing", "\"sample\""]),
    case(
        "tiers = 2\n",
        "\n",
        "[[rules]]\nrule = \"tiers\"",
        &["rules.two-tiers.tiers", "missing", "1 to 1000"],
    ),
    // Unknown.
    case("users =", "usres =", "usres =", &["run.usres", "unknown key", "did you mean users?"]),
    case("[belief]", "[beleif]", "[beleif]", &["beleif", "unknown key", "did you mean belief?"]),
    case(
        "exponent = 0.25, cost = 0.125 }\n\n",
        "exponent = 0.25, csot = 0.125 }\n\n",
        "exponent = 0.25, csot = 0.125 }",
        &["csot", "did you mean cost?"],
    ),
    case(
        "family = \"value-scale\"",
        "family = \"value-scael\"",
        "family = \"value-scael\"",
        &["population.family", "did you mean \"value-scale\"?"],
    ),
    case(
        "\"uniform\", low = 0.0, high = 1.0 }\nscale",
        "\"unifrom\", low = 0.0, high = 1.0 }\nscale",
        "\"unifrom\", low = 0.0, high = 1.0 }",
        &["population.value.distribution", "did you mean \"uniform\"?"],
    ),
    case(
        "rule = \"packages\"",
        "rule = \"packges\"",
        "rule = \"packges\"",
        &["rules", "did you mean \"packages\"?"],
    ),
    case(
        "source = \"population\"",
        "source = \"popluation\"",
        "source = \"popluation\"",
        &["belief.source", "did you mean \"population\"?"],
    ),
    case("rule = \"flat\"", "rule = \"flat\"\ntiers = 3", "tiers = 3", &["tiers", "unknown key"]),
    // Wrong type.
    case(
        "users = 1_000_000",
        "users = \"many\"",
        "users = \"many\"",
        &["run.users", "\"many\"", "whole number"],
    ),
    case("users = 1_000_000", "users = 1.5", "users = 1.5", &["run.users", "1.5", "whole number"]),
    case(
        "base_quality = 1.0",
        "base_quality = [1.0]",
        "base_quality = [1.0]",
        &["technology.base_quality", "an array"],
    ),
    case(
        "[technology]\nbase_quality = 1.0\n",
        "[[technology]]\nbase_quality = 1.0\n",
        "[[technology]]",
        &["technology", "an array of 1", "a table with base_quality"],
    ),
    case("record = \"all\"", "record = true", "record = true", &["run.record", "true"]),
    case("record = \"all\"", "record = \"sample=0\"", "record = \"sample=0\"", &["run.record", "sample=N"]),
    // Not a number, negative, zero.
    case(
        "base_quality = 1.0",
        "base_quality = nan",
        "base_quality = nan",
        &["technology.base_quality", "NaN", "finite"],
    ),
    case(
        "base_quality = 1.0",
        "base_quality = inf",
        "base_quality = inf",
        &["technology.base_quality", "inf", "finite"],
    ),
    case(
        "base_quality = 1.0",
        "base_quality = -1.0",
        "base_quality = -1.0",
        &["technology.base_quality", "-1", "> 0"],
    ),
    case(
        "\"input\", exponent = 0.25, cost = 0.125",
        "\"input\", exponent = 0.25, cost = -0.125",
        "\"input\", exponent = 0.25, cost = -0.125",
        &["technology.tokens.input.cost", "-0.125"],
    ),
    case(
        "\"input\", exponent = 0.25",
        "\"input\", exponent = 0.0",
        "\"input\", exponent = 0.0",
        &["technology.tokens.input.exponent"],
    ),
    case(
        "low = 0.0, high = 1.0 }\nscale",
        "low = -1.0, high = 1.0 }\nscale",
        "low = -1.0, high = 1.0 }",
        &["population.value.low", "-1"],
    ),
    case(
        "low = 0.0, high = 1.0 }\nscale",
        "low = 2.0, high = 1.0 }\nscale",
        "low = 2.0, high = 1.0 }",
        &["population.value"],
    ),
    case("seed = 20250702", "seed = -1", "seed = -1", &["run.seed", "-1"]),
    case(
        "seed = 20250702",
        "seed = 99999999999999999999",
        "seed = 99999999999999999999",
        &["99999999999999999999"],
    ),
    case(
        "fine_tuning = { exponent = 0.25",
        "fine_tuning = { exponent = 1.0",
        "fine_tuning = { exponent = 1.0",
        &["technology.fine_tuning.exponent", "< 1"],
    ),
    case(
        "fine_tuning = { exponent = 0.25, cost = 0.125 }",
        "fine_tuning = { exponent = 0.25, cost = 0.125, maximum = 0.0 }",
        "fine_tuning",
        &["technology.fine_tuning.maximum", "> 0"],
    ),
    case("record = \"all\"", "record = \"all\"\nreplicates = 0", "replicates", &["run.replicates", "from 1"]),
    // Designs under which buyers depend on each other need replicates, and have so many points.
    case(
        "record = \"all\"",
        "record = \"all\"\nsampling = \"sobl\"",
        "sampling",
        &["run.sampling", "did you mean \"sobol\"", "stratified"],
    ),
    case(
        "record = \"all\"",
        "record = \"all\"\nsampling = \"sobol\"\nreplicates = 7",
        "replicates = 7",
        &["run.replicates", "at least 8", "not independent"],
    ),
    case(
        "record = \"all\"",
        "record = \"none\"\nsampling = \"stratified\"",
        "[run]",
        &["run.replicates", "at least 8", "not independent"],
    ),
    case(
        "users = 1_000_000\nrecord = \"all\"",
        "users = 4_294_967_297\nrecord = \"none\"\nsampling = \"sobol\"\nreplicates = 8",
        "users",
        &["run.users", "at most 2^32"],
    ),
    case(
        "source = \"population\"",
        "source = \"sample\"\nbuyers = 1",
        "buyers = 1",
        &["belief.buyers", "from 2"],
    ),
    case("source = \"population\"", "source = \"law\"", "[belief]", &["belief.population", "missing"]),
    case(
        "rule = \"pay-as-you-go\"",
        "rule = \"pay-as-you-go\"\nmarkup = 0.0",
        "markup = 0.0",
        &["rules.pay-as-you-go.markup", "> 0"],
    ),
    // Sums.
    case(
        "\"input\", exponent = 0.25",
        "\"input\", exponent = 0.5",
        "tokens = [",
        &["technology.tokens", "sum of exponents of 1", "0.999"],
    ),
    // A scale beyond all tasks.
    case(
        "scale = { distribution = \"uniform\", low = 0.0, high = 1.0 }",
        "scale = { distribution = \"uniform\", low = 0.0, high = 2.0 }",
        "scale = { distribution = \"uniform\", low = 0.0, high = 2.0 }",
        &["population.scale"],
    ),
    // Duplicates.
    case("label = \"three-tiers\"", "label = \"two-tiers\"", "", &["two-tiers", "no other rule has"]),
    case(
        "class = \"output\"",
        "class = \"input\"",
        "class = \"input\", exponent = 0.25, cost = 0.125 },\n]",
        &["technology.tokens.1.class", "input", "no other token class has"],
    ),
    case("[run]", "[run]\nseed = 1", "seed = 20250702", &["duplicate"]),
    // Names that could leave the results folder.
    case("name = \"paper-uniform\"", "name = \"../escape\"", "name = \"../escape\"", &["name", "a-z 0-9"]),
    case("label = \"two-tiers\"", "label = \"a/b\"", "label = \"a/b\"", &["label", "a-z 0-9"]),
    // Absurd sizes.
    case(
        "users = 1_000_000",
        "users = 9_000_000_000_000_000",
        "users = 9_000_000_000_000_000",
        &["run.users", "1000000000000"],
    ),
    case("users = 1_000_000", "users = 0", "users = 0", &["run.users", "from 2"]),
    case("tiers = 3", "tiers = 100000", "tiers = 100000", &["rules.three-tiers.tiers", "100000"]),
    case("source = \"population\"", "source = \"population\"\npoints = 1e30", "points", &["belief.points"]),
    // Syntax.
    case("[belief]", "[belief", "[belief", &["valid TOML"]),
];

fn write(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

#[test]
fn every_class_is_explained_with_exit_code_two() {
    let text = std::fs::read_to_string(shipped("paper-uniform.toml")).unwrap();
    for Case { old, new, at, says } in CASES {
        assert!(text.contains(old), "the shipped file no longer holds {old:?}");
        let changed = text.replacen(old, new, 1);
        let file = write(&changed);
        let path = file.path().to_str().unwrap();
        let said = tokenmarket(&["check", path]);
        let message = &said.stderr;
        assert_eq!(said.code, 2, "{new:?}: {message}");
        assert!(said.stdout.is_empty(), "{new:?}");
        let line = changed[..changed.find(at).unwrap()].matches('\n').count() + 1;
        let place = if at.is_empty() { path.to_string() } else { format!("{path}:{line}:") };
        assert!(message.contains(&place), "{new:?} should name {place}: {message}");
        for word in *says {
            assert!(message.contains(word), "{new:?} should say {word:?}: {message}");
        }
    }
}

#[test]
fn probabilities_and_masses_must_sum_to_one() {
    let text = std::fs::read_to_string(shipped("three-customers.toml")).unwrap();
    for (old, new, says) in [
        ("probability = 0.5", "probability = 0.6", "population.types"),
        ("masses = [0.5, 0.5]", "masses = [0.5, 0.6]", "population.masses"),
        ("values = [1.0, 0.2]", "values = [1.0]", "values"),
        ("values = [1.0, 0.2]", "values = [1.0, -0.2]", "values"),
    ] {
        let file = write(&text.replacen(old, new, 1));
        let said = tokenmarket(&["check", file.path().to_str().unwrap()]);
        assert_eq!(said.code, 2, "{new:?}: {}", said.stderr);
        assert!(said.stderr.contains(says), "{new:?}: {}", said.stderr);
    }
}

#[test]
fn bad_flags_and_paths_are_exit_code_two() {
    let config = shipped("paper-uniform.toml");
    for (arguments, says) in [
        (vec!["check", "no/such/file.toml"], "no/such/file.toml"),
        (vec!["check", &config, "--set", "run.usres=3"], "did you mean users?"),
        (vec!["check", &config, "--set", "technology.tokens.inptu.cost=3"], "did you mean input?"),
        (vec!["check", &config, "--set", "nonsense"], "KEY=VALUE"),
        (vec!["check", &config, "--users", "many"], "1_000_000"),
        (vec!["check", &config, "--users", "18446744073709551615"], "from 2 to 1000000000000"),
        (vec!["check", &config, "--users", "-5"], "from 2 to 1000000000000"),
        (vec!["check", &config, "--users", "0"], "from 2 to 1000000000000"),
        (vec!["check", &config, "--seed", "-1"], "found -1"),
        (vec!["check", &config, "--seed", "9223372036854775808"], "9223372036854775807"),
        (vec!["check", &config, "--set", "run.seed=9223372036854775808"], "found 9223372036854775808;"),
        (vec!["check", &config, "--set", "run.seed=3", "--seed", "4"], "found run.seed twice, 3 and 4"),
        (vec!["check", &config, "--set", "run.users.x=3"], "a single value"),
        (vec!["check", &config, "--set", "beleif.points=3"], "did you mean belief?"),
        (vec!["check", &config, "--set", "behaviour.kind=logit"], "behaviour.scale"),
        (vec!["check", &config, "--target-se", "1%"], "between 0 and 1"),
        (vec!["check", &config, "--threads", "many"], "from 0 to 1024"),
        (vec!["check", &config, "--threads", "-1"], "from 0 to 1024"),
        (vec!["check", &config, "--set", "population.value.low=1e300"], "found 1e300"),
        (
            vec!["check", &config, "--set", "technology.tokens.input.class=\"\""],
            "tokens.0.class: found \"\";",
        ),
        (vec!["verify", &config], "a file; allowed: the folder"),
        (vec!["check", &config, "--threads", "100000"], "1024"),
        (vec!["check", &config, "--format", "xml"], "markdown"),
        (
            vec!["design", &config, "--rule", "pakages", "--set", "belief.points=100"],
            "did you mean packages?",
        ),
        (vec!["compare", "no/such/folder"], "no/such/folder"),
        (vec!["run", &config, "--record", "some"], "sample=N"),
        (vec!["run"], "CONFIG"),
    ] {
        let said = tokenmarket(&arguments);
        assert_eq!(said.code, 2, "{arguments:?}: {}", said.stderr);
        assert!(said.stderr.contains(says), "{arguments:?} should say {says:?}: {}", said.stderr);
    }
}

/// Market and experiment taken for each other: the message says which command is meant.
#[test]
fn swapped_commands_are_told_apart() {
    let (market, folder) = (shipped("paper-uniform.toml"), shipped("../experiments/cost-pass-through"));
    let experiment = format!("{folder}/experiment.toml");
    for (command, path, says) in [
        ("run", &folder, "`tokenmarket sweep "),
        ("run", &experiment, "`tokenmarket sweep "),
        ("design", &experiment, "`tokenmarket sweep "),
        ("sweep", &market, "`tokenmarket run "),
        ("merge", &market, "`tokenmarket run "),
    ] {
        let said = tokenmarket(&[command, path]);
        assert_eq!(said.code, 2, "{command} {path}: {}", said.stderr);
        assert!(said.stderr.contains(says) && !said.stderr.contains("os error"), "{}", said.stderr);
    }
}

/// Devices that never end and pipes that nobody writes to are refused at once.
#[cfg(unix)]
#[test]
fn inputs_are_regular_files() {
    let folder = tempfile::tempdir().unwrap();
    let fifo = folder.path().join("pipe.toml");
    assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let (fifo, config) = (fifo.to_str().unwrap(), shipped("paper-uniform.toml"));
    for path in ["/dev/zero", fifo] {
        let book = format!("rules.flat={{ rule = \"price-book\", file = \"{path}\" }}");
        let population =
            format!("population={{ family = \"empirical\", file = \"{path}\", index = \"index\" }}");
        for arguments in [
            &["check", path][..],
            &["run", path],
            &["sweep", path],
            &["check", &config, "--set", &book],
            &["check", &config, "--set", &population],
        ] {
            let said = tokenmarket(arguments);
            assert_eq!(said.code, 2, "{arguments:?}: {}", said.stderr);
            assert!(said.stderr.contains("a device or a pipe"), "{arguments:?}: {}", said.stderr);
        }
    }
}

/// Kernels run with the set that was asked for, or not at all.
#[test]
fn an_unknown_instruction_set_is_refused() {
    for (value, code) in [("garbage", 2), ("", 2), ("portable", 0)] {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tokenmarket"));
        let ended = command.arg("schema").env("TOKENMARKET_KERNELS", value).output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(code), "{said}");
        assert!(
            code == 0 || said.contains(&format!("TOKENMARKET_KERNELS: found {value:?}; allowed: ")),
            "{said}"
        );
    }
}

#[test]
fn experiments_that_make_no_sense_are_located() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(shipped("paper-uniform.toml"), folder.path().join("market.toml")).unwrap();
    let file = folder.path().join("experiment.toml");
    for (rest, says) in [
        ("market = \"\"", ":2: market: found \"\"; allowed: the path"),
        ("market = \"none.toml\"\n[axes]\n\"run.users\" = [3]", "none.toml: No such file"),
        ("market = \"market.toml\"\nbaseline = 3", ":3: baseline: found 3; allowed: a table"),
        ("market = \"market.toml\"\naxes = 3", ":3: axes: found 3; allowed: key paths"),
        ("market = \"market.toml\"\nzip = [3]", ":3: zip: found 3; allowed: [[zip]]"),
        (
            "market = \"market.toml\"\naxes.\"run.users\" = [300, 3e2]",
            "cells 1 and 2 with the same market, run.users = 300",
        ),
        ("market = \"market.toml\"\n[limits]\ncell_time = \"1e9d\"", "at most 3000000d"),
    ] {
        std::fs::write(&file, format!("name = \"e\"\n{rest}\n")).unwrap();
        let said = tokenmarket(&["check", file.to_str().unwrap()]);
        assert_eq!(said.code, 2, "{rest}: {}", said.stderr);
        assert!(said.stderr.contains(says), "{rest} should say {says:?}: {}", said.stderr);
    }
}

#[test]
fn assumptions_of_a_calibration_say_what_is_allowed() {
    let start = "calibrate none.csv --out none.toml --requests --tokens all=all --price all=1";
    for (rest, says) in [
        ("--sigma 1.5 --cost-share 0.4", "found 1.5; allowed: a number between 0 and 1"),
        ("--sigma 0.5 --cost-share x", "found x; allowed: a number > 0 and at most 1"),
        ("--sigma 0.5 --cost-share -1", "found -1; allowed: a number > 0 and at most 1"),
        ("--elasticity many --cost-share 0.4", "below -1"),
        ("--sigma 0.5 --cost-share 0.4 --unit -1", "found -1; allowed: a finite number > 0"),
        ("--sigma 0.5 --cost-share 0.4 --alternatives 0.4", "LOW,HIGH"),
        ("--sigma 0.5 --cost-share 0.4 --alternatives 0.4,0.6", "none.csv: found No such file"),
    ] {
        let said = tokenmarket(&start.split(' ').chain(rest.split(' ')).collect::<Vec<_>>());
        assert_eq!(said.code, 2, "{rest}: {}", said.stderr);
        assert!(said.stderr.contains(says), "{rest} should say {says:?}: {}", said.stderr);
    }
}

#[test]
fn plans_are_a_number_of_them() {
    let text = std::fs::read_to_string(shipped("paper-plans.toml")).unwrap();
    for (old, new, says) in [
        ("plans = 3", "plans = 0", ["rules.three-tariffs.plans", "1 to 1000"]),
        ("plans = 3", "plans = 2000", ["rules.three-tariffs.plans", "2000"]),
        ("plans = 3", "plans = \"three\"", ["rules.three-tariffs.plans", "largest number of plans"]),
        ("plans = 3", "plan = 3", ["rules.three-tariffs.plan", "did you mean plans?"]),
        ("spend_cap = true", "spend_cap = 0.5", ["rules.three-capped.spend_cap", "true or false"]),
        (
            "rule = \"committed-spend\"",
            "rule = \"commited-spend\"",
            ["rule", "did you mean \"committed-spend\"?"],
        ),
        (
            "label = \"three-budgets\"",
            "label = \"three-budgets\"\nspend_cap = true",
            ["rules.three-budgets.spend_cap", "unknown key"],
        ),
    ] {
        let file = write(&text.replacen(old, new, 1));
        let said = tokenmarket(&["check", file.path().to_str().unwrap()]);
        assert_eq!(said.code, 2, "{new:?}: {}", said.stderr);
        for word in says {
            assert!(said.stderr.contains(word), "{new:?} should say {word:?}: {}", said.stderr);
        }
    }
}

#[test]
fn beliefs_that_nobody_can_hold_are_bad_input() {
    let config = shipped("paper-uniform.toml");
    let usage = |rest: &str| {
        format!(
            "belief={{ source = \"usage\", tokens = [{{ class = \"input\", price = 1.0 }}, {{ class = \"output\", price = 1.0 }}]{rest} }}"
        )
    };
    for (change, says) in [
        ("rules.flat.belief={ source = \"sampel\", buyers = 5 }".into(), "did you mean \"sample\"?"),
        ("rules.flat.belief={ source = \"sample\" }".into(), "rules.flat.belief.buyers"),
        (
            "rules.flat.belief={ source = \"sample\", buyers = 5, user = 1 }".into(),
            "rules.flat.belief.user: found an unknown key",
        ),
        ("rules.flat.belief=sample".into(), "a table with source"),
        (
            "rules.first-best.belief={ source = \"population\" }".into(),
            "the same whatever the seller believes",
        ),
        (usage(""), "found neither file and buyers"),
        (usage(", buyers = 100, sigma = 0.8"), "belief.sigma: found 0.8"),
        (usage(", buyers = 100, sigma = 1.5"), "belief.sigma: found 1.5"),
        (usage(", file = \"none.csv\""), "belief.tokens.input.column"),
        (
            usage(", buyers = 100").replace("output", "outptu"),
            "one table with class and price for each of input, output",
        ),
        (usage(", buyers = 100").replace("price = 1.0", "price = 0.0"), "belief.tokens.input.price: found 0"),
    ] {
        let said = tokenmarket(&["check", &config, "--set", &change]);
        assert_eq!(said.code, 2, "{change}: {}", said.stderr);
        assert!(said.stderr.contains(says), "{change} should say {says:?}: {}", said.stderr);
    }
}

#[test]
fn rules_that_do_not_fit_the_market_are_bad_input() {
    let pareto = shipped("pareto-index.toml");
    let allocations = tokenmarket(&["check", &pareto, "--set", "rules.flat.rule=allocations"]);
    assert_eq!(allocations.code, 2, "{}", allocations.stderr);
    assert!(allocations.stderr.contains("value-scale"), "{}", allocations.stderr);
    let no_tuning = tokenmarket(&["check", &pareto, "--set", "rules.pay-as-you-go.fine_tuning_markup=1.5"]);
    assert_eq!(no_tuning.code, 2, "{}", no_tuning.stderr);
    assert!(no_tuning.stderr.contains("rules.pay-as-you-go.fine_tuning_markup"), "{}", no_tuning.stderr);
    let infinite = tokenmarket(&["check", &pareto, "--set", "population.index.shape=1.5"]);
    assert_eq!(infinite.code, 2, "{}", infinite.stderr);
    assert!(infinite.stderr.contains("pareto-index.toml") && infinite.stderr.contains("tail index is 1.5"));
}
