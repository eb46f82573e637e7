//! Request bodies: which content types a route takes, and how a body becomes a value.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::Excerpt;
use crate::model::Model;
use crate::model::attribute::Shape;
use crate::{Error, Result};

/// What body a route takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum BodyKind {
    /// None; one that comes anyway is refused.
    #[default]
    None,
    /// JSON.
    Json,
    /// JSON, or nothing.
    OptionalJson,
    /// A JSON merge patch (RFC 7396); plain JSON is understood as one.
    MergePatch,
}

impl BodyKind {
    /// The content types it takes.
    #[must_use]
    pub const fn content_types(self) -> &'static [&'static str] {
        match self {
            Self::None => &[],
            Self::Json | Self::OptionalJson => &["application/json"],
            Self::MergePatch => &["application/merge-patch+json", "application/json"],
        }
    }

    /// Whether `headers` announce a body it takes. A body without content type counts as JSON.
    #[must_use]
    pub fn takes(self, headers: &HeaderMap, is_empty: bool) -> bool {
        let Some(content_type) = headers.get(CONTENT_TYPE) else {
            return self != Self::None || is_empty;
        };
        if is_empty && matches!(self, Self::None | Self::OptionalJson) {
            return true;
        }
        let essence = content_type
            .to_str()
            .unwrap_or("")
            .split(';')
            .next()
            .unwrap_or("")
            .trim();
        self.content_types()
            .iter()
            .any(|known| known.eq_ignore_ascii_case(essence))
    }
}

/// Reads a JSON body.
///
/// # Errors
/// `InvalidInput` with the path of the field that is wrong, or line and column of the syntax error.
pub(super) fn read_json<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Error::violation("body", "a JSON body is required"));
    }
    // serde would read a list as the fields of the object in their order, and an empty one as a body without any.
    if body.trim_ascii_start().starts_with(b"[") {
        return Err(Error::violation("body", "must be a JSON object, not a list"));
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| wrong_json(&error.path().to_string(), error.inner()))?;
    deserializer.end().map_err(|error| wrong_json("", &error))?;
    Ok(value)
}

/// `current` with a merge patch applied.
///
/// # Errors
/// `InvalidInput` when the patch is not an object, or with the path of the field that it makes wrong.
pub fn patched<T: Serialize + DeserializeOwned>(current: &T, patch: Value) -> Result<T> {
    if !patch.is_object() {
        return Err(Error::violation("body", "a merge patch is a JSON object"));
    }
    let mut value = serde_json::to_value(current).map_err(|error| Error::internal(error.to_string()))?;
    merge_patch(&mut value, patch);
    serde_path_to_error::deserialize(value).map_err(|error| wrong_json(&error.path().to_string(), error.inner()))
}

/// What a `PUT` wants `current` to be. `writable` are the fields that may be written; what else the object has may be sent
/// back as it was read, so that an object can be read, changed and sent back whole. What changes by itself may have
/// changed since then.
///
/// # Errors
/// `InvalidInput` when the body is not such an object, or wants something changed that cannot be.
pub(super) fn replacement<T: Model, U: DeserializeOwned>(body: &[u8], writable: Shape, current: &T) -> Result<U> {
    if let Ok(replacement) = read_json(body) {
        return Ok(replacement);
    }
    let mut body: serde_json::Map<String, Value> = read_json(body)?;
    let current = serde_json::to_value(current).map_err(|error| Error::internal(error.to_string()))?;
    for row in T::attributes().iter().filter(|row| writable.find(row.name).is_none()) {
        let Some(value) = body.remove(row.name) else { continue };
        if !row.observed && value != current[row.name] {
            let reason = format!("cannot be changed; it is {}", Excerpt(&current[row.name].to_string()));
            return Err(Error::violation(format!("body.{}", row.name), reason));
        }
    }
    serde_path_to_error::deserialize(Value::Object(body))
        .map_err(|error| wrong_json(&error.path().to_string(), error.inner()))
}

/// Of what is no JSON at all, line and column say more than the path.
fn wrong_json(path: &str, error: &serde_json::Error) -> Error {
    // `?` stands for a place that the error came too early to name.
    let path = path.trim_end_matches('?').trim_end_matches('.');
    let at = if path.is_empty() || error.is_syntax() || error.is_eof() {
        "body".to_owned()
    } else {
        format!("body.{}", quoted(path))
    };
    Error::violation(at, quoted(&in_json_words(&error.to_string())))
}

/// The decoder speaks of Rust's types, callers speak of JSON's.
fn in_json_words(reason: &str) -> String {
    const EXPECTED: &str = "expected ";
    let reason = reason
        .replacen("invalid type: map,", "invalid type: object,", 1)
        .replacen("invalid type: sequence,", "invalid type: array,", 1);
    let Some((found, wanted)) = reason.rsplit_once(EXPECTED) else {
        return reason;
    };
    let (wanted, place) = wanted.split_at(wanted.find(" at line ").unwrap_or(wanted.len()));
    let wanted = match wanted {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "u128" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a map" => "an object",
        "a sequence" => "an array",
        wanted if wanted.starts_with("struct ") => "an object",
        wanted => wanted,
    };
    format!("{found}{EXPECTED}{wanted}{place}")
}

/// What the decoder says quotes the body at any length. An [`Excerpt`](crate::error::Excerpt) would be too short: the
/// names that would have been right come last.
fn quoted(text: &str) -> String {
    const LENGTH: usize = 400;
    let clean = |character: char| if character.is_control() { '\u{fffd}' } else { character };
    let mut quoted: String = text.chars().take(LENGTH).map(clean).collect();
    if text.chars().nth(LENGTH).is_some() {
        quoted.push('…');
    }
    quoted
}

/// Applies a merge patch (RFC 7396): objects merge, `null` removes, anything else replaces.
///
/// ```
/// use serde_json::json;
/// let mut pool = json!({"name": "a", "labels": {"x": "1", "y": "2"}});
/// o2_core::http::merge_patch(&mut pool, json!({"labels": {"x": null, "z": "3"}}));
/// assert_eq!(pool, json!({"name": "a", "labels": {"y": "2", "z": "3"}}));
/// ```
pub fn merge_patch(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Some(target) = target.as_object_mut() else { return };
    for (key, value) in patch {
        if value.is_null() {
            target.remove(&key);
        } else {
            merge_patch(target.entry(key).or_insert(Value::Null), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only decoded")]
    struct Pool {
        name: String,
        #[serde(default)]
        sizes: Vec<u8>,
    }

    #[test]
    fn errors_name_the_place() {
        for (body, at, reason) in [
            ("", "body", "required"),
            ("{", "body", "line 1"),
            ("{} {}", "body", "missing field"),
            (r#"{"name":"a"} x"#, "body", "trailing"),
            (r#"{"name":7}"#, "body.name", "invalid type: integer"),
            (
                r#"{"name":"a","sizes":[1,"x"]}"#,
                "body.sizes[1]",
                "invalid type: string",
            ),
            (
                r#"{"name":"a","nam":1}"#,
                "body.nam",
                "unknown field `nam`, expected `name` or `sizes`",
            ),
            (r#"{"sizes":[]}"#, "body", "missing field `name`"),
            (r#" ["a",[1]]"#, "body", "must be a JSON object, not a list"),
        ] {
            let error = read_json::<Pool>(body.as_bytes()).unwrap_err();
            let violation = &error.violations()[0];
            assert_eq!(violation.at, at, "{body}");
            assert!(violation.reason.contains(reason), "{body}: {}", violation.reason);
        }
    }

    #[test]
    fn what_came_from_outside_is_cut_and_cleaned() {
        let long = "x".repeat(10_000);
        for body in [
            format!(r#"{{"name":"a","{long}":1}}"#),
            format!(r#"{{"name":"a","sizes":"{long}"}}"#),
            format!(r#"{{"name":"a","sizes":["\u0007\u001b[31m{long}"]}}"#),
        ] {
            let error = read_json::<Pool>(body.as_bytes()).unwrap_err();
            let violation = &error.violations()[0];
            assert!(violation.at.chars().count() <= 410, "{}", violation.at);
            assert!(violation.reason.chars().count() <= 410, "{}", violation.reason);
            assert!(!error.message().contains(char::is_control), "{error}");
        }
    }

    #[test]
    fn the_examples_of_rfc_7396_hold() {
        for (target, patch, result) in [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (
                json!({"a":{"b":"c"}}),
                json!({"a":{"b":"d","c":null}}),
                json!({"a":{"b":"d"}}),
            ),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a":"b"}), json!(["c"]), json!(["c"])),
            (json!({"a":"foo"}), json!(null), json!(null)),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!([1, 2]), json!({"a":"b","c":null}), json!({"a":"b"})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ] {
            let mut value = target.clone();
            merge_patch(&mut value, patch.clone());
            assert_eq!(value, result, "{target} + {patch}");
        }
    }

    #[test]
    fn content_types_are_checked() {
        let with = |text: &str| HeaderMap::from_iter([(CONTENT_TYPE, text.parse().unwrap())]);
        assert!(BodyKind::Json.takes(&with("application/json; charset=utf-8"), false));
        assert!(BodyKind::Json.takes(&HeaderMap::new(), false));
        assert!(!BodyKind::Json.takes(&with("text/xml"), false));
        assert!(BodyKind::MergePatch.takes(&with("application/merge-patch+json"), false));
        assert!(!BodyKind::Json.takes(&with("application/merge-patch+json"), false));
        assert!(BodyKind::OptionalJson.takes(&with("text/plain"), true));
        assert!(!BodyKind::None.takes(&HeaderMap::new(), false));
    }
}
