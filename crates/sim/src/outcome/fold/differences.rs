//! All rules against all others, buyer by buyer: the variance of the difference, not the difference of variances.

use model::tolerance::INDIFFERENCE;

use super::PairMoments;
use crate::outcome::moments::{LANES, Moments, sum_of};

/// Buyers whose columns stay in the first-level cache while all pairs pass over them; a multiple of [`LANES`].
const TILE: usize = 32 * LANES;

/// Pairs (i, j) with i < j, rule j minus rule i, in the order (0,1), (0,2), ..., (1,2), ...: from a column for each rule.
pub(super) fn pair_moments(
    first_best: &[f64],
    profits: &[Vec<f64>],
    utilities: &[&[f64]],
) -> Vec<PairMoments> {
    let (rules, buyers) = (profits.len(), first_best.len());
    let pairs: Vec<(usize, usize)> = (0..rules).flat_map(|i| (i + 1..rules).map(move |j| (i, j))).collect();
    let tiles: Vec<std::ops::Range<usize>> =
        (0..buyers).step_by(TILE).map(|start| start..buyers.min(start + TILE)).collect();
    let mut sums = vec![Sums::default(); pairs.len()];
    for tile in &tiles {
        for ((i, j), sums) in pairs.iter().zip(&mut sums) {
            add(
                &first_best[tile.clone()],
                [&profits[*j][tile.clone()], &profits[*i][tile.clone()]],
                [&utilities[*j][tile.clone()], &utilities[*i][tile.clone()]],
                sums,
            );
        }
    }
    let mut squares = vec![[[0.0; LANES]; 2]; pairs.len()];
    for tile in &tiles {
        for (((i, j), sums), squares) in pairs.iter().zip(&sums).zip(&mut squares) {
            let [of_profit, of_utility] = squares;
            let (profit, utility) = (sums.profit_mean(buyers), sums.utility_mean(buyers));
            add_squares([&profits[*j][tile.clone()], &profits[*i][tile.clone()]], profit, of_profit);
            add_squares([&utilities[*j][tile.clone()], &utilities[*i][tile.clone()]], utility, of_utility);
        }
    }
    sums.iter().zip(&squares).map(|(sums, squares)| sums.moments(squares, buyers)).collect()
}

/// Sums over the buyers met so far, in lanes.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    profit: [f64; LANES],
    utility: [f64; LANES],
    better: [f64; LANES],
    worse: [f64; LANES],
}

impl Sums {
    fn profit_mean(&self, buyers: usize) -> f64 {
        sum_of(&self.profit) / buyers as f64
    }

    fn utility_mean(&self, buyers: usize) -> f64 {
        sum_of(&self.utility) / buyers as f64
    }

    fn moments(&self, [of_profit, of_utility]: &[[f64; LANES]; 2], buyers: usize) -> PairMoments {
        let count = buyers as u64;
        let moments = |mean, lanes| Moments { count, mean, m2: sum_of(lanes) };
        PairMoments {
            profit: moments(self.profit_mean(buyers), of_profit),
            utility: moments(self.utility_mean(buyers), of_utility),
            better: Moments::of_share(sum_of(&self.better) as u64, count),
            worse: Moments::of_share(sum_of(&self.worse) as u64, count),
        }
    }
}

model::kernel! {
    /// Adds a tile of buyers.
    fn add(first_best: &[f64], profits: [&[f64]; 2], utilities: [&[f64]; 2], sums: &mut Sums) {
        let buyers = first_best.len();
        let [p1, p0] = profits.map(|column| &column[..buyers]);
        let [u1, u0] = utilities.map(|column| &column[..buyers]);
        let mut local = *sums;
        let whole = buyers / LANES * LANES;
        for start in (0..whole).step_by(LANES) {
            for lane in 0..LANES {
                let buyer = start + lane;
                add_buyer(&mut local, lane, p1[buyer] - p0[buyer], u1[buyer] - u0[buyer], first_best[buyer]);
            }
        }
        for buyer in whole..buyers {
            let (profit, utility) = (p1[buyer] - p0[buyer], u1[buyer] - u0[buyer]);
            add_buyer(&mut local, buyer - whole, profit, utility, first_best[buyer]);
        }
        *sums = local;
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "a kernel compiles what it calls for its own instruction set")]
fn add_buyer(sums: &mut Sums, lane: usize, profit: f64, utility: f64, surplus: f64) {
    let indifferent = INDIFFERENCE * surplus;
    sums.profit[lane] += profit;
    sums.utility[lane] += utility;
    sums.better[lane] += if utility > indifferent { 1.0 } else { 0.0 };
    sums.worse[lane] += if utility < -indifferent { 1.0 } else { 0.0 };
}

model::kernel! {
    /// Adds squared deviations of a difference from its mean.
    fn add_squares(columns: [&[f64]; 2], mean: f64, squares: &mut [f64; LANES]) {
        let [one, zero] = columns;
        let mut local = *squares;
        let (ones, zeros) = (one.chunks_exact(LANES), zero.chunks_exact(LANES));
        let (last_ones, last_zeros) = (ones.remainder(), zeros.remainder());
        for (ones, zeros) in ones.zip(zeros) {
            for lane in 0..LANES {
                let deviation = ones[lane] - zeros[lane] - mean;
                local[lane] += deviation * deviation;
            }
        }
        for (lane, (one, zero)) in last_ones.iter().zip(last_zeros).enumerate() {
            let deviation = one - zero - mean;
            local[lane] += deviation * deviation;
        }
        *squares = local;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against moments of stored differences, whole tiles and what is left of one.
    #[test]
    fn every_pair_has_the_moments_of_its_differences() {
        for buyers in [1, 7, 8, TILE - 1, TILE + 13, 4096] {
            let number = |seed: usize, buyer: usize| ((buyer * 7919 + seed * 104_729) % 1009) as f64 / 1009.0;
            let column = |seed: usize| (0..buyers).map(|buyer| number(seed, buyer)).collect::<Vec<f64>>();
            let profits: Vec<Vec<f64>> = (0..3).map(column).collect();
            let mut utilities: Vec<Vec<f64>> = (3..6).map(column).collect();
            utilities[2][0] = utilities[1][0];
            let columns: Vec<&[f64]> = utilities.iter().map(Vec::as_slice).collect();
            let found = pair_moments(&column(9), &profits, &columns);
            for ((i, j), found) in [(0, 1), (0, 2), (1, 2)].into_iter().zip(found) {
                let minus = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
                let utility = minus(&utilities[j], &utilities[i]);
                let surplus = column(9);
                let share = |is_so: &dyn Fn(f64, f64) -> bool| {
                    let ones =
                        utility.iter().zip(&surplus).filter(|(u, s)| is_so(**u, INDIFFERENCE * **s)).count();
                    Moments::of_share(ones as u64, buyers as u64)
                };
                assert_eq!(found.profit, Moments::of(&minus(&profits[j], &profits[i])));
                assert_eq!(found.utility, Moments::of(&utility));
                assert_eq!((found.better, found.worse), (share(&|u, t| u > t), share(&|u, t| u < -t)));
            }
        }
    }
}
