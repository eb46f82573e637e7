//! [`Params`]: a query string, decoded. It knows nothing of what the parameters mean.

use crate::error::Excerpt;
use crate::{Error, Result};

/// The most parameters one query string may carry.
const MAX_PARAMS: usize = 256;

/// The parameters of a query string, in order.
///
/// ```
/// use o2_core::query::Params;
/// let params = Params::parse("filter=(eq,name,a%20b);(eq,x,1)&all_fields").unwrap();
/// assert_eq!(params.get("filter"), Some("(eq,name,a b);(eq,x,1)"));
/// assert_eq!(params.get("all_fields"), Some(""));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Decodes a query string, without its `?`. Parameters are separated by `&` only, because filters contain `;`. A `+`
    /// is a blank. A parameter without `=` has an empty value.
    ///
    /// # Errors
    /// `InvalidInput` naming the parameter whose percent escapes are cut off, are not hexadecimal or are not UTF-8, and
    /// when there are more than 256 parameters.
    pub fn parse(raw: &str) -> Result<Self> {
        let pieces: Vec<&str> = raw.split('&').filter(|piece| !piece.is_empty()).collect();
        if pieces.len() > MAX_PARAMS {
            return Err(Error::invalid(format!(
                "the query has {} parameters, at most {MAX_PARAMS} are allowed",
                pieces.len()
            )));
        }
        pieces.into_iter().map(pair).collect::<Result<_>>().map(Self)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of the first parameter with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// The values of all parameters with this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + 'a {
        self.iter()
            .filter(move |(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// Whether there is a parameter with this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The value of the one parameter that may have any of these names.
    ///
    /// # Errors
    /// `InvalidInput` when there is more than one.
    pub fn single(&self, names: &[&str]) -> Result<Option<(&str, &str)>> {
        let mut found = self.iter().filter(|(name, _)| names.contains(name));
        match (found.next(), found.next()) {
            (first, None) => Ok(first),
            (_, Some((name, _))) => Err(Error::violation(
                name,
                format!("only one of {} may be given, once", names.join(", ")),
            )),
        }
    }

    /// Name and value of every parameter.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The parameters without those that the route understands itself.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        let kept = self.0.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        Self(kept.cloned().collect())
    }
}

fn pair(piece: &str) -> Result<(String, String)> {
    let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
    let wrong = |reason: String| Error::violation(Excerpt(name).to_string(), reason);
    Ok((decode(name).map_err(wrong)?, decode(value).map_err(wrong)?))
}

fn decode(text: &str) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => escape(rest.next(), rest.next())?,
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| "the percent escapes are not UTF-8".into())
}

fn escape(high: Option<u8>, low: Option<u8>) -> Result<u8, String> {
    let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
    match (digit(high), digit(low)) {
        (Some(high), Some(low)) => u8::try_from(high * 16 + low).map_err(|error| error.to_string()),
        _ => Err("'%' must be followed by two hexadecimal digits (a literal '%' is '%25')".into()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ErrorKind;

    #[test]
    fn parameters_are_decoded_and_split_on_ampersands_only() {
        for (raw, expected) in [
            ("", vec![]),
            ("&&", vec![]),
            ("a=1&b=2", vec![("a", "1"), ("b", "2")]),
            ("a=1;b=2", vec![("a", "1;b=2")]),
            ("a=1%3B2", vec![("a", "1;2")]),
            ("a=x+y%2Bz", vec![("a", "x y+z")]),
            ("flag", vec![("flag", "")]),
            ("a=b=c", vec![("a", "b=c")]),
            ("n%C3%A4me=%e2%82%ac", vec![("näme", "€")]),
        ] {
            let params = Params::parse(raw).unwrap();
            assert_eq!(params.iter().collect::<Vec<_>>(), expected, "{raw}");
        }
    }

    #[test]
    fn wrong_escapes_name_the_parameter() {
        for raw in ["ok=1&name=%", "name=%4", "name=%zz", "name=%ff", "name=%-1"] {
            let error = Params::parse(raw).unwrap_err();
            assert!(error.is(ErrorKind::InvalidInput), "{raw}");
            assert!(error.message().starts_with("name: "), "{error}");
        }
        assert!(Params::parse(&"a&".repeat(257)).is_err());
    }

    #[test]
    fn a_single_parameter_may_not_be_given_twice() {
        let params = Params::parse("limit=1&pageSize=2&a=1&a=2").unwrap();
        assert_eq!(params.single(&["marker"]).unwrap(), None);
        assert_eq!(params.single(&["limit"]).unwrap(), Some(("limit", "1")));
        assert!(params.single(&["limit", "pageSize"]).is_err());
        assert!(params.single(&["a"]).is_err());
        assert_eq!(params.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert!(params.has("a") && !params.without(&["a"]).has("a"));
    }

    proptest! {
        #[test]
        fn any_text_is_decoded_or_refused(raw in ".*") {
            if let Ok(params) = Params::parse(&raw) {
                prop_assert!(params.iter().count() <= MAX_PARAMS);
            }
        }
    }
}
