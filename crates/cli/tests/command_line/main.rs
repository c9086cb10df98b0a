//! The binary as a user meets it: help, formats, exit codes and every class of bad input.

#![expect(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod bad_input;
mod calibrate;
mod commands;
mod faults;
mod mutation;
mod outputs;
mod reading;
mod readme;
mod support;
mod sweep;
mod sweep_limits;
mod verify;
