//! Draws buyers from a law, and turns the law into a belief.
//!
//! A population is a law of buyers' types. [`Population::draw`] makes people of it; [`Population::belief`] makes of it what
//! a seller knows who knows the law but never the buyer.
//!
//! # Architecture invariants
//!
//! - All randomness of the project is drawn in this crate, with Philox4x32-10: key = seed (two 32-bit words), counter =
//!   (block, purpose | replicate << 8, user low, user high), and a uniform is (k + 1/2) 2^-53 with k of 53 bits. The
//!   whole formula is [`stream::SEED_FORMULA`].
//! - A draw is keyed by seed, replicate, user and purpose; never by thread, shard, batch, rule or sweep cell. User 17 is
//!   the same person in every batch, under every rule and in every longer run.
//! - A sampling [`Design`] other than `pseudo` spreads buyers evenly by scrambled points; scramblings are made of Philox
//!   blocks too, with numbers of their own in place of the purpose ([`design::SEED_FORMULA`]).
//! - A draw is the quantile of a keyed uniform, by `libm` alone; only gamma and beta, whose quantiles are slow, come from
//!   `rand_distr` and the buyer's own stream, and thereby from the logarithm and exponential of std, unless they are
//!   truncated, part of a mixture or joined to others by a copula.
//!   Under another design than `pseudo` gamma and beta are quantiles like all others.
//! - This crate designs no menus; of one that is offered it knows only what [`Behaviour`] needs to choose from it.
//! - This crate knows nothing of files, threads or clocks: tables that a configuration names are read for it by
//!   whatever implements [`table::ReadTables`].
//!
//! # From a law to a belief
//!
//! | family | drawn for a buyer | law of the index θ |
//! |---|---|---|
//! | `index` | θ | itself |
//! | `value-scale` | w, s; θ = w s^{1-σ} | [`product`]: closed form or quadrature; with a copula a design sample |
//! | `tasks` | w_1, ..., w_M; θ as by [`index::ces_index`], in one pass | unknown: a design sample |
//! | `finite` | her type | its points |
//! | `empirical` | a row of a file, by one uniform in the order of θ | its points |
//! | `segments` | her segment, then as in its family | the mixture of their laws or points, else a design sample |
//!
//! Mixtures of distributions mix the laws likewise; where atoms stand beside a continuum a design sample stands for both.

pub mod behaviour;
mod buyers;
pub mod calibrate;
mod chebyshev;
mod cholesky;
pub mod config;
mod customers;
pub mod design;
pub mod distribution;
mod environment;
pub mod family;
pub use model::index;
mod given_scale;
mod index_law;
pub mod latin_hypercube;
pub mod level;
mod luck;
mod mixed;
pub mod philox;
pub mod points;
mod population;
pub mod product;
mod root;
mod sampler;
mod scrambling;
mod shares;
pub mod sobol;
pub mod special;
pub mod stratified;
pub mod stream;
pub mod table;
#[cfg(test)]
mod testing;
mod top;
pub mod usage;

pub use behaviour::Behaviour;
pub use buyers::Buyers;
pub use config::PopulationConfig;
pub use customers::Customer;
pub use design::Design;
pub use distribution::Distribution;
pub use population::Population;
pub use stream::Key;
pub use top::Top;
