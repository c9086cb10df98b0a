//! The figures of a comparison: planted by hand, bound together by identities, and with errors that cover the truth.

use model::kernel::Aligned;
use model::summary::{Estimate, StandardErrors, Summary};
use population::{Key, Top};
use sim::engine::thread_pool;
use sim::outcome::{Edges, Fold, Group, GroupFold, Groups, Outcomes, RuleName, Setting, Tally, summarise};
use sim::progress::Silent;
use sim::{Design, Market, design};

use super::support::{market, run_in_new_folder};

fn settings<'a>(
    names: &'a [RuleName],
    edges: &'a Edges,
    tokens: &'a [(String, f64)],
    errors: StandardErrors,
) -> Setting<'a> {
    Setting {
        run: "planted/0-0".into(),
        names,
        baseline: 0,
        optimum: 0,
        tokens,
        sigma: 0.5,
        deciles: &edges.deciles,
        segments: &[],
        standard_errors: errors,
        warnings: Vec::new(),
    }
}

fn name(label: &str) -> RuleName {
    RuleName { label: label.into(), kind: "tiers".into(), expected_profit: 1.25, knowing: None }
}

fn picked<T: Copy>(column: &[T], buyers: &[u32]) -> Aligned<T> {
    buyers.iter().filter_map(|buyer| column.get(*buyer as usize).copied()).collect()
}

fn of_buyers(outcomes: &Outcomes, buyers: &[u32]) -> Outcomes {
    let column = |column: &[f64]| picked(column, buyers);
    Outcomes {
        item: picked(&outcomes.item, buyers),
        spend: column(&outcomes.spend),
        fine_tuning: column(&outcomes.fine_tuning),
        payment: column(&outcomes.payment),
        cost: column(&outcomes.cost),
        profit: column(&outcomes.profit),
        served: column(&outcomes.served),
        gross_value: column(&outcomes.gross_value),
        utility: column(&outcomes.utility),
        dearer_spend: column(&outcomes.dearer_spend),
        tokens: Vec::new(),
        nobody_buys: false,
    }
}

/// Four buyers by hand: buyer 0 buys under the first rule only, 1 under both and moves, 2 under both and stays, 3 under the
/// second only.
fn planted() -> Summary {
    let nothing = Outcomes::NOTHING;
    let first = Outcomes {
        item: vec![0, 0, 0, nothing].into(),
        spend: vec![1.0, 1.0, 2.0, 0.0].into(),
        fine_tuning: vec![0.0; 4].into(),
        payment: vec![2.0, 2.0, 5.0, 0.0].into(),
        cost: vec![1.0, 1.0, 2.0, 0.0].into(),
        profit: vec![1.0, 1.0, 3.0, 0.0].into(),
        served: vec![1.0, 1.0, 1.0, 0.0].into(),
        gross_value: vec![3.0, 4.0, 8.0, 0.0].into(),
        utility: vec![1.0, 2.0, 3.0, 0.0].into(),
        dearer_spend: Aligned::default(),
        tokens: Vec::new(),
        nobody_buys: false,
    };
    let second = Outcomes {
        item: vec![nothing, 0, 0, 1].into(),
        spend: vec![0.0, 2.0, 2.0, 1.0].into(),
        fine_tuning: vec![0.0; 4].into(),
        payment: vec![0.0, 3.0, 5.0, 1.0].into(),
        cost: vec![0.0, 2.0, 2.0, 1.0].into(),
        profit: vec![0.0, 1.0, 3.0, 0.0].into(),
        served: vec![0.0, 1.0, 1.0, 1.0].into(),
        gross_value: vec![0.0, 6.0, 8.0, 1.5].into(),
        utility: vec![0.0, 3.0, 3.0, 0.5].into(),
        dearer_spend: vec![0.0, 1.98, 1.98, 0.99].into(),
        tokens: Vec::new(),
        nobody_buys: false,
    };
    let edges = Edges {
        deciles: [0.0, 0.0, 0.0, 0.0, 2.5, 2.5, 2.5, 2.5, 2.5],
        top: [Top { edge: 3.0, at_edge: 0.25 }, Top { edge: 3.0, at_edge: 1.0 }],
    };
    let groups = Groups::new(&edges, &[1.0, 2.0, 3.0, 4.0], None);
    let first_best = [2.5, 4.5, 7.0, 1.0];
    let of_group = |group: &Group| {
        let buyers = &groups.order[group.places.clone()];
        let index = &groups.index[group.places.clone()];
        let outcomes = [&first, &second].map(|outcomes| of_buyers(outcomes, buyers));
        GroupFold::new(&edges, group, index, &picked(&first_best, buyers), &outcomes)
    };
    let folds: Vec<GroupFold> = groups.groups.iter().map(of_group).collect();
    let mut tally = Tally::new(2, StandardErrors::Buyers);
    tally.merge(&Fold::of_groups(&groups, &folds));
    let names = [name("first"), RuleName { knowing: Some(0), ..name("second") }];
    let tokens = [("all".to_string(), 0.5)];
    summarise(&tally, settings(&names, &edges, &tokens, StandardErrors::Buyers))
}

#[track_caller]
fn mean(found: Option<Estimate>, expected: f64) {
    let found = found.expect("a figure that is defined").mean;
    assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
}

#[test]
fn planted_buyers_have_the_figures_of_a_hand_calculation() {
    let summary = planted();
    let (first, second) = (&summary.rules[0], &summary.rules[1]);
    // Surplus forgone: 1 of the first-best surplus of buyer 3; what buyers 0, 1, 2 are short of theirs: 0.5, 1.5, 1.
    mean(first.further.exclusion_loss, 1.0 / 4.0);
    mean(first.further.distortion_loss, 3.0 / 4.0);
    mean(second.further.exclusion_loss, 2.5 / 4.0);
    // Welfare of buyers 1, 2, 3: 4, 6, 0.5.
    mean(second.further.distortion_loss, (0.5 + 1.0 + 0.5) / 4.0);
    mean(first.further.markup, 9.0 / 4.0);
    mean(second.further.markup, 9.0 / 5.0);
    mean(first.further.marginal_markup, 0.5 * 15.0 / 4.0);
    mean(second.further.marginal_markup, 0.5 * 15.5 / 5.0);
    // Buyers 2 in part and 3 are the top: of 9 $ the first rule takes 5 from buyer 2.
    mean(first.further.top_10_revenue_share, 5.0 / 9.0);
    mean(first.further.top_1_revenue_share, 1.25 / 9.0);
    mean(second.further.top_10_revenue_share, 6.0 / 9.0);
    assert_eq!(first.further.token_price_elasticity, None);
    mean(second.further.token_price_elasticity, libm::log(0.99) / libm::log(1.01));
    mean(second.profit_share_of_optimum, 4.0 / 5.0);
    assert_eq!(second.profit_share_of_optimum.unwrap().mean, second.profit.mean / first.profit.mean);
    mean(first.profit_share_of_optimum, 1.0);
    assert_eq!(first.profit_share_of_optimum.unwrap().se, 0.0);
    // The first rule knows what the second does not: 5 - 4 over four buyers; differences 1, 0, 0, 0.
    mean(second.belief_loss, 0.25);
    assert!((second.belief_loss.unwrap().se - 0.25).abs() < 1e-15);
    assert_eq!((first.belief_loss, second.expected_profit.unwrap().mean), (None, 1.25));
    // Churn of the second rule against the first.
    mean(second.churn.leave_share, 0.25);
    mean(second.churn.join_share, 0.25);
    mean(second.churn.move_share, 0.25);
    mean(second.churn.revenue_at_risk, 0.5);
    mean(second.churn.revenue_at_risk_share, 2.0 / 9.0);
    mean(first.churn.leave_share, 0.0);
    mean(Some(second.totals["profit"]), 4.0);
    mean(Some(second.totals["tokens_all"]), 2.5);
    // Decile 5 holds buyers 0 and 1, decile 10 buyers 2 and 3.
    let low = &summary.by_decile[4].rules[1];
    mean(low.against_baseline.map(|own| own.consumer_surplus_difference), 0.0);
    mean(low.against_baseline.map(|own| own.better_off_share), 0.5);
    mean(low.against_baseline.map(|own| own.worse_off_share), 0.5);
    mean(low.markup, 1.5);
    let high = &summary.by_decile[9].rules[1];
    mean(high.against_baseline.map(|own| own.profit_difference), 0.0);
    mean(high.against_baseline.map(|own| own.consumer_surplus_difference), 0.25);
    mean(high.marginal_markup, 0.5 * 9.5 / 3.0);
}

#[test]
fn the_other_way_round_leavers_join_and_gains_are_losses() {
    let summary = planted().with_baseline("second").unwrap();
    let first = &summary.rules[0];
    mean(first.churn.revenue_at_risk, 0.25);
    mean(first.churn.revenue_at_risk_share, 1.0 / 9.0);
    mean(first.churn.move_share, 0.25);
    let high = &summary.by_decile[9].rules[0];
    mean(high.against_baseline.map(|own| own.consumer_surplus_difference), -0.25);
    mean(high.against_baseline.map(|own| own.worse_off_share), 0.5);
    // Differences of the baseline to itself are not recorded by group.
    assert_eq!(summary.by_decile[9].rules[1].against_baseline, None);
}

#[track_caller]
fn close(a: f64, b: f64, scale: f64) {
    assert!((a - b).abs() <= 1e-10 * scale.abs(), "{a} is not {b}");
}

/// In a market with segments: parts sum to wholes, and what does not depend on the way round does not.
#[test]
fn parts_sum_to_wholes() {
    let market = market("segments", &["run.users=50_000", "run.record=none", "belief.points=2000"]);
    let (_out, report) = run_in_new_folder(&market, 2);
    let summary = report.summary;
    let users = summary.users as f64;
    let scale = summary.first_best.profit.mean;
    for (position, rule) in summary.rules.iter().enumerate() {
        let further = rule.further;
        let parts = further.exclusion_loss.unwrap().mean + further.distortion_loss.unwrap().mean;
        close(parts, rule.deadweight_loss.mean, scale);
        close(rule.totals["profit"].mean, users * rule.profit.mean, users * scale);
        let deciles = summary.by_decile.iter().map(|own| (own.users, &own.rules[position]));
        let segments = summary.by_segment.iter().map(|own| (own.users, &own.rules[position]));
        for groups in [deciles.collect::<Vec<_>>(), segments.collect()] {
            assert_eq!(groups.iter().map(|(users, _)| users).sum::<u64>(), summary.users);
            let total = |of: &dyn Fn(&model::summary::GroupRule) -> f64| -> f64 {
                groups.iter().map(|(users, group)| *users as f64 * of(group)).sum()
            };
            close(total(&|group| group.profit.mean), rule.totals["profit"].mean, users * scale);
            close(total(&|group| group.revenue.mean), rule.totals["revenue"].mean, users * scale);
            let Some(_) = groups[0].1.against_baseline else { continue };
            let against = |of: fn(model::summary::GroupPair) -> Estimate| {
                total(&|group| of(group.against_baseline.unwrap()).mean) / users
            };
            close(against(|own| own.profit_difference), rule.profit_difference.mean, scale);
            close(
                against(|own| own.consumer_surplus_difference),
                rule.consumer_surplus_difference.mean,
                scale,
            );
            close(against(|own| own.better_off_share), rule.better_off_share.mean, 1.0);
            close(against(|own| own.worse_off_share), rule.worse_off_share.mean, 1.0);
        }
        // Who buys under the rule: who bought before, less those who leave, plus those who join.
        let baseline = summary.rules.iter().find(|own| own.rule == summary.baseline).unwrap();
        let churn = rule.churn;
        let stay =
            baseline.served_share.mean - churn.leave_share.unwrap().mean + churn.join_share.unwrap().mean;
        close(stay, rule.served_share.mean, 1.0);
        // Nobody loses more than all revenue, and the top tenth pays as its decile does.
        let top = summary.by_decile[9].users as f64 * summary.by_decile[9].rules[position].revenue.mean;
        if rule.revenue.mean > 0.0 {
            close(further.top_10_revenue_share.unwrap().mean, top / rule.totals["revenue"].mean, 1.0);
        }
        if rule.cost.mean > 0.0 {
            close(further.markup.unwrap().mean, rule.revenue.mean / rule.cost.mean, 1.0);
        }
    }
}

/// Where nobody tunes tokens are bought in proportion to m^{-1/(1-σ)}, whoever buys them; prices tell their markup, full
/// information has none at the margin, and packages have no token price.
#[test]
fn prices_have_their_own_elasticity_and_markup() {
    let market = market("pareto-index", &["run.users=5000", "belief.points=1000"]);
    let designed = design(&market, &Silent).unwrap();
    let markup =
        designed.menus.iter().find(|menu| menu.label == "pay-as-you-go").unwrap().parameters["markup"];
    let (_out, report) = run_in_new_folder(&market, 2);
    let rule = |label: &str| report.summary.rules.iter().find(|rule| rule.rule == label).unwrap().further;
    let prices = rule("pay-as-you-go");
    let elasticity = prices.token_price_elasticity.unwrap();
    assert!((elasticity.mean + 1.0 / 0.6).abs() < 1e-9 && elasticity.se < 1e-6, "{elasticity:?}");
    for found in [prices.markup.unwrap(), prices.marginal_markup.unwrap()] {
        assert!((found.mean / markup - 1.0).abs() < 1e-9 && found.se < 1e-6, "{found:?} is not {markup}");
    }
    assert!((rule("first-best").marginal_markup.unwrap().mean - 1.0).abs() < 1e-12);
    assert_eq!(
        (rule("packages").token_price_elasticity, rule("first-best").token_price_elasticity),
        (None, None)
    );
    // The optimal packages of a Pareto law have the markup a/(a-1) at the threshold of each item, four thirds.
    let packages = rule("packages").marginal_markup.unwrap();
    assert!((packages.mean / (4.0 / 3.0) - 1.0).abs() < 0.05, "{packages:?}");
}

/// Figures whose errors are not those of a plain mean.
fn figures(summary: &Summary) -> Vec<(String, Estimate)> {
    let mut found = Vec::new();
    for rule in &summary.rules {
        for name in [
            "profit_share_of_optimum",
            "exclusion_loss",
            "distortion_loss",
            "top_10_revenue_share",
            "markup",
            "marginal_markup",
            "token_price_elasticity",
            "leave_share",
            "join_share",
            "move_share",
            "revenue_at_risk",
            "revenue_at_risk_share",
        ] {
            found.extend(rule.estimate(name).map(|estimate| (format!("{name} of {}", rule.rule), estimate)));
        }
        for decile in &summary.by_decile[7..8] {
            let Some(group) = decile.rules.iter().find(|own| own.rule == rule.rule) else { continue };
            let differences =
                ["profit_difference", "consumer_surplus_difference", "markup", "marginal_markup"];
            let own = group.estimates().into_iter().filter(|(name, _)| differences.contains(name));
            let label = |name: &str| format!("{name} of {} in decile {}", rule.rule, decile.decile);
            found.extend(own.filter_map(|(name, estimate)| Some((label(name), estimate?))));
        }
    }
    found
}

/// The summary of buyers of some replicates of the design's market.
fn summary_of(market: &Market, designed: &Design, replicates: std::ops::Range<u32>) -> Summary {
    let pool = thread_pool(2).unwrap();
    let engine = designed.engine(market, &pool);
    let errors = market.run.standard_errors();
    let mut tally = Tally::new(designed.menus.len(), errors);
    for replicate in replicates {
        for block in engine.batch(Key { seed: 20_250_702, replicate }, 0, market.run.users, false) {
            tally.merge(&block.fold);
        }
        tally.end_replicate();
    }
    let names: Vec<RuleName> = designed.menus.iter().map(|menu| name(&menu.label)).collect();
    let tokens = [("all".to_string(), 1.0)];
    summarise(&tally, settings(&names, &engine.edges, &tokens, errors))
}

/// Of many small runs, how often the interval of `width` standard errors covers the truth, by figure.
fn coverage(changes: &[&str], runs: u32, replicates: u32, width: f64) -> Vec<(String, f64)> {
    let mut market = market("paper-uniform", changes);
    market.rules.retain(|rule| ["packages", "pay-as-you-go", "three-tiers"].contains(&rule.label.as_str()));
    let designed = design(&market, &Silent).unwrap();
    let mut large = market.clone();
    large.run.users = 1 << 21;
    large.run.sampling = population::Design::Pseudo;
    let truth = figures(&summary_of(&large, &designed, 1_000_000..1_000_001));
    let mut covered = vec![0; truth.len()];
    for run in 0..runs {
        let found = figures(&summary_of(&market, &designed, run * replicates..(run + 1) * replicates));
        assert_eq!(found.len(), truth.len());
        for (covered, ((label, found), (own, truth))) in covered.iter_mut().zip(found.iter().zip(&truth)) {
            assert_eq!(label, own);
            // Of a figure that never varies the distance is rounding.
            let distance = (found.mean - truth.mean).abs();
            *covered += u32::from(distance <= width * found.se || distance <= 1e-12 * truth.mean.abs());
        }
    }
    let share = |covered: u32| f64::from(covered) / f64::from(runs);
    truth.into_iter().map(|(label, _)| label).zip(covered.into_iter().map(share)).collect()
}

/// 400 runs of 4096 independent buyers: of an interval that covers 95 % fewer than 92 or more than 98 % do with a probability
/// of about 0.008 for each figure; this seed is fixed.
#[test]
fn errors_of_every_figure_cover_the_truth() {
    let found = coverage(&["run.users=4096", "run.record=none"], 400, 1, 1.96);
    assert!(found.len() > 40, "{found:?}");
    for (label, share) in &found {
        assert!((0.92..=0.98).contains(share) || *share == 1.0, "{label}: {share}");
    }
    let exact = found.iter().filter(|(_, share)| *share == 1.0).count();
    // Those that cannot vary: a rule against itself, prices that serve everybody at one markup.
    assert!(exact < found.len() / 2, "{found:?}");
}

/// 200 runs of eight replicates of evenly spread buyers, by Student's t with seven degrees of freedom: three standard
/// deviations of such a share are 0.046.
#[test]
fn errors_from_replicates_cover_the_truth_too() {
    let changes = ["run.users=4096", "run.record=none", "run.replicates=8", "run.sampling=stratified"];
    for (label, share) in coverage(&changes, 200, 8, 2.365) {
        assert!((0.904..=0.996).contains(&share) || share == 1.0, "{label}: {share}");
    }
}
