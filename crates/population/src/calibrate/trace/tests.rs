use super::*;

fn columns() -> Columns {
    let class = |class: &str, column: &str| ClassColumn { class: class.into(), column: column.into() };
    Columns {
        rows: Rows::Customers {
            customer: "who".into(),
            weight: Some("count".into()),
            days: Some("days".into()),
        },
        tokens: vec![class("input", "in"), class("output", "out")],
        unit: 1.0,
        group: Some(Group { column: "model".into(), value: "large".into() }),
    }
}

const GOOD: &str = "who,model,in,out,days,count\n\
    anna,large,2000000,1e6,2,1\n\
    ben,small,1,1,1,1\n\
    carl,large,,5,1,1\n\
    \"doe, d\",large, 0 ,3000000,1,2.5\n";

fn read(csv: &str) -> Result<Trace, ConfigError> {
    Trace::read("usage.csv", csv.as_bytes(), &columns())
}

#[test]
fn usage_is_read_per_day_and_rows_without_tokens_are_counted() {
    let trace = read(GOOD).unwrap();
    assert_eq!(trace.customers.as_deref(), Some(&["anna".to_string(), "doe, d".into()][..]));
    assert_eq!(trace.rows().collect::<Vec<_>>(), [[1.0, 0.5], [0.0, 3.0]]);
    assert_eq!((trace.weights, trace.per_day), (vec![1.0, 2.5], true));
    assert_eq!(trace.counts, Counts { used: 2, skipped: 1, other_groups: 1 });
}

#[test]
fn requests_have_no_customers() {
    let columns = Columns { rows: Rows::Requests, group: None, unit: 1e6, ..columns() };
    let trace = Trace::read("usage.csv", GOOD.as_bytes(), &columns).unwrap();
    assert_eq!((trace.customers, trace.per_day, trace.counts.skipped), (None, false, 1));
    assert_eq!(trace.tokens[..2], [2e6, 1e6]);
}

/// Every mistake: what is changed in the good file, and what the message must say.
#[test]
fn errors_say_where_what_and_what_is_allowed() {
    let cases = [
        ("2000000", "many", "usage.csv:2: in: found \"many\"; allowed: a finite number >= 0"),
        ("2000000", "-1", "usage.csv:2: in: found \"-1\""),
        ("2000000", "nan", "usage.csv:2: in: found \"nan\""),
        ("1e6,2,1", "1e6,0,1", "usage.csv:2: days: found \"0\"; allowed: a finite number > 0"),
        ("1,2.5", "1,", "usage.csv:5: count: found nothing; allowed: a finite number > 0"),
        ("\"doe, d\"", "anna", "line 2 has this one\n  help: add the rows"),
        ("\"doe, d\"", "", "usage.csv:5: who: found nothing; allowed: a customer's name"),
        ("5,1,1\n", "5,1\n", "usage.csv:4: found 5 fields; allowed: 6 fields"),
        (
            ",in,",
            ",inn,",
            "usage.csv:1: in: found no such column; allowed: one of the columns who, model, inn",
        ),
        (",in,", ",inn,", "help: did you mean inn?"),
        (",out,", ",in,", "usage.csv:1: in: found two columns of this name"),
        (
            "large",
            "huge",
            "model: found no row with \"large\"; allowed: a value that occurs, such as huge, small",
        ),
    ];
    for (good, bad, message) in cases {
        let error = read(&GOOD.replace(good, bad)).unwrap_err().to_string();
        assert!(error.contains(message), "{good} -> {bad}: {error}");
    }
    for (csv, message) in [
        ("", "usage.csv: found an empty file; allowed: CSV with a header line"),
        ("who,model,in,out,days,count\na,large,,1,1,1\n", "no row with known tokens, 1 with unknown ones"),
        ("who,model,in,out,days,count\n", "no row with \"large\""),
    ] {
        let error = read(csv).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    let bytes = b"who,model,in,out,days,count\n\xff,large,1,1,1,1\n";
    let error = Trace::read("usage.csv", &bytes[..], &columns()).unwrap_err().to_string();
    assert_eq!(error, "usage.csv:2: found text that is not UTF-8; allowed: CSV in UTF-8");
}

#[test]
fn mappings_that_make_no_sense_are_refused() {
    let spoil = |change: fn(&mut Columns)| {
        let mut columns = columns();
        change(&mut columns);
        columns.check().unwrap_err().to_string()
    };
    assert!(spoil(|columns| columns.tokens.clear()).contains("at least one pair"));
    assert!(spoil(|columns| columns.tokens[1].class = "input".into()).contains("one column per class"));
    assert!(spoil(|columns| columns.tokens[1].column = "in".into()).contains("one class per column"));
    assert!(
        spoil(|columns| columns.tokens[1].class = "Out put".into())
            .contains("found Out put; allowed: a name")
    );
    assert!(spoil(|columns| columns.unit = 0.0).contains("tokens in a count of one"));
}
