//! Files and folders that somebody names for results: nothing is lost there by mistake.

use std::fmt::Write as _;
use std::fs;

use tempfile::TempDir;

use super::support::{Said, shipped, tokenmarket};

const CALIBRATE: &str = "--customer who --tokens all=all --price all=0.5 --sigma 0.4 --cost-share 0.5";

fn trace() -> String {
    let mut csv = "who,all\n".to_string();
    for customer in 1..=60_u32 {
        writeln!(csv, "c{customer},{customer}e6").unwrap();
    }
    csv
}

fn refused(said: &Said, says: &[&str]) {
    assert_eq!((said.code, said.stdout.as_str()), (2, ""), "{}", said.stderr);
    for word in says {
        assert!(said.stderr.contains(word), "should say {word:?}: {}", said.stderr);
    }
}

#[test]
fn calibrate_never_writes_over_its_trace() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    fs::write(path("clients.csv"), trace()).unwrap();
    let calibrate = |out: &str, more: &[&str]| {
        let (trace, out) = (path("clients.csv"), path(out));
        let start = ["calibrate", &trace, "--out", &out].into_iter();
        tokenmarket(&start.chain(CALIBRATE.split(' ')).chain(more.iter().copied()).collect::<Vec<_>>())
    };
    for force in [&[][..], &["--force"]] {
        refused(&calibrate("clients.toml", force), &["--out", "clients.csv", "the file that is read"]);
        refused(&calibrate("clients.csv", force), &["--out", "the file that is read"]);
        refused(&calibrate("other.csv", force), &["--out", "two files", "does not end in .csv"]);
        refused(&calibrate("none/other.toml", force), &["--out", "no folder", "mkdir -p", "none"]);
    }
    assert_eq!(fs::read_to_string(path("clients.csv")).unwrap(), trace());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let said = calibrate("market.toml", &[]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stderr.contains("market.toml") && said.stderr.contains("market.csv"), "{}", said.stderr);
    // Either file is in the way.
    refused(&calibrate("market.toml", &[]), &["market.toml", "there already", "--force"]);
    fs::remove_file(path("market.toml")).unwrap();
    refused(&calibrate("market.toml", &[]), &["market.csv", "there already"]);
    assert!(!folder.path().join("market.toml").exists());
    assert_eq!(calibrate("market.toml", &["--force"]).code, 0);
}

#[test]
fn a_price_book_is_written_over_only_by_force() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    fs::copy(shipped("paper-uniform.toml"), path("market.toml")).unwrap();
    let export = |file: &str, more: &[&str]| {
        let (market, file) = (path("market.toml"), path(file));
        let start = ["design", &market, "--rule", "flat", "--set", "belief.points=100", "--export", &file];
        tokenmarket(&[&start[..], more].concat())
    };
    let before = fs::read_to_string(path("market.toml")).unwrap();
    refused(&export("market.toml", &["--force"]), &["--export", "the file that is read"]);
    assert_eq!(fs::read_to_string(path("market.toml")).unwrap(), before);
    let said = export("book.toml", &[]);
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert!(said.stderr.contains("wrote ") && said.stderr.contains("book.toml"), "{}", said.stderr);
    refused(&export("book.toml", &[]), &["--export", "there already", "--force"]);
    refused(&export("none/book.toml", &[]), &["--export", "mkdir -p"]);
    assert_eq!(export("book.toml", &["--force"]).code, 0);
    // Nor is a book written over that the market names, by whatever rule.
    let named = before.clone() + "\n[[rules]]\nrule = \"price-book\"\nfile = \"book.toml\"\n";
    fs::write(path("market.toml"), named).unwrap();
    let book = fs::read_to_string(path("book.toml")).unwrap();
    refused(&export("book.toml", &["--force"]), &["--export", "the file that is read"]);
    assert_eq!(fs::read_to_string(path("book.toml")).unwrap(), book);
    fs::write(path("market.toml"), before).unwrap();
    let said = tokenmarket(&["design", &path("market.toml"), "--force"]);
    assert!(said.code == 2 && said.stderr.contains("--export"), "{}", said.stderr);
}

#[test]
fn results_cannot_stand_in_a_file() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_string();
    fs::write(path("base.toml"), "mine").unwrap();
    let (market, experiment) = (shipped("three-customers.toml"), shipped("../experiments/cost-pass-through"));
    for out in ["base.toml", "base.toml/results"] {
        let out = path(out);
        for command in [
            &["run", &market][..],
            &["sweep", &experiment],
            &["merge", &experiment],
            &["sweep", &experiment, "--status"],
        ] {
            refused(
                &tokenmarket(&[command, &["--out", &out]].concat()),
                &["--out", "base.toml", "is no folder"],
            );
        }
    }
    assert_eq!(fs::read_to_string(path("base.toml")).unwrap(), "mine");
}
