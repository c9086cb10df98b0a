//! Linear values of many items at once.

/// Items compared at a time: their values fit the registers.
pub(super) const LANES: usize = 8;

/// Coefficients by task and payments of items, in blocks of [`LANES`] items, within a block task by task, so that a block's
/// values are found in one pass.
#[derive(Debug, Clone)]
pub(super) struct Lanes {
    n_tasks: usize,
    coefficients: Vec<f64>,
    /// Infinite in the lanes beyond the last item.
    payments: Vec<f64>,
}

impl Lanes {
    /// Items with their coefficients by task and their payments in $.
    pub(super) fn new(n_tasks: usize, items: impl ExactSizeIterator<Item = (Vec<f64>, f64)>) -> Self {
        let blocks = items.len().div_ceil(LANES);
        let mut coefficients = vec![0.0; blocks * n_tasks * LANES];
        let mut payments = vec![f64::INFINITY; blocks * LANES];
        for (number, (own, payment)) in items.enumerate() {
            payments[number] = payment;
            let first = number / LANES * n_tasks * LANES + number % LANES;
            for (task, coefficient) in own.into_iter().enumerate() {
                coefficients[first + task * LANES] = coefficient;
            }
        }
        Self { n_tasks, coefficients, payments }
    }

    /// Number of blocks.
    pub(super) fn blocks(&self) -> usize {
        self.payments.len() / LANES
    }

    /// Payments of the items of a block.
    pub(super) fn payments(&self, block: usize) -> &[f64] {
        &self.payments[block * LANES..(block + 1) * LANES]
    }

    /// Σ_i coefficient_ki x_i of the items of a block.
    #[inline]
    pub(super) fn sums(&self, block: usize, x: &[f64]) -> [f64; LANES] {
        let width = self.n_tasks * LANES;
        let mut sums = [0.0; LANES];
        for (x, row) in x.iter().zip(self.coefficients[block * width..][..width].chunks_exact(LANES)) {
            for (sum, coefficient) in sums.iter_mut().zip(row) {
                *sum += x * coefficient;
            }
        }
        sums
    }
}
