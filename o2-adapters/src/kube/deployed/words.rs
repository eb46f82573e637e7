//! What controllers say about deployments, as it is shown.

/// The longest message that is shown whole.
const LONGEST: usize = 1_000;

/// A message of a controller in one line, cut where it is very long: some quote whole answers of others.
pub(crate) fn words(text: &str) -> String {
    let text = text.trim();
    let visible = |c: char| if c.is_control() { ' ' } else { c };
    let mut words: String = text.chars().take(LONGEST).map(visible).collect();
    if text.chars().nth(LONGEST).is_some() {
        words.push('…');
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_lines() {
        assert_eq!(words(" a\nb\t\u{7}c \n"), "a b  c");
        assert_eq!(words(&"x".repeat(2_000)).chars().count(), 1_001);
    }
}
