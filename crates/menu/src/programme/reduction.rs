//! The environment without what cannot matter: equal tasks merged, equal types merged, negligible types set aside.

use model::belief::Environment;
use model::technology::Technology;

use super::aggregate::surplus;

/// An environment of distinct types and distinct tasks, with the way back.
#[derive(Debug)]
pub(super) struct Reduction {
    /// μ of the distinct tasks.
    pub(super) masses: Vec<f64>,
    /// f of the distinct types, zero allowed.
    pub(super) probabilities: Vec<f64>,
    /// w, one profile per distinct type.
    pub(super) profiles: Vec<Vec<f64>>,
    /// Π(w_k): first-best surplus by distinct type.
    pub(super) surpluses: Vec<f64>,
    /// Whether a type enters the programme; the others take what they like best of what it posts.
    pub(super) active: Vec<bool>,
    /// Distinct task of every task.
    pub(super) task_of: Vec<usize>,
    /// Distinct type of every type.
    pub(super) type_of: Vec<usize>,
}

/// Types whose whole surplus is below this share of the largest type's, divided by their number, are set aside: a hundredth
/// of the gap that is certified, since the bound counts their surplus in full.
const NEGLIGIBLE_SURPLUS: f64 = 1e-8;

/// Merges and sets aside.
pub(super) fn reduce(technology: &Technology, environment: &Environment) -> Reduction {
    let columns: Vec<Vec<f64>> = (0..environment.n_tasks())
        .map(|i| (0..environment.n_types()).map(|k| environment.profile(k)[i]).collect())
        .collect();
    let (task_of, tasks) = distinct(&columns);
    let masses = summed(&environment.masses, &task_of, tasks.len());
    let rows = (0..environment.n_types())
        .map(|k| tasks.iter().map(|i| environment.profile(k)[*i]).collect())
        .collect::<Vec<Vec<f64>>>();
    let (type_of, kinds) = distinct(&rows);
    let probabilities = summed(&environment.probabilities, &type_of, kinds.len());
    let profiles: Vec<Vec<f64>> = kinds.iter().map(|k| rows[*k].clone()).collect();
    let surpluses: Vec<f64> = profiles.iter().map(|profile| surplus(technology, &masses, profile)).collect();
    let expected: Vec<f64> = probabilities.iter().zip(&surpluses).map(|(f, surplus)| f * surplus).collect();
    let largest = expected.iter().copied().fold(0.0, f64::max);
    let negligible = NEGLIGIBLE_SURPLUS * largest / kinds.len() as f64;
    let active = expected.iter().map(|surplus| *surplus > negligible).collect();
    Reduction { masses, probabilities, profiles, surpluses, active, task_of, type_of }
}

/// For each vector the number of its first equal among the distinct ones, and where each distinct one stands first.
fn distinct(vectors: &[Vec<f64>]) -> (Vec<usize>, Vec<usize>) {
    let mut order: Vec<usize> = (0..vectors.len()).collect();
    let compare = |a: &usize, b: &usize| {
        vectors[*a]
            .iter()
            .zip(&vectors[*b])
            .map(|(x, y)| x.total_cmp(y))
            .find(|found| found.is_ne())
            .unwrap_or(std::cmp::Ordering::Equal)
    };
    order.sort_by(|a, b| compare(a, b).then(a.cmp(b)));
    let mut first_equal: Vec<usize> = vec![0; vectors.len()];
    for (position, &vector) in order.iter().enumerate() {
        first_equal[vector] = match position.checked_sub(1).map(|before| order[before]) {
            Some(before) if compare(&before, &vector).is_eq() => first_equal[before],
            _ => vector,
        };
    }
    let firsts: Vec<usize> = (0..vectors.len()).filter(|v| first_equal[*v] == *v).collect();
    let number = |first| firsts.binary_search(&first).expect("it is one of the firsts");
    (first_equal.into_iter().map(number).collect(), firsts)
}

fn summed(weights: &[f64], group_of: &[usize], groups: usize) -> Vec<f64> {
    let mut sums = vec![0.0; groups];
    for (weight, group) in weights.iter().zip(group_of) {
        sums[*group] += weight;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_vectors_share_a_number() {
        let vectors = vec![vec![2.0, 1.0], vec![0.0, 1.0], vec![2.0, 1.0], vec![0.0, 3.0], vec![0.0, 1.0]];
        assert_eq!(distinct(&vectors), (vec![0, 1, 0, 2, 1], vec![0, 1, 3]));
        assert_eq!(summed(&[1.0, 2.0, 3.0, 4.0, 5.0], &[0, 1, 0, 2, 1], 3), [4.0, 7.0, 4.0]);
    }
}
