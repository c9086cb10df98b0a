//! The summary of a run from its folded moments.

use model::summary::{
    Churn, Decile, Estimate, FirstBest, Further, GroupPair, GroupRule, Pair, RuleSummary, SCHEMA,
    SegmentSummary, StandardErrors, Summary, Warning,
};

use super::fold::Fold;
use super::groups::Deciles;
use super::moments::Moments;
use super::pair::{Difference, PairMoments};
use super::rule::{GroupMoments, RuleMoments};
use super::tally::Tally;
use crate::engine::DEARER;

/// How a rule is called in a summary.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleName {
    /// Label.
    pub label: String,
    /// Name of the pricing rule.
    pub kind: String,
    /// Profit that its design expects, in $ per buyer.
    pub expected_profit: f64,
    /// Position of the same rule designed on the population's own law, where that is another.
    pub knowing: Option<usize>,
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
    /// Position of the rule that shares of the optimum are relative to.
    pub optimum: usize,
    /// Token classes with Mtok per $ of spend.
    pub tokens: &'a [(String, f64)],
    /// σ, the sum of the token exponents.
    pub sigma: f64,
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
    let users = tally.buyers.first_best.count;
    let pairs = all_pairs(tally, names);
    let pair = |rule: usize, baseline: usize| &pairs[rule * names.len() + baseline];
    let rules = (0..names.len())
        .map(|position| {
            let mut rule = rule_summary(fold, position, &setting);
            rule.profit_share_of_optimum = pair(position, setting.optimum).profit_ratio;
            rule.belief_loss =
                names[position].knowing.map(|knowing| pair(knowing, position).profit_difference);
            rule.totals = rule.totals_over(users);
            rule
        })
        .collect();
    let baseline = &names[setting.baseline].label;
    let summary = Summary {
        schema: SCHEMA,
        run: setting.run,
        users,
        standard_errors: setting.standard_errors,
        baseline: baseline.clone(),
        optimum: names[setting.optimum].label.clone(),
        warnings: setting.warnings,
        first_best: FirstBest { profit: fold.first_best.estimate() },
        rules,
        by_decile: by_decile(tally, names, setting.deciles, setting.sigma),
        by_segment: by_segment(tally, names, setting.segments, setting.sigma),
        pairs,
    };
    summary.with_baseline(baseline).expect("every rule is paired with every rule")
}

fn rule_summary(fold: &Fold, position: usize, setting: &Setting) -> RuleSummary {
    let (name, moments, nothing) = (&setting.names[position], &fold.rules[position], Estimate::default());
    RuleSummary {
        rule: name.label.clone(),
        kind: name.kind.clone(),
        profit: moments.all.profit().estimate(),
        revenue: moments.all.bill().x.estimate(),
        cost: moments.all.bill().y.estimate(),
        consumer_surplus: moments.all.utility().estimate(),
        welfare: moments.further.welfare().estimate(),
        deadweight_loss: moments.further.deadweight_loss().estimate(),
        served_share: moments.all.served().estimate(),
        fine_tuned_share: moments.further.fine_tuned().estimate(),
        // Differences are filled in for the baseline once all pairs are known.
        profit_difference: nothing,
        consumer_surplus_difference: nothing,
        better_off_share: nothing,
        worse_off_share: nothing,
        profit_share_of_first_best: share_of(
            &moments.all.profit(),
            &fold.first_best,
            &moments.further.profit_less_first_best(),
        )
        .unwrap_or_default(),
        profit_share_of_optimum: None,
        expected_profit: Some(Estimate { mean: name.expected_profit, se: 0.0 }),
        belief_loss: None,
        further: further(moments, setting.sigma),
        churn: Churn::default(),
        tokens: setting
            .tokens
            .iter()
            .enumerate()
            .map(|(n, (class, rate))| {
                let own = moments.tokens.get(n).copied();
                (class.clone(), own.unwrap_or_else(|| moments.all.value().y.scaled(*rate)).estimate())
            })
            .collect(),
        totals: std::collections::BTreeMap::new(),
    }
}

fn further(moments: &RuleMoments, sigma: f64) -> Further {
    let [hundredth, tenth] = moments.further.top();
    Further {
        exclusion_loss: Some(moments.further.exclusion().estimate()),
        distortion_loss: Some(moments.further.distortion().estimate()),
        top_1_revenue_share: hundredth.ratio(),
        top_10_revenue_share: tenth.ratio(),
        markup: moments.all.bill().ratio(),
        marginal_markup: marginal_markup(&moments.all, sigma),
        token_price_elasticity: elasticity(moments),
    }
}

/// What buyers would pay for one more $ of tokens at cost, weighted by tokens at cost.
///
/// ```text
/// ∂(θ κ E^σ (b+z)^γ)/∂E = σ G/E,   its mean weighted by E: σ ΣG / ΣE
/// ```
fn marginal_markup(moments: &GroupMoments, sigma: f64) -> Option<Estimate> {
    let ratio = moments.value().ratio()?;
    Some(Estimate { mean: sigma * ratio.mean, se: sigma * ratio.se })
}

/// The arc elasticity of all tokens in a common token price.
///
/// ```text
/// ε = ln(ΣE' / ΣE) / ln(1 + 1 %),   se = se(ΣE'/ΣE) / (ΣE'/ΣE) / ln(1 + 1 %)
/// ```
/// E' are the tokens that the same buyers choose when all token prices are one per cent higher.
fn elasticity(moments: &RuleMoments) -> Option<Estimate> {
    let ratio = moments.dearer.as_ref()?.pair(0).ratio().filter(|ratio| ratio.mean > 0.0)?;
    let step = libm::log(DEARER);
    Some(Estimate { mean: libm::log(ratio.mean) / step, se: ratio.se / ratio.mean / step })
}

/// The ratio of two paired means, with its standard error by the delta method; `None` where the second is zero.
///
/// ```text
/// r = x̄/ȳ,   se² = Var(x - r y) / (n ȳ²),   x - r y = d + (1-r) y  with d = x - y
/// ```
/// Written in d it is exactly zero where the two coincide.
fn share_of(x: &Moments, y: &Moments, difference: &Moments) -> Option<Estimate> {
    if y.mean == 0.0 {
        return None;
    }
    let ratio = x.mean / y.mean;
    let covariance = 0.5 * (x.variance() - y.variance() - difference.variance());
    let rest = 1.0 - ratio;
    let variance = difference.variance() + 2.0 * rest * covariance + rest * rest * y.variance();
    Some(Estimate { mean: ratio, se: (variance.max(0.0) / y.count as f64).sqrt() / y.mean.abs() })
}

/// Every ordered pair, a rule with itself included: its differences are zero.
fn all_pairs(tally: &Tally, names: &[RuleName]) -> Vec<Pair> {
    let fold = tally.observations();
    let mut pairs = Vec::new();
    for (position, rule) in names.iter().enumerate() {
        for (other, baseline) in names.iter().enumerate() {
            let moments = match position.cmp(&other) {
                std::cmp::Ordering::Greater => {
                    fold.pairs[pair_position(names.len(), other, position)].clone()
                }
                std::cmp::Ordering::Less => {
                    fold.pairs[pair_position(names.len(), position, other)].reversed()
                }
                std::cmp::Ordering::Equal => PairMoments::itself(fold.rules[position].all.bill().x),
            };
            pairs.push(pair(tally, (rule, position), (baseline, other), &moments));
        }
    }
    pairs
}

fn pair(
    tally: &Tally,
    (rule, position): (&RuleName, usize),
    (baseline, other): (&RuleName, usize),
    moments: &PairMoments,
) -> Pair {
    let fold = tally.observations();
    let profit = |rule: usize| fold.rules[rule].all.profit();
    // What is left of payments minus costs where everything is sold at cost is rounding, and no share of it means anything.
    let earns = profit(other).mean.abs() > NO_PROFIT * fold.first_best.mean.abs();
    // Of a rule minus one before it, and not the other way round: nobody needs them twice.
    let is_known = position > other;
    let groups = |groups: &[Difference]| groups.iter().map(|group| group_pair(tally, group)).collect();
    Pair {
        rule: rule.label.clone(),
        baseline: baseline.label.clone(),
        profit_difference: moments.all.profit().estimate(),
        consumer_surplus_difference: moments.all.utility().estimate(),
        better_off_share: moments.all.better().estimate(),
        worse_off_share: moments.all.worse().estimate(),
        profit_ratio: share_of(&profit(position), &profit(other), &moments.all.profit()).filter(|_| earns),
        churn: Churn {
            leave_share: Some(moments.flows.leaves().estimate()),
            join_share: Some(moments.flows.joins().estimate()),
            move_share: Some(moments.flows.moves().estimate()),
            revenue_at_risk: Some(moments.flows.leaving().x.estimate()),
            revenue_at_risk_share: moments.flows.leaving().ratio(),
        },
        by_decile: if is_known { groups(&moments.by_decile) } else { Vec::new() },
        by_segment: if is_known { groups(&moments.by_segment) } else { Vec::new() },
    }
}

/// A mean profit below this share of first-best profit is the rounding of sums of payments and costs.
const NO_PROFIT: f64 = 1e-12;

fn group_pair(tally: &Tally, moments: &Difference) -> Option<GroupPair> {
    (moments.count() >= tally.fewest_observations()).then(|| GroupPair {
        profit_difference: moments.profit().estimate(),
        consumer_surplus_difference: moments.utility().estimate(),
        better_off_share: moments.better().estimate(),
        worse_off_share: moments.worse().estimate(),
    })
}

/// Where the pair (i, j), i < j, stands in [`Fold::pairs`].
pub(super) fn pair_position(rules: usize, i: usize, j: usize) -> usize {
    i * rules - i * (i + 1) / 2 + j - i - 1
}

fn by_decile(tally: &Tally, names: &[RuleName], deciles: &Deciles, sigma: f64) -> Vec<Decile> {
    (0..10)
        .map(|decile| {
            let (users, rules) = group(tally, names, sigma, |moments| moments.by_decile.get(decile));
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

fn by_segment(tally: &Tally, names: &[RuleName], segments: &[String], sigma: f64) -> Vec<SegmentSummary> {
    let summary = |(position, name): (usize, &String)| {
        let (users, rules) = group(tally, names, sigma, |moments| moments.by_segment.get(position));
        SegmentSummary { segment: name.clone(), users, rules }
    };
    segments.iter().enumerate().map(summary).collect()
}

/// How many buyers a group holds, and every rule there.
fn group<'a>(
    tally: &'a Tally,
    names: &[RuleName],
    sigma: f64,
    of: impl Fn(&'a RuleMoments) -> Option<&'a GroupMoments>,
) -> (u64, Vec<GroupRule>) {
    let count = |fold: &'a Fold| fold.rules.first().and_then(&of).map_or(0, GroupMoments::count);
    let (users, observed) = (count(&tally.buyers), count(tally.observations()));
    let rules = names
        .iter()
        .zip(&tally.observations().rules)
        // One buyer alone has no standard error, nor have few replicates.
        .filter(|_| observed >= tally.fewest_observations())
        .filter_map(|(name, moments)| Some(group_rule(name, of(moments)?, sigma)))
        .collect();
    (users, rules)
}

fn group_rule(name: &RuleName, moments: &GroupMoments, sigma: f64) -> GroupRule {
    GroupRule {
        rule: name.label.clone(),
        profit: moments.profit().estimate(),
        revenue: moments.bill().x.estimate(),
        consumer_surplus: moments.utility().estimate(),
        served_share: moments.served().estimate(),
        markup: moments.bill().ratio(),
        marginal_markup: marginal_markup(moments, sigma),
        // Filled in for the baseline once all pairs are known.
        against_baseline: None,
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
        let found = share_of(&Moments::of(&x), &Moments::of(&y), &Moments::of(&difference)).unwrap();
        let residuals: Vec<f64> = x.iter().zip(&y).map(|(x, y)| x - found.mean * y).collect();
        let direct = Moments::of(&residuals).estimate().se / 3.8;
        assert!((found.mean - 9.6 / 19.0).abs() < 1e-15 && (found.se - direct).abs() < 1e-15);
        let same =
            share_of(&Moments::of(&y), &Moments::of(&y), &Moments { count: 5, mean: 0.0, m2: 0.0 }).unwrap();
        assert_eq!((same.mean, same.se), (1.0, 0.0));
    }
}
