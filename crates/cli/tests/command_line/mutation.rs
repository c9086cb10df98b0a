//! Results and queries changed at random: answers or errors, never a panic, an abort or a file elsewhere.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::support::{Said, recorded, tokenmarket};

/// A sequence that looks random and is the same in every run: Knuth's multiplicative generator.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// An answer, a failure or bad input; [`tokenmarket`] itself fails where a signal ended the process.
fn is_no_panic(said: &Said, what: &str) {
    let known = [0, 1, 2].contains(&said.code) && !said.stderr.contains("panicked");
    assert!(known, "{what}: exit {}\n{}", said.code, said.stderr);
}

#[test]
fn damaged_results_are_errors() {
    let results = TempDir::new().unwrap();
    let run = recorded(&results);
    let files = files_below(&run);
    assert!(files.len() >= 8, "{files:?}");
    let path = run.to_str().unwrap();
    let mut chance = Chance(20_261_125);
    for trial in 0..60 {
        let file = chance.of(&files);
        let whole = fs::read(file).unwrap();
        let mut bytes = whole.clone();
        let place = chance.below(bytes.len());
        match trial % 3 {
            0 => bytes[place] ^= 1 << chance.below(8),
            1 => bytes.truncate(place),
            _ => bytes[place..].iter_mut().take(40).for_each(|byte| *byte = 0),
        }
        fs::write(file, &bytes).unwrap();
        let query = "SELECT rule, SUM(payment) FROM choices GROUP BY rule";
        for arguments in [
            &["compare", path][..],
            &["incidence", path, "--by", "decile"],
            &["query", path, query],
            &["verify", path],
        ] {
            let said = tokenmarket(arguments);
            is_no_panic(&said, &format!("{} with {} changed", arguments[0], file.display()));
            let read = arguments[0] == "query" && file.starts_with(run.join("choices")) && bytes != whole;
            assert!(!read || said.stderr.contains("changed since it was recorded"), "{}", said.stderr);
        }
        fs::write(file, whole).unwrap();
    }
    assert_eq!(tokenmarket(&["verify", path]).code, 0, "the damage is undone");
}

const QUERIES: [&str; 4] = [
    "SELECT rule, COUNT(*), AVG(payment) FROM choices GROUP BY rule ORDER BY rule LIMIT 5",
    "WITH t AS (SELECT * FROM menus WHERE payment > 0) SELECT rule, MAX(payment)/MIN(payment) FROM t GROUP BY rule",
    "SELECT CASE WHEN index > 1 THEN 'a' ELSE 'b' END AS k, STDDEV(index) FROM buyers GROUP BY k",
    "SELECT c.payment FROM choices c JOIN buyers b USING (replicate, user) WHERE c.rule LIKE 'p%' AND b.index IN (1, 2)",
];

const WORDS: [&str; 40] = [
    "SELECT",
    "FROM",
    "WHERE",
    "(",
    ")",
    ",",
    "*",
    "NULL",
    "-1",
    "9223372036854775807",
    "1e308",
    "''",
    "'a",
    "LIMIT",
    "OFFSET",
    "JOIN",
    "ON",
    "UNION",
    "EXCEPT",
    "OVER",
    "index",
    "payment",
    "choices",
    "buyers",
    "LAG(payment)",
    "CAST(payment AS DATE)",
    "INTERVAL",
    "[1]",
    "::",
    "/",
    "EXISTS",
    "REGEXP_LIKE(rule, '(')",
    "DROP TABLE choices",
    "CREATE TABLE x AS",
    "read_csv('/etc/passwd')",
    ";",
    "é",
    "UNNEST(rule)",
    "QUANTILE_DISC(payment, 2)",
    "1/0",
];

#[test]
fn mangled_queries_are_errors() {
    let results = TempDir::new().unwrap();
    let run = recorded(&results);
    let before = files_below(results.path());
    let mut chance = Chance(7);
    for _ in 0..120 {
        let mut words: Vec<&str> = chance.of(&QUERIES).split(' ').collect();
        for _ in 0..=chance.below(4) {
            let place = chance.below(words.len());
            match chance.below(3) {
                0 => words[place] = *chance.of(&WORDS),
                1 => words.insert(place, *chance.of(&WORDS)),
                _ => drop(words.remove(place)),
            }
        }
        let query = words.join(" ");
        is_no_panic(&tokenmarket(&["query", run.to_str().unwrap(), &query]), &query);
    }
    assert_eq!(files_below(results.path()), before, "a query writes nothing");
}
