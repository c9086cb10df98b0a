//! Which of many items to post, and at which payments, facing buyers whose values are known.

/// What every item is worth to every buyer of a sample, and costs when she takes it.
#[derive(Debug)]
pub(crate) struct Trades {
    /// Gross value in $, item by item, buyer by buyer.
    pub(crate) values: Vec<Vec<f64>>,
    /// The seller's cost in $, likewise.
    pub(crate) costs: Vec<Vec<f64>>,
    /// Weight of every buyer.
    pub(crate) weights: Vec<f64>,
}

/// The item a buyer takes and what it leaves her in $; nothing leaves her nothing.
#[derive(Debug, Clone, Copy)]
struct Taken {
    item: Option<usize>,
    utility: f64,
}

/// A buyer who would switch to an item: from which payment on, and what she then costs beyond what she brings now.
#[derive(Debug, Clone, Copy)]
struct Switch {
    reservation: f64,
    loss: f64,
    weight: f64,
}

/// Rounds through all items after which payments hardly move.
const ROUNDS: usize = 12;
/// A round that raises the profit by less than this share of it is the last.
const PROGRESS: f64 = 1e-6;

impl Trades {
    /// Payments that no change of a single one improves, from `payments` on; infinite: not posted.
    ///
    /// Item by item: a buyer switches to the item at payments up to her reservation, its value minus her utility from the
    /// rest, so that the profit as a function of the payment is a sum over the buyers with higher reservations, and one of
    /// these is the best.
    pub(crate) fn improved(&self, mut payments: Vec<f64>) -> Vec<f64> {
        let mut taken: Vec<Taken> = self.buyers().map(|buyer| self.best(&payments, buyer, None)).collect();
        let mut profit = self.profit(&payments, &taken);
        for _ in 0..ROUNDS {
            for item in 0..payments.len() {
                self.reprice(item, &mut payments, &mut taken);
            }
            let before = std::mem::replace(&mut profit, self.profit(&payments, &taken));
            if profit <= before * (1.0 + PROGRESS) {
                break;
            }
        }
        payments
    }

    fn buyers(&self) -> std::ops::Range<usize> {
        0..self.weights.len()
    }

    fn best(&self, payments: &[f64], buyer: usize, without: Option<usize>) -> Taken {
        let mut best = Taken { item: None, utility: 0.0 };
        for (item, payment) in payments.iter().enumerate() {
            let utility = self.values[item][buyer] - payment;
            if utility > best.utility && Some(item) != without {
                best = Taken { item: Some(item), utility };
            }
        }
        best
    }

    fn earned(&self, payments: &[f64], buyer: usize, taken: Taken) -> f64 {
        taken.item.map_or(0.0, |item| payments[item] - self.costs[item][buyer])
    }

    /// Σ weight (t - cost), in $.
    fn profit(&self, payments: &[f64], taken: &[Taken]) -> f64 {
        self.buyers().map(|buyer| self.weights[buyer] * self.earned(payments, buyer, taken[buyer])).sum()
    }

    fn reprice(&self, item: usize, payments: &mut [f64], taken: &mut [Taken]) {
        for buyer in self.buyers() {
            if taken[buyer].item == Some(item) {
                taken[buyer] = self.best(payments, buyer, Some(item));
            }
        }
        let mut switches: Vec<Switch> = self
            .buyers()
            .map(|buyer| Switch {
                reservation: self.values[item][buyer] - taken[buyer].utility,
                loss: self.costs[item][buyer] + self.earned(payments, buyer, taken[buyer]),
                weight: self.weights[buyer],
            })
            .filter(|switch| switch.reservation > 0.0)
            .collect();
        payments[item] = best_payment(&mut switches);
        for (buyer, taken) in taken.iter_mut().enumerate() {
            let utility = self.values[item][buyer] - payments[item];
            if utility >= taken.utility && utility >= 0.0 {
                *taken = Taken { item: Some(item), utility };
            }
        }
    }
}

/// The reservation at which those with no lower one bring most beyond their loss; infinite where they never do.
fn best_payment(switches: &mut [Switch]) -> f64 {
    switches.sort_by(|a, b| b.reservation.total_cmp(&a.reservation));
    let (mut best, mut weight, mut loss) = ((f64::INFINITY, 0.0), 0.0, 0.0);
    for switch in switches {
        weight += switch.weight;
        loss += switch.weight * switch.loss;
        let gain = weight * switch.reservation - loss;
        if gain > best.1 {
            best = (switch.reservation, gain);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One item of cost 1 for values 2, 3, 4: 3 earns (3-1) 2 = 4, more than (2-1) 3 and (4-1).
    #[test]
    fn one_item_is_priced_by_hand() {
        let trades =
            Trades { values: vec![vec![2.0, 4.0, 3.0]], costs: vec![vec![1.0; 3]], weights: vec![1.0; 3] };
        assert_eq!(trades.improved(vec![f64::INFINITY]), [3.0]);
        assert_eq!(trades.improved(vec![1.5]), [3.0]);
    }

    /// Two types, two items: the large one costs 3 and the second buyer is left indifferent, as in Mussa and Rosen; the third item
    /// costs more than anybody pays.
    #[test]
    fn items_are_priced_together_or_not_posted() {
        let trades = Trades {
            values: vec![vec![2.0, 3.0], vec![4.0, 8.0], vec![1.0, 1.0]],
            costs: vec![vec![0.5; 2], vec![3.0; 2], vec![2.0; 2]],
            weights: vec![0.5; 2],
        };
        let payments = trades.improved(vec![2.0, 9.0, f64::INFINITY]);
        assert_eq!(payments, [2.0, 7.0, f64::INFINITY]);
    }
}
