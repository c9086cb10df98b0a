//! Reads what was recorded: tables for people, papers and machines.
