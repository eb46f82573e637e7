//! Checks JSON against the schemas of the OpenAPI document: the part of JSON Schema that the document uses, and strictly,
//! so that what is not documented is found too.

use o2::core::Timestamp;
use serde_json::{Map, Value, json};

/// What is wrong with `value`, by place. `document` holds what references refer to.
pub(crate) fn check(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut checker = Checker {
        document,
        wrong: Vec::new(),
    };
    checker.check(schema, value, "$");
    checker.wrong
}

struct Checker<'a> {
    document: &'a Value,
    wrong: Vec<String>,
}

impl<'a> Checker<'a> {
    fn check(&mut self, schema: &'a Value, value: &Value, at: &str) {
        let schema = schema
            .as_object()
            .unwrap_or_else(|| panic!("{at}: no schema: {schema}"));
        for (keyword, wanted) in schema {
            match keyword.as_str() {
                "description" => {}
                "$ref" => {
                    let pointer = wanted.as_str().unwrap().strip_prefix('#').unwrap();
                    let target = self
                        .document
                        .pointer(pointer)
                        .unwrap_or_else(|| panic!("{wanted} leads nowhere"));
                    self.check(target, value, at);
                }
                "type" => self.expect(has_type(value, wanted.as_str().unwrap()), at, || {
                    format!("{value} is no {wanted}")
                }),
                "enum" => {
                    let known = wanted.as_array().unwrap().contains(value);
                    self.expect(known, at, || format!("{value} is not one of {wanted}"));
                }
                "minimum" => {
                    let enough = value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap());
                    self.expect(enough, at, || format!("{value} is less than {wanted}"));
                }
                "format" => self.expect(has_format(value, wanted.as_str().unwrap()), at, || {
                    format!("{value} is no {wanted}")
                }),
                "required" => {
                    for name in wanted.as_array().unwrap().iter().map(|name| name.as_str().unwrap()) {
                        let there = value.as_object().is_none_or(|object| object.contains_key(name));
                        self.expect(there, at, || format!("'{name}' is missing"));
                    }
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(wanted, item, &format!("{at}[{index}]"));
                    }
                }
                "properties" | "additionalProperties" => {}
                other => panic!("{at}: the checker does not know '{other}'"),
            }
        }
        let known = schema
            .get("properties")
            .map(|properties| properties.as_object().unwrap());
        let others = schema.get("additionalProperties");
        if let Some(object) = value.as_object().filter(|_| known.is_some() || others.is_some()) {
            self.check_properties(known, others, object, at);
        }
    }

    fn check_properties(
        &mut self,
        known: Option<&'a Map<String, Value>>,
        others: Option<&'a Value>,
        object: &Map<String, Value>,
        at: &str,
    ) {
        for (name, value) in object {
            let at = format!("{at}.{name}");
            match (known.and_then(|known| known.get(name)), others) {
                (Some(schema), _) => self.check(schema, value, &at),
                (None, Some(Value::Bool(true))) => {}
                (None, Some(schema @ Value::Object(_))) => self.check(schema, value, &at),
                (None, _) => self.wrong.push(format!("{at}: is not documented")),
            }
        }
    }

    fn expect(&mut self, right: bool, at: &str, wrong: impl FnOnce() -> String) {
        if !right {
            self.wrong.push(format!("{at}: {}", wrong()));
        }
    }
}

fn has_type(value: &Value, wanted: &str) -> bool {
    match wanted {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        other => panic!("the checker does not know the type '{other}'"),
    }
}

fn has_format(value: &Value, wanted: &str) -> bool {
    let text = value.as_str().unwrap_or("");
    match wanted {
        "date-time" => text.parse::<Timestamp>().is_ok(),
        "uri-reference" => text.parse::<http::Uri>().is_ok(),
        other => panic!("the checker does not know the format '{other}'"),
    }
}

#[test]
fn the_checker_finds_what_is_wrong() {
    let document = json!({"components": {"schemas": {"Pool": {
        "type": "object", "required": ["name"], "properties": {
            "name": {"type": "string", "description": "Its name."},
            "kind": {"type": "string", "enum": ["a", "b"]},
            "since": {"type": "string", "format": "date-time"},
            "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Pool"}},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "size": {"type": "integer", "minimum": 1},
            "any": {},
        },
    }}}});
    let schema = json!({"$ref": "#/components/schemas/Pool"});
    for (value, wrong) in [
        (
            json!({"name": "x", "kind": "a", "since": "2026-01-01T00:00:00Z", "any": [1], "size": 1}),
            vec![],
        ),
        (json!({}), vec!["$: 'name' is missing"]),
        (json!([]), vec!["$: [] is no \"object\""]),
        (json!({"name": 5}), vec!["$.name: 5 is no \"string\""]),
        (
            json!({"name": "x", "kind": "c"}),
            vec!["$.kind: \"c\" is not one of [\"a\",\"b\"]"],
        ),
        (
            json!({"name": "x", "since": "now"}),
            vec!["$.since: \"now\" is no \"date-time\""],
        ),
        (
            json!({"name": "x", "parts": [{}]}),
            vec!["$.parts[0]: 'name' is missing"],
        ),
        (json!({"name": "x", "size": 0}), vec!["$.size: 0 is less than 1"]),
        (
            json!({"name": "x", "labels": {"a": 1}}),
            vec!["$.labels.a: 1 is no \"string\""],
        ),
        (json!({"name": "x", "other": 0}), vec!["$.other: is not documented"]),
    ] {
        assert_eq!(check(&document, &schema, &value), wrong, "{value}");
    }
}
