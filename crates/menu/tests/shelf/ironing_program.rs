//! Ironing against a second, independent solution: the seller's convex programme over all types, solved by Clarabel.

use crate::laws::{FallingStep, index_belief, marginal, paper_technology};
use clarabel::algebra::CscMatrix;
use clarabel::solver::{DefaultSettingsBuilder, DefaultSolver, IPSolver, SolverStatus, SupportedConeT};
use menu::{PostedRule, Rule, Seller, iron};
use model::belief::{Marginal, Points};
use model::technology::Technology;

/// The optimal profit of packages over finitely many types, from the programme
/// ```text
/// max Σ f (θ v - u - e - c_z z)   s.t.  v <= κ e^σ (b+z)^γ,   u_k - u_j >= (θ_k - θ_j) v_j  for neighbours,   u >= 0
/// ```
/// with h <= e^{σ/(σ+γ)} (b+z)^{γ/(σ+γ)} and v/κ <= h^{σ+γ} as power cones. It knows nothing of virtual values.
fn programme(technology: &Technology, points: &Points) -> f64 {
    let (types, masses) = (points.nodes(), points.masses());
    let count = types.len();
    let (sigma, gamma) = (technology.sigma(), technology.gamma());
    let total = sigma + gamma;
    // Variables of type k: e, z, h, v, u.
    let column = |k: usize, variable: usize| 5 * k + variable;
    let (mut rows, mut columns, mut values, mut bounds) = (vec![], vec![], vec![], vec![]);
    let mut cones = Vec::new();
    let mut row = |entries: &[(usize, f64)], bound: f64| {
        for (column, value) in entries {
            rows.push(bounds.len());
            columns.push(*column);
            values.push(*value);
        }
        bounds.push(bound);
    };
    let mut inequalities = 0;
    for k in 0..count {
        for variable in [0, 1, 3, 4] {
            row(&[(column(k, variable), -1.0)], 0.0);
            inequalities += 1;
        }
        for j in [k.wrapping_sub(1), k + 1].into_iter().filter(|j| *j < count) {
            let gap = types[k] - types[j];
            row(&[(column(j, 4), 1.0), (column(j, 3), gap), (column(k, 4), -1.0)], 0.0);
            inequalities += 1;
        }
    }
    cones.push(SupportedConeT::NonnegativeConeT(inequalities));
    for k in 0..count {
        row(&[(column(k, 0), -1.0)], 0.0);
        row(&[(column(k, 1), -1.0)], technology.base_quality());
        row(&[(column(k, 2), -1.0)], 0.0);
        cones.push(SupportedConeT::PowerConeT(sigma / total));
        row(&[(column(k, 2), -1.0)], 0.0);
        row(&[], 1.0);
        row(&[(column(k, 3), -1.0 / technology.efficiency())], 0.0);
        cones.push(SupportedConeT::PowerConeT(total));
    }
    let mut objective = vec![0.0; 5 * count];
    for k in 0..count {
        objective[column(k, 0)] = masses[k];
        objective[column(k, 1)] = masses[k] * technology.fine_tuning_cost();
        objective[column(k, 3)] = -masses[k] * types[k];
        objective[column(k, 4)] = masses[k];
    }
    let constraints = CscMatrix::new_from_triplets(bounds.len(), 5 * count, rows, columns, values);
    let settings = DefaultSettingsBuilder::default()
        .verbose(false)
        .tol_gap_abs(1e-10)
        .tol_gap_rel(1e-10)
        .tol_feas(1e-10)
        .build()
        .unwrap();
    let no_quadratic = CscMatrix::zeros((5 * count, 5 * count));
    let mut solver =
        DefaultSolver::new(&no_quadratic, &objective, &constraints, &bounds, &cones, settings).unwrap();
    solver.solve();
    assert!(
        matches!(solver.solution.status, SolverStatus::Solved | SolverStatus::AlmostSolved),
        "{:?}",
        solver.solution.status
    );
    -solver.solution.obj_val
}

fn designed_profit(technology: &Technology, points: Points) -> f64 {
    let belief = index_belief(Marginal::exactly(points));
    let rule = PostedRule { label: "packages".into(), round: None, rule: Rule::Packages };
    Seller::new(technology, &belief).unwrap().design(&rule).unwrap().expected.profit
}

/// A bimodal law on 200 points: two bells whose virtual value falls between them.
#[test]
fn bimodal_law_agrees_with_the_convex_programme() {
    let bell = |x: f64, centre: f64| libm::exp(-(x - centre) * (x - centre) / (2.0 * 0.08 * 0.08));
    let points = Points::new(
        (0..200)
            .map(|k| (f64::from(k) + 0.5) / 200.0)
            .map(|x| (x, 0.6 * bell(x, 0.35) + 0.4 * bell(x, 0.8)))
            .collect(),
    );
    let ironed = iron(&points);
    let longest = ironed.pools.iter().map(|pool| pool.end - pool.first).max().unwrap();
    assert!(longest > 20, "the law must iron over many points, longest pool {longest}");
    let technology = paper_technology();
    let exact = programme(&technology, &points);
    let found = designed_profit(&technology, points);
    assert!((found - exact).abs() < 1e-6 * exact, "ironing {found}, programme {exact}");
}

/// A pool of the continuum in closed form, and the points' convergence to it.
///
/// With φ uniform within each part: profit = 1/4 ∫_s^1 π + (1/4 - s/2) s² + 3/4 ∫_0^s π, π = τ² up to 1/2 and
/// 2τ⁴ + 1/8 above.
#[test]
fn ironed_continuum_in_closed_form() {
    let technology = paper_technology();
    let rule = PostedRule { label: "packages".into(), round: None, rule: Rule::Packages };
    let belief = index_belief(marginal(FallingStep, 16_000));
    let found = Seller::new(&technology, &belief).unwrap().design(&rule).unwrap().expected;
    let s = 0.5 * (1.0 - (1.0_f64 / 3.0).sqrt());
    let above = (0.125 - s * s * s) / 3.0 + 0.45;
    let exact = 0.25 * above + (0.25 - 0.5 * s) * s * s + 0.25 * s * s * s;
    assert!((found.profit - exact).abs() < 1e-8 * exact, "{} is not {exact}", found.profit);
    // Everybody with φ > 0, that is θ > 1/3, is served: P = 1 - 1.5/3.
    assert!((found.served_share - 0.5).abs() < 1e-12, "{}", found.served_share);
    let on_points = |points| designed_profit(&technology, marginal(FallingStep, points).points);
    let (coarse, fine) = (on_points(1000) / exact - 1.0, on_points(4000) / exact - 1.0);
    assert!(
        fine.abs() < 1e-3 && fine.abs() < coarse.abs() / 3.0,
        "errors {coarse} at 1000 points, {fine} at 4000"
    );
}
