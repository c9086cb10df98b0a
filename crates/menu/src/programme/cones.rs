//! The convex programme over a set of incentive constraints, handed to Clarabel: the one file that knows the solver.

use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettings, DefaultSettingsBuilder, DefaultSolver, IPSolver, SupportedConeT};
use model::technology::Technology;

use super::aggregate::{efficient_precisions, maximum_tuning, norm};
use super::bound::Multiplier;
use super::reduction::Reduction;

/// What the solver ended with, however it ended: nobody may rely on it without a certificate.
#[derive(Debug)]
pub(super) struct Candidate {
    /// v by type and task, non-negative; zero for types set aside.
    pub(super) precisions: Vec<Vec<f64>>,
    /// u by type in $.
    pub(super) utilities: Vec<f64>,
    /// λ of every constraint given.
    pub(super) multipliers: Vec<Multiplier>,
    /// Iterations it took.
    pub(super) iterations: u32,
}

/// A task whose share of a type's efficient spend is below this is left out of that type's item.
const NEGLIGIBLE_SHARE: f64 = 1e-11;

/// How hard the solver tries: power cones make its last digits slow, and shorter steps reach more of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Effort {
    /// Share of the way to the boundary that a step may go.
    step: f64,
    /// Steps shorter than this end the search.
    shortest_step: f64,
    /// Iterations after which the last point is taken as it is.
    iterations: u32,
}

/// From quick to thorough.
pub(super) const EFFORTS: [Effort; 5] = [
    Effort { step: 0.99, shortest_step: 1e-4, iterations: 200 },
    Effort { step: 0.95, shortest_step: 1e-7, iterations: 200 },
    Effort { step: 0.8, shortest_step: 1e-9, iterations: 400 },
    Effort { step: 0.9, shortest_step: 1e-11, iterations: 400 },
    Effort { step: 0.6, shortest_step: 1e-11, iterations: 600 },
];

/// Relative tolerance the solver is asked for, beyond what the certificate needs.
const TOLERANCE: f64 = 1e-9;

/// The programme of one technology and environment, in units of each type's efficient use.
///
/// ```text
/// max Σ_k f_k ( Σ_i μ_i w_ki v_ki - u_k - E_k - c_z z_k )
/// s.t. N_k <= κ h_k^{σ+γ},  h_k <= E_k^{σ/(σ+γ)} (b+z_k)^{γ/(σ+γ)},           (h = E where γ = 0: one cone)
///      v_ki <= a_ki^σ N_k^{1-σ},  Σ_i μ_i a_ki <= N_k,  v, u, z >= 0,  z <= z_max,
///      u_k >= u_j + Σ_i μ_i (w_ki - w_ji) v_ji   for the constraints given.
/// ```
/// a_ki = N_k e_ki/E_k: the constraints on v are v_ki <= κ e_ki^σ (b+z_k)^γ with Σ_i μ_i e_ki = E_k, in M + 2 power cones per
/// type where the constraints task by task take 2M. v >= 0 is stated because a power cone bounds |v|.
#[derive(Debug)]
pub(super) struct Programme<'a> {
    technology: &'a Technology,
    reduction: &'a Reduction,
    /// Money unit: the expected first-best surplus.
    unit: f64,
    blocks: Vec<Option<Block>>,
    variables: usize,
}

/// Variables and units of one type.
#[derive(Debug)]
struct Block {
    /// First variable: E, N, u, and with tuning h and z, then v and a by task.
    first: usize,
    /// Number of variables before v.
    head: usize,
    /// Tasks this type has use for.
    tasks: Vec<usize>,
    /// Unit of v by task of `tasks`.
    precisions: Vec<f64>,
    /// μ_i e_i/E of the efficient use by task of `tasks`.
    shares: Vec<f64>,
    /// Unit of E in $.
    spend: f64,
    /// Unit of b + z in Mtok.
    quality: f64,
    /// Unit of u in $.
    surplus: f64,
}

impl Block {
    const SPEND: usize = 0;
    const AGGREGATE: usize = 1;
    const UTILITY: usize = 2;
    const BUNDLE: usize = 3;
    const TUNING: usize = 4;

    fn new(technology: &Technology, reduction: &Reduction, kind: usize, first: usize) -> Self {
        let (masses, profile) = (&reduction.masses, &reduction.profiles[kind]);
        let sigma = technology.sigma();
        let index = norm(masses, profile, 1.0 - sigma);
        let used = technology.efficient_use(index);
        let efficient = efficient_precisions(technology, masses, profile);
        let share = |i: usize| {
            if profile[i] > 0.0 {
                masses[i] * libm::exp(libm::log(profile[i] / index) / (1.0 - sigma))
            } else {
                0.0
            }
        };
        let tasks: Vec<usize> = (0..masses.len()).filter(|i| share(*i) > NEGLIGIBLE_SHARE).collect();
        Self {
            first,
            head: if technology.gamma() > 0.0 { Self::TUNING + 1 } else { Self::UTILITY + 1 },
            precisions: tasks.iter().map(|i| efficient[*i]).collect(),
            shares: tasks.iter().map(|i| share(*i)).collect(),
            tasks,
            spend: used.spend,
            quality: technology.base_quality() + used.fine_tuning,
            surplus: reduction.surpluses[kind],
        }
    }

    fn head(&self, variable: usize) -> usize {
        self.first + variable
    }

    fn precision(&self, position: usize) -> usize {
        self.first + self.head + position
    }

    fn part(&self, position: usize) -> usize {
        self.first + self.head + self.tasks.len() + position
    }

    fn len(&self) -> usize {
        self.head + 2 * self.tasks.len()
    }
}

/// Rows a x <= b, or a x + s = b with s in a cone.
#[derive(Default)]
struct Rows {
    positions: Vec<usize>,
    columns: Vec<usize>,
    values: Vec<f64>,
    bounds: Vec<f64>,
}

impl Rows {
    fn add(&mut self, entries: &[(usize, f64)], bound: f64) {
        for (column, value) in entries.iter().filter(|(_, value)| *value != 0.0) {
            self.positions.push(self.bounds.len());
            self.columns.push(*column);
            self.values.push(*value);
        }
        self.bounds.push(bound);
    }
}

impl<'a> Programme<'a> {
    /// Lays out the variables.
    pub(super) fn new(technology: &'a Technology, reduction: &'a Reduction) -> Self {
        let mut variables = 0;
        let blocks = (0..reduction.profiles.len())
            .map(|kind| {
                reduction.active[kind].then(|| {
                    let block = Block::new(technology, reduction, kind, variables);
                    variables += block.len();
                    block
                })
            })
            .collect();
        let unit = reduction.probabilities.iter().zip(&reduction.surpluses).map(|(f, s)| f * s).sum();
        Self { technology, reduction, unit, blocks, variables }
    }

    fn active(&self) -> impl Iterator<Item = (usize, &Block)> {
        self.blocks.iter().enumerate().filter_map(|(kind, block)| Some((kind, block.as_ref()?)))
    }

    /// Solves with these incentive constraints, (tempted, item) by pair.
    pub(super) fn solve(&self, constraints: &[(usize, usize)], effort: Effort) -> Candidate {
        let mut rows = Rows::default();
        let scales: Vec<f64> =
            constraints.iter().map(|(tempted, item)| self.incentive(&mut rows, *tempted, *item)).collect();
        for (_, block) in self.active() {
            self.bounds(&mut rows, block);
        }
        let mut cones = vec![SupportedConeT::NonnegativeConeT(rows.bounds.len())];
        for (_, block) in self.active() {
            self.production(&mut rows, &mut cones, block);
        }
        let objective = self.objective();
        let matrix = CscMatrix::new_from_triplets(
            rows.bounds.len(),
            self.variables,
            rows.positions,
            rows.columns,
            rows.values,
        );
        let no_quadratic = CscMatrix::zeros((self.variables, self.variables));
        let mut solver =
            DefaultSolver::new(&no_quadratic, &objective, &matrix, &rows.bounds, &cones, settings(effort))
                .expect("dimensions agree by construction and settings are valid");
        solver.solve();
        let (x, duals) = (&solver.solution.x, &solver.solution.z);
        let weights = duals.iter().zip(&scales).map(|(dual, scale)| dual * scale * self.unit);
        let multipliers = constraints
            .iter()
            .zip(weights)
            .map(|(&(tempted, item), weight)| Multiplier { tempted, item, weight })
            .collect();
        self.candidate(x, multipliers, solver.solution.iterations)
    }

    /// u_j + Σ_i μ_i (w_ki - w_ji) v_ji - u_k <= 0, divided by its largest coefficient; returns one over that.
    fn incentive(&self, rows: &mut Rows, tempted: usize, item: usize) -> f64 {
        let block = |kind: usize| self.blocks[kind].as_ref().expect("only active types are constrained");
        let (own, other) = (block(tempted), block(item));
        let profiles = &self.reduction.profiles;
        let mut entries =
            vec![(own.head(Block::UTILITY), -own.surplus), (other.head(Block::UTILITY), other.surplus)];
        for (position, (&i, unit)) in other.tasks.iter().zip(&other.precisions).enumerate() {
            let gain = self.reduction.masses[i] * (profiles[tempted][i] - profiles[item][i]);
            entries.push((other.precision(position), gain * unit));
        }
        let largest = entries.iter().map(|(_, value)| value.abs()).fold(0.0, f64::max);
        for (_, value) in &mut entries {
            *value /= largest;
        }
        rows.add(&entries, 0.0);
        1.0 / largest
    }

    /// v, u, z >= 0, z <= z_max, Σ_i μ_i a_i <= N.
    fn bounds(&self, rows: &mut Rows, block: &Block) {
        for position in 0..block.tasks.len() {
            rows.add(&[(block.precision(position), -1.0)], 0.0);
        }
        rows.add(&[(block.head(Block::UTILITY), -1.0)], 0.0);
        if self.technology.gamma() > 0.0 {
            rows.add(&[(block.head(Block::TUNING), -1.0)], 0.0);
            let maximum = maximum_tuning(self.technology);
            if maximum.is_finite() {
                rows.add(&[(block.head(Block::TUNING), 1.0)], maximum / block.quality);
            }
        }
        let mut entries = vec![(block.head(Block::AGGREGATE), -1.0)];
        entries
            .extend(block.shares.iter().enumerate().map(|(position, share)| (block.part(position), *share)));
        rows.add(&entries, 0.0);
    }

    /// The power cones of one type.
    fn production(&self, rows: &mut Rows, cones: &mut Vec<SupportedConeT<f64>>, block: &Block) {
        let (sigma, gamma) = (self.technology.sigma(), self.technology.gamma());
        let total = sigma + gamma;
        let mut cone =
            |power: f64, first: (&[(usize, f64)], f64), second: (&[(usize, f64)], f64), bounded| {
                rows.add(first.0, first.1);
                rows.add(second.0, second.1);
                rows.add(&[(bounded, -1.0)], 0.0);
                cones.push(SupportedConeT::PowerConeT(power));
            };
        let [spend, bundle, aggregate, tuning] =
            [Block::SPEND, Block::BUNDLE, Block::AGGREGATE, Block::TUNING].map(|name| block.head(name));
        if gamma > 0.0 {
            let base = self.technology.base_quality() / block.quality;
            cone(sigma / total, (&[(spend, -1.0)], 0.0), (&[(tuning, -1.0)], base), bundle);
            cone(total, (&[(bundle, -1.0)], 0.0), (&[], 1.0), aggregate);
        } else {
            cone(sigma, (&[(spend, -1.0)], 0.0), (&[], 1.0), aggregate);
        }
        for position in 0..block.tasks.len() {
            let part = [(block.part(position), -1.0)];
            cone(sigma, (&part, 0.0), (&[(aggregate, -1.0)], 0.0), block.precision(position));
        }
    }

    /// Minus the expected profit in units of the expected first-best surplus.
    fn objective(&self) -> Vec<f64> {
        let mut objective = vec![0.0; self.variables];
        for (kind, block) in self.active() {
            let weight = self.reduction.probabilities[kind] / self.unit;
            objective[block.head(Block::SPEND)] = weight * block.spend;
            if self.technology.gamma() > 0.0 {
                objective[block.head(Block::TUNING)] =
                    weight * self.technology.fine_tuning_cost() * block.quality;
            }
            objective[block.head(Block::UTILITY)] = weight * block.surplus;
            for (position, (&i, unit)) in block.tasks.iter().zip(&block.precisions).enumerate() {
                let value = self.reduction.masses[i] * self.reduction.profiles[kind][i];
                objective[block.precision(position)] = -weight * value * unit;
            }
        }
        objective
    }

    fn candidate(&self, x: &[f64], multipliers: Vec<Multiplier>, iterations: u32) -> Candidate {
        let types = self.blocks.len();
        let mut precisions = vec![vec![0.0; self.reduction.masses.len()]; types];
        let mut utilities = vec![0.0; types];
        for (kind, block) in self.active() {
            utilities[kind] = block.surplus * x[block.head(Block::UTILITY)].max(0.0);
            for (position, (&i, unit)) in block.tasks.iter().zip(&block.precisions).enumerate() {
                precisions[kind][i] = unit * x[block.precision(position)].max(0.0);
            }
        }
        Candidate { precisions, utilities, multipliers, iterations }
    }
}

/// One thread and no clock: the same bytes every time.
fn settings(effort: Effort) -> DefaultSettings<f64> {
    DefaultSettingsBuilder::default()
        .verbose(false)
        .max_iter(effort.iterations)
        .max_step_fraction(effort.step)
        .min_terminate_step_length(effort.shortest_step)
        .max_threads(1)
        .direct_solve_method("qdldl".into())
        .tol_gap_abs(TOLERANCE)
        .tol_gap_rel(TOLERANCE)
        .tol_feas(TOLERANCE)
        .build()
        .expect("all fields are valid")
}
