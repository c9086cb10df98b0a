//! A calibration as text: sections of a market file, and the empirical population as CSV.

use std::fmt::Write as _;

use super::fit::Fit;
use super::{Calibration, IndexLaw};

impl Calibration {
    /// The sections `[technology]` and `[population]` for the assumed σ, ready for a market file.
    ///
    /// `source` says where the trace comes from and its licence: it becomes the first comment. Numbers have six digits,
    /// far more than their standard errors deserve.
    pub fn market(&self, source: &str) -> String {
        let mut text = String::new();
        for line in source.lines() {
            comment(&mut text, line);
        }
        comment(&mut text, &self.provenance());
        for warning in &self.warnings {
            comment(&mut text, &format!("Warning ({}): {}.", warning.code, warning.message));
        }
        text.push('\n');
        self.write_technology(&mut text);
        if let Some(law) = &self.assumed().population {
            text.push('\n');
            write_population(&mut text, law);
            let common = 100.0 * self.assumed().index_error;
            comment(
                &mut text,
                &format!("Estimated exponents add a common error of {common:.2} % to all indices."),
            );
        }
        text
    }

    /// The empirical population: customer, index in $, weight; one row per customer, those who bought nothing included.
    ///
    /// Empty but for the header where rows are requests.
    pub fn empirical(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let written = writer.write_record(["customer", "index", "weight"]).and_then(|()| {
            self.customers.iter().try_for_each(|customer| {
                writer.write_record([
                    customer.customer.as_str(),
                    &customer.index.to_string(),
                    &customer.weight.to_string(),
                ])
            })
        });
        written.expect("writing to memory does not fail");
        let bytes = writer.into_inner().expect("writing to memory does not fail");
        String::from_utf8(bytes).expect("text was written")
    }

    fn provenance(&self) -> String {
        let counts = self.counts;
        let rows = if self.requests { "requests" } else { "customers" };
        let period = if self.per_day { "per day" } else { "per trace" };
        let sigma = self.assumptions.sigma;
        format!(
            "tokenmarket calibrate: {} {rows}, {} skipped without token counts; assumed σ = {sigma} and costs of {} of \
             list prices; $ and tokens {period}.",
            counts.used, counts.skipped, self.assumptions.cost_share
        )
    }

    fn write_technology(&self, text: &mut String) {
        let technology = &self.assumed().technology;
        let _ = writeln!(text, "[technology]\nbase_quality = {:?}", technology.base_quality);
        text.push_str("tokens = [\n");
        for (token, class) in technology.tokens.iter().zip(&self.classes) {
            let _ = writeln!(
                text,
                "  {{ class = \"{}\", exponent = {}, cost = {} }}, # {:.4} ± {:.4} of spend at list price {}",
                token.class,
                rounded(token.exponent),
                rounded(token.cost),
                class.share,
                class.standard_error,
                class.price
            );
        }
        text.push_str(
            "]\n# Usage says nothing of fine-tuning: fine_tuning = { exponent = ..., cost = ... }\n",
        );
    }
}

fn write_population(text: &mut String, law: &IndexLaw) {
    text.push_str("[population]\nfamily = \"index\"\n");
    for fit in &law.fits.laws {
        let [a, b] = fit.parameters;
        let summary = format!(
            "{}: {} {:.4} ± {:.4}, {} {:.4} ± {:.4}; AIC {:.1}, Kolmogorov-Smirnov distance {:.4}",
            fit.name,
            a.name,
            a.estimate,
            a.standard_error,
            b.name,
            b.estimate,
            b.standard_error,
            fit.aic,
            fit.kolmogorov_smirnov
        );
        comment(text, &summary);
    }
    let tail = law.tail[1];
    let tail = format!(
        "Tail index {:.2} ± {:.2} by the largest {} customers; without a cut mean profit needs more than {:.2}.",
        tail.index, tail.standard_error, tail.observations, law.tail_needed
    );
    comment(text, &tail);
    let _ = writeln!(text, "index = {}", distribution(&law.fits.laws[0], law.top));
}

/// The law as DIST, cut off at `top`.
fn distribution(fit: &Fit, top: f64) -> String {
    let [a, b] = fit.parameters;
    format!(
        "{{ distribution = \"{}\", {} = {}, {} = {}, truncate = {{ low = 0.0, high = {} }} }}",
        fit.name,
        a.name,
        rounded(a.estimate),
        b.name,
        rounded(b.estimate),
        rounded(top)
    )
}

fn comment(text: &mut String, line: &str) {
    let printable: String = line.chars().filter(|c| !c.is_control()).collect();
    let _ = writeln!(text, "# {printable}");
}

/// A number with six digits as TOML writes floats.
fn rounded(x: f64) -> String {
    format!("{:?}", format!("{x:.5e}").parse::<f64>().expect("a number was written"))
}

#[cfg(test)]
mod tests;
