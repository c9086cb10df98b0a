//! The shelf: menus on problems whose answers are known.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod claims;
mod dependent;
mod invariance;
mod ironing_program;
mod known_problems;
mod laws;
mod plans;
mod portraits;
mod problems;
mod programme;
mod represented;
mod rivals;
