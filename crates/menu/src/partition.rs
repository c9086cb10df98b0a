//! Cutting a line of types into the best few intervals, where the best cuts are monotone.

/// The positions that bound the best `count` intervals of positions 0 to `n` - 1, from 0 on; the last may come before the end.
///
/// The profit of an interval must satisfy the quadrangle inequality,
/// ```text
/// profit(a, c) + profit(b, d) >= profit(a, d) + profit(b, c)   for a < b < c < d
/// ```
/// and a cut more must never be worse. The best last cut then rises with the end, and divide and conquer finds each layer of the
/// dynamic programme in O(n log n).
pub(crate) fn monotone_cuts(n: usize, count: usize, profit: impl Fn(usize, usize) -> f64) -> Vec<usize> {
    let mut best = vec![f64::NEG_INFINITY; n];
    best[0] = 0.0;
    let mut last_cuts: Vec<Vec<u32>> = Vec::new();
    for _ in 0..count.min(n - 1) {
        let mut layer =
            Layer { profit: &profit, below: best, best: vec![f64::NEG_INFINITY; n], cut: vec![0; n] };
        layer.fill(1, n - 1, 0, n - 1);
        best = layer.best;
        last_cuts.push(layer.cut);
    }
    let mut end = (1..n).max_by(|a, b| best[*a].total_cmp(&best[*b])).unwrap_or(0);
    let mut cuts = Vec::new();
    for layer in last_cuts.iter().rev() {
        if end == 0 {
            break;
        }
        cuts.push(end);
        end = layer[end] as usize;
    }
    cuts.push(0);
    cuts.reverse();
    cuts
}

/// One layer of the dynamic programme: the best profit with one interval more, ending at each position.
struct Layer<'a, P> {
    profit: &'a P,
    below: Vec<f64>,
    best: Vec<f64>,
    cut: Vec<u32>,
}

impl<P: Fn(usize, usize) -> f64> Layer<'_, P> {
    /// Solves positions `low..=high`, whose best cuts lie in `first..=last`.
    fn fill(&mut self, low: usize, high: usize, first: usize, last: usize) {
        if low > high {
            return;
        }
        let middle = low.midpoint(high);
        for cut in first..=last.min(middle - 1) {
            if self.below[cut] == f64::NEG_INFINITY {
                continue;
            }
            let profit = self.below[cut] + (self.profit)(cut, middle);
            if profit > self.best[middle] {
                self.best[middle] = profit;
                self.cut[middle] = cut as u32;
            }
        }
        let found = if self.best[middle] == f64::NEG_INFINITY { first } else { self.cut[middle] as usize };
        self.fill(low, middle - 1, first, found.max(first));
        self.fill(middle + 1, high, found.max(first), last);
    }
}
