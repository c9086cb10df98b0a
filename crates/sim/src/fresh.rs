//! What menus earn from buyers their design has never seen.

use model::menu::Menu;
use model::technology::Technology;
use population::{Key, Population};

use crate::engine::{BLOCK, seen};
use crate::outcome::Moments;

/// Fresh buyers: blocks of [`BLOCK`].
const BLOCKS: u64 = 8;
/// Number of the first of them: beyond every buyer of a run and of a design sample.
const FIRST: u64 = 1 << 40;

/// Adds to every menu that is designed for representatives what it earns from 65,536 fresh buyers, and the standard error.
///
/// They are buyers 2^40 onwards of the design replicate, so that neither the design nor any run ever meets them.
pub(crate) fn add_out_of_sample(
    technology: &Technology,
    population: &Population,
    seed: u64,
    menus: &mut [Menu],
) {
    let sampled = |menu: &&mut Menu| menu.parameters.contains_key("represented");
    let mut menus: Vec<&mut Menu> = menus.iter_mut().filter(sampled).collect();
    let mut profits = vec![Moments::default(); menus.len()];
    for block in 0..if menus.is_empty() { 0 } else { BLOCKS } {
        let buyers = population.draw(Key::design(seed), FIRST + block * BLOCK, BLOCK as usize);
        for (menu, profits) in menus.iter().zip(&mut profits) {
            let earned: Vec<f64> = (0..BLOCK as usize)
                .map(|i| {
                    let choice = menu.offer.choose(
                        technology,
                        &seen(technology.powers(buyers.index[i]), population, &buyers, i),
                    );
                    choice.payment - technology.cost(choice.spend, choice.fine_tuning)
                })
                .collect();
            profits.merge(&Moments::of(&earned));
        }
    }
    for (menu, profits) in menus.iter_mut().zip(profits) {
        menu.parameters.insert("out_of_sample_profit", profits.mean);
        let error = (profits.variance() / profits.count as f64).sqrt();
        menu.parameters.insert("out_of_sample_profit_se", error);
    }
}
