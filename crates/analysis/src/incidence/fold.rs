//! From recorded choices to moments by group and rule, one part in memory at a time.

use model::summary::{Estimate, StandardErrors};
use model::tolerance::INDIFFERENCE;

use super::Figures;
use super::groups::Groups;
use crate::AnalysisError;
use crate::moments::{Moments, by_group, ratio};
use crate::recorded::{Part, Parts};

/// Where the quantities stand; tokens by class follow.
const SERVED: usize = 0;
const PAYMENT: usize = 1;
const COST: usize = 2;
const PROFIT: usize = 3;
const UTILITY: usize = 4;
const GAIN: usize = 5;
const BETTER: usize = 6;
const WORSE: usize = 7;
const FINE_TUNING: usize = 8;
const TOKENS: usize = 9;

/// Fewest replicates with buyers in a group from whose spread an error is told, as in the summary of a run.
const FEWEST_REPLICATES: u64 = 8;

/// Moments by group, rule and quantity.
type Table = Vec<Vec<Vec<Moments>>>;

/// Everything that was folded.
#[derive(Debug)]
pub(super) struct Folded {
    /// Buyers by group.
    pub(super) users: Vec<u64>,
    /// Over buyers, or over the means of replicates.
    observations: Table,
    /// Fewest observations for a standard error.
    fewest: u64,
}

/// Reads the parts in their order.
pub(super) fn fold(
    parts: &Parts,
    groups: &Groups,
    baseline: usize,
    errors: StandardErrors,
) -> Result<Folded, AnalysisError> {
    let width = TOKENS + parts.classes.len();
    let empty = || vec![vec![vec![Moments::default(); width]; parts.labels.len()]; groups.len()];
    let mut users = vec![0; groups.len()];
    let (mut over, mut current, mut replicate) = (empty(), empty(), None);
    for number in 0..parts.len() {
        let part = parts.read(number, &[groups.column.as_str()])?;
        // Where buyers of a replicate depend on each other, a replicate is one observation.
        if !errors.are_of_buyers() && replicate.is_some_and(|before| before != part.replicate) {
            merge(&mut over, &as_one(&current));
            current = empty();
        }
        replicate = Some(part.replicate);
        let group = groups.of_part(&part)?;
        for own in &group {
            users[*own as usize] += 1;
        }
        fold_part(&part, parts, (&group, groups.len()), baseline, &mut current)?;
    }
    if errors.are_of_buyers() {
        over = current;
    } else {
        merge(&mut over, &as_one(&current));
    }
    let fewest = if errors.are_of_buyers() { 2 } else { FEWEST_REPLICATES };
    Ok(Folded { users, observations: over, fewest })
}

fn fold_part(
    part: &Part,
    parts: &Parts,
    (group, groups): (&[u32], usize),
    baseline: usize,
    into: &mut Table,
) -> Result<(), AnalysisError> {
    let tokens: Vec<String> = parts.classes.iter().map(|class| format!("tokens_{class}")).collect();
    let base = part.choices(baseline, &["utility", "gross_value"])?;
    for rule in 0..parts.labels.len() {
        let mut names = vec!["item", "payment", "cost", "utility", "gross_value", "fine_tuning"];
        names.extend(tokens.iter().map(String::as_str));
        let mut columns = part.choices(rule, &names)?;
        let tokens = columns.split_off(6);
        let [item, payment, cost, utility, gross, tuning] =
            <[Vec<f64>; 6]>::try_from(columns).expect("six were asked for");
        let minus = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
        let flags = |of: &dyn Fn(usize) -> bool| {
            (0..item.len()).map(|row| f64::from(u8::from(of(row)))).collect::<Vec<f64>>()
        };
        let gain = minus(&utility, &base[0]);
        let close = |row: usize| INDIFFERENCE * gross[row].abs().max(base[1][row].abs());
        let quantities = [
            flags(&|row| !item[row].is_nan()),
            payment.clone(),
            cost.clone(),
            minus(&payment, &cost),
            utility,
            gain.clone(),
            flags(&|row| gain[row] > close(row)),
            flags(&|row| gain[row] < -close(row)),
            tuning,
        ];
        for (quantity, values) in quantities.iter().chain(&tokens).enumerate() {
            for (own, moments) in into.iter_mut().zip(by_group(values, group, groups)) {
                own[rule][quantity].merge(&moments);
            }
        }
    }
    Ok(())
}

fn as_one(table: &Table) -> Table {
    let rules = |rules: &Vec<Vec<Moments>>| {
        rules.iter().map(|own| own.iter().map(Moments::as_one).collect()).collect()
    };
    table.iter().map(rules).collect()
}

fn merge(into: &mut Table, more: &Table) {
    for (own, more) in into.iter_mut().flatten().flatten().zip(more.iter().flatten().flatten()) {
        own.merge(more);
    }
}

impl Folded {
    /// Every rule in a group; nothing where there are too few observations for a standard error.
    pub(super) fn figures(&self, group: usize, parts: &Parts) -> Vec<Figures> {
        let rules = &self.observations[group];
        let enough = |moments: &Vec<Moments>| moments[SERVED].count >= self.fewest;
        rules
            .iter()
            .zip(&parts.labels)
            .filter(|(own, _)| enough(own))
            .map(|(own, label)| figures(label, own, parts))
            .collect()
    }
}

fn figures(label: &str, own: &[Moments], parts: &Parts) -> Figures {
    let of = |quantity: usize| -> Estimate { own[quantity].estimate() };
    Figures {
        rule: label.into(),
        served_share: of(SERVED),
        payment: of(PAYMENT),
        cost: of(COST),
        profit: of(PROFIT),
        consumer_surplus: of(UTILITY),
        gain: of(GAIN),
        better_off_share: of(BETTER),
        worse_off_share: of(WORSE),
        markup: ratio(&own[PAYMENT], &own[COST], &own[PROFIT]),
        fine_tuning: of(FINE_TUNING),
        tokens: parts
            .classes
            .iter()
            .enumerate()
            .map(|(at, class)| (class.clone(), of(TOKENS + at)))
            .collect(),
    }
}
