//! Price books on disk: read for the rules that name them, written for menus that are exported.

use std::path::Path;

use menu::{BookError, ReadBooks};
use model::config::Node;
use model::menu::PriceBook;

use super::{file, parse};

/// Price books on disk.
pub(super) struct Books;

impl ReadBooks for Books {
    fn read(&self, path: &Path) -> Result<(Node, String), BookError> {
        let text = file::read(path).map_err(|error| BookError::Unreadable(error.to_string()))?;
        let root = parse::parse(&path.display().to_string(), &text).map_err(BookError::Refused)?;
        Ok((root, blake3::hash(text.as_bytes()).to_hex().to_string()))
    }
}

/// The text of a price book: reading it gives the same plans to the last digit.
pub fn to_toml(book: &PriceBook) -> String {
    toml::to_string(book).expect("a price book holds only strings, numbers, arrays and tables")
}
