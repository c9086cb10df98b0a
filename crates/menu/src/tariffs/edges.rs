//! Cutting positions into the best few intervals by their profit, whatever it is: over all cuts where they are few, else over some
//! of them and then nearer and nearer to the best.

/// The vertices that bound the best `count` intervals, from the first on, by the profit of an interval.
///
/// A dynamic programme over all vertices, or, where they are more than `most`, over some of them, and then over finer and
/// finer neighbourhoods of the best cuts.
pub(crate) fn best_edges(
    vertices: &[usize],
    count: usize,
    most: usize,
    profit_of: impl Fn(usize, usize) -> f64,
) -> Vec<usize> {
    /// Each round narrows the neighbourhoods a hundredfold or moves a cut to a better place.
    const ROUNDS: usize = 16;
    /// A share of profit not worth another round.
    const NEGLIGIBLE: f64 = 1e-9;
    let mut candidates = thinned((0..vertices.len()).collect(), most);
    let (mut edges, mut profit) = best_of(vertices, &candidates, count, &profit_of);
    for _ in 0..ROUNDS {
        let finer = neighbourhoods(&candidates, &edges, vertices.len() - 1, most);
        if finer.iter().all(|position| candidates.binary_search(position).is_ok()) {
            break;
        }
        let before = profit;
        candidates = finer;
        (edges, profit) = best_of(vertices, &candidates, count, &profit_of);
        if profit - before <= NEGLIGIBLE * profit {
            break;
        }
    }
    edges.into_iter().map(|edge| vertices[edge]).collect()
}

/// The candidates, numbers of vertices, that bound the best `count` intervals, from 0 on, and the profit.
fn best_of(
    vertices: &[usize],
    candidates: &[usize],
    count: usize,
    profit_of: impl Fn(usize, usize) -> f64,
) -> (Vec<usize>, f64) {
    let n = candidates.len();
    let between = |from: usize, to: usize| profit_of(vertices[candidates[from]], vertices[candidates[to]]);
    let profits: Vec<Vec<f64>> = (0..n).map(|to| (0..to).map(|from| between(from, to)).collect()).collect();
    let mut best = vec![f64::NEG_INFINITY; n];
    best[0] = 0.0;
    let mut cuts: Vec<Vec<u32>> = Vec::new();
    // Profit, number of intervals and end of the best menu so far.
    let mut top = (0.0, 0, 0);
    for layer in 1..=count.min(n - 1) {
        let step = |to: usize| {
            let ends = (0..to).map(|from| (best[from] + profits[to][from], from as u32));
            ends.fold((f64::NEG_INFINITY, 0), |a, b| if b.0 > a.0 { b } else { a })
        };
        let (values, from): (Vec<f64>, Vec<u32>) = (0..n).map(step).unzip();
        for (to, value) in values.iter().enumerate() {
            if *value > top.0 {
                top = (*value, layer, to);
            }
        }
        best = values;
        cuts.push(from);
    }
    let (profit, layers, mut end) = top;
    let mut edges = vec![candidates[end]];
    for layer in cuts[..layers].iter().rev() {
        end = layer[end] as usize;
        edges.push(candidates[end]);
    }
    edges.reverse();
    (edges, profit)
}

/// Evenly spread positions, first and last included.
fn thinned(positions: Vec<usize>, most: usize) -> Vec<usize> {
    let n = positions.len();
    if n <= most {
        return positions;
    }
    (0..most).map(|k| positions[k * (n - 1) / (most - 1)]).collect()
}

/// Everything between the candidates on both sides of each edge, thinned, and the edges themselves.
fn neighbourhoods(candidates: &[usize], edges: &[usize], last: usize, most: usize) -> Vec<usize> {
    let mut near = vec![0];
    for edge in edges.iter().filter(|edge| **edge > 0) {
        let above = candidates.partition_point(|candidate| candidate < edge) - 1;
        let below = candidates.get(above + 2).copied().unwrap_or(last);
        near.extend((candidates[above] + 1).max(near[near.len() - 1] + 1)..=below);
    }
    let mut near = thinned(near, most);
    near.extend(edges);
    near.sort_unstable();
    near.dedup();
    near
}
