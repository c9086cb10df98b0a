//! Market files: from TOML text and command-line overrides to a validated [`Market`], and its identity.

mod belief;
mod books;
pub(crate) mod file;
mod rule;

use std::path::Path;

use model::config::{
    ConfigError, IntegerKey, Invalid, Node, NumberKey, Range, Section, Value, check_name, parse, set,
};
use model::summary::StandardErrors;
use model::technology::{Technology, TechnologyConfig};
use population::{Behaviour, Design, PopulationConfig, design};
use serde::{Serialize, Serializer};

pub use belief::{BeliefConfig, BeliefSource};
pub use books::to_toml;
pub use model::config::Override;
pub use rule::MarketRule;

use crate::RESULTS_VERSION;
use crate::tables::Tables;

/// A resolved market file.
#[derive(Debug, Clone, Serialize)]
pub struct Market {
    /// Name of the market; its results stand in results/NAME.
    pub name: String,
    /// Section `[run]`.
    pub run: RunConfig,
    /// Section `[technology]`.
    pub technology: TechnologyConfig,
    /// Section `[population]`.
    pub population: PopulationConfig,
    /// Section `[behaviour]`; absent: rational.
    #[serde(skip_serializing_if = "Behaviour::is_rational")]
    pub behaviour: Behaviour,
    /// Section `[belief]`.
    pub belief: BeliefConfig,
    /// `[[rules]]`, at least one.
    pub rules: Vec<MarketRule>,
}

/// The section `[run]`: how many buyers are drawn and what is recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunConfig {
    /// Seed of all draws, 0 to 2^63 - 1.
    pub seed: u64,
    /// Buyers drawn in each replicate.
    pub users: u64,
    /// Which buyers' choices are written to Parquet.
    pub record: Record,
    /// Independent replications.
    pub replicates: u32,
    /// How buyers of a replicate are spread; left out where they are independent.
    #[serde(skip_serializing_if = "is_pseudo")]
    pub sampling: Design,
    /// Standard error to reach, as a share of the baseline's profit: drawing stops where the profits of all rules are
    /// compared to the baseline's as precisely as this; `users` is then the most. Absent: all `users` are drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_se: Option<f64>,
    /// Whether the values of every task are written with the buyers.
    pub record_tasks: bool,
}

/// Which buyers are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// Every buyer.
    All,
    /// Nobody: only the summary is written.
    None,
    /// The first N buyers of each replicate.
    Sample(u64),
}

impl Record {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "all" => Some(Self::All),
            "none" => Some(Self::None),
            _ => match text.strip_prefix("sample=")?.parse() {
                Ok(count) if count > 0 => Some(Self::Sample(count)),
                _ => None,
            },
        }
    }

    /// How many of the first `users` buyers are recorded.
    pub fn of(self, users: u64) -> u64 {
        match self {
            Self::All => users,
            Self::None => 0,
            Self::Sample(count) => count.min(users),
        }
    }
}

impl Serialize for Record {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::All => serializer.serialize_str("all"),
            Self::None => serializer.serialize_str("none"),
            Self::Sample(count) => serializer.serialize_str(&format!("sample={count}")),
        }
    }
}

/// Seed of all draws.
pub const SEED: IntegerKey =
    IntegerKey { name: "seed", low: 0, high: i64::MAX as u64, meaning: "seed of all draws" };
/// Number of buyers.
pub const USERS: IntegerKey =
    IntegerKey { name: "users", low: 2, high: 1_000_000_000_000, meaning: "buyers to draw" };
const REPLICATES: IntegerKey =
    IntegerKey { name: "replicates", low: 1, high: 10_000, meaning: "independent replications" };
/// Standard error to reach.
pub const TARGET_SE: NumberKey = NumberKey {
    name: "target_se",
    range: Range::OpenUnit,
    meaning: "standard error to reach, as a share of the baseline's profit",
};

impl Market {
    /// Reads and validates a market file.
    ///
    /// # Errors
    /// Every error names the file, line, key, value and what is allowed.
    pub fn load(path: &Path, overrides: &[Override]) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        let refused = |found: String, is_experiment: bool| ConfigError {
            file: name.clone(),
            origin: None,
            key: String::new(),
            found,
            allowed: "a readable market file in TOML, for example configs/paper-uniform.toml".into(),
            help: is_experiment.then(|| {
                format!(
                    "`tokenmarket sweep {name}` runs an experiment, `tokenmarket check {name}` validates it"
                )
            }),
        };
        let text = file::read(path)
            .map_err(|error| refused(error.to_string(), path.join("experiment.toml").is_file()))?;
        let root = parse::parse(&name, &text)?;
        if matches!(&root.value, Value::Table(table) if table.contains_key("market") && !table.contains_key("run"))
        {
            return Err(refused("an experiment".into(), true));
        }
        Self::resolve(&name, root, overrides)
    }

    /// Reads and validates the text of a market file; `file` is its name in messages.
    ///
    /// # Errors
    /// As [`Market::load`].
    pub fn parse(file: &str, text: &str, overrides: &[Override]) -> Result<Self, ConfigError> {
        Self::resolve(file, parse::parse(file, text)?, overrides)
    }

    /// Changes what was parsed and validates it.
    fn resolve(file: &str, mut root: Node, overrides: &[Override]) -> Result<Self, ConfigError> {
        for change in overrides {
            set::apply(file, &mut root, change)?;
        }
        let root = Section::root(file, &root)?;
        let name = root.text("name", "the market's name")?;
        check_name(&name, true).map_err(|allowed| root.error("name", allowed))?;
        let run = RunConfig::read(&root.section("run", "a table with seed, users and record")?)?;
        let technology =
            TechnologyConfig::read(&root.section("technology", "a table with base_quality and tokens")?)?;
        let population_section = root.section("population", "a table with family and its parameters")?;
        let population = PopulationConfig::read(&population_section, &Tables)?;
        let posted_for = Technology::new(technology.clone())
            .map_err(|invalid| root.locate(&invalid.within("technology")))?;
        let behaviour = root.optional_section("behaviour", "a table with kind")?;
        let behaviour = behaviour.map_or(Ok(Behaviour::Rational), |section| Behaviour::read(&section))?;
        let belief = BeliefConfig::read(&root.section("belief", "a table with source")?, &posted_for, None)?;
        let rules = rule::read_rules(&root, &posted_for, belief.points)?;
        root.finish()?;
        let market = Self { name, run, technology, population, behaviour, belief, rules };
        if market.run.record_tasks && !market.population.has_tasks() {
            let allowed =
                "false: only the families \"tasks\" and \"finite\", and \"empirical\" with tasks, have tasks";
            return Err(root.section("run", "")?.error("record_tasks", allowed));
        }
        if let Some(rows) = market.population.rows_in_order() {
            market.run.check_in_order(rows).map_err(|invalid| root.locate(&invalid.within("run")))?;
        }
        let cuts = |rule: &MarketRule| rule.rule.tiers().unwrap_or(1) * market.belief_of(rule).points;
        if market.rules.iter().map(cuts).max() > Some(MOST_CUTS) {
            let allowed = format!("points times tiers of any rule up to {MOST_CUTS}, four bytes each");
            return Err(root.section("belief", "")?.error("points", allowed));
        }
        Ok(market)
    }

    /// The resolved market file: running it again gives the same RUN_ID.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a market holds only strings, numbers, arrays and tables")
    }

    /// 12 hex digits of BLAKE3 over the resolved configuration without the seed and [`RESULTS_VERSION`], then `-SEED`.
    ///
    /// Files count by the hash of their content, not by where they stand.
    pub fn run_id(&self) -> String {
        let mut unseeded = self.clone();
        unseeded.run.seed = 0;
        unseeded.population = self.population.without_paths();
        let beliefs = unseeded.rules.iter_mut().filter_map(|rule| rule.belief.as_mut());
        for belief in beliefs.chain([&mut unseeded.belief]) {
            belief.forget_paths();
        }
        for rule in &mut unseeded.rules {
            rule.posted = rule.posted.without_path();
        }
        let canonical = format!("{}results_version = {RESULTS_VERSION}\n", unseeded.to_toml());
        let hash = blake3::hash(canonical.as_bytes()).to_hex();
        format!("{}-{}", &hash[..12], self.run.seed)
    }

    /// The largest number of tiers that any rule cuts its buyers into.
    pub fn most_tiers(&self) -> u64 {
        self.rules.iter().filter_map(|rule| rule.rule.tiers()).max().unwrap_or(1)
    }

    /// The baseline of comparisons: `packages` on the market's own belief if posted, else the first rule.
    pub fn baseline(&self) -> usize {
        let packages = |rule: &MarketRule| rule.belief.is_none() && rule.rule == menu::Rule::Packages;
        self.rules.iter().position(packages).unwrap_or(0)
    }

    /// What shares of the optimum are relative to: `packages` designed on the population's own law, else `allocations`, else
    /// the baseline.
    pub fn optimum(&self) -> usize {
        let known = |of_kind: fn(&menu::Rule) -> bool| {
            self.rules.iter().position(|rule| self.knows(rule) && of_kind(&rule.rule))
        };
        known(|rule| *rule == menu::Rule::Packages)
            .or_else(|| known(|rule| rule.types().is_some()))
            .unwrap_or_else(|| self.baseline())
    }

    /// Whether a rule is designed on the population's own law.
    pub fn knows(&self, rule: &MarketRule) -> bool {
        matches!(self.belief_of(rule).source, BeliefSource::Population)
    }

    /// The belief that a rule is designed on.
    pub fn belief_of<'a>(&'a self, rule: &'a MarketRule) -> &'a BeliefConfig {
        rule.belief.as_ref().unwrap_or(&self.belief)
    }

    /// The same rule as this one, designed on the population's own law, where this one is not.
    pub fn knowing(&self, rule: &MarketRule) -> Option<usize> {
        let same = |other: &MarketRule| other.rule == rule.rule && self.knows(other);
        self.rules.iter().position(same).filter(|_| !self.knows(rule))
    }
}

impl RunConfig {
    fn read(section: &Section) -> Result<Self, ConfigError> {
        let allowed = "\"all\", \"none\" or \"sample=N\" with N >= 1";
        let record = section.text("record", allowed)?;
        let config = Self {
            seed: section.integer(&SEED)?,
            users: section.integer(&USERS)?,
            record: Record::parse(&record).ok_or_else(|| section.error("record", allowed))?,
            replicates: section.optional_integer(&REPLICATES)?.unwrap_or(1) as u32,
            sampling: read_sampling(section)?,
            target_se: section.optional_number(&TARGET_SE)?,
            record_tasks: section.optional_boolean("record_tasks", "true or false")?.unwrap_or(false),
        };
        section.finish()?;
        config.sampling.check(config.users, config.replicates).map_err(|invalid| section.locate(&invalid))?;
        Ok(config)
    }

    /// Buyers who are the rows of a file in their order are no more than those, once, and no design spreads them.
    fn check_in_order(&self, rows: u64) -> Result<(), Invalid> {
        let why = "with population.draw = \"in-order\"; \"bootstrap\" draws from the rows";
        if self.users > rows {
            return Err(Invalid::new(
                "users",
                self.users,
                format!("2 to {rows}, the rows of the file, {why}"),
            ));
        }
        if self.replicates > 1 {
            return Err(Invalid::new(
                "replicates",
                self.replicates,
                format!("1: all would be the same buyers {why}"),
            ));
        }
        if self.sampling != Design::Pseudo {
            let allowed = format!("\"pseudo\" {why}");
            return Err(Invalid::new("sampling", self.sampling.name(), allowed));
        }
        Ok(())
    }

    /// What the standard errors of its estimates are computed from.
    pub fn standard_errors(&self) -> StandardErrors {
        match self.sampling {
            Design::Pseudo => StandardErrors::Buyers,
            Design::Stratified | Design::Sobol => StandardErrors::Replicates { replicates: self.replicates },
        }
    }
}

fn read_sampling(section: &Section) -> Result<Design, ConfigError> {
    if !section.has("sampling") {
        return Ok(Design::Pseudo);
    }
    let name = section.choice("sampling", &design::NAMES)?;
    Ok(Design::named(name).expect("the name of a design was chosen"))
}

/// Whether buyers are independent: then files say nothing of the design.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_pseudo(sampling: &Design) -> bool {
    *sampling == Design::Pseudo
}

/// Most cuts that the dynamic programme for tiers may remember.
const MOST_CUTS: u64 = 200_000_000;
