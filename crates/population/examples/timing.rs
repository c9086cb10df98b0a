use std::time::Instant;
use tokenmarket_population::distribution::*;
use tokenmarket_population::points::points_of;
use tokenmarket_population::product::{NumberLaw, value_scale_law};
use tokenmarket_population::stream::{Key, Purpose};
fn main() {
    let uniform = |low, high| Distribution::Uniform(Uniform { low, high });
    let logn = Distribution::Lognormal(Lognormal { mu: 0.0, sigma: 1.0 });
    let beta = |alpha, beta| Distribution::Beta(Beta { alpha, beta, low: 0.0, high: 1.0 });
    for (name, d) in [
        ("uniform", uniform(0.0, 1.0)),
        ("lognormal", logn.clone()),
        ("beta", beta(2.0, 3.0)),
        ("beta.1", beta(0.1, 0.1)),
        ("beta1e4", beta(1e4, 1e4)),
        ("gamma2", Distribution::Gamma(Gamma { shape: 2.0, scale: 1.0 })),
        ("gamma.01", Distribution::Gamma(Gamma { shape: 0.01, scale: 1.0 })),
        ("weibull.01", Distribution::Weibull(Weibull { shape: 0.01, scale: 1.0 })),
        ("pareto1.1", Distribution::Pareto(Pareto { shape: 1.1, scale: 1.0 })),
    ] {
        let law = d.law().unwrap();
        let t = Instant::now();
        let p = points_of(&*law, 100_000);
        println!("{name}: {:?} n={} mean err {:e}", t.elapsed(), p.len(), p.mean_of(|x| x) / d.mean() - 1.0);
    }
    for (name, w, s) in [
        ("u*u", uniform(0.0, 1.0), uniform(0.0, 1.0)),
        ("u*u gen", uniform(0.5, 2.0), uniform(0.1, 0.9)),
        ("ln*u", logn.clone(), uniform(0.0, 1.0)),
        ("beta*beta", beta(2.0, 3.0), beta(3.0, 2.0)),
        ("beta.5*beta.5", beta(0.5, 0.5), beta(0.5, 0.5)),
        ("ln*beta", logn.clone(), beta(2.0, 3.0)),
        ("pareto*u", Distribution::Pareto(Pareto { shape: 5.0, scale: 1.0 }), uniform(0.0, 1.0)),
        ("u[.5,2]*beta(.5)", uniform(0.5, 2.0), beta(0.5, 0.5)),
        ("gamma*beta", Distribution::Gamma(Gamma { shape: 0.3, scale: 1.0 }), beta(2.0, 2.0)),
        ("ln*beta.05", logn.clone(), beta(0.05, 0.1)),
        ("u*beta 30", uniform(1.0, 2.0), beta(300.0, 100.0)),
    ] {
        let NumberLaw::Continuous(law) = value_scale_law(&w, &s, 0.5) else { continue };
        let t = Instant::now();
        law.survival(0.3);
        let built = t.elapsed();
        let p = points_of(&*law, 100_000);
        // E[θ] = E[w] E[s^.5] with E[s^.5] by quadrature over s points
        let sl = s.law().unwrap();
        let es = points_of(&*sl, 100_000).mean_of(|x| x.sqrt());
        println!(
            "{name}: first {built:?} total {:?} n={} mean err {:e}",
            t.elapsed(),
            p.len(),
            p.mean_of(|x| x) / (w.mean() * es) - 1.0
        );
        let t = Instant::now();
        let mut sum = 0.0;
        for i in 0..100_000 {
            let x = law.upper_quantile((i as f64 + 0.5) / 1e5);
            sum += law.density(x);
        }
        println!("     quantile+density {:?} {sum}", t.elapsed() / 100_000);
    }
    let key = Key { seed: 1, replicate: 0 };
    for d in [logn, beta(2.0, 3.0), Distribution::Gamma(Gamma { shape: 0.3, scale: 1.0 }), uniform(0.0, 1.0)]
    {
        let t = Instant::now();
        let s: f64 = (0..1_000_000).map(|u| d.draw(key, Purpose::Value, u, 0)).sum();
        println!("draw {:?} {s}", t.elapsed() / 1_000_000);
    }
}
