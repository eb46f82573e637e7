//! What is wrong with an OpenAPI 3.1 document: the parts of the specification that generated documents get wrong. Not a
//! replacement for a validator that knows the whole of it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const KINDS: [&str; 7] = ["string", "integer", "number", "boolean", "object", "array", "null"];
const STYLES: [&str; 4] = ["path", "query", "header", "cookie"];

/// Everything that is wrong, one sentence each, with the place. Empty for a good document.
///
/// Looked at: the fields every object must have, references, that operation ids and parameters are there once, that
/// the names in a path are declared as its parameters and no others, that different paths are different templates, and
/// that schemas have known types, properties for what they require, and no duplicates in enumerations.
#[must_use]
pub fn problems(document: &Value) -> Vec<String> {
    let mut check = Check {
        document,
        problems: Vec::new(),
        operation_ids: BTreeSet::new(),
    };
    check.document();
    check.problems
}

struct Check<'d> {
    document: &'d Value,
    problems: Vec<String>,
    operation_ids: BTreeSet<&'d str>,
}

impl<'d> Check<'d> {
    fn wrong(&mut self, at: &str, what: impl AsRef<str>) {
        self.problems.push(format!("{at}: {}", what.as_ref()));
    }

    fn text(&mut self, at: &str, value: &'d Value, name: &str) -> &'d str {
        let text = value[name].as_str().unwrap_or("");
        if text.is_empty() {
            self.wrong(at, format!("has no {name}"));
        }
        text
    }

    fn document(&mut self) {
        let document = self.document;
        if !self.text("document", document, "openapi").starts_with("3.1.") {
            self.wrong("openapi", "is not 3.1");
        }
        self.text("info", &document["info"], "title");
        self.text("info", &document["info"], "version");
        if let Some(license) = document["info"].get("license") {
            self.text("info.license", license, "name");
            if license.get("identifier").is_some() && license.get("url").is_some() {
                self.wrong("info.license", "has both identifier and url");
            }
        }
        let mut templates = BTreeSet::new();
        for (path, item) in members(&document["paths"]) {
            if !path.starts_with('/') {
                self.wrong(path, "does not begin with a slash");
            }
            let template: Vec<&str> = path
                .split('/')
                .map(|segment| name(segment).map_or(segment, |_| "{}"))
                .collect();
            if !templates.insert(template.join("/")) {
                self.wrong(path, "is the same template as another path");
            }
            self.path(path, item);
        }
        for (name, schema) in members(&document["components"]["schemas"]) {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
            if name.is_empty() || !name.chars().all(allowed) {
                self.wrong(name, "is no name of a component");
            }
            self.schema(&format!("schema {name}"), schema);
        }
        for (name, response) in members(&document["components"]["responses"]) {
            self.response(&format!("response {name}"), response);
        }
    }

    fn path(&mut self, path: &str, item: &'d Value) {
        for (method, operation) in members(item) {
            let at = format!("{method} {path}");
            if !METHODS.contains(&method.as_str()) {
                self.wrong(&at, "is no method");
                continue;
            }
            let id = self.text(&at, operation, "operationId");
            if !id.is_empty() && !self.operation_ids.insert(id) {
                self.wrong(&at, format!("operationId {id} is there twice"));
            }
            self.text(&at, operation, "summary");
            self.parameters(&at, path, &operation["parameters"]);
            if let Some(body) = operation.get("requestBody") {
                self.content(&format!("{at} body"), &body["content"], true);
            }
            let responses = members(&operation["responses"]);
            if responses.is_empty() {
                self.wrong(&at, "has no responses");
            }
            for (status, response) in responses {
                let is_status = status == "default" || status.parse().is_ok_and(|code| (100..600).contains(&code));
                if !is_status {
                    self.wrong(&at, format!("{status} is no status"));
                }
                self.response(&format!("{at} {status}"), response);
            }
        }
    }

    fn parameters(&mut self, at: &str, path: &str, parameters: &'d Value) {
        let mut seen = BTreeSet::new();
        let mut in_path = BTreeSet::new();
        for parameter in parameters.as_array().map_or(&[][..], Vec::as_slice) {
            let (name, place) = (self.text(at, parameter, "name"), self.text(at, parameter, "in"));
            if !STYLES.contains(&place) {
                self.wrong(at, format!("parameter {name} is in '{place}'"));
            }
            if !seen.insert((name, place)) {
                self.wrong(at, format!("{place} parameter {name} is there twice"));
            }
            if place == "path" {
                in_path.insert(name);
                if parameter["required"] != true {
                    self.wrong(at, format!("path parameter {name} is not required"));
                }
            }
            if parameter.get("schema").is_none() {
                self.wrong(at, format!("parameter {name} has no schema"));
            }
            self.schema(&format!("{at} {name}"), &parameter["schema"]);
        }
        let named: BTreeSet<&str> = path.split('/').filter_map(name).collect();
        if named != in_path {
            self.wrong(at, format!("the path names {named:?}, the parameters are {in_path:?}"));
        }
    }

    fn response(&mut self, at: &str, response: &'d Value) {
        if response.get("$ref").is_some() {
            self.reference(at, response);
            return;
        }
        self.text(at, response, "description");
        if let Some(content) = response.get("content") {
            self.content(at, content, true);
        }
    }

    fn content(&mut self, at: &str, content: &'d Value, required: bool) {
        let kinds = members(content);
        if kinds.is_empty() && required {
            self.wrong(at, "has no content");
        }
        for (kind, media) in kinds {
            if !kind.contains('/') {
                self.wrong(at, format!("{kind} is no content type"));
            }
            self.schema(&format!("{at} {kind}"), &media["schema"]);
        }
    }

    fn reference(&mut self, at: &str, value: &'d Value) {
        let reference = value["$ref"].as_str().unwrap_or("");
        let target = reference
            .strip_prefix('#')
            .and_then(|pointer| self.document.pointer(pointer));
        if target.is_none_or(Value::is_null) {
            self.wrong(at, format!("{reference} leads nowhere"));
        }
    }

    fn schema(&mut self, at: &str, schema: &'d Value) {
        if schema.get("$ref").is_some() {
            self.reference(at, schema);
            return;
        }
        let Some(keywords) = schema.as_object() else {
            self.wrong(at, "is no schema");
            return;
        };
        let kind = keywords.get("type").and_then(Value::as_str).unwrap_or("");
        if keywords.contains_key("type") && !KINDS.contains(&kind) {
            self.wrong(at, format!("'{kind}' is no type"));
        }
        if kind == "array" {
            self.schema(&format!("{at}[]"), &schema["items"]);
        }
        self.enumeration(at, keywords);
        let properties = members(&schema["properties"]);
        for required in strings(&schema["required"]) {
            if !properties.iter().any(|(name, _)| *name == required) {
                self.wrong(at, format!("requires {required}, which is no property"));
            }
        }
        for (name, property) in properties {
            self.schema(&format!("{at}.{name}"), property);
        }
        if let Some(more) = schema.get("additionalProperties").filter(|more| !more.is_boolean()) {
            self.schema(&format!("{at}.*"), more);
        }
    }

    fn enumeration(&mut self, at: &str, keywords: &'d Map<String, Value>) {
        let Some(words) = keywords.get("enum") else { return };
        let words = strings(words);
        if words.is_empty() || words.iter().collect::<BTreeSet<_>>().len() != words.len() {
            self.wrong(at, "has an enumeration that is empty or names a word twice");
        }
    }
}

fn members(value: &Value) -> Vec<(&String, &Value)> {
    value.as_object().map(|map| map.iter().collect()).unwrap_or_default()
}

fn strings(value: &Value) -> Vec<&str> {
    let array = value.as_array();
    array
        .map(|array| array.iter().filter_map(Value::as_str).collect())
        .unwrap_or_default()
}

/// `name` of `{name}`.
fn name(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        let parameter = json!({"name": "id", "in": "path", "required": true, "schema": {"type": "string"}});
        let list = json!({"type": "array", "items": {"$ref": "#/components/schemas/Thing"}});
        json!({
            "openapi": "3.1.0",
            "info": {"title": "T", "version": "1", "license": {"name": "L", "identifier": "L"}},
            "paths": {"/things/{id}": {"get": {
                "operationId": "get", "summary": "Get", "parameters": [parameter],
                "responses": {
                    "200": {"description": "OK", "content": {"application/json": {"schema": list}}},
                    "default": {"$ref": "#/components/responses/Problem"},
                },
            }}},
            "components": {
                "schemas": {"Thing": {
                    "type": "object", "required": ["a"],
                    "properties": {"a": {"type": "string", "enum": ["x", "y"]}, "b": {}},
                }},
                "responses": {"Problem": {"description": "Wrong"}},
            },
        })
    }

    #[test]
    fn a_good_document_has_no_problems() {
        assert_eq!(problems(&document()), Vec::<String>::new());
    }

    #[test]
    fn every_mistake_is_found() {
        let operation = "/paths/~1things~1{id}/get";
        for (pointer, value, expected) in [
            ("/openapi".to_owned(), json!("3.0.0"), "is not 3.1"),
            ("/info".to_owned(), json!({"version": "1"}), "info: has no title"),
            ("/info/license/url".to_owned(), json!("u"), "both identifier and url"),
            ("/paths/x".to_owned(), json!({}), "does not begin with a slash"),
            ("/paths/~1things~1{other}".to_owned(), json!({}), "the same template"),
            ("/paths/~1things~1{id}/fetch".to_owned(), json!({}), "is no method"),
            (format!("{operation}/operationId"), json!(""), "has no operationId"),
            (format!("{operation}/parameters"), json!([]), "the path names {\"id\"}"),
            (format!("{operation}/parameters/0/in"), json!("body"), "is in 'body'"),
            (
                format!("{operation}/parameters/0/required"),
                json!(false),
                "is not required",
            ),
            (format!("{operation}/requestBody"), json!({}), "has no content"),
            (format!("{operation}/responses"), json!({}), "has no responses"),
            (
                format!("{operation}/responses/ok"),
                json!({"description": "x"}),
                "is no status",
            ),
            (format!("{operation}/responses/201"), json!({}), "has no description"),
            (
                format!("{operation}/responses/default/$ref"),
                json!("#/nowhere"),
                "leads nowhere",
            ),
            (
                "/components/schemas/Thing/type".to_owned(),
                json!("text"),
                "'text' is no type",
            ),
            (
                "/components/schemas/Thing/required/0".to_owned(),
                json!("c"),
                "requires c",
            ),
            (
                "/components/schemas/Thing/properties/a/enum".to_owned(),
                json!(["x", "x"]),
                "names a word twice",
            ),
            (
                "/components/schemas/Thing/properties/b".to_owned(),
                json!(null),
                "is no schema",
            ),
            (
                "/components/schemas/a b".to_owned(),
                json!({}),
                "is no name of a component",
            ),
        ] {
            let mut document = document();
            let (parent, last) = pointer.rsplit_once('/').unwrap();
            let last = last.replace("~1", "/");
            match document.pointer_mut(parent).unwrap() {
                Value::Array(items) => items[last.parse::<usize>().unwrap()] = value,
                parent => parent[last] = value,
            }
            let found = problems(&document);
            assert!(
                found.iter().any(|problem| problem.contains(expected)),
                "{pointer}: {found:?}"
            );
        }
        let mut twice = document();
        twice["paths"]["/other"] = twice["paths"]["/things/{id}"].clone();
        assert!(
            problems(&twice)
                .iter()
                .any(|problem| problem.contains("is there twice"))
        );
    }
}
