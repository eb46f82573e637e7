//! [`Path`]: the way from an object to one of its attributes, as `filter`, `fields` and `sort` write it. A path is only
//! names; what they mean for a type is found out by `resolve`.

use std::fmt;

use crate::error::Excerpt;
use crate::model::attribute::{AttributeKind, Attributes, Shape};
use crate::{Error, Result};

/// The most segments a path may have.
pub(crate) const MAX_DEPTH: usize = 16;

/// A way down from an object, such as `extensions/labels/zone`.
///
/// In text, `/` separates the segments; inside a name `~0` means `~`, `~1` means `/`, `~a` means `,` and `~b` means `@`.
/// The segment `@key` stands for the keys of a map.
///
/// ```
/// use o2_core::query::Path;
/// let path = Path::parse("labels/k8s.io~1role").unwrap();
/// assert_eq!(path.segments().len(), 2);
/// assert_eq!(path.to_string(), "labels/k8s.io~1role");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Path(Vec<Segment>);

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// Down to the attribute or map entry with this name.
    Name(String),
    /// To the keys of a map, `@key`.
    Keys,
}

/// What is wrong with a text, and at which character.
#[derive(Debug)]
pub(crate) struct Syntax {
    pub(crate) offset: usize,
    pub(crate) reason: String,
}

impl Syntax {
    pub(crate) fn at(offset: usize, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { offset, reason }
    }
}

impl Path {
    /// A path of these segments. Names that no text can say (empty ones, ones with `)`, ones with blanks at the ends of
    /// the path) still work, but such a path cannot be printed and read back.
    pub fn new(segments: impl IntoIterator<Item = Segment>) -> Self {
        Self(segments.into_iter().collect())
    }

    /// The path to an attribute of the object itself.
    pub fn attribute(name: impl Into<String>) -> Self {
        Self(vec![Segment::Name(name.into())])
    }

    /// Reads a path as filters write it.
    ///
    /// # Errors
    /// `InvalidInput` for an empty path or segment, an unknown escape, or more than 16 segments.
    pub fn parse(text: &str) -> Result<Self> {
        Self::read(text).map_err(|syntax| Error::invalid(format!("path '{}': {}", Excerpt(text), syntax.reason)))
    }

    /// The segments.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// The attribute of the object itself at which the path begins.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        match self.0.first() {
            Some(Segment::Name(name)) => Some(name),
            _ => None,
        }
    }

    /// Reads a path as filters write it; a mistake is counted in characters from the start of `text`.
    pub(crate) fn read(text: &str) -> Result<Self, Syntax> {
        let text = text.trim_end_matches(BLANK);
        let start = text.chars().take_while(|character| BLANK.contains(character)).count();
        let mut offset = start;
        let mut segments = Vec::new();
        for piece in text.trim_start_matches(BLANK).split('/') {
            if segments.len() == MAX_DEPTH {
                return Err(Syntax::at(
                    offset,
                    format!("the path has more than {MAX_DEPTH} segments"),
                ));
            }
            segments.push(Segment::read(piece, offset)?);
            offset += piece.chars().count() + 1;
        }
        Ok(Self(segments))
    }

    /// Reads a path in which dots may be used for `/`, as parameter names, `fields` and `sort` write it. With a `/` in
    /// it, dots are part of names. Without, dots separate the attributes of `T`, and what follows a map is one key, dots
    /// included: `extensions.kubernetes.nodeName` is the key `kubernetes.nodeName` of the extensions.
    pub(crate) fn lenient<T: Attributes>(text: &str) -> Result<Self, Syntax> {
        if text.contains('/') {
            return Self::read(text);
        }
        let mut kind = AttributeKind::Object(Shape::of::<T>());
        let mut segments = Vec::new();
        let mut rest = text.trim_matches(BLANK);
        while let AttributeKind::Object(shape) = element_kind(kind) {
            let Some((name, below)) = rest.split_once('.') else {
                break;
            };
            if segments.len() == MAX_DEPTH {
                return Err(Syntax::at(0, format!("the path has more than {MAX_DEPTH} segments")));
            }
            let Some((_, field)) = shape.find(name) else {
                break;
            };
            kind = field.kind;
            segments.push(Segment::read(name, 0)?);
            rest = below;
        }
        segments.push(Segment::read(rest, 0)?);
        Ok(Self(segments))
    }
}

/// Blanks that may surround a path.
pub(crate) const BLANK: [char; 2] = [' ', '\t'];

/// The kind of what a list contains, however deep lists are nested; other kinds are themselves.
pub(crate) fn element_kind(mut kind: AttributeKind) -> AttributeKind {
    while let AttributeKind::Array(element) = kind {
        kind = *element;
    }
    kind
}

impl Segment {
    /// Reads one segment that starts at character `offset`.
    fn read(piece: &str, offset: usize) -> Result<Self, Syntax> {
        if piece == "@key" {
            return Ok(Self::Keys);
        }
        if piece.is_empty() {
            return Err(Syntax::at(offset, "an attribute name is missing"));
        }
        let mut name = String::with_capacity(piece.len());
        let mut characters = piece.chars().zip(offset..);
        while let Some((character, at)) = characters.next() {
            name.push(match character {
                '~' => unescape(characters.next().map(|(code, _)| code), at)?,
                ')' => return Err(Syntax::at(at, "an attribute name cannot contain ')'")),
                other => other,
            });
        }
        Ok(Self::Name(name))
    }
}

fn unescape(code: Option<char>, at: usize) -> Result<char, Syntax> {
    match code {
        Some('0') => Ok('~'),
        Some('1') => Ok('/'),
        Some('a') => Ok(','),
        Some('b') => Ok('@'),
        _ => Err(Syntax::at(
            at,
            "'~' must be followed by 0, 1, a or b (meaning '~', '/', ',' and '@')",
        )),
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            segment.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Name(name) = self else {
            return f.write_str("@key");
        };
        for character in name.chars() {
            match character {
                '~' => f.write_str("~0")?,
                '/' => f.write_str("~1")?,
                ',' => f.write_str("~a")?,
                '@' => f.write_str("~b")?,
                other => fmt::Write::write_char(f, other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::testing::Thing;

    fn names(path: &Path) -> Vec<&str> {
        let name = |segment| match segment {
            &Segment::Keys => "@key",
            Segment::Name(name) => name.as_str(),
        };
        path.segments().iter().map(name).collect()
    }

    #[test]
    fn paths_are_read_and_printed() {
        for (text, expected, printed) in [
            ("name", vec!["name"], "name"),
            (" a/b\t", vec!["a", "b"], "a/b"),
            ("a/@key", vec!["a", "@key"], "a/@key"),
            ("a/~bkey", vec!["a", "@key"], "a/~bkey"),
            ("a/k8s.io~1role", vec!["a", "k8s.io/role"], "a/k8s.io~1role"),
            ("a~0b~ac~01", vec!["a~b,c~1"], "a~0b~ac~01"),
            ("a@b", vec!["a@b"], "a~bb"),
        ] {
            let path = Path::parse(text).unwrap();
            assert_eq!((names(&path), path.to_string().as_str()), (expected, printed), "{text}");
        }
        assert_ne!(Path::parse("a/@key").unwrap(), Path::parse("a/~bkey").unwrap());
    }

    #[test]
    fn mistakes_are_found_at_their_character() {
        for (text, offset) in [
            ("", 0),
            ("a//b", 2),
            ("ä/", 2),
            ("a/b~2", 3),
            ("a~", 1),
            (" a)b", 2),
            (&"x/".repeat(17), 32),
        ] {
            assert_eq!(Path::read(text).unwrap_err().offset, offset, "{text}");
        }
    }

    #[test]
    fn dots_separate_attributes_but_not_the_keys_of_maps() {
        for (text, expected) in [
            ("name", vec!["name"]),
            ("site.name", vec!["site", "name"]),
            ("elements.site.name", vec!["elements", "site", "name"]),
            ("extensions.type", vec!["extensions", "type"]),
            (
                "extensions.kubernetes.nodeName",
                vec!["extensions", "kubernetes.nodeName"],
            ),
            ("extensions.@key", vec!["extensions", "@key"]),
            ("extensions/a.b/c", vec!["extensions", "a.b", "c"]),
            ("nothing.like.it", vec!["nothing.like.it"]),
        ] {
            assert_eq!(names(&Path::lenient::<Thing>(text).unwrap()), expected, "{text}");
        }
        assert!(Path::lenient::<Thing>(&"elements.".repeat(17)).is_err());
        assert!(Path::lenient::<Thing>("site.").is_err());
    }
}
