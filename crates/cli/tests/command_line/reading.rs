//! Reading recorded results: incidence, query, report, bundle.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{shipped, tokenmarket};

/// A small recorded run; the folder of the run.
fn recorded(results: &TempDir, record: &str) -> PathBuf {
    let out = results.path().to_str().unwrap();
    let said = tokenmarket(&[
        "run",
        &shipped("segments.toml"),
        "--users",
        "3000",
        "--set",
        "belief.points=500",
        "--record",
        record,
        "--out",
        out,
        "--format",
        "csv",
    ]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let run = std::fs::read_dir(results.path().join("segments")).unwrap().next().unwrap();
    run.unwrap().path()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn incidence_by_segment_adds_up_to_the_comparison() {
    let results = TempDir::new().unwrap();
    let run = recorded(&results, "all");
    let said = tokenmarket(&["incidence", text(&run), "--by", "segment", "--format", "json"]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let incidence: Value = serde_json::from_str(&said.stdout).unwrap();
    let compared = tokenmarket(&["compare", text(&run), "--format", "json"]);
    let compared: Value = serde_json::from_str(&compared.stdout).unwrap();
    let groups = incidence["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 3);
    for (number, rule) in compared["rules"].as_array().unwrap().iter().enumerate() {
        let of_group = |group: &Value| {
            assert_eq!(group["rules"][number]["rule"], rule["rule"]);
            group["users"].as_f64().unwrap() * group["rules"][number]["profit"]["mean"].as_f64().unwrap()
        };
        let total: f64 = groups.iter().map(of_group).sum();
        let expected = rule["profit"]["mean"].as_f64().unwrap();
        assert!((total / 3000.0 - expected).abs() <= 1e-12 * expected.abs().max(1e-3), "{rule}");
    }
}

#[test]
fn a_report_and_a_bundle_are_written_beside_the_results() {
    let results = TempDir::new().unwrap();
    let run = recorded(&results, "all");
    let said = tokenmarket(&["report", text(&run)]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let page = std::fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.len() < 6_000_000);
    for part in [
        "Which rule wins",
        "The menus",
        "Virtual value",
        "Who gains and who loses",
        "Distributions",
        "The tail",
        "Certificates",
        "Reproduce",
    ] {
        assert!(page.contains(&format!("<h2>{part}</h2>")), "{part}");
    }
    assert!(page.contains("segments.toml") && page.contains("family = &quot;segments&quot;"));
    let figures: Vec<_> =
        std::fs::read_dir(run.join("figures")).unwrap().map(|figure| figure.unwrap().path()).collect();
    assert!(figures.len() >= 12, "{figures:?}");
    for figure in &figures {
        let svg = std::fs::read_to_string(figure).unwrap();
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n") && !svg.contains("NaN"), "{figure:?}");
    }
    let bundle = || {
        let said = tokenmarket(&["bundle", text(&run)]);
        assert_eq!(said.code, 0, "{}", said.stderr);
        std::fs::read(said.stdout.trim()).unwrap()
    };
    assert_eq!(bundle(), bundle());
}

#[test]
fn without_recorded_buyers_there_is_less_to_read() {
    let results = TempDir::new().unwrap();
    let run = recorded(&results, "none");
    for command in
        [vec!["incidence", text(&run)], vec!["query", text(&run), "SELECT COUNT(*) AS n FROM choices"]]
    {
        let said = tokenmarket(&command);
        assert_eq!(said.code, 2, "{command:?}");
        assert!(
            said.stderr.contains("recorded no buyers") && said.stderr.contains("--record all"),
            "{}",
            said.stderr
        );
    }
    let said = tokenmarket(&[
        "query",
        text(&run),
        "SELECT rule FROM summary WHERE kind = 'packages'",
        "--format",
        "csv",
    ]);
    assert_eq!((said.code, said.stdout.as_str()), (0, "rule\npackages\n"), "{}", said.stderr);
    assert_eq!(tokenmarket(&["report", text(&run)]).code, 0);
    let page = std::fs::read_to_string(run.join("report.html")).unwrap();
    assert!(page.contains("recorded no buyers") && page.contains("surplus-by-decile"));
}

#[test]
fn what_is_not_there_is_named() {
    let results = TempDir::new().unwrap();
    let run = recorded(&results, "all");
    let missing = results.path().join("nothing");
    for command in ["incidence", "report", "bundle"] {
        let said = tokenmarket(&[command, text(&missing)]);
        assert_eq!(said.code, 2);
        assert!(said.stderr.contains("nothing: no such file or folder"), "{}", said.stderr);
    }
    let said = tokenmarket(&["query", text(&run), "SELECT profitt FROM summary"]);
    assert!(said.code == 2 && said.stderr.contains("did you mean \"profit\"?"), "{}", said.stderr);
    let said = tokenmarket(&["query", text(&run), "SELECT * FROM read_parquet('/etc/hostname')"]);
    assert!(said.code == 2 && said.stderr.contains("functions that read files"), "{}", said.stderr);
    let said = tokenmarket(&["incidence", text(&run), "--by", "indx"]);
    assert!(said.code == 2 && said.stderr.contains("did you mean \"index\"?"), "{}", said.stderr);
    let belief = run.join("belief.parquet");
    let bytes = std::fs::read(&belief).unwrap();
    std::fs::write(&belief, &bytes[..bytes.len() / 2]).unwrap();
    let said = tokenmarket(&["report", text(&run)]);
    assert!(
        said.code == 2 && said.stderr.contains("belief.parquet: changed since it was recorded"),
        "{}",
        said.stderr
    );
    assert!(said.stderr.contains("help: "), "{}", said.stderr);
}

/// Files that somebody has put into a run count for nothing, and what is gone is said to be gone.
#[test]
fn only_what_was_recorded_is_read() {
    let results = TempDir::new().unwrap();
    let run = recorded(&results, "all");
    let ask = |sql: &str| tokenmarket(&["query", text(&run), sql, "--format", "csv"]);
    let buyers = run.join("buyers");
    std::fs::copy(buyers.join("part-00000.parquet"), buyers.join("part-00001.parquet")).unwrap();
    assert_eq!(ask("SELECT COUNT(*) AS n FROM buyers").stdout, "n\n3000\n");
    assert_eq!(ask("SELECT user FROM buyers WHERE user = 7").stdout, "user\n7\n");
    let whole = tokenmarket(&["incidence", text(&run), "--format", "csv"]);
    assert_eq!(whole.code, 0, "{}", whole.stderr);
    let deep = format!("SELECT {} AS x FROM belief", vec!["1"; 5000].join("+"));
    let said = ask(&deep);
    assert!(said.code == 2 && said.stderr.contains("allowed: 1000"), "{}", said.stderr);
    let said = tokenmarket(&["incidence", text(&run), "--by", "payment"]);
    assert!(said.code == 2 && said.stderr.contains("a column of choices"), "{}", said.stderr);
    let said = tokenmarket(&["compare", text(&run), text(run.parent().unwrap())]);
    assert!(said.code == 2 && said.stderr.contains("named twice"), "{}", said.stderr);
    std::fs::remove_dir_all(run.join("choices/rule=packages")).unwrap();
    let said = ask("SELECT COUNT(*) AS n FROM choices");
    assert!(said.code == 2 && said.stderr.contains("rule=packages"), "{}", said.stderr);
    assert!(
        said.stderr.contains("it was recorded and is gone") && !said.stderr.contains("no buyers"),
        "{}",
        said.stderr
    );
    let gone = |name: &str| {
        let kept = results.path().join(name);
        std::fs::rename(run.join(name), &kept).unwrap();
        let said = tokenmarket(&["report", text(&run)]);
        assert_eq!((said.code, said.stderr.matches("os error").count()), (2, 1), "{}", said.stderr);
        assert!(said.stderr.contains(name) && said.stderr.contains("help: "), "{}", said.stderr);
        std::fs::rename(kept, run.join(name)).unwrap();
    };
    gone("config.toml");
    for manifest in ["{}", "{ \"run\": "] {
        std::fs::write(run.join("manifest.json"), manifest).unwrap();
        let said = tokenmarket(&["bundle", text(&run)]);
        assert!(said.code == 2 && said.stderr.contains("not a manifest"), "{}", said.stderr);
    }
}

#[test]
fn a_sweep_is_read_like_a_run() {
    let results = TempDir::new().unwrap();
    let experiment = results.path().join("experiment.toml");
    let market = shipped("paper-uniform.toml");
    let text_of = format!(
        "name = \"two-axes\"\nmarket = \"{market}\"\nreplicates = 2\n[axes]\n\"technology.base_quality\" = [1.0, 2.0]\n\
         \"technology.fine_tuning.cost\" = [0.125, 0.25]\n"
    );
    std::fs::write(&experiment, text_of).unwrap();
    let out = results.path().to_str().unwrap();
    let sweep = [
        "sweep",
        text(&experiment),
        "--users",
        "2000",
        "--set",
        "belief.points=300",
        "--out",
        out,
        "--format",
        "csv",
    ];
    let said = tokenmarket(&sweep);
    assert_eq!(said.code, 0, "{}", said.stderr);
    let folder = results.path().join("two-axes");
    let said = tokenmarket(&["query", text(&folder), "SELECT COUNT(*) AS n FROM runs", "--format", "csv"]);
    assert_eq!(said.stdout, "n\n64\n", "{}", said.stderr);
    let said = tokenmarket(&["incidence", text(&folder)]);
    assert!(said.code == 2 && said.stderr.contains("name one of its runs"), "{}", said.stderr);
    assert_eq!(tokenmarket(&["report", text(&folder)]).code, 0);
    let page = std::fs::read_to_string(folder.join("report.html")).unwrap();
    for part in ["Along every axis", "By rule", "Pairs of axes", "Failed cells", "Cells", "Reproduce"] {
        assert!(page.contains(&format!("<h2>{part}</h2>")), "{part}");
    }
    assert!(page.contains("\"type\":\"heatmap\"") && page.contains("No run failed."));
    changed_tables_are_refused(&folder);
    assert_eq!(tokenmarket(&sweep).code, 0);
    assert_eq!(tokenmarket(&["compare", text(&folder)]).code, 0, "written anew by the same command");
    assert_eq!(tokenmarket(&["bundle", text(&folder)]).code, 0);
    let said = tokenmarket(&["verify", text(&folder)]);
    assert_eq!(said.code, 0, "{}", said.stdout);
    let said = tokenmarket(&["compare", text(&folder), "--tables", "churn"]);
    assert!(said.code == 2 && said.stderr.contains("--tables is for runs"), "{}", said.stderr);
    assert!(!tokenmarket(&["compare", text(&folder)]).stderr.contains("note"));
    // A run of a market of that name stands in the same folder: the sweep is meant, and that is said.
    let run = [
        "run",
        &market,
        "--users",
        "1000",
        "--set",
        "belief.points=300",
        "--set",
        "name=two-axes",
        "--out",
        out,
    ];
    assert_eq!(tokenmarket(&run).code, 0);
    let said = tokenmarket(&["compare", text(&folder)]);
    assert!(said.code == 0 && said.stderr.contains("is a sweep and also holds a run"), "{}", said.stderr);
    std::fs::remove_file(folder.join("summary.parquet")).unwrap();
    let said = tokenmarket(&["query", text(&folder), "SELECT 1 FROM summary"]);
    assert!(said.code == 2 && said.stderr.contains("tokenmarket merge"), "{}", said.stderr);
}

/// One bit in the middle of the table that `compare` and `report` read is refused by both, and by `query`.
fn changed_tables_are_refused(sweep: &Path) {
    let table = sweep.join("summary.parquet");
    let mut bytes = std::fs::read(&table).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&table, bytes).unwrap();
    let query = "SELECT MAX(profit) AS most FROM summary";
    for arguments in [&["compare", text(sweep)][..], &["report", text(sweep)], &["query", text(sweep), query]]
    {
        let said = tokenmarket(arguments);
        let refused = said.stderr.contains("summary.parquet: changed since it was recorded");
        assert!(said.code == 2 && refused, "{}: {}", arguments[0], said.stderr);
    }
}

/// One digit of a figure: what `compare` shows is what was recorded, or nothing.
#[test]
fn a_changed_summary_is_refused() {
    let results = TempDir::new().unwrap();
    let summary = recorded(&results, "none").join("summary.json");
    let text_of = std::fs::read_to_string(&summary).unwrap();
    let place = text_of.find("\"mean\": 0.").unwrap() + "\"mean\": 0.".len();
    let digit = if &text_of[place..=place] == "1" { "2" } else { "1" };
    std::fs::write(&summary, format!("{}{digit}{}", &text_of[..place], &text_of[place + 1..])).unwrap();
    let said = tokenmarket(&["compare", text(&summary)]);
    assert!(said.code == 2 && said.stderr.contains("summary.json: changed since"), "{}", said.stderr);
}
