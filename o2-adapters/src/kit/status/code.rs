//! Where in a body an error code is.

use serde_json::Value;

/// A JSON pointer (RFC 6901) in which a part `*` stands for the first member or item that leads on to something.
#[derive(Debug, Clone)]
pub(super) struct Pointer(Vec<String>);

impl Pointer {
    pub(super) fn new(text: &str) -> Self {
        let parts = text.split('/').skip(1);
        Self(parts.map(|part| part.replace("~1", "/").replace("~0", "~")).collect())
    }

    /// The text or number that it leads to.
    pub(super) fn text(&self, body: &Value) -> Option<String> {
        find(body, &self.0)
    }
}

fn find(value: &Value, parts: &[String]) -> Option<String> {
    let Some((part, rest)) = parts.split_first() else {
        return match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
    };
    match value {
        Value::Object(members) if part == "*" => members.values().find_map(|member| find(member, rest)),
        Value::Array(items) if part == "*" => items.iter().find_map(|item| find(item, rest)),
        Value::Object(members) => find(members.get(part)?, rest),
        Value::Array(items) => find(items.get(part.parse::<usize>().ok()?)?, rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn codes_are_found_where_backends_put_them() {
        let nova = json!({"itemNotFound": {"code": 404, "message": "no"}});
        let placement = json!({"errors": [{"status": 409, "code": "placement.concurrent_update"}]});
        let dtias = json!({"code": 5, "details": [{"x": 1}, {"metadata": {"HTTPErrorCode": "404"}}]});
        for (body, pointer, code) in [
            (&nova, "/*/code", Some("404")),
            (&nova, "/itemNotFound/message", Some("no")),
            (&nova, "/itemNotFound", None),
            (&placement, "/errors/0/code", Some("placement.concurrent_update")),
            (&placement, "/errors/*/code", Some("placement.concurrent_update")),
            (&placement, "/errors/1/code", None),
            (&dtias, "/details/*/metadata/HTTPErrorCode", Some("404")),
            (&dtias, "/code/x", None),
            (&json!({"a/b": {"~": "c"}}), "/a~1b/~0", Some("c")),
            (&json!("oops"), "", Some("oops")),
        ] {
            assert_eq!(Pointer::new(pointer).text(body).as_deref(), code, "{pointer} in {body}");
        }
    }
}
