//! The recorded columns, defined once: writer, reader and docs use these definitions.

use crate::summary::ACCOUNTS;

/// Type of a column in Parquet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnType {
    /// 64-bit float.
    Float,
    /// Unsigned 64-bit count or number.
    Count,
    /// Unsigned 32-bit number.
    Number,
    /// UTF-8 string.
    Text,
    /// List of 64-bit floats.
    Floats,
}

/// A recorded column. `tokenmarket schema` prints them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Name in the file.
    pub name: String,
    /// Type in the file.
    pub kind: ColumnType,
    /// Unit; empty for pure numbers.
    pub unit: &'static str,
    /// Meaning.
    pub meaning: &'static str,
}

fn column(name: &str, kind: ColumnType, unit: &'static str, meaning: &'static str) -> Column {
    Column { name: name.into(), kind, unit, meaning }
}

use ColumnType::{Count, Float, Floats, Number, Text};

/// `buyers/part-*.parquet`, with the values of every task or without.
pub fn buyers(task_values: bool) -> Vec<Column> {
    let mut columns = vec![
        column("replicate", Number, "", "independent replication, from 0"),
        column("user", Count, "", "number of the buyer, from 0"),
        column("segment", Text, "", "segment; null where the population has none"),
        column("index", Float, "$", "the CES index θ"),
        column("value", Float, "$ per unit precision", "w of a value-scale buyer; null otherwise"),
        column("scale", Float, "", "share s of tasks of a value-scale buyer; null otherwise"),
    ];
    if task_values {
        columns.push(column(
            "task_values",
            Floats,
            "$ per unit precision",
            "w by task, with run.record_tasks",
        ));
    }
    columns
}

/// `choices/rule=LABEL/part-*.parquet` for these token classes.
pub fn choices<'a>(classes: impl IntoIterator<Item = &'a str>) -> Vec<Column> {
    let mut columns = vec![
        column("replicate", Number, "", "independent replication, from 0"),
        column("user", Count, "", "number of the buyer, from 0"),
        column("item", Number, "", "item of the menu; null: bought nothing"),
    ];
    columns.extend(tokens(classes));
    columns.extend([
        column("fine_tuning", Float, "Mtok", "fine-tuning z"),
        column("payment", Float, "$", "payment t to the seller"),
        column("cost", Float, "$", "the seller's cost E + c_z z"),
        column("gross_value", Float, "$", "gross value G = utility + payment"),
        column("utility", Float, "$", "utility U, without choice shocks"),
    ]);
    columns
}

/// `menus/LABEL.parquet` for these token classes.
pub fn menus<'a>(classes: impl IntoIterator<Item = &'a str>) -> Vec<Column> {
    let classes: Vec<&str> = classes.into_iter().collect();
    let mut columns = vec![
        column("item", Number, "", "number of the item, from 0"),
        column("threshold", Float, "$", "smallest index (value for allocations) that chooses the item"),
        column("virtual_value", Float, "$", "ironed virtual value φ the item is efficient for"),
        column("markup", Float, "", "price over cost at the margin: θ/φ, or the posted markup"),
        column(
            "fine_tuning_markup",
            Float,
            "",
            "posted markup on fine-tuning; null: not for sale, or a package",
        ),
        column("fee", Float, "$", "fee of a plan"),
        column("allowance", Float, "$", "tokens at cost that the fee includes"),
        column("spend_cap", Float, "$", "most tokens at cost; null: no cap"),
    ];
    columns.extend(classes.iter().map(|class| {
        column(
            &format!("price_{class}"),
            Float,
            "$ per Mtok",
            "price of the class, beyond the allowance of a plan; null: not sold by the piece",
        )
    }));
    columns.extend([
        column("precision", Float, "", "aggregate precision q"),
        column("spend", Float, "$", "tokens at cost, E (allocations: for a buyer with all tasks)"),
    ]);
    columns.extend(tokens(classes));
    columns.extend([
        column("fine_tuning", Float, "Mtok", "fine-tuning z"),
        column("payment", Float, "$", "payment t"),
        column("utility", Float, "$", "utility of the type at the threshold"),
    ]);
    columns
}

/// `menus/LABEL.tasks.parquet`: a row per item and task, where items fix every task.
pub fn menu_tasks() -> Vec<Column> {
    let per_precision = "$ per unit precision";
    vec![
        column("item", Number, "", "number of the item, from 0"),
        column("task", Number, "", "number of the task, from 0"),
        column("mass", Float, "", "mass μ of the task"),
        column("value", Float, per_precision, "value w of the type the item is meant for"),
        column(
            "virtual_value",
            Float,
            per_precision,
            "virtual value ω the item is efficient for; null: unknown",
        ),
        column("spend", Float, "$", "tokens at cost e, per unit of mass"),
        column("precision", Float, "", "precision v"),
        column("efficient_precision", Float, "", "precision of the type's efficient use"),
        column("distortion", Float, "", "precision minus efficient precision"),
    ]
}

/// `belief.parquet`.
pub fn belief() -> Vec<Column> {
    vec![
        column("index", Float, "$", "belief point θ"),
        column("virtual_value", Float, "$", "virtual value of the point, before ironing"),
        column("ironed_virtual_value", Float, "$", "virtual value after ironing"),
        column("mass", Float, "", "probability of the point"),
    ]
}

/// `summary.parquet`: a row per rule; every figure has its standard error beside it, in a column named `X_se`.
pub fn summary<'a>(classes: impl IntoIterator<Item = &'a str>) -> Vec<Column> {
    let mut columns = vec![
        column("rule", Text, "", "label of the rule"),
        column("kind", Text, "", "name of the pricing rule"),
        column("baseline", Text, "", "rule that differences are relative to"),
        column("users", Count, "", "simulated buyers"),
        column("profit", Float, "$ per buyer", "payment minus cost"),
        column("revenue", Float, "$ per buyer", "payment"),
        column("cost", Float, "$ per buyer", "the seller's cost"),
        column("consumer_surplus", Float, "$ per buyer", "utility"),
        column("welfare", Float, "$ per buyer", "utility plus profit"),
        column("deadweight_loss", Float, "$ per buyer", "first-best minus welfare"),
        column("served_share", Float, "", "share of buyers who buy"),
        column("fine_tuned_share", Float, "", "share of buyers with fine-tuning"),
        column("profit_difference", Float, "$ per buyer", "profit minus the baseline's, same buyers"),
        column(
            "consumer_surplus_difference",
            Float,
            "$ per buyer",
            "surplus minus the baseline's, same buyers",
        ),
        column("better_off_share", Float, "", "share with more utility than under the baseline"),
        column("worse_off_share", Float, "", "share with less utility than under the baseline"),
        column("profit_share_of_first_best", Float, "", "profit over first-best profit"),
        column(
            "profit_share_of_optimum",
            Float,
            "",
            "profit over that of packages, else allocations, else the baseline; null where that earns nothing",
        ),
        column("expected_profit", Float, "$ per buyer", "profit that the design expected under its belief"),
        column(
            "belief_loss",
            Float,
            "$ per buyer",
            "profit of the same rule designed on the population's law minus this one, same buyers; null: no such rule",
        ),
    ];
    columns.extend(further());
    columns.extend(churn());
    let classes: Vec<&str> = classes.into_iter().collect();
    columns.extend(tokens(classes.iter().copied()));
    columns.extend(ACCOUNTS.map(|name| column(&format!("total_{name}"), Float, "$", "sum over buyers")));
    let sold = |class: &&str| column(&format!("total_tokens_{class}"), Float, "Mtok", "sum over buyers");
    columns.extend(classes.iter().map(sold));
    columns
}

/// Losses, concentration, markups and elasticity of a rule.
fn further() -> [Column; 7] {
    let money = "$ per buyer";
    [
        column("exclusion_loss", Float, money, "deadweight loss of buyers who buy nothing"),
        column("distortion_loss", Float, money, "deadweight loss of buyers who buy"),
        column(
            "top_1_revenue_share",
            Float,
            "",
            "share of revenue from the 1 % of buyers with the largest index",
        ),
        column(
            "top_10_revenue_share",
            Float,
            "",
            "share of revenue from the 10 % of buyers with the largest index",
        ),
        column("markup", Float, "", "total payments over total cost; null: nothing sold"),
        column(
            "marginal_markup",
            Float,
            "",
            "what buyers would pay for one more $ of tokens at cost, weighted by tokens: σ ΣG/ΣE; the posted markup where \
             tokens are sold by the piece",
        ),
        column(
            "token_price_elasticity",
            Float,
            "",
            "change of tokens in % when all token prices rise 1 % and buyers choose anew; null: tokens have no price",
        ),
    ]
}

/// Who leaves, joins and moves when the rule takes the baseline's place.
fn churn() -> [Column; 5] {
    [
        column("leave_share", Float, "", "share who buy under the baseline only"),
        column("join_share", Float, "", "share who buy under the rule only"),
        column("move_share", Float, "", "share who buy under both, but something else or at another payment"),
        column("revenue_at_risk", Float, "$ per buyer", "payments under the baseline of those who leave"),
        column("revenue_at_risk_share", Float, "", "the same over all payments under the baseline"),
    ]
}

/// `cells.parquet` of a sweep: a row per cell, in the order of the plan.
pub fn cells(keys: &[(String, ColumnType)]) -> Vec<Column> {
    let mut columns = vec![column("cell", Text, "", "hash of the cell's configuration without its seed")];
    columns.extend(keys.iter().map(|(key, kind)| column(key, *kind, "", "value of the varied key")));
    columns
}

/// `runs.parquet` of a sweep: a row per cell, replicate and rule, in the order of the plan.
pub fn runs(keys: &[(String, ColumnType)], classes: &[String]) -> Vec<Column> {
    let mut columns = cells(keys);
    columns.extend([
        column("replicate", Number, "", "replicate, from 0"),
        column("seed", Count, "", "seed of the run"),
        column("rule", Text, "", "label of the rule"),
        column("kind", Text, "", "name of the pricing rule; null where the run failed"),
        column("status", Text, "", "complete or failed"),
        column("error", Text, "", "kind of error; null where the run is complete"),
        column("baseline", Text, "", "rule that differences are relative to"),
        column("users", Count, "", "simulated buyers"),
        column("warnings", Text, "", "codes of the run's warnings, separated by commas; null: none"),
    ]);
    columns.extend(figures(classes).into_iter().flat_map(with_error));
    columns
}

/// `summary.parquet` of a sweep: a row per cell and rule, over replicates.
pub fn sweep_summary(keys: &[(String, ColumnType)], classes: &[String]) -> Vec<Column> {
    let mut columns = cells(keys);
    columns.extend([
        column("rule", Text, "", "label of the rule"),
        column("kind", Text, "", "name of the pricing rule; null where every run failed"),
        column("baseline", Text, "", "rule that differences are relative to"),
        column("replicates", Number, "", "complete runs"),
        column("failed", Number, "", "failed runs"),
    ]);
    columns.extend(figures(classes).into_iter().flat_map(with_error));
    let from_baseline = figures(classes).into_iter().map(|figure| Column {
        name: format!("{}_from_baseline_cell", figure.name),
        meaning: "the figure minus that of the same rule in the baseline cell, same buyers",
        ..figure
    });
    columns.extend(from_baseline.flat_map(with_error));
    columns
}

/// The figures of a rule, as in `summary.parquet` of a run.
pub fn figures(classes: &[String]) -> Vec<Column> {
    let columns = summary(classes.iter().map(String::as_str));
    let first = columns.iter().position(|column| column.name == "users").map_or(0, |users| users + 1);
    columns.into_iter().skip(first).collect()
}

fn with_error(figure: Column) -> [Column; 2] {
    let error = Column {
        name: format!("{}_se", figure.name),
        meaning: "standard error of the column before",
        ..figure.clone()
    };
    [figure, error]
}

fn tokens<'a>(classes: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = Column> {
    classes.into_iter().map(|class| column(&format!("tokens_{class}"), Float, "Mtok", "tokens of the class"))
}
