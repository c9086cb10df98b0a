//! SQL over the tables of a run or a sweep.

mod answer;
mod guard;
mod tables;

use std::collections::BTreeSet;
use std::path::Path;

use model::config::nearest;
use polars::prelude::{DataFrame, PolarsError};
use polars::sql::SQLContext;

use crate::recorded::{Place, parquet};
use crate::{AnalysisError, Format, Style};

/// Most rows of an answer: it is held in memory.
const MOST_ROWS: u32 = 1_000_000;

/// Bytes of stack, of which only those used are ever touched: parsing and planning recurse as deep as a query is nested, and
/// threads of callers have as little as two million.
const STACK: usize = 256 << 20;

/// The answer to one `SELECT` over recorded tables, as text that ends with a line break.
///
/// Tables of a run: `buyers`, `choices` (all rules, with a column `rule`), `menus`, `menu_tasks` (with a column `rule`),
/// `belief` and `summary`; of a sweep: `cells`, `runs` and `summary`. Columns are those of `tokenmarket schema`. Rows are
/// streamed, so tables may be larger than memory; the answer may have a million rows. JSON is an array of objects; it and
/// CSV carry every digit, the other formats six significant ones.
///
/// # Errors
/// Nothing recorded stands at `path` or it was changed, the query is not one `SELECT` over its tables, a name in it is unknown, or
/// there is no room for its thread.
pub fn query(path: &Path, sql: &str, format: Format, style: Style) -> Result<String, AnalysisError> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || answer_to(path, sql, format, style))
            .map_err(|error| AnalysisError::Query {
                problem: format!("its thread cannot start: {error}"),
                help: format!("allow {} MiB more of address space (ulimit -v)", STACK >> 20),
            })?;
        thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

fn answer_to(path: &Path, sql: &str, format: Format, style: Style) -> Result<String, AnalysisError> {
    let place = Place::of(path)?;
    let asked = guard::read(sql, tables::names(&place))?;
    let mut context = SQLContext::new();
    let mut known = BTreeSet::new();
    for name in &asked.tables {
        let mut plan = tables::table(&place, name)?;
        let schema = plan.collect_schema().map_err(|error| failed(&error))?;
        known.extend(schema.iter_names().map(ToString::to_string));
        context.register(name, plan);
    }
    let frame = context
        .execute(&asked.sql)
        .and_then(|plan| parquet::stream(plan.limit(MOST_ROWS + 1)))
        .map_err(|error| explained(&error, &asked, &known))?;
    if frame.height() > MOST_ROWS as usize {
        return Err(AnalysisError::Query {
            problem: format!("the answer has more than {MOST_ROWS} rows"),
            help: "aggregate, or add LIMIT".into(),
        });
    }
    Ok(rendered(&frame, format, style))
}

fn rendered(frame: &DataFrame, format: Format, style: Style) -> String {
    match format {
        Format::Json => answer::json(frame),
        Format::Csv => answer::table(frame, true).render(format, style),
        _ => answer::table(frame, false).render(format, style),
    }
}

fn failed(error: &PolarsError) -> AnalysisError {
    AnalysisError::Query {
        problem: parquet::first_line(error),
        help: "`tokenmarket schema` prints every column; functions are those of polars SQL".into(),
    }
}

/// What polars says, or better: the name that no table has, with the nearest that one has.
fn explained(error: &PolarsError, asked: &guard::Asked, known: &BTreeSet<String>) -> AnalysisError {
    let unknown = asked.columns.iter().find(|name| !known.contains(*name) && !asked.aliases.contains(*name));
    let Some(unknown) = unknown else { return failed(error) };
    let columns: Vec<&str> = known.iter().map(String::as_str).collect();
    let suggestion = nearest(unknown, columns.iter().copied())
        .map_or(String::new(), |name| format!("did you mean \"{name}\"? "));
    AnalysisError::Query {
        problem: format!("no column \"{unknown}\" in {}", asked.tables.join(", ")),
        help: format!("{suggestion}columns: {}", columns.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorded::testing;

    fn csv(folder: &Path, sql: &str) -> String {
        query(folder, sql, Format::Csv, Style::default()).unwrap()
    }

    fn refused(folder: &Path, sql: &str) -> String {
        query(folder, sql, Format::Csv, Style::default()).unwrap_err().to_string()
    }

    #[test]
    fn tables_are_asked_in_sql() {
        let run = testing::run(&testing::Planted::default());
        let folder = run.path();
        assert_eq!(csv(folder, "SELECT COUNT(*) AS n FROM buyers"), "n\n1000\n");
        assert_eq!(
            csv(
                folder,
                "SELECT rule, COUNT(*) AS n, COUNT(item) AS served FROM choices GROUP BY rule ORDER BY rule"
            ),
            "rule,n,served\nflat,1000,500\npackages,1000,1000\n"
        );
        let joined = "SELECT AVG(payment) AS paid FROM choices JOIN buyers USING (replicate, user) \
                      WHERE rule = 'packages' AND index < 0.5";
        assert!(csv(folder, joined).starts_with("paid\n"), "{}", csv(folder, joined));
        let nested = "WITH paid AS (SELECT payment FROM choices WHERE rule = 'flat') SELECT MAX(payment) AS top FROM paid";
        assert!(csv(folder, nested).starts_with("top\n"));
        assert_eq!(
            csv(folder, "SELECT item, rule FROM menus ORDER BY rule, item LIMIT 1"),
            "item,rule\n0,flat\n"
        );
        assert_eq!(csv(folder, "SELECT COUNT(*) AS n FROM belief"), "n\n3\n");
    }

    #[test]
    fn user_is_a_column() {
        let run = testing::run(&testing::Planted::default());
        let folder = run.path();
        let asked =
            "SELECT user, b.user AS u FROM buyers AS b WHERE user >= 3 AND b.user < 5 ORDER BY user DESC";
        assert_eq!(csv(folder, asked), "user,u\n4,4\n3,3\n");
        let grouped = "SELECT user, COUNT(*) AS n FROM choices JOIN buyers USING (replicate, user) GROUP BY user ORDER BY user LIMIT 1";
        assert_eq!(csv(folder, grouped), "user,n\n0,2\n");
        assert_eq!(csv(folder, "SELECT MAX(\"user\") AS user FROM buyers"), "user\n999\n");
        assert_eq!(csv(folder, "SELECT 'user' AS text FROM belief LIMIT 1"), "text\nuser\n");
    }

    /// As many operators as are allowed are answered; more, or a tree as deep in other ways, are refused and not a crash.
    #[test]
    fn deep_queries_are_refused() {
        let run = testing::run(&testing::Planted::default());
        let sum = |terms: usize| format!("SELECT {} AS x FROM belief LIMIT 1", vec!["1"; terms].join(" + "));
        assert_eq!(csv(run.path(), &sum(990)), "x\n990\n");
        let union = |count: usize| vec!["SELECT 1 AS x FROM belief"; count].join(" UNION ALL ");
        assert_eq!(csv(run.path(), &union(120)).lines().count(), 361);
        let list =
            format!("SELECT COUNT(*) AS n FROM buyers WHERE \"user\" IN ({})", vec!["7"; 5000].join(", "));
        assert_eq!(csv(run.path(), &list), "n\n1\n");
        for long in
            [sum(5000), union(5000), format!("SELECT 1 FROM belief WHERE {} true", "NOT ".repeat(5000))]
        {
            let text = refused(run.path(), &long);
            assert!(text.contains("words and signs") && text.contains("allowed: 1000"), "{text}");
        }
        let nested = format!("SELECT {}1{} AS x FROM belief", "(".repeat(400), ")".repeat(400));
        assert!(refused(run.path(), &nested).contains("recursion limit"), "{}", refused(run.path(), &nested));
    }

    #[test]
    fn json_has_numbers_and_nulls() {
        let run = testing::run(&testing::Planted::default());
        let sql = "SELECT rule, item, utility FROM choices WHERE rule = 'flat' AND item IS NULL LIMIT 1";
        let text = query(run.path(), sql, Format::Json, Style::default()).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json[0]["rule"], "flat");
        assert!(json[0]["item"].is_null() && json[0]["utility"].is_f64(), "{text}");
    }

    #[test]
    fn every_format_holds_the_same_answer() {
        let run = testing::run(&testing::Planted::default());
        let sql = "SELECT COUNT(*) AS n FROM choices";
        for format in Format::ALL {
            assert!(query(run.path(), sql, format, Style::default()).unwrap().contains("2000"), "{format}");
        }
    }

    #[test]
    fn unknown_names_are_answered_with_the_nearest() {
        let run = testing::run(&testing::Planted::default());
        let text = refused(run.path(), "SELECT paymnet FROM choices");
        assert!(
            text.contains("no column \"paymnet\" in choices") && text.contains("did you mean \"payment\"?"),
            "{text}"
        );
        let text = refused(run.path(), "SELECT 1 FROM choice");
        assert!(text.contains("no table \"choice\"") && text.contains("did you mean \"choices\"?"), "{text}");
        let text = refused(run.path(), "SELECT nosuch(payment) FROM choices");
        assert!(text.contains("nosuch"), "{text}");
    }

    #[test]
    fn only_reading_is_allowed() {
        let run = testing::run(&testing::Planted::default());
        for (sql, says) in [
            ("DROP TABLE buyers", "only SELECT"),
            ("CREATE TABLE x AS SELECT * FROM buyers", "only SELECT"),
            ("DELETE FROM buyers", "only SELECT"),
            ("EXPLAIN SELECT * FROM buyers", "only SELECT"),
            ("SELECT 1 FROM buyers; SELECT 2 FROM buyers", "one statement"),
            ("SELECT * FROM read_parquet('/etc/passwd')", "functions that read files"),
            ("SELECT * FROM buyers JOIN read_csv('a.csv') ON true", "functions that read files"),
            ("SELECT * FROM 'buyers/part-00000.parquet'", "no table"),
            ("SELECT * INTO copy FROM buyers", "INTO"),
            ("", "one statement"),
            ("SELEC * FROM buyers", "SELEC"),
        ] {
            let text = refused(run.path(), sql);
            assert!(text.starts_with("query: ") && text.contains(says), "{sql}: {text}");
        }
    }

    #[test]
    fn damaged_files_are_named() {
        let run = testing::run(&testing::Planted::default());
        let part = run.path().join("choices/rule=flat/part-00000.parquet");
        let bytes = std::fs::read(&part).unwrap();
        std::fs::write(&part, &bytes[..bytes.len() / 2]).unwrap();
        let text = refused(run.path(), "SELECT COUNT(*) AS n FROM choices");
        assert!(text.contains("rule=flat/part-00000.parquet: cannot be read as Parquet"), "{text}");
        assert!(text.contains("help: "), "{text}");
        std::fs::copy(run.path().join("belief.parquet"), &part).unwrap();
        let text = refused(run.path(), "SELECT COUNT(*) AS n FROM choices");
        assert!(text.contains("part-00000.parquet: column replicate is missing"), "{text}");
        std::fs::remove_dir_all(run.path().join("choices")).unwrap();
        let text = refused(run.path(), "SELECT COUNT(*) AS n FROM choices");
        assert!(text.contains("choices/rule=packages: not there; it was recorded and is gone"), "{text}");
        std::fs::remove_dir_all(run.path().join("buyers")).unwrap();
        let text = refused(run.path(), "SELECT COUNT(*) AS n FROM choices");
        assert!(text.contains("record = \"all\""), "{text}");
    }
}
