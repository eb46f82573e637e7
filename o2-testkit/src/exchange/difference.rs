//! [`Difference`]: one thing about a request that is not as expected.

use std::fmt;

/// The most characters of a value that a report shows.
const LONGEST: usize = 120;

/// One thing about a request that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// Where: `method`, `path`, `query limit`, `header accept`, `body.items[2].name`.
    at: String,
    expected: Side,
    found: Side,
    /// How far apart this makes two requests.
    pub(crate) weight: u32,
}

/// What is on one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Side {
    Nothing,
    Value(String),
    /// A value that must not be shown.
    Hidden,
}

impl Side {
    pub(crate) fn text(text: impl fmt::Display) -> Self {
        Self::Value(text.to_string())
    }

    pub(crate) fn hidden_if(self, hidden: bool) -> Self {
        match self {
            Self::Value(_) if hidden => Self::Hidden,
            side => side,
        }
    }
}

impl Difference {
    /// A difference that makes two requests another thing altogether.
    pub(crate) fn great(at: impl Into<String>, expected: Side, found: Side) -> Self {
        Self {
            weight: 10,
            ..Self::small(at, expected, found)
        }
    }

    pub(crate) fn small(at: impl Into<String>, expected: Side, found: Side) -> Self {
        Self {
            at: at.into(),
            expected,
            found,
            weight: 1,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: expected {}, got {}", self.at, self.expected, self.found)
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Hidden => f.write_str("a secret that is not shown"),
            Self::Value(text) => match text.char_indices().nth(LONGEST) {
                Some((end, _)) => write!(f, "{}… ({} bytes)", &text[..end], text.len()),
                None => f.write_str(text),
            },
        }
    }
}
