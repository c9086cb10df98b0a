//! How precise a run is: what `run.target_se` looks at.

use super::fold::Fold;
use super::moments::Moments;
use super::summary::pair_position;

/// The largest standard error among the baseline's profit and all differences of profits to it, as a share of that profit.
///
/// Not a number where it is not known yet: it needs two observations.
pub fn relative_error(fold: &Fold, baseline: usize) -> f64 {
    let rules = fold.rules.len();
    let profit = fold.rules[baseline].all.profit();
    let differences = (0..rules).filter(|rule| *rule != baseline).map(|rule| {
        let pair = pair_position(rules, rule.min(baseline), rule.max(baseline));
        fold.pairs[pair].all.profit()
    });
    let error = |moments: Moments| moments.estimate().se / profit.mean.abs();
    let worse = |largest: f64, error: f64| {
        if largest.is_nan() || error.is_nan() { f64::NAN } else { largest.max(error) }
    };
    std::iter::once(profit).chain(differences).map(error).fold(0.0, worse)
}

#[cfg(test)]
mod tests {
    use super::super::pair::Difference;
    use super::super::paired::Paired;
    use super::super::rule::GroupMoments;
    use super::*;

    fn moments(mean: f64, variance: f64) -> Moments {
        Moments { count: 101, mean, m2: 100.0 * variance }
    }

    fn difference(profit: Moments) -> Difference {
        let zero = Moments::zeros(profit.count);
        Difference::new([profit, zero, zero, zero])
    }

    #[test]
    fn the_worst_of_baseline_and_differences_counts() {
        let mut fold = Fold::new(3);
        let nothing = Moments::zeros(101);
        let zeros = Paired::of_zeros(nothing);
        fold.rules[1].all = GroupMoments::new(zeros, zeros, [moments(-2.0, 101.0), nothing, nothing]);
        // Pairs (0,1), (0,2), (1,2), of which the second is not with rule 1.
        fold.pairs[0].all = difference(moments(0.5, 4.0 * 101.0));
        fold.pairs[1].all = difference(moments(0.5, 1e6));
        fold.pairs[2].all = difference(moments(0.5, 0.0));
        assert!((relative_error(&fold, 1) - 1.0).abs() < 1e-14);
        fold.pairs[0].all = difference(moments(0.5, 0.0));
        assert!((relative_error(&fold, 1) - 0.5).abs() < 1e-14);
        for pair in [0, 2] {
            let mut unknown = fold.clone();
            unknown.pairs[pair].all = difference(Moments { count: 1, mean: 0.5, m2: 0.0 });
            assert!(relative_error(&unknown, 1).is_nan());
        }
    }
}
