use super::*;

/// Forty quantiles of an unlike law, unevenly weighted: no law fits, so that nothing is at a special point.
fn sample(power: f64) -> Sample {
    let values: Vec<f64> =
        (1..=40).map(|k| libm::pow(f64::from(k) / 7.0 + 0.02 * f64::from(k * k), power)).collect();
    let weights: Vec<f64> = (1..=40).map(|k| f64::from(k % 3 + 1)).collect();
    Sample::new(&values, &weights).unwrap()
}

fn log_likelihood(sample: &Sample, law: &Distribution) -> f64 {
    let density = law.law().expect("a law without atoms");
    sample.total() * sample.mean(|k| libm::log(density.density(sample.values[k])))
}

fn moved(law: &Distribution, first: f64, second: f64) -> Distribution {
    match law {
        Distribution::Lognormal(Lognormal { mu, sigma }) => {
            Distribution::Lognormal(Lognormal { mu: mu + first, sigma: sigma + second })
        }
        Distribution::Gamma(Gamma { shape, scale }) => {
            Distribution::Gamma(Gamma { shape: shape + first, scale: scale + second })
        }
        Distribution::Weibull(Weibull { shape, scale }) => {
            Distribution::Weibull(Weibull { shape: shape + first, scale: scale + second })
        }
        Distribution::Pareto(Pareto { scale, shape }) => {
            Distribution::Pareto(Pareto { scale: scale + first, shape: shape + second })
        }
        other => unreachable!("{other:?} is not fitted"),
    }
}

#[test]
fn likelihoods_are_sums_of_the_laws_own_densities() {
    for power in [0.2, 1.0, 2.0] {
        let sample = sample(power);
        let fits = fit(&sample).unwrap();
        assert_eq!(fits.laws.len(), 4);
        for fit in &fits.laws {
            let expected = log_likelihood(&sample, &fit.law);
            assert!((fit.log_likelihood - expected).abs() < 1e-9 * expected.abs().max(1.0), "{fit:?}");
            assert_eq!(fit.aic, 4.0 - 2.0 * fit.log_likelihood);
            assert_eq!(fit.kolmogorov_smirnov, sample.kolmogorov_smirnov(&fit.law));
        }
        assert!(fits.laws.is_sorted_by_key(|fit| fit.aic));
    }
}

/// Slopes vanish at the estimate, and the inverse of minus the numerical second differences is the squared errors.
#[test]
fn estimates_are_maxima_and_errors_their_curvature() {
    for power in [0.3, 1.0, 2.0] {
        let sample = sample(power);
        for fit in fit(&sample).unwrap().laws {
            let at = |first: f64, second: f64| log_likelihood(&sample, &moved(&fit.law, first, second));
            let [a, b] = fit.parameters.map(|parameter| 1e-3 * parameter.standard_error);
            let slope = |ahead: f64, behind: f64| (ahead - behind).abs() / 2e-3;
            let second =
                |step: [f64; 2]| (2.0 * at(0.0, 0.0) - at(step[0], step[1]) - at(-step[0], -step[1])) / 1e-6;
            assert!(slope(at(0.0, b), at(0.0, -b)) < 1e-5, "{fit:?}");
            if let Distribution::Pareto(_) = fit.law {
                // The likelihood rises up to the smallest observation and is zero beyond.
                assert!(at(-a, 0.0) < at(0.0, 0.0) && at(a, 0.0) == f64::NEG_INFINITY);
                assert!((second([0.0, b]) - 1.0).abs() < 1e-3, "{fit:?}");
                continue;
            }
            assert!(slope(at(a, 0.0), at(-a, 0.0)) < 1e-5, "{fit:?}");
            // In units of standard errors the information has an inverse with ones on its diagonal.
            let (aa, bb) = (second([a, 0.0]), second([0.0, b]));
            let ab = 0.5 * (second([a, b]) - aa - bb);
            let determinant = aa * bb - ab * ab;
            assert!((bb / determinant - 1.0).abs() < 1e-3, "{fit:?}: {aa} {bb} {ab}");
            assert!((aa / determinant - 1.0).abs() < 1e-3, "{fit:?}: {aa} {bb} {ab}");
        }
    }
}

/// x -> s x^c turns lognormal, Weibull and Pareto fits into fits, so that their order cannot depend on the assumed σ.
#[test]
fn powers_of_a_sample_keep_order_and_distances() {
    let (plain, powered) = (fit(&sample(1.0)).unwrap(), fit(&sample(0.4)).unwrap());
    let of = |fits: &Fits, name: &str| fits.laws.iter().find(|fit| fit.name == name).unwrap().clone();
    let lognormal = of(&powered, "lognormal").aic - of(&plain, "lognormal").aic;
    for name in ["lognormal", "weibull", "pareto"] {
        let (plain, powered) = (of(&plain, name), of(&powered, name));
        assert!((plain.kolmogorov_smirnov - powered.kolmogorov_smirnov).abs() < 1e-10, "{name}");
        assert!((powered.aic - plain.aic - lognormal).abs() < 1e-8, "{name}");
    }
    let shape = |fits: &Fits| of(fits, "weibull").parameters[0].estimate;
    assert!((shape(&powered) / shape(&plain) - 2.5).abs() < 1e-10);
}

#[test]
fn laws_out_of_range_are_refused_by_name() {
    let values: Vec<f64> = (0..40).map(|k| libm::exp(f64::from(k) * 1.4 - 30.0)).collect();
    let fits = fit(&Sample::new(&values, &[1.0; 40]).unwrap()).unwrap();
    assert!(fits.refused.iter().any(|refused| refused.law == "pareto"), "{fits:?}");
    assert!(fits.refused[0].reason.contains("allowed"));
    let absurd: Vec<f64> = (0..40).map(|k| libm::exp(f64::from(k) * 17.0 - 340.0)).collect();
    let error = fit(&Sample::new(&absurd, &[1.0; 40]).unwrap()).unwrap_err();
    assert!(error.to_string().contains("some law can describe"), "{error}");
}
