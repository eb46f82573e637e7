//! `values.schema.json`: what values a chart takes. Helm checks values by it; here it is only checked that this does not
//! make Helm ask somebody.

use o2_core::error::Excerpt;
use serde_json::Value;

use super::Flaw;

pub(super) const NAME: &str = "values.schema.json";

/// Checks that a schema refers to nothing outside of itself: Helm would fetch it, from wherever the chart says.
pub(super) fn check(schema: &[u8]) -> Result<(), Flaw> {
    let schema: Value = serde_json::from_slice(schema).map_err(|_| Flaw::new(format!("{NAME} is not JSON")))?;
    match outside(&schema) {
        None => Ok(()),
        Some(reference) => Err(Flaw::new(format!(
            "{NAME} refers to '{}', which would be fetched; put it into the schema",
            Excerpt(reference)
        ))),
    }
}

/// A reference that leads out of the document. Those to the drafts of JSON Schema are known to every validator.
fn outside(schema: &Value) -> Option<&str> {
    match schema {
        Value::Object(members) => members.iter().find_map(|(name, value)| match (name.as_str(), value) {
            ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(reference)) => {
                leads_out(reference).then_some(reference.as_str())
            }
            // An id changes what references are relative to.
            ("$id" | "id", Value::String(_)) => None,
            ("const" | "default" | "enum" | "examples", _) => None,
            _ => outside(value),
        }),
        Value::Array(items) => items.iter().find_map(outside),
        _ => None,
    }
}

fn leads_out(reference: &str) -> bool {
    const DRAFTS: [&str; 4] = [
        "http://json-schema.org/draft-04/",
        "http://json-schema.org/draft-06/",
        "http://json-schema.org/draft-07/",
        "https://json-schema.org/draft/",
    ];
    !reference.starts_with('#') && !DRAFTS.iter().any(|draft| reference.starts_with(draft))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_outside_is_referred_to() {
        for (schema, outside) in [
            (
                json!({"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}),
                None,
            ),
            (
                json!({"$ref": "#/definitions/a", "definitions": {"a": {"type": "string"}}}),
                None,
            ),
            (
                json!({"properties": {"a": {"$ref": "https://json-schema.org/draft/2020-12/schema"}}}),
                None,
            ),
            (json!({"properties": {"a": {"const": {"$ref": "http://x"}}}}), None),
            (json!({"properties": {"$ref": {"type": "string"}}}), None),
            (
                json!({"allOf": [{}, {"items": {"$ref": "http://169.254.169.254/x"}}]}),
                Some("http://169.254.169.254/x"),
            ),
            (json!({"$ref": "file:///etc/passwd"}), Some("file:///etc/passwd")),
            (json!({"$ref": "other.json#/a"}), Some("other.json#/a")),
            (json!({"$dynamicRef": "https://h/x"}), Some("https://h/x")),
        ] {
            let checked = check(schema.to_string().as_bytes());
            match outside {
                None => assert_eq!(checked, Ok(()), "{schema}"),
                Some(reference) => assert!(checked.unwrap_err().to_string().contains(reference), "{schema}"),
            }
        }
        assert!(check(b"type: object").is_err());
    }
}
