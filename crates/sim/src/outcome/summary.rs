//! The summary of a run from its folded moments.

use model::summary::{
    Decile, Estimate, FirstBest, GroupRule, Pair, RuleSummary, SCHEMA, SegmentSummary, StandardErrors,
    Summary, Warning,
};

use super::fold::{Deciles, Fold, GroupMoments, PairMoments, RuleMoments};
use super::moments::Moments;
use super::tally::Tally;

/// How a rule is called in a summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleName {
    /// Label.
    pub label: String,
    /// Name of the pricing rule.
    pub kind: String,
}

/// What a summary is about, besides the moments.
#[derive(Debug, Clone)]
pub struct Setting<'a> {
    /// NAME/RUN_ID.
    pub run: String,
    /// Rules in the order of the market file.
    pub names: &'a [RuleName],
    /// Position of the baseline among them.
    pub baseline: usize,
    /// Token classes with Mtok per $ of spend.
    pub tokens: &'a [(String, f64)],
    /// Edges of the deciles.
    pub deciles: &'a Deciles,
    /// Names of the segments.
    pub segments: &'a [String],
    /// Where the standard errors come from.
    pub standard_errors: StandardErrors,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
}

/// Turns moments into estimates with standard errors.
pub fn summarise(tally: &Tally, setting: Setting) -> Summary {
    let (names, fold) = (setting.names, tally.observations());
    let pairs = all_pairs(fold, names);
    let rules = names
        .iter()
        .zip(&fold.rules)
        .map(|(name, moments)| rule_summary(name, moments, &fold.first_best, setting.tokens))
        .collect();
    let baseline = &names[setting.baseline].label;
    let summary = Summary {
        schema: SCHEMA,
        run: setting.run,
        users: tally.buyers.first_best.count,
        standard_errors: setting.standard_errors,
        baseline: baseline.clone(),
        warnings: setting.warnings,
        first_best: FirstBest { profit: fold.first_best.estimate() },
        rules,
        by_decile: by_decile(tally, names, setting.deciles),
        by_segment: by_segment(tally, names, setting.segments),
        pairs,
    };
    summary.with_baseline(baseline).expect("every rule is paired with every rule")
}

fn rule_summary(
    name: &RuleName,
    moments: &RuleMoments,
    first_best: &Moments,
    tokens: &[(String, f64)],
) -> RuleSummary {
    let nothing = Estimate::default();
    RuleSummary {
        rule: name.label.clone(),
        kind: name.kind.clone(),
        profit: moments.all.profit.estimate(),
        revenue: moments.all.revenue.estimate(),
        cost: moments.cost.estimate(),
        consumer_surplus: moments.all.utility.estimate(),
        welfare: moments.welfare.estimate(),
        deadweight_loss: moments.deadweight_loss.estimate(),
        served_share: moments.all.served.estimate(),
        fine_tuned_share: moments.fine_tuned.estimate(),
        // Differences are filled in for the baseline once all pairs are known.
        profit_difference: nothing,
        consumer_surplus_difference: nothing,
        better_off_share: nothing,
        worse_off_share: nothing,
        profit_share_of_first_best: share_of(
            &moments.all.profit,
            first_best,
            &moments.profit_less_first_best,
        ),
        tokens: tokens
            .iter()
            .map(|(class, rate)| (class.clone(), moments.spend.scaled(*rate).estimate()))
            .collect(),
    }
}

/// The ratio of two paired means, with its standard error by the delta method.
///
/// ```text
/// r = x̄/ȳ,   se² = Var(x - r y) / (n ȳ²),   x - r y = d + (1-r) y  with d = x - y
/// ```
/// Written in d it is exactly zero where the two coincide.
fn share_of(x: &Moments, y: &Moments, difference: &Moments) -> Estimate {
    if y.mean == 0.0 {
        return Estimate::default();
    }
    let ratio = x.mean / y.mean;
    let covariance = 0.5 * (x.variance() - y.variance() - difference.variance());
    let rest = 1.0 - ratio;
    let variance = difference.variance() + 2.0 * rest * covariance + rest * rest * y.variance();
    Estimate { mean: ratio, se: (variance.max(0.0) / y.count as f64).sqrt() / y.mean.abs() }
}

/// Every ordered pair, a rule with itself included: its differences are zero.
fn all_pairs(fold: &Fold, names: &[RuleName]) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for (position, rule) in names.iter().enumerate() {
        for (other, baseline) in names.iter().enumerate() {
            let moments = match position.cmp(&other) {
                std::cmp::Ordering::Greater => fold.pairs[pair_position(names.len(), other, position)],
                std::cmp::Ordering::Less => {
                    reversed(&fold.pairs[pair_position(names.len(), position, other)])
                }
                std::cmp::Ordering::Equal => itself(fold.first_best.count),
            };
            pairs.push(Pair {
                rule: rule.label.clone(),
                baseline: baseline.label.clone(),
                profit_difference: moments.profit.estimate(),
                consumer_surplus_difference: moments.utility.estimate(),
                better_off_share: moments.better.estimate(),
                worse_off_share: moments.worse.estimate(),
            });
        }
    }
    pairs
}

/// Where the pair (i, j), i < j, stands in [`Fold::pairs`].
pub(super) fn pair_position(rules: usize, i: usize, j: usize) -> usize {
    i * rules - i * (i + 1) / 2 + j - i - 1
}

fn reversed(pair: &PairMoments) -> PairMoments {
    PairMoments {
        profit: pair.profit.scaled(-1.0),
        utility: pair.utility.scaled(-1.0),
        better: pair.worse,
        worse: pair.better,
    }
}

fn itself(count: u64) -> PairMoments {
    let zero = Moments { count, mean: 0.0, m2: 0.0 };
    PairMoments { profit: zero, utility: zero, better: zero, worse: zero }
}

fn by_decile(tally: &Tally, names: &[RuleName], deciles: &Deciles) -> Vec<Decile> {
    (0..10)
        .map(|decile| {
            let (users, rules) = group(tally, names, |moments| moments.by_decile.get(decile));
            Decile {
                decile: decile as u32 + 1,
                index_low: if decile == 0 { 0.0 } else { deciles[decile - 1] },
                index_high: deciles.get(decile).copied(),
                users,
                rules,
            }
        })
        .collect()
}

fn by_segment(tally: &Tally, names: &[RuleName], segments: &[String]) -> Vec<SegmentSummary> {
    let summary = |(position, name): (usize, &String)| {
        let (users, rules) = group(tally, names, |moments| moments.by_segment.get(position));
        SegmentSummary { segment: name.clone(), users, rules }
    };
    segments.iter().enumerate().map(summary).collect()
}

/// How many buyers a group holds, and every rule there.
fn group<'a>(
    tally: &'a Tally,
    names: &[RuleName],
    of: impl Fn(&'a RuleMoments) -> Option<&'a GroupMoments>,
) -> (u64, Vec<GroupRule>) {
    let count = |fold: &'a Fold| fold.rules.first().and_then(&of).map_or(0, |moments| moments.profit.count);
    let (users, observed) = (count(&tally.buyers), count(tally.observations()));
    let rules = names
        .iter()
        .zip(&tally.observations().rules)
        // One buyer alone has no standard error, nor have few replicates.
        .filter(|_| observed >= tally.fewest_observations())
        .filter_map(|(name, moments)| Some(group_rule(name, of(moments)?)))
        .collect();
    (users, rules)
}

fn group_rule(name: &RuleName, moments: &GroupMoments) -> GroupRule {
    GroupRule {
        rule: name.label.clone(),
        profit: moments.profit.estimate(),
        revenue: moments.revenue.estimate(),
        consumer_surplus: moments.utility.estimate(),
        served_share: moments.served.estimate(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_numbered_row_by_row() {
        let mut expected = 0;
        for i in 0..5 {
            for j in i + 1..5 {
                assert_eq!(pair_position(5, i, j), expected);
                expected += 1;
            }
        }
    }

    #[test]
    fn a_ratio_has_the_error_of_its_residuals() {
        let y = [1.0, 2.0, 3.0, 5.0, 8.0];
        let x = [0.4, 1.1, 1.4, 2.6, 4.1];
        let difference: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x - y).collect();
        let found = share_of(&Moments::of(&x), &Moments::of(&y), &Moments::of(&difference));
        let residuals: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x - found.mean * y).collect();
        let direct = Moments::of(&residuals).estimate().se / 3.8;
        assert!((found.mean - 9.6 / 19.0).abs() < 1e-15 && (found.se - direct).abs() < 1e-15);
        let same = share_of(&Moments::of(&y), &Moments::of(&y), &Moments { count: 5, mean: 0.0, m2: 0.0 });
        assert_eq!((same.mean, same.se), (1.0, 0.0));
    }
}
