//! What the seller believes: laws of the index, and of value and scale, as points and, where known, as continua.

use std::fmt;
use std::sync::Arc;

/// A law without atoms on an interval of the non-negative reals.
///
/// Implementations must be accurate in the upper tail: `survival` and `upper_quantile` are relative to the tail mass.
pub trait Law: fmt::Debug + Send + Sync {
    /// Smallest and largest value; the largest may be infinite.
    fn support(&self) -> (f64, f64);
    /// 1 - F(x): 1 below the support, 0 above it.
    fn survival(&self, x: f64) -> f64;
    /// f(x): 0 outside the support.
    fn density(&self, x: f64) -> f64;
    /// The x with survival(x) = p, for p in [0, 1].
    fn upper_quantile(&self, p: f64) -> f64;
    /// Where the density jumps or bends within the support, if it does: quadratures are split there.
    fn jumps(&self) -> Vec<f64> {
        Vec::new()
    }
    /// The largest a such that E[x^b] exists for all b < a; infinite for light tails.
    fn tail_index(&self) -> f64;
}

/// Weighted points: distinct nodes in ascending order, positive masses that sum to one.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    nodes: Vec<f64>,
    masses: Vec<f64>,
}

impl Points {
    /// Points from nodes in any order: sorts, merges equal nodes, drops zero masses, normalises.
    ///
    /// Nodes must be finite and non-negative, masses finite and non-negative with a positive sum.
    pub fn new(mut weighted: Vec<(f64, f64)>) -> Self {
        weighted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut nodes, mut masses): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
        for (node, mass) in weighted.into_iter().filter(|(_, mass)| *mass > 0.0) {
            if nodes.last() == Some(&node) {
                *masses.last_mut().expect("one mass per node") += mass;
            } else {
                nodes.push(node);
                masses.push(mass);
            }
        }
        let total: f64 = masses.iter().sum();
        for mass in &mut masses {
            *mass /= total;
        }
        Self { nodes, masses }
    }

    /// Equal masses on the values of a sample.
    pub fn from_sample(sample: impl IntoIterator<Item = f64>) -> Self {
        Self::new(sample.into_iter().map(|value| (value, 1.0)).collect())
    }

    /// The nodes, ascending.
    pub fn nodes(&self) -> &[f64] {
        &self.nodes
    }

    /// The masses, in the order of the nodes.
    pub fn masses(&self) -> &[f64] {
        &self.masses
    }

    /// Number of points, at least one.
    #[expect(clippy::len_without_is_empty, reason = "never empty")]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Nodes with their masses.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (f64, f64)> + ExactSizeIterator + '_ {
        self.nodes.iter().copied().zip(self.masses.iter().copied())
    }

    /// Σ mass g(node).
    pub fn mean_of(&self, g: impl Fn(f64) -> f64) -> f64 {
        self.iter().map(|(node, mass)| mass * g(node)).sum()
    }

    /// The smallest node with at least a share `level` of the mass at or below it.
    pub fn quantile(&self, level: f64) -> f64 {
        let mut below = 0.0;
        for (node, mass) in self.iter() {
            below += mass;
            if below >= level {
                return node;
            }
        }
        *self.nodes.last().expect("at least one point")
    }
}

/// Belief about one number: points, and the law they stand for where it is known.
#[derive(Debug, Clone)]
pub struct Marginal {
    /// The points menus are posted on; exact where `law` is absent.
    pub points: Points,
    /// The law without atoms behind the points.
    pub law: Option<Arc<dyn Law>>,
    /// How many people the points are a sample of; absent where they, or the law, are exact.
    pub sample: Option<usize>,
}

impl Marginal {
    /// A belief that is exactly its points.
    pub fn exactly(points: Points) -> Self {
        Self { points, law: None, sample: None }
    }

    /// The empirical law of a sample.
    pub fn of_sample(sample: Vec<f64>) -> Self {
        Self { sample: Some(sample.len()), ..Self::exactly(Points::from_sample(sample)) }
    }

    /// P(x >= threshold).
    pub fn survival(&self, threshold: f64) -> f64 {
        match &self.law {
            Some(law) => law.survival(threshold),
            None => self.points.iter().rev().take_while(|(node, _)| *node >= threshold).map(|(_, m)| m).sum(),
        }
    }

    /// The `level` quantile.
    pub fn quantile(&self, level: f64) -> f64 {
        match &self.law {
            Some(law) => law.upper_quantile(1.0 - level),
            None => self.points.quantile(level),
        }
    }

    /// Tail index of the law; infinite for points, whose moments all exist.
    pub fn tail_index(&self) -> f64 {
        self.law.as_ref().map_or(f64::INFINITY, |law| law.tail_index())
    }
}

/// Belief about value and scale: w on a share s of the tasks.
#[derive(Debug, Clone)]
pub struct ValueScaleBelief {
    /// Law of w in $ per unit precision.
    pub value: Marginal,
    /// Law of s in [0, 1].
    pub scale: Marginal,
    /// F(w|s) at scales that stand for all, ascending; empty where value and scale are independent.
    pub given_scale: Vec<GivenScale>,
}

/// Belief about the value of those with one scale.
#[derive(Debug, Clone)]
pub struct GivenScale {
    /// s.
    pub scale: f64,
    /// Probability of the scales it stands for.
    pub mass: f64,
    /// Law of w given s.
    pub value: Marginal,
}

/// A finite environment: finitely many types of buyers on finitely many tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct Environment {
    /// μ: masses of the M tasks, positive, summing to one.
    pub masses: Vec<f64>,
    /// f: probabilities of the K types, non-negative, summing to one.
    pub probabilities: Vec<f64>,
    /// w: K profiles of M values each, type by type, in $ per unit precision, non-negative.
    pub values: Vec<f64>,
    /// Whether the types are buyers drawn from a law, and not a law.
    pub sampled: bool,
}

impl Environment {
    /// Number of tasks, M.
    pub fn n_tasks(&self) -> usize {
        self.masses.len()
    }

    /// Number of types, K.
    pub fn n_types(&self) -> usize {
        self.probabilities.len()
    }

    /// The values of one type, task by task.
    pub fn profile(&self, kind: usize) -> &[f64] {
        &self.values[kind * self.n_tasks()..(kind + 1) * self.n_tasks()]
    }
}

/// What the seller believes about a buyer.
#[derive(Debug, Clone)]
pub struct Belief {
    /// Law of the index θ in $.
    pub index: Marginal,
    /// Law of value and scale, where the belief knows the profile that far.
    pub value_scale: Option<ValueScaleBelief>,
    /// Law of the whole profile, where a rule asks for it and the population has one: all types, or a sample of buyers.
    pub environment: Option<Environment>,
    /// How it was formed, in words: for the manifest.
    pub source: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_sorted_merged_and_normalised() {
        let points = Points::new(vec![(2.0, 1.0), (1.0, 2.0), (2.0, 1.0), (5.0, 0.0)]);
        assert_eq!(points.nodes(), [1.0, 2.0]);
        assert_eq!(points.masses(), [0.5, 0.5]);
        let belief = Marginal::exactly(points);
        assert_eq!((belief.survival(1.0), belief.survival(1.5), belief.survival(2.5)), (1.0, 0.5, 0.0));
        assert_eq!((belief.quantile(0.5), belief.quantile(0.6)), (1.0, 2.0));
    }
}
