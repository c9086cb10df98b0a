//! The tokenmarket command line.
fn main() {}
