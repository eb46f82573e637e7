//! Structural schemas, as definitions of custom resources have them: what in an object does not fit one.
//!
//! The part of OpenAPI v3 that says which fields there are and of what type: `type`, `properties`, `required`, `items`,
//! `additionalProperties`, `enum`, `nullable` and the `x-kubernetes` extensions about unknown fields, embedded objects
//! and numbers that may be texts. Bounds, patterns and rules are not looked at.

use serde_json::Value;

use super::status::Cause;

/// What is wrong with an object.
pub(super) fn check(schema: &Value, object: &Value) -> Vec<Cause> {
    let mut causes = Vec::new();
    Checker { causes: &mut causes }.object(schema, object, "", true);
    causes
}

struct Checker<'a> {
    causes: &'a mut Vec<Cause>,
}

impl Checker<'_> {
    fn value(&mut self, schema: &Value, value: &Value, path: &str) {
        if value.is_null() && says(schema, "nullable") {
            return;
        }
        if !has_type(schema, value) {
            return self.wrong_type(schema, value, path);
        }
        if let Some(known) = schema["enum"].as_array().filter(|known| !known.contains(value)) {
            self.not_one_of(known, value, path);
        }
        match value {
            Value::Object(_) => self.object(schema, value, path, says(schema, "x-kubernetes-embedded-resource")),
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.value(&schema["items"], item, &format!("{path}[{index}]"));
                }
            }
            _ => {}
        }
    }

    fn object(&mut self, schema: &Value, object: &Value, path: &str, is_resource: bool) {
        let inner = |key: &str| {
            if path.is_empty() {
                key.to_owned()
            } else {
                format!("{path}.{key}")
            }
        };
        for required in schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            if object.get(required).is_none() {
                self.causes.push(Cause::required(inner(required)));
            }
        }
        for (key, value) in object.as_object().into_iter().flatten() {
            if is_resource && ["apiVersion", "kind", "metadata"].contains(&key.as_str()) {
                continue;
            }
            match member(schema, key) {
                Member::Known(schema) => self.value(schema, value, &inner(key)),
                Member::Free => {}
                Member::Unknown => self.causes.push(Cause::forbidden(inner(key), "unknown field")),
            }
        }
    }

    fn wrong_type(&mut self, schema: &Value, value: &Value, path: &str) {
        let expected = schema["type"].as_str().unwrap_or("integer or string");
        let is = type_of(value);
        let message = format!("Invalid value: {is:?}: {path} in body must be of type {expected}: {is:?}");
        self.causes.push(Cause {
            reason: "FieldValueTypeInvalid",
            message,
            field: path.to_owned(),
        });
    }

    fn not_one_of(&mut self, known: &[Value], value: &Value, path: &str) {
        let known: Vec<_> = known.iter().map(ToString::to_string).collect();
        let message = format!("Unsupported value: {value}: supported values: {}", known.join(", "));
        self.causes.push(Cause {
            reason: "FieldValueNotSupported",
            message,
            field: path.to_owned(),
        });
    }
}

/// What a schema says about a member of an object.
enum Member<'a> {
    Known(&'a Value),
    Free,
    Unknown,
}

fn member<'a>(schema: &'a Value, key: &str) -> Member<'a> {
    let says_nothing = schema.as_object().is_none_or(serde_json::Map::is_empty);
    if let Some(known) = schema["properties"].get(key) {
        return Member::Known(known);
    }
    match &schema["additionalProperties"] {
        others @ Value::Object(_) => Member::Known(others),
        Value::Bool(true) => Member::Free,
        _ if says_nothing || says(schema, "x-kubernetes-preserve-unknown-fields") => Member::Free,
        _ => Member::Unknown,
    }
}

fn says(schema: &Value, what: &str) -> bool {
    schema[what] == Value::Bool(true)
}

fn has_type(schema: &Value, value: &Value) -> bool {
    if says(schema, "x-kubernetes-int-or-string") {
        return value.is_i64() || value.is_u64() || value.is_string();
    }
    match schema["type"].as_str() {
        Some("number") => value.is_number(),
        Some(expected) => expected == type_of(value),
        None => true,
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({
            "type": "object",
            "required": ["spec"],
            "properties": {"spec": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string"},
                    "mode": {"type": "string", "enum": ["A", "B"]},
                    "size": {"type": "integer"},
                    "share": {"type": "number"},
                    "port": {"x-kubernetes-int-or-string": true},
                    "maybe": {"type": "string", "nullable": true},
                    "list": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "boolean"}}}},
                    "map": {"type": "object", "additionalProperties": {"type": "string"}},
                    "open": {"type": "object", "additionalProperties": true},
                    "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                    "inner": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {}},
                    "any": {},
                },
            }},
        })
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (spec, wrong) in [
            (json!({"name": "a"}), vec![]),
            (
                json!({"name": "a", "mode": "A", "size": 1, "share": 0.5, "port": "http", "maybe": null}),
                vec![],
            ),
            (json!({"name": "a", "share": 1, "port": 80, "any": {"x": [1]}}), vec![]),
            (
                json!({"name": "a", "map": {"x": "y"}, "open": {"x": 1}, "free": {"x": {}}}),
                vec![],
            ),
            (
                json!({"name": "a", "inner": {"apiVersion": "v1", "kind": "X", "metadata": {}}}),
                vec![],
            ),
            (json!({}), vec![("FieldValueRequired", "spec.name")]),
            (
                json!({"name": "a", "nam": "b"}),
                vec![("FieldValueForbidden", "spec.nam")],
            ),
            (json!({"name": 1}), vec![("FieldValueTypeInvalid", "spec.name")]),
            (json!({"name": null}), vec![("FieldValueTypeInvalid", "spec.name")]),
            (
                json!({"name": "a", "size": 1.5}),
                vec![("FieldValueTypeInvalid", "spec.size")],
            ),
            (
                json!({"name": "a", "port": true}),
                vec![("FieldValueTypeInvalid", "spec.port")],
            ),
            (
                json!({"name": "a", "mode": "C"}),
                vec![("FieldValueNotSupported", "spec.mode")],
            ),
            (
                json!({"name": "a", "list": [{"a": true}, {"a": 1, "b": 2}]}),
                vec![
                    ("FieldValueTypeInvalid", "spec.list[1].a"),
                    ("FieldValueForbidden", "spec.list[1].b"),
                ],
            ),
            (
                json!({"name": "a", "map": {"x": 1}}),
                vec![("FieldValueTypeInvalid", "spec.map.x")],
            ),
            (
                json!({"name": "a", "inner": {"x": 1}}),
                vec![("FieldValueForbidden", "spec.inner.x")],
            ),
            (json!("odd"), vec![("FieldValueTypeInvalid", "spec")]),
        ] {
            let object = json!({"apiVersion": "v1", "kind": "X", "metadata": {"name": "a"}, "spec": spec});
            let causes = check(&schema(), &object);
            let found: Vec<_> = causes
                .iter()
                .map(|cause| (cause.reason, cause.field.as_str()))
                .collect();
            assert_eq!(found, wrong, "{object}");
        }
        assert_eq!(check(&schema(), &json!({}))[0].field, "spec");
    }
}
