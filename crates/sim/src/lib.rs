//! Runs the market: designs menus, draws buyers, records choices, folds outcomes.
