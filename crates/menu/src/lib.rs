//! Designs menus from a belief: the optimal mechanisms and the rules they are compared with.
