//! Whole markets: exact figures, determinism, interruption, and identities on every recorded row.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod allocations;
mod behaviour;
mod customers;
mod determinism;
mod identities;
mod interruption;
mod paper;
mod precision;
mod sampling;
mod support;
mod sweep;
