//! Virtual values on weighted points, and ironing by pooling adjacent violators.

use model::belief::Points;

/// A maximal run of points that share one ironed virtual value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pool {
    /// Position of its first point.
    pub first: usize,
    /// Position after its last point.
    pub end: usize,
    /// Probability of its points.
    pub mass: f64,
    /// Ironed virtual value in $.
    pub virtual_value: f64,
}

/// The virtual values of a discrete belief, before and after ironing.
#[derive(Debug, Clone, PartialEq)]
pub struct Ironed {
    /// Virtual value of each point in $, before ironing.
    pub raw: Vec<f64>,
    /// Pools with strictly increasing virtual values.
    pub pools: Vec<Pool>,
}

impl Ironed {
    /// Ironed virtual value of each point, in $.
    pub fn virtual_values(&self) -> Vec<f64> {
        self.pools.iter().flat_map(|pool| (pool.first..pool.end).map(|_| pool.virtual_value)).collect()
    }
}

/// The ironed virtual values of weighted points, exactly, in O(K).
///
/// ```text
/// φ_k = θ_k - (1 - F(θ_k)) (θ_{k+1} - θ_k) / f_k
/// ```
/// is the slope of R(p) = p θ(p), the revenue from selling to the top p of buyers, between p_{k+1} and p_k. Its least
/// concave majorant starts at (0, 0); its slopes are weighted averages of φ over pools of adjacent violators.
///
/// # References
/// Myerson (1981), section 6; Bergemann, Bonatti and Smolin (2025), v1.
pub fn iron(points: &Points) -> Ironed {
    let raw = virtual_values(points);
    let mut pools: Vec<Pool> = Vec::with_capacity(raw.len());
    for (position, (&virtual_value, &mass)) in raw.iter().zip(points.masses()).enumerate() {
        let mut pool = Pool { first: position, end: position + 1, mass, virtual_value };
        // Equal slopes are one edge of the majorant: they pool too.
        while let Some(below) = pools.pop_if(|below| below.virtual_value >= pool.virtual_value) {
            let mass = below.mass + pool.mass;
            pool.virtual_value = (below.mass * below.virtual_value + pool.mass * pool.virtual_value) / mass;
            pool.mass = mass;
            pool.first = below.first;
        }
        pools.push(pool);
    }
    Ironed { raw, pools }
}

fn virtual_values(points: &Points) -> Vec<f64> {
    let (nodes, masses) = (points.nodes(), points.masses());
    let mut raw = vec![0.0; nodes.len()];
    let mut above = 0.0;
    for k in (0..nodes.len()).rev() {
        let gap = nodes.get(k + 1).map_or(0.0, |next| next - nodes[k]);
        raw[k] = nodes[k] - above * gap / masses[k];
        above += masses[k];
    }
    raw
}

/// Positions of the vertices of a least concave majorant, from position 0 on; edges whose slope is not `wanted` end it.
///
/// `slope(a, b)` is the slope of the chord between two positions, a < b, along the curve.
pub(crate) fn concave_majorant(
    positions: usize,
    slope: impl Fn(usize, usize) -> f64,
    wanted: impl Fn(f64) -> bool,
) -> Vec<usize> {
    let mut vertices = vec![0];
    for position in 1..positions {
        // Equal slopes are one edge.
        while let [.., before, last] = vertices[..]
            && slope(last, position) >= slope(before, last)
        {
            vertices.pop();
        }
        vertices.push(position);
    }
    let kept = 1 + vertices.windows(2).take_while(|edge| wanted(slope(edge[0], edge[1]))).count();
    vertices.truncate(kept);
    vertices
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// MODEL: w in {1, 4} with (.9, .1): φ_1 = 1 - .1·3/.9 = 2/3.
    #[test]
    fn two_points_by_hand() {
        let ironed = iron(&Points::new(vec![(1.0, 0.9), (4.0, 0.1)]));
        assert!((ironed.raw[0] - 2.0 / 3.0).abs() < 1e-15);
        assert_eq!(ironed.raw[1], 4.0);
        assert_eq!(ironed.pools.len(), 2);
    }

    #[test]
    fn violators_are_pooled_at_their_mean() {
        // φ = (1 - .5·1/.5, 2 - .4·8/.1, 10) = (0, -30, 10): the first two pool at (.5·0 + .1·-30)/.6 = -5.
        let ironed = iron(&Points::new(vec![(1.0, 0.5), (2.0, 0.1), (10.0, 0.4)]));
        assert_eq!(ironed.pools.len(), 2);
        assert!((ironed.pools[0].virtual_value + 5.0).abs() < 1e-12);
        assert_eq!((ironed.pools[0].first, ironed.pools[0].end), (0, 2));
    }

    proptest! {
        /// The majorant by its definition: at every p the largest chord above R, by brute force over pairs of points.
        #[test]
        fn pools_are_the_least_concave_majorant(
            raw in prop::collection::vec((0.01f64..10.0, 0.01f64..1.0), 1..12)
        ) {
            let points = Points::new(raw);
            let ironed = iron(&points);
            let mut curve = vec![(0.0, 0.0)];
            for (node, mass) in points.iter().rev() {
                let p = curve.last().unwrap().0 + mass;
                curve.push((p, p * node));
            }
            let majorant_by_chords = |p: f64| {
                let mut best = f64::NEG_INFINITY;
                for a in &curve {
                    for b in &curve {
                        if a.0 <= p + 1e-12 && p <= b.0 + 1e-12 && b.0 > a.0 {
                            let share = ((p - a.0) / (b.0 - a.0)).clamp(0.0, 1.0);
                            best = best.max(a.1 + share * (b.1 - a.1));
                        }
                    }
                }
                best
            };
            let values = ironed.virtual_values();
            let (mut p, mut revenue) = (0.0, 0.0);
            for (mass, value) in points.masses().iter().zip(&values).rev() {
                p += mass;
                revenue += mass * value;
                let exact = majorant_by_chords(p);
                prop_assert!((revenue - exact).abs() < 1e-10 * (1.0 + exact.abs()), "{revenue} {exact} at {p}");
            }
            prop_assert!(values.is_sorted());
        }
    }
}
