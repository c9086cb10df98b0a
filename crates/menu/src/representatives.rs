//! A few types that stand for many: what a menu of finitely many items is designed for.

use std::collections::BTreeMap;

use model::belief::Environment;

/// At most `types` types that stand for all of an environment of distinct ones: groups of similar types are replaced by
/// their means.
///
/// ```text
/// minimise Σ_k f_k Σ_i μ_i (w_ki - mean_i of her group)²
/// ```
/// Groups start from repeated halving of the group with the largest sum of squares, across the task that varies most,
/// and are refined by Lloyd's iteration. Nothing is drawn: the same environment has the same representatives.
///
/// # References
/// S. Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information Theory 28 (1982).
pub(crate) fn representatives(environment: &Environment, types: usize) -> Environment {
    if environment.n_types() <= types {
        return environment.clone();
    }
    let mut groups = Groups::halved(environment, types);
    for _ in 0..REFINEMENTS {
        if !groups.refine() {
            break;
        }
    }
    groups.means()
}

/// Iterations after which the groups hardly change.
const REFINEMENTS: usize = 25;

/// Equal profiles merged, in the order of their first appearance; impossible ones dropped.
pub(crate) fn distinct(environment: &Environment) -> Environment {
    let mut seen: BTreeMap<Vec<u64>, usize> = BTreeMap::new();
    let mut kept = Environment {
        masses: environment.masses.clone(),
        probabilities: vec![],
        values: vec![],
        sampled: environment.sampled,
    };
    for (kind, probability) in environment.probabilities.iter().enumerate() {
        if *probability <= 0.0 {
            continue;
        }
        let profile = environment.profile(kind);
        // Minus zero is zero.
        let key = profile.iter().map(|value| (value + 0.0).to_bits()).collect();
        let next = kept.probabilities.len();
        let position = *seen.entry(key).or_insert(next);
        if position == next {
            kept.probabilities.push(0.0);
            kept.values.extend_from_slice(profile);
        }
        kept.probabilities[position] += probability;
    }
    kept
}

/// Groups of types.
struct Groups<'a> {
    environment: &'a Environment,
    /// Group of each type.
    group: Vec<usize>,
    centres: Vec<Centre>,
}

/// A group's mass, mean and weighted sum of squares by task.
#[derive(Clone)]
struct Centre {
    mass: f64,
    mean: Vec<f64>,
    squares: Vec<f64>,
}

impl Centre {
    fn of(environment: &Environment, members: impl Iterator<Item = usize> + Clone) -> Self {
        let n_tasks = environment.n_tasks();
        let (mut mass, mut mean, mut squares) = (0.0, vec![0.0; n_tasks], vec![0.0; n_tasks]);
        for kind in members.clone() {
            mass += environment.probabilities[kind];
            for (sum, value) in mean.iter_mut().zip(environment.profile(kind)) {
                *sum += environment.probabilities[kind] * value;
            }
        }
        for sum in &mut mean {
            *sum /= mass;
        }
        for kind in members {
            for (task, value) in environment.profile(kind).iter().enumerate() {
                let deviation = value - mean[task];
                squares[task] +=
                    environment.masses[task] * environment.probabilities[kind] * deviation * deviation;
            }
        }
        Self { mass, mean, squares }
    }

    fn spread(&self) -> f64 {
        self.squares.iter().sum()
    }

    /// The task that varies most.
    fn widest(&self) -> usize {
        (0..self.squares.len()).max_by(|a, b| self.squares[*a].total_cmp(&self.squares[*b])).unwrap_or(0)
    }
}

impl<'a> Groups<'a> {
    /// All types in one group, then halved until there are as many groups as wanted.
    fn halved(environment: &'a Environment, wanted: usize) -> Self {
        let all: Vec<usize> = (0..environment.n_types()).collect();
        let centre = Centre::of(environment, all.iter().copied());
        let mut parts = vec![(all, centre)];
        while parts.len() < wanted {
            let widest = (0..parts.len())
                .max_by(|a, b| parts[*a].1.spread().total_cmp(&parts[*b].1.spread()))
                .expect("at least one group");
            let (members, centre) = &parts[widest];
            let task = centre.widest();
            let (below, above): (Vec<usize>, Vec<usize>) =
                members.iter().partition(|kind| environment.profile(**kind)[task] < centre.mean[task]);
            if below.is_empty() || above.is_empty() {
                break; // values so close that their mean is rounded to one of them
            }
            let half = |members: Vec<usize>| {
                let centre = Centre::of(environment, members.iter().copied());
                (members, centre)
            };
            parts[widest] = half(below);
            parts.push(half(above));
        }
        let mut group = vec![0; environment.n_types()];
        for (number, (members, _)) in parts.iter().enumerate() {
            for kind in members {
                group[*kind] = number;
            }
        }
        Self { environment, group, centres: parts.into_iter().map(|(_, centre)| centre).collect() }
    }

    /// Moves every type to the nearest mean; whether any moved.
    fn refine(&mut self) -> bool {
        let mut moved = false;
        for (kind, group) in self.group.iter_mut().enumerate() {
            let profile = self.environment.profile(kind);
            let mut nearest = (*group, distance(self.environment, profile, &self.centres[*group]));
            for (number, centre) in self.centres.iter().enumerate() {
                let apart = distance(self.environment, profile, centre);
                if apart < nearest.1 {
                    nearest = (number, apart);
                }
            }
            moved |= nearest.0 != *group;
            *group = nearest.0;
        }
        if moved {
            self.recentre();
        }
        moved
    }

    /// The means of the groups as they are; empty ones vanish.
    fn recentre(&mut self) {
        let mut members = vec![Vec::new(); self.centres.len()];
        for (kind, group) in self.group.iter().enumerate() {
            members[*group].push(kind);
        }
        members.retain(|members: &Vec<usize>| !members.is_empty());
        for (number, members) in members.iter().enumerate() {
            for kind in members {
                self.group[*kind] = number;
            }
        }
        self.centres =
            members.iter().map(|members| Centre::of(self.environment, members.iter().copied())).collect();
    }

    fn means(self) -> Environment {
        Environment {
            masses: self.environment.masses.clone(),
            probabilities: self.centres.iter().map(|centre| centre.mass).collect(),
            values: self.centres.into_iter().flat_map(|centre| centre.mean).collect(),
            sampled: false,
        }
    }
}

fn distance(environment: &Environment, profile: &[f64], centre: &Centre) -> f64 {
    let apart = |((mass, value), mean): ((&f64, &f64), &f64)| mass * (value - mean) * (value - mean);
    environment.masses.iter().zip(profile).zip(&centre.mean).map(apart).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(types: &[(f64, [f64; 2])]) -> Environment {
        Environment {
            masses: vec![0.5, 0.5],
            probabilities: types.iter().map(|kind| kind.0).collect(),
            values: types.iter().flat_map(|kind| kind.1).collect(),
            sampled: false,
        }
    }

    #[test]
    fn equal_types_are_one_and_impossible_ones_none() {
        let given = [(0.2, [1.0, 0.0]), (0.0, [5.0, 5.0]), (0.3, [0.0, 1.0]), (0.5, [1.0, -0.0])];
        let kept = distinct(&environment(&given));
        assert_eq!(kept, environment(&[(0.7, [1.0, 0.0]), (0.3, [0.0, 1.0])]));
    }

    /// Clouds far apart are found, each with its mass and mean.
    #[test]
    fn clouds_are_found() {
        let centres = [[0.0, 1.0], [1.0, 0.0], [5.0, 5.0], [5.0, 0.5], [0.5, 7.0]];
        let types: Vec<(f64, [f64; 2])> = (0..500)
            .map(|kind| {
                let centre = centres[kind % 5];
                let angle = (kind / 5) as f64 * std::f64::consts::TAU / 100.0;
                (0.002, [centre[0] + 0.2 + 0.1 * libm::cos(angle), centre[1] + 0.2 + 0.1 * libm::sin(angle)])
            })
            .collect();
        let found = representatives(&environment(&types), 5);
        assert_eq!(found.n_types(), 5);
        for centre in centres {
            let near = (0..5).filter(|kind| {
                let mean = found.profile(*kind);
                (mean[0] - centre[0] - 0.2).abs() < 1e-12 && (mean[1] - centre[1] - 0.2).abs() < 1e-12
            });
            assert_eq!(near.count(), 1, "{found:?}");
        }
        assert!(found.probabilities.iter().all(|probability| (probability - 0.2).abs() < 1e-12));
    }

    #[test]
    fn means_are_kept() {
        let types: Vec<(f64, [f64; 2])> = (0..1000)
            .map(|k| (0.001, [f64::from(k * 37 % 1000), libm::sqrt(f64::from(k * 91 % 1000))]))
            .collect();
        let (all, few) = (environment(&types), representatives(&environment(&types), 40));
        assert_eq!(few.n_types(), 40);
        for task in 0..2 {
            let mean = |environment: &Environment| -> f64 {
                (0..environment.n_types())
                    .map(|k| environment.probabilities[k] * environment.profile(k)[task])
                    .sum()
            };
            assert!((mean(&all) / mean(&few) - 1.0).abs() < 1e-12);
        }
    }
}
