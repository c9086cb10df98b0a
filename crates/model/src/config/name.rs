//! Names: what they may look like, which one was probably meant, and how they look in messages.

/// Checks a name against `[a-z0-9][a-z0-9_-]{0,63}`; token classes may not hold '-'.
///
/// # Errors
/// Says what names may look like.
pub fn check_name(name: &str, dash_allowed: bool) -> Result<(), String> {
    let good =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || (dash_allowed && c == '-');
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if starts_well && name.len() <= 64 && name.chars().all(good) {
        return Ok(());
    }
    let dash = if dash_allowed { "-" } else { "" };
    Err(format!("a name of at most 64 characters a-z 0-9 _ {dash}, beginning with a letter or digit"))
}

/// The valid name closest to `name`, if one is close enough to be what was meant.
pub fn nearest<'a>(name: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name: String = name.chars().take(100).collect();
    valid
        .into_iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(&name, candidate), candidate))
        .filter(|(similarity, _)| *similarity >= 0.4)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// A number for messages: as it is written, or with an exponent where that is long.
pub(super) fn shown(number: f64) -> String {
    const LONGEST: usize = 20;
    let text = number.to_string();
    if text.len() <= LONGEST { text } else { format!("{number:e}") }
}

/// Text for messages: escaped, and cut where it is long.
pub(super) fn shorten(text: &str) -> String {
    const LONGEST: usize = 80;
    // Quotes are no danger to a terminal, and messages are full of them.
    let escaped =
        |c: char| if matches!(c, '"' | '\'') { c.to_string() } else { c.escape_debug().to_string() };
    let shown: String = text.chars().take(LONGEST).map(escaped).collect();
    if text.chars().count() <= LONGEST { shown } else { shown + "..." }
}
