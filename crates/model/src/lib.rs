//! What a buyer, a technology, a belief, a menu, a choice and an outcome *are*: the ground floor of tokenmarket.
//!
//! The model is that of D. Bergemann, A. Bonatti and A. Smolin, "The Economics of Large Language Models: Token
//! Allocation, Fine-Tuning, and Optimal Pricing", EC '25 (doi 10.1145/3736252.3742625; arXiv 2502.07736 v1). A
//! monopolist sells versions of a language model. Tokens of several classes and fine-tuning cost money and raise
//! precision; a buyer's private type is a function from tasks to the value of precision.
//!
//! # Notation
//!
//! | symbol | name in code | shape, unit | meaning |
//! |---|---|---|---|
//! | i, M | task, `n_tasks` | i = 1..M | tasks; task i has mass μ_i > 0, Σ μ_i = 1 |
//! | w_i | `value_of_precision` | M, $ per unit precision | the buyer's private type, task by task |
//! | n | token class | input, output, ... | kinds of tokens |
//! | x_in | `tokens` | Mtok | tokens of class n spent on task i |
//! | z | `fine_tuning` | Mtok | fine-tuning tokens, one model version for all tasks |
//! | α_n, γ | `exponent` | > 0 | elasticities; σ = Σ α_n; σ + γ < 1 |
//! | b | `base_quality` | > 0 | quality of the untuned model |
//! | c_n, c_z | `cost` | $ per Mtok | the seller's marginal costs |
//! | E | `spend` | $ | tokens valued at cost: Σ_i μ_i Σ_n c_n x_in |
//! | κ | `efficiency` | | precision bought by one unit of spend^σ: Π_n (α_n / (σ c_n))^{α_n} |
//! | θ | `index` | $ | the buyer's CES index (Σ_i μ_i w_i^{1/(1-σ)})^{1-σ} |
//! | φ | `virtual_value` | $ | θ - (1-F(θ))/f(θ) |
//! | π(τ) | `surplus` | $ | largest value minus cost at virtual index τ |
//! | q(τ) | `precision` | | π'(τ): the aggregate precision delivered at τ |
//! | t, U | `payment`, `utility` | $ | payment to the seller, the buyer's net utility |
//!
//! # Architecture invariants
//!
//! - This crate knows nothing of randomness, files, threads or clocks.
//! - Exponentials, logarithms and powers come from `libm`, never from std: bytes do not depend on the platform.
//! - Recorded columns are defined once, in [`mod@column`].

pub mod belief;
pub mod choice;
pub mod column;
pub mod config;
pub mod index;
pub mod kernel;
pub mod menu;
pub mod number;
pub mod quadrature;
pub mod summary;
pub mod technology;
pub mod tolerance;
