//! Menus of plans: who chooses which, known for every index beforehand.

use super::demand::{PlanDemand, Segment};
use super::envelope::{Piece, envelope};
use super::{Allowance, Over, Plan};
use crate::choice::Choice;
use crate::config::Invalid;
use crate::menu::{ChoiceColumns, Thresholds};
use crate::technology::{Aggregator, PowerColumns, Powers, Technology};

/// Plans, and the one that every index chooses.
///
/// All that buyers differ in is θ, so that the best plan is found beforehand for every θ: a choice is a search among the
/// O(K) intervals on which one plan is best and no quantity has a kink.
#[derive(Debug, Clone)]
pub struct PlanMenu {
    plans: Vec<Plan>,
    demands: Vec<PlanDemand>,
    /// Smallest index in $ of each piece.
    starts: Thresholds,
    /// What is chosen on each piece: a plan, and how its use depends on the index; `None`: nothing.
    taken: Vec<Option<(u32, Segment)>>,
    /// Smallest index in $ that chooses each plan; NaN where nobody does.
    thresholds: Vec<f64>,
    reference: f64,
    classes: usize,
}

impl PlanMenu {
    /// Plans that buyers choose from: each takes the best for her, or nothing.
    ///
    /// Where two are equally good to her, to a share [`TIE`] of what they are worth, she takes the one that earns the seller
    /// more, or else the first.
    ///
    /// [`TIE`]: crate::tolerance::TIE
    pub fn posted(technology: &Technology, plans: Vec<Plan>) -> Self {
        let demands: Vec<PlanDemand> = plans.iter().map(|plan| PlanDemand::new(technology, plan)).collect();
        let found = envelope(technology, &demands);
        Self::of(technology, plans, demands, &found)
    }

    /// A menu of plans with their thresholds in θ, strictly ascending, each the smallest index that chooses its plan: for
    /// designs that know who is indifferent exactly.
    pub fn new(technology: &Technology, plans: impl IntoIterator<Item = (f64, Plan)>) -> Self {
        let (thresholds, plans): (Vec<f64>, Vec<Plan>) = plans.into_iter().unzip();
        let demands: Vec<PlanDemand> = plans.iter().map(|plan| PlanDemand::new(technology, plan)).collect();
        let mut pieces = vec![Piece { from: 0.0, chosen: None }];
        for (number, (threshold, demand)) in thresholds.iter().zip(&demands).enumerate() {
            let from = threshold / technology.reference_index();
            let until =
                thresholds.get(number + 1).map_or(f64::INFINITY, |t| t / technology.reference_index());
            for (position, segment) in demand.segments().iter().enumerate() {
                let ends = demand.segments().get(position + 1).map_or(f64::INFINITY, |next| next.from);
                if ends > from && segment.from < until {
                    pieces.push(Piece {
                        from: segment.from.max(from),
                        chosen: Some((number as u32, position as u32)),
                    });
                }
            }
        }
        let mut menu = Self::of(technology, plans, demands, &pieces);
        // Exactly as given, whatever division and multiplication by θ* made of them.
        let mut starts = menu.starts.as_slice().to_vec();
        for (start, piece) in starts.iter_mut().zip(&pieces) {
            if let Some((plan, _)) = piece.chosen
                && piece.from == thresholds[plan as usize] / menu.reference
            {
                *start = thresholds[plan as usize];
            }
        }
        menu.starts = Thresholds::new(starts);
        menu.thresholds = thresholds;
        menu
    }

    fn of(technology: &Technology, plans: Vec<Plan>, demands: Vec<PlanDemand>, pieces: &[Piece]) -> Self {
        let reference = technology.reference_index();
        let starts: Vec<f64> = pieces.iter().map(|piece| piece.from * reference).collect();
        let mut thresholds = vec![f64::NAN; plans.len()];
        for (start, piece) in starts.iter().zip(pieces).rev() {
            if let Some((plan, _)) = piece.chosen {
                thresholds[plan as usize] = *start;
            }
        }
        let taken = |piece: &Piece| {
            piece.chosen.map(|(plan, segment)| (plan, demands[plan as usize].segments()[segment as usize]))
        };
        let taken = pieces.iter().map(taken).collect();
        let classes = technology.config().tokens.len();
        Self { plans, demands, starts: Thresholds::new(starts), taken, thresholds, reference, classes }
    }

    /// The plans in the order they were posted.
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// The smallest index in $ that chooses each plan; NaN where nobody does.
    pub fn thresholds(&self) -> &[f64] {
        &self.thresholds
    }

    /// The indices in $ at which the choice, or how it depends on the index, changes: ascending.
    pub fn starts(&self) -> &[f64] {
        self.starts.as_slice()
    }

    /// The smallest index in $ that chooses any plan; infinite where nobody does.
    pub(in crate::menu) fn sold_from(&self) -> f64 {
        let mut pieces = self.starts().iter().zip(&self.taken);
        pieces.find(|(_, taken)| taken.is_some()).map_or(f64::INFINITY, |(start, _)| *start)
    }

    /// The indices in $ from which another plan is chosen, or nothing any more: ascending.
    pub fn changes(&self) -> Vec<f64> {
        let mut before = None;
        let mut changes = Vec::new();
        for (start, taken) in self.starts().iter().zip(&self.taken) {
            let plan = taken.map(|(plan, _)| plan);
            if plan != before {
                changes.push(*start);
            }
            before = plan;
        }
        changes
    }

    #[inline]
    pub(in crate::menu) fn choose(&self, powers: &Powers) -> Choice {
        self.choose_on(self.starts.reached_by(powers.index), powers)
    }

    /// What the buyer takes whose index reaches so many starts of pieces.
    #[inline]
    fn choose_on(&self, reached: usize, powers: &Powers) -> Choice {
        if powers.index <= 0.0 {
            return Choice::default();
        }
        let Some((plan, segment)) = reached.checked_sub(1).and_then(|piece| self.taken[piece].as_ref())
        else {
            return Choice::default();
        };
        let taken = segment.choice(*plan, segment.value(powers));
        // The lowest type that buys is indifferent to nothing: what she is short of it is rounding.
        let utility = taken.utility.max(0.0);
        Choice { utility, gross_value: utility + taken.payment, ..taken }
    }

    /// What every buyer takes, bit for bit as [`PlanMenu::choose`] has it.
    ///
    /// Neighbours on one piece all at once where they are many; else first where to look, then what is there.
    pub(in crate::menu) fn choose_all(&self, powers: &PowerColumns, columns: &mut ChoiceColumns) {
        if !self.starts.have_long_runs(&powers.index) {
            self.starts.reached_by_each(&powers.index, columns.item);
            columns.set_each(|row, reached| self.choose_on(reached as usize, &powers.of(row)));
            return;
        }
        for (rows, reached) in self.starts.runs(&powers.index) {
            let mut columns = columns.rows(rows.clone());
            match reached.checked_sub(1).and_then(|piece| self.taken[piece].as_ref()) {
                Some((plan, segment)) => segment.choose_all(*plan, powers, rows.clone(), &mut columns),
                None => columns.set_nothing(),
            }
            for (row, index) in powers.index[rows].iter().enumerate() {
                if *index <= 0.0 {
                    columns.set(row, &Choice::default());
                }
            }
        }
    }

    /// What the buyer with these powers gets from the plan at this position, choosing what suits her best.
    #[inline]
    pub(in crate::menu) fn take(&self, position: usize, powers: &Powers) -> Choice {
        if powers.index <= 0.0 {
            let fee = self.plans[position].fee;
            return Choice { item: Some(position as u32), payment: fee, utility: -fee, ..Choice::default() };
        }
        let segment = self.demands[position].segment(powers.index / self.reference);
        segment.choice(position as u32, segment.value(powers))
    }

    /// Mtok of every class in a choice of this menu.
    pub fn tokens(&self, choice: &Choice) -> Vec<f64> {
        match choice.item {
            Some(plan) if choice.gross_value > 0.0 => {
                self.demands[plan as usize].tokens_at(choice.gross_value)
            }
            _ => vec![0.0; self.classes],
        }
    }

    /// Whether buyers split what they spend as costs do, class by class, whatever they choose.
    pub fn splits_at_cost(&self, technology: &Technology) -> bool {
        self.plans.iter().all(|plan| {
            let common =
                plan.prices.iter().zip(&technology.config().tokens).map(|(price, class)| price / class.cost);
            let (low, high) =
                common.fold((f64::INFINITY, 0.0_f64), |(low, high), m| (low.min(m), high.max(m)));
            matches!(plan.allowance, Allowance::Spend(_)) && high <= low * (1.0 + 4.0 * f64::EPSILON)
        })
    }
}

impl Plan {
    /// Checks a plan against the technology it is posted for.
    ///
    /// # Errors
    /// Prices are needed of every class wherever an allowance is measured in $ or tokens are sold; what is not sold must be
    /// included; fine-tuning cannot be sold where there is none.
    pub fn check(&self, technology: &Technology) -> Result<(), Invalid> {
        let refused = |key: &str, found: String, allowed: &str| Err(Invalid::new(key, found, allowed.into()));
        let classes = &technology.config().tokens;
        let measured = self.sells_tokens() || matches!(self.allowance, Allowance::Spend(_));
        if measured && self.prices.len() != classes.len() {
            return refused(
                "prices",
                format!("{} prices", self.prices.len()),
                "a price for every token class",
            );
        }
        match (&self.allowance, self.over) {
            (Allowance::Spend(spend), Over::Stop) if !(*spend > 0.0) => {
                return refused("allowance", "nothing".into(), "an allowance where over = \"stop\"");
            }
            (Allowance::Spend(spend), Over::Prices { limit }) if !(limit > *spend) => {
                return refused("limit", limit.to_string(), "more than the allowance");
            }
            (Allowance::Tokens(_), Over::Prices { limit }) if limit.is_finite() => {
                return refused("limit", limit.to_string(), "nothing beside an allowance by class");
            }
            (Allowance::Tokens(own), over) => {
                if let Aggregator::Ces { substitution, .. } = technology.config().aggregator
                    && substitution != 1.0
                {
                    let allowed = "an allowance in $ (spend) where tokens combine by CES";
                    return refused("allowance.tokens", "tokens by class".into(), allowed);
                }
                if let Some((class, _)) =
                    classes.iter().zip(own).find(|(_, x)| over == Over::Stop && !(**x > 0.0))
                {
                    let allowed =
                        "tokens of every class where over = \"stop\": without them nothing can be done";
                    return refused("allowance.tokens", format!("no {}", class.class), allowed);
                }
            }
            _ => {}
        }
        let maximum = technology.config().fine_tuning.as_ref().and_then(|tuning| tuning.maximum);
        if maximum.is_some_and(|maximum| self.fine_tuning > maximum) {
            let allowed = "at most technology.fine_tuning.maximum";
            return refused("allowance.fine_tuning", self.fine_tuning.to_string(), allowed);
        }
        match self.fine_tuning_price {
            Some(price) if technology.gamma() == 0.0 => refused(
                "fine_tuning",
                price.to_string(),
                "nothing: technology.fine_tuning is absent or has exponent 0",
            ),
            _ => Ok(()),
        }
    }
}
