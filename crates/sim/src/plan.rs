//! Everything before the first buyer: belief, menus with certificates, and what the run will cost.

use std::time::Instant;

use menu::{Ironed, Portrait, Seller};
use model::belief::Belief;
use model::config::Invalid;
use model::menu::{Menu, Offer, PriceBook, Status};
use model::summary::Warning;
use model::technology::Technology;
use population::{Key, Population, PopulationConfig};

use crate::config::{BeliefConfig, BeliefSource, Market};
use crate::engine::{BLOCK, DEARER, Engine, Posted, edges};
use crate::error::RunError;
use crate::fresh;
use crate::outcome::Edges;
use crate::progress::Progress;
use crate::sink::{PART, ROW_GROUP};
use crate::warnings;

/// A market with its beliefs formed and its menus designed.
#[derive(Debug)]
pub struct Design {
    /// The technology.
    pub technology: Technology,
    /// The law buyers are drawn from.
    pub population: Population,
    /// What sellers believe: the market's belief, then those of single rules.
    pub views: Vec<View>,
    /// Menus in the order of the rules.
    pub menus: Vec<Menu>,
    /// For every rule the position of the view it was designed on.
    pub viewed: Vec<usize>,
    /// The menu as its seller designed it, where she takes the technology for another and buyers read it otherwise.
    pub drafts: Vec<Option<Menu>>,
    /// What the reader should know before any simulation.
    pub warnings: Vec<Warning>,
}

/// What one seller believes.
#[derive(Debug)]
pub struct View {
    /// The technology as she takes it to be.
    pub technology: Technology,
    /// Her belief.
    pub belief: Belief,
    /// The belief's virtual values, ironed.
    pub ironed: Ironed,
}

/// Forms the beliefs and designs the menus of all rules.
///
/// # Errors
/// A population that does not fit, or a rule that cannot be designed.
pub fn design(market: &Market, progress: &dyn Progress) -> Result<Design, RunError> {
    let (technology, population) = given(market)?;
    let designed = Designed::new(market, &technology, &population, progress)?;
    Ok(designed.completed(market, technology, population, progress))
}

/// The same, which takes one thread of the pool; another finds meanwhile how buyers are grouped.
///
/// # Errors
/// As [`design`].
pub(crate) fn design_and_group(
    market: &Market,
    progress: &dyn Progress,
    pool: &rayon::ThreadPool,
) -> Result<(Design, Edges), RunError> {
    let (technology, population) = given(market)?;
    let (designed, edges) = pool.join(
        || Designed::new(market, &technology, &population, progress),
        || edges(&population, market.run.seed, pool),
    );
    Ok((designed?.completed(market, technology, population, progress), edges))
}

/// Technology and population as the market file has them.
fn given(market: &Market) -> Result<(Technology, Population), RunError> {
    let technology = Technology::new(market.technology.clone())
        .map_err(|invalid| RunError::invalid("technology", invalid))?;
    let population =
        drawn_from(&market.population, &technology, "population")?.sampled_by(market.run.sampling);
    Ok((technology, population))
}

/// What sellers believe and post, as in [`Design`].
struct Designed {
    views: Vec<View>,
    menus: Vec<Menu>,
    viewed: Vec<usize>,
    drafts: Vec<Option<Menu>>,
}

impl Designed {
    fn new(
        market: &Market,
        technology: &Technology,
        population: &Population,
        progress: &dyn Progress,
    ) -> Result<Self, RunError> {
        let allocating = market.rules.iter().any(|rule| rule.rule.types().is_some());
        let former = Former { technology, population, seed: market.run.seed, allocating };
        progress.begin("beliefs", 0);
        let mut believed = vec![former.form(&market.belief, "belief")?];
        let mut viewed = Vec::with_capacity(market.rules.len());
        for rule in &market.rules {
            viewed.push(if rule.belief.is_some() { believed.len() } else { 0 });
            if let Some(belief) = &rule.belief {
                believed.push(former.form(belief, &format!("rules.{}.belief", rule.label))?);
            }
        }
        progress.end();
        // A sample of a law without mean has one: the population's own tail decides.
        menu::surplus_exists(population.tail_index(), technology.surplus_exponent())?;
        progress.begin("menus", market.rules.len() as u64);
        let mut menus: Vec<Option<Menu>> = market.rules.iter().map(|_| None).collect();
        let mut drafts = menus.clone();
        let mut views = Vec::with_capacity(believed.len());
        for (position, (assumed, belief)) in believed.into_iter().enumerate() {
            let seller = Seller::new(&assumed, &belief)?;
            for rule in (0..market.rules.len()).filter(|rule| viewed[*rule] == position) {
                let menu = seller.design(&market.rules[rule])?;
                let menu = fit_for(population, menu)?;
                if assumed.config() == technology.config() {
                    menus[rule] = Some(menu);
                } else {
                    menus[rule] = Some(restated(technology, &menu)?);
                    drafts[rule] = Some(menu);
                }
                progress.advance(1);
            }
            let ironed = seller.ironed().clone();
            views.push(View { technology: assumed, belief, ironed });
        }
        let menus = menus.into_iter().map(|menu| menu.expect("every rule has a view")).collect();
        Ok(Self { views, menus, viewed, drafts })
    }

    /// With what is known once all menus are.
    fn completed(
        self,
        market: &Market,
        technology: Technology,
        population: Population,
        progress: &dyn Progress,
    ) -> Design {
        let Self { views, mut menus, viewed, drafts } = self;
        let choosing_by_task = menus.iter().any(|menu| menu.offer.needs_profiles());
        let population = population.recording_tasks(market.run.record_tasks || choosing_by_task);
        fresh::add_out_of_sample(&technology, &population, market.run.seed, &mut menus);
        progress.end();
        let buyers = market.run.users * u64::from(market.run.replicates);
        let warnings = warnings::of_design(buyers, population.tail_index(), &technology, &menus);
        Design { technology, population, views, menus, viewed, drafts, warnings }
    }
}

fn drawn_from(
    config: &PopulationConfig,
    technology: &Technology,
    section: &str,
) -> Result<Population, RunError> {
    Population::new(config.clone(), technology).map_err(|invalid| RunError::invalid(section, invalid))
}

/// What beliefs are formed from.
struct Former<'a> {
    technology: &'a Technology,
    population: &'a Population,
    seed: u64,
    /// Whether any rule asks for values task by task.
    allocating: bool,
}

impl Former<'_> {
    /// The belief, and the technology as the one who holds it takes it to be.
    fn form(&self, config: &BeliefConfig, section: &str) -> Result<(Technology, Belief), RunError> {
        let belief = match &config.source {
            BeliefSource::Population => self.of_law(self.population, config.points),
            BeliefSource::Law { population } => {
                let section = format!("{section}.population");
                self.of_law(&drawn_from(population, self.technology, &section)?, config.points)
            }
            BeliefSource::Sample { buyers } => {
                let buyers = *buyers as usize;
                let environment =
                    self.allocating.then(|| self.population.sampled_environment(buyers, self.seed));
                Belief {
                    environment: environment.flatten(),
                    ..self.population.sampled_belief(buyers, self.seed)
                }
            }
            BeliefSource::Usage(usage) => {
                let invalid = |invalid| RunError::invalid(section, invalid);
                let belief = usage.belief(self.technology, self.population, self.seed).map_err(invalid)?;
                return Ok((usage.assumed(self.technology).map_err(invalid)?, belief));
            }
        };
        Ok((self.technology.clone(), belief))
    }

    fn of_law(&self, population: &Population, points: u64) -> Belief {
        let belief = population.belief(points as usize, self.seed);
        if !self.allocating {
            return belief;
        }
        let environment = belief.value_scale.is_none().then(|| population.environment(self.seed)).flatten();
        Belief { environment, ..belief }
    }
}

/// What a menu designed for another technology is to buyers of this one.
fn restated(technology: &Technology, menu: &Menu) -> Result<Menu, RunError> {
    if let Some(offer) = menu.offer.before(technology) {
        return Ok(Menu { offer, ..menu.clone() });
    }
    let allowed = "packages, flat, tiers and pay-as-you-go, or a belief without sigma: buyers of another technology \
                   cannot read plans or allocations";
    Err(RunError::invalid(&format!("rules.{}", menu.label), Invalid::new("rule", menu.kind, allowed.into())))
}

/// The menu, if the population's buyers have what it lets them choose by.
fn fit_for(population: &Population, menu: Menu) -> Result<Menu, menu::DesignError> {
    let fits = match &menu.offer {
        Offer::Allocations(_) => population.carries_value_scale(),
        Offer::Profiles(profiles) if profiles.is_on_cells() => population.carries_value_scale(),
        Offer::Profiles(profiles) => population.config().masses().as_deref() == Some(profiles.masses()),
        _ => true,
    };
    if fits { Ok(menu) } else { Err(menu::DesignError::OtherTasks { label: menu.label }) }
}

impl Design {
    /// What draws this design's buyers, lets them choose and folds the outcomes.
    pub fn engine<'a>(&'a self, market: &Market, pool: &'a rayon::ThreadPool) -> Engine<'a> {
        self.engine_with(edges(&self.population, market.run.seed, pool), market, pool)
    }

    /// The same, where it is known how buyers are grouped.
    pub(crate) fn engine_with<'a>(
        &'a self,
        edges: Edges,
        market: &Market,
        pool: &'a rayon::ThreadPool,
    ) -> Engine<'a> {
        Engine {
            technology: &self.technology,
            population: &self.population,
            behaviour: market.behaviour,
            posted: self.menus.iter().map(|menu| self.posted(market, menu)).collect(),
            edges,
            pool,
        }
    }

    /// What buyers see of a menu; with dearer tokens where they have a price. Shocks of choice belong to the items of a menu,
    /// which other prices may leave fewer of.
    fn posted<'a>(&self, market: &Market, menu: &'a Menu) -> Posted<'a> {
        let comparable = market.behaviour.is_rational() || menu.offer.len() == 1;
        Posted {
            offer: &menu.offer,
            dearer: menu.offer.at_token_prices(&self.technology, DEARER).filter(|_| comparable),
            splits_at_cost: menu.offer.splits_at_cost(&self.technology),
            sold_from: menu.offer.sold_from(),
        }
    }

    /// The belief of the market.
    pub fn view(&self) -> &View {
        &self.views[0]
    }

    /// The menus as a person reads them, in the order of the rules, each as its own seller expects it to do.
    ///
    /// # Errors
    /// The expected surplus must exist.
    pub fn portraits(&self) -> Result<Vec<Portrait>, RunError> {
        let sellers = self.views.iter().map(|view| Seller::new(&view.technology, &view.belief));
        let sellers: Vec<Seller> = sellers.collect::<Result<_, _>>()?;
        let portrayed = |rule: usize| {
            sellers[self.viewed[rule]].portrait(self.drafts[rule].as_ref().unwrap_or(&self.menus[rule]))
        };
        Ok((0..self.menus.len()).map(portrayed).collect())
    }

    /// The first menu as a price book.
    ///
    /// # Errors
    /// What is paid must depend only on what is used.
    pub fn price_book(&self, market: &Market) -> Result<PriceBook, RunError> {
        let (rule, menu) = (&market.rules[0], &self.menus[0]);
        let source = format!(
            "tokenmarket {}: rule {} of market {}",
            env!("CARGO_PKG_VERSION"),
            rule.label,
            market.name
        );
        let book = PriceBook::of(&self.technology, menu, source);
        Ok(book.ok_or(menu::DesignError::NotPlans { label: menu.label.clone(), kind: menu.kind })?)
    }

    /// Refuses a menu whose certificate fails.
    ///
    /// # Errors
    /// Says which inequality failed.
    pub fn certified(&self) -> Result<(), RunError> {
        match self.menus.iter().find(|menu| menu.certificate.status == Status::Fails) {
            None => Ok(()),
            Some(menu) => Err(RunError::CertificateFails {
                label: menu.label.clone(),
                failure: menu.certificate.failure.clone().unwrap_or_default(),
            }),
        }
    }
}

/// What a run will cost.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Plan {
    /// Buyers over all replicates.
    pub buyers: u64,
    /// Pricing rules.
    pub rules: u64,
    /// Cells: one for a market.
    pub cells: u64,
    /// Recorded rows over all tables.
    pub rows: u64,
    /// Bytes on disk.
    pub disk_bytes: u64,
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Expected seconds with these threads.
    pub seconds: f64,
}

/// Buyers in the probe that estimates the time.
const PROBE: u64 = 8 * BLOCK;
/// Measured: a row of choices takes 48 bytes and 0.2 µs of one thread with zstd 1, a row of buyers half of that.
const BYTES_PER_ROW: f64 = 48.0;
const SECONDS_PER_ROW: f64 = 2e-7;

impl Plan {
    /// Estimates a designed market by a short probe.
    pub fn of(market: &Market, design: &Design, pool: &rayon::ThreadPool) -> Self {
        let (users, replicates) = (market.run.users, u64::from(market.run.replicates));
        let rules = market.rules.len() as u64;
        let engine = design.engine(market, pool);
        let probed = PROBE.min(users);
        let started = Instant::now();
        let blocks = engine.batch(Key { seed: market.run.seed, replicate: 0 }, 0, probed, false);
        let per_buyer = started.elapsed().as_secs_f64() / probed as f64;
        drop(blocks);
        let rows = Self::rows(market);
        Self {
            buyers: users * replicates,
            rules,
            cells: 1,
            rows,
            disk_bytes: Self::disk_bytes(market),
            memory_bytes: Self::memory_bytes(market),
            seconds: (users * replicates) as f64 * per_buyer
                + rows as f64 * SECONDS_PER_ROW / pool.current_num_threads() as f64,
        }
    }

    /// Bytes of memory: two batches in flight, their frames, the menus, and the cuts of tiers.
    pub fn memory_bytes(market: &Market) -> u64 {
        let rules = market.rules.len() as u64;
        let floats = (rules * 7 + 3) * 8;
        64_000_000
            + 4 * floats * ROW_GROUP.min(market.run.users)
            + (rules * 120 + 4 * market.most_tiers()) * market.belief.points
    }

    /// Bytes of a run that records nothing: figures and manifest, for eight rules.
    pub const BYTES_BESIDES: u64 = 100_000;

    /// Recorded rows over all tables.
    pub fn rows(market: &Market) -> u64 {
        let recorded = market.run.record.of(market.run.users) * u64::from(market.run.replicates);
        recorded * (market.rules.len() as u64 + 1)
    }

    /// Bytes that recording will take, roughly.
    pub fn disk_bytes(market: &Market) -> u64 {
        (Self::rows(market) as f64 * BYTES_PER_ROW) as u64
    }

    /// Part files of one replicate.
    pub fn parts(users: u64) -> u64 {
        users.div_ceil(PART)
    }
}
