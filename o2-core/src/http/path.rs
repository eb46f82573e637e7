//! Path templates and the tree that finds the template of a path.

use std::borrow::Cow;

use url::form_urlencoded;

use crate::error::Excerpt;
use crate::{Error, Result};

/// The values of a path template's `{names}`, percent-decoded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PathParams(Vec<(&'static str, String)>);

impl PathParams {
    /// The value of `{name}`; empty when the template has no such name.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(known, _)| *known == name)
            .map_or("", |(_, value)| value)
    }
}

/// Finds values by path. Literal segments win over `{names}`; a trailing slash does not matter.
#[derive(Debug)]
pub(super) struct PathTree<V> {
    root: Node<V>,
}

#[derive(Debug)]
struct Node<V> {
    literals: Vec<(&'static str, Self)>,
    parameter: Option<Box<Self>>,
    end: Option<End<V>>,
}

#[derive(Debug)]
struct End<V> {
    names: Vec<&'static str>,
    value: V,
}

impl<V> Node<V> {
    const fn new() -> Self {
        Self {
            literals: Vec::new(),
            parameter: None,
            end: None,
        }
    }

    fn literal(&mut self, text: &'static str) -> &mut Self {
        let index = self
            .literals
            .iter()
            .position(|(known, _)| *known == text)
            .unwrap_or_else(|| {
                self.literals.push((text, Self::new()));
                self.literals.len() - 1
            });
        &mut self.literals[index].1
    }

    fn find<'p>(&self, mut segments: std::str::Split<'p, char>, values: &mut Vec<&'p str>) -> Option<&End<V>> {
        let Some(segment) = segments.next() else {
            return self.end.as_ref();
        };
        if segment.is_empty() && segments.clone().next().is_none() {
            return self.end.as_ref();
        }
        let literal = self.literals.iter().find(|(text, _)| *text == segment);
        if let Some(end) = literal.and_then(|(_, node)| node.find(segments.clone(), values)) {
            return Some(end);
        }
        let node = self.parameter.as_ref().filter(|_| !segment.is_empty())?;
        let mark = values.len();
        values.push(segment);
        let found = node.find(segments, values);
        if found.is_none() {
            values.truncate(mark);
        }
        found
    }
}

impl<V: Default> PathTree<V> {
    pub(super) const fn new() -> Self {
        Self { root: Node::new() }
    }

    /// The value at a template such as `/resourcePools/{resourcePoolId}`, made when there is none.
    pub(super) fn at(&mut self, segments: impl Iterator<Item = &'static str>) -> &mut V {
        let mut names = Vec::new();
        let mut node = &mut self.root;
        for segment in segments {
            node = match parameter_name(segment) {
                Some(name) => {
                    names.push(name);
                    node.parameter.get_or_insert_with(|| Box::new(Node::new()))
                }
                None => node.literal(segment),
            };
        }
        &mut node
            .end
            .get_or_insert_with(|| End {
                names,
                value: V::default(),
            })
            .value
    }

    /// The value whose template fits `path`, with the values of the template's names.
    ///
    /// # Errors
    /// `InvalidInput` when a name's value is not percent-encoded UTF-8.
    pub(super) fn find(&self, path: &str) -> Result<Option<(&V, PathParams)>> {
        let path = path.strip_prefix('/').unwrap_or(path);
        let mut values = Vec::new();
        let Some(end) = self.root.find(path.split('/'), &mut values) else {
            return Ok(None);
        };
        let params = end
            .names
            .iter()
            .zip(values)
            .map(|(name, raw)| Ok((*name, decode(raw)?.into_owned())));
        Ok(Some((&end.value, PathParams(params.collect::<Result<_>>()?))))
    }
}

/// The segments of a template.
pub(super) fn segments(template: &'static str) -> impl Iterator<Item = &'static str> {
    template.split('/').filter(|segment| !segment.is_empty())
}

/// `name` of `{name}`.
pub(super) fn parameter_name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

/// A text as one segment of a path.
#[must_use]
pub fn encode(segment: &str) -> String {
    form_urlencoded::byte_serialize(segment.as_bytes())
        .collect::<String>()
        .replace('+', "%20")
        .replace("%7E", "~")
}

fn decode(raw: &str) -> Result<Cow<'_, str>> {
    if !raw.contains('%') {
        return Ok(Cow::Borrowed(raw));
    }
    let broken = || Error::invalid(format!("path segment '{}' is not percent-encoded UTF-8", Excerpt(raw)));
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(broken());
        };
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| broken())?);
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| broken())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(templates: &[&'static str]) -> PathTree<usize> {
        let mut tree = PathTree::new();
        for (index, template) in templates.iter().enumerate() {
            *tree.at(segments(template)) = index;
        }
        tree
    }

    #[test]
    fn paths_find_their_template() {
        let tree = tree(&[
            "/",
            "/pools",
            "/pools/{id}",
            "/pools/{id}/resources",
            "/pools/special/x",
            "/{any}/y",
        ]);
        let check = |path: &str, expected: Option<(usize, &str)>| {
            let found = tree.find(path).unwrap();
            let found = found.as_ref().map(|(index, params)| (**index, params.get("id")));
            assert_eq!(found, expected, "{path}");
        };
        check("/", Some((0, "")));
        check("/pools", Some((1, "")));
        check("/pools/", Some((1, "")));
        check("/pools/p1", Some((2, "p1")));
        check("/pools/a%2Fb~c%25", Some((2, "a/b~c%")));
        check("/pools/gr%C3%B6%C3%9Fe", Some((2, "größe")));
        check("/pools/p1/resources", Some((3, "p1")));
        check("/pools/special/x", Some((4, "")));
        check("/pools/special/resources", Some((3, "special")));
        check("/pools/y", Some((2, "y")));
        check("/other/y", Some((5, "")));
        check("/pools//resources", None);
        check("/pools/p1/other", None);
        check("/nothing", None);
    }

    #[test]
    fn broken_escapes_are_the_callers_fault() {
        let tree = tree(&["/pools/{id}"]);
        for path in ["/pools/%", "/pools/%4", "/pools/%zz", "/pools/%ff", "/pools/%+1"] {
            assert!(
                tree.find(path).unwrap_err().is(crate::ErrorKind::InvalidInput),
                "{path}"
            );
        }
    }

    #[test]
    fn encoding_survives_decoding() {
        for id in ["plain", "a/b", "100%", "größe", "a b+c", "plugin~native", "?#&=;"] {
            let encoded = encode(id);
            assert!(!encoded.contains(['/', '?', '#', ' ']), "{encoded}");
            assert_eq!(decode(&encoded).unwrap(), id);
        }
    }
}
