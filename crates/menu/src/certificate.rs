//! Auditing packages: incentive and participation constraints over all types and items, by a route of its own.

/// A line of utility in the type: `slope * type - payment`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Line {
    /// Utility per unit of type: the precision of the item.
    pub(crate) slope: f64,
    /// Payment in $.
    pub(crate) payment: f64,
}

/// What an audit found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Audit {
    /// Largest gain of any type from another item, in $.
    pub(crate) ic_violation: f64,
    /// Largest loss of any type from her own item, in $.
    pub(crate) ir_violation: f64,
    /// Whether slopes rise with the type.
    pub(crate) monotone: bool,
}

/// Compares every type's utility from her own item (the k-th for the k-th type, types ascending) with the best she could
/// get from any item.
///
/// The best is read off the upper envelope of all lines, built from slopes and payments alone: it knows nothing of how
/// the payments were found. Gains are counted beyond `rounding`, relative
/// to the type's own value.
pub(crate) fn audit(types: &[f64], lines: &[Line], rounding: f64) -> Audit {
    let mut by_slope: Vec<Line> = lines.to_vec();
    by_slope.sort_by(|a, b| a.slope.total_cmp(&b.slope).then(b.payment.total_cmp(&a.payment)));
    let mut envelope: Vec<Line> = Vec::with_capacity(by_slope.len());
    for line in by_slope {
        while let [.., a, b] = envelope[..] {
            // b is nowhere best if `line` overtakes a before b does.
            let overtakes = (line.payment - a.payment) * (b.slope - a.slope);
            if overtakes <= (b.payment - a.payment) * (line.slope - a.slope) {
                envelope.pop();
            } else {
                break;
            }
        }
        if envelope.len() == 1 && envelope[0].slope == line.slope {
            envelope.pop();
        }
        envelope.push(line);
    }
    let mut found = Audit { ic_violation: 0.0, ir_violation: 0.0, monotone: true };
    let mut best = 0;
    let value = |line: &Line, theta: f64| line.slope * theta - line.payment;
    for (theta, own) in types.iter().zip(lines) {
        while envelope.get(best + 1).is_some_and(|next| value(next, *theta) >= value(&envelope[best], *theta))
        {
            best += 1;
        }
        let utility = value(own, *theta);
        let allowed = rounding * theta * (own.slope + envelope[best].slope);
        found.ic_violation =
            max_or_nan(found.ic_violation, value(&envelope[best], *theta) - utility - allowed);
        found.ir_violation = max_or_nan(found.ir_violation, -utility - allowed);
    }
    found.monotone = lines.windows(2).all(|pair| pair[0].slope <= pair[1].slope * (1.0 + rounding));
    found
}

/// The larger of the two; NaN if either is.
pub(crate) fn max_or_nan(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_broken_payment_is_found() {
        let fine = [Line { slope: 1.0, payment: 1.0 }, Line { slope: 2.0, payment: 3.0 }];
        let audited = audit(&[1.0, 2.0], &fine, 1e-14);
        assert_eq!(audited, Audit { ic_violation: 0.0, ir_violation: 0.0, monotone: true });
        let half = |violation: f64| assert!((violation - 0.5).abs() < 1e-12, "{violation}");
        // Raising the second payment by 0.5 drives the second type to the first item; lowering it, the first.
        let dear = [fine[0], Line { slope: 2.0, payment: 3.5 }];
        half(audit(&[1.0, 2.0], &dear, 1e-14).ic_violation);
        let cheap = [fine[0], Line { slope: 2.0, payment: 1.5 }];
        half(audit(&[1.0, 2.0], &cheap, 1e-14).ic_violation);
        half(audit(&[0.5, 2.0], &fine, 1e-14).ir_violation);
        assert!(!audit(&[1.0, 2.0], &[fine[1], fine[0]], 1e-14).monotone);
    }

    proptest! {
        #[test]
        fn the_envelope_agrees_with_brute_force(
            mut types in prop::collection::vec(0.0f64..10.0, 1..10),
            lines in prop::collection::vec((0.0f64..5.0, 0.0f64..20.0), 10)
        ) {
            types.sort_by(f64::total_cmp);
            let lines: Vec<Line> = lines.into_iter().map(|(slope, payment)| Line { slope, payment }).collect();
            let lines = &lines[..types.len()];
            let mut brute = 0.0f64;
            for (theta, own) in types.iter().zip(lines) {
                for other in lines {
                    let gain = (other.slope - own.slope) * theta - (other.payment - own.payment);
                    brute = brute.max(gain);
                }
            }
            prop_assert!((audit(&types, lines, 1e-14).ic_violation - brute).abs() < 1e-11);
        }
    }
}
