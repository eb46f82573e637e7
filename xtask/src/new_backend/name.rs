//! [`Name`]: what a backend is called, in configuration, in paths and in types.

const LONGEST: usize = 40;

/// Words that cannot be the name of a module or a feature.
const RESERVED: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "default", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "kit", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static", "struct", "super",
    "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// The name of a backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name(String);

impl Name {
    /// # Errors
    /// What a good name is.
    pub(super) fn parse(kind: &str) -> Result<Self, String> {
        let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let words = kind.split('-').all(|word| !word.is_empty() && word.chars().all(letter));
        if !words || !kind.starts_with(|c: char| c.is_ascii_lowercase()) || kind.len() > LONGEST {
            return Err(format!(
                "'{kind}' cannot be a kind: lower-case letters and digits, words joined by '-', at most {LONGEST}"
            ));
        }
        if RESERVED.contains(&kind) {
            return Err(format!(
                "'{kind}' cannot be a kind: the word means something else already"
            ));
        }
        Ok(Self(kind.to_owned()))
    }

    /// As configuration and features say it: `bare-metal`.
    pub(super) fn kind(&self) -> &str {
        &self.0
    }

    /// As paths say it: `bare_metal`.
    pub(super) fn module(&self) -> String {
        self.0.replace('-', "_")
    }

    /// As types say it: `BareMetal`.
    pub(super) fn type_name(&self) -> String {
        let capital = |word: &str| word[..1].to_ascii_uppercase() + &word[1..];
        self.0.split('-').map(capital).collect()
    }
}
