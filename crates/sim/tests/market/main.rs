//! Whole markets: exact figures, determinism, interruption, and identities on every recorded row.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod allocations;
mod behaviour;
mod beliefs;
mod comparison;
mod customers;
mod determinism;
mod experiments;
mod extremes;
mod identities;
mod index;
mod interruption;
mod jumping_laws;
mod kernels;
mod paper;
mod precision;
mod price_books;
mod sampling;
mod support;
mod sweep;
