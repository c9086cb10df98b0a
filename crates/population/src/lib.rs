//! Draws buyers from a law, and turns the law into a belief.
