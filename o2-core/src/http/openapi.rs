//! The OpenAPI 3.1 document, made from the routes that serve requests and the shapes of what they carry.

use std::collections::BTreeMap;

use http::Method;
use serde_json::{Map, Value, json};

use super::path::{parameter_name, segments};
use super::problem::{CONTENT_TYPE_PROBLEM, ProblemDetails};
use super::{Answer, ApiVersion, BodyKind, Mount, Mounted, Parameter, QueryDoc, RouteInfo};
use crate::model::attribute::{AttributeKind, Field, Shape};

/// What the document says about the API as a whole.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Info {
    /// The title.
    pub title: String,
    /// The version of the gateway.
    pub version: String,
    /// What the API is, in Markdown.
    pub description: String,
}

impl Info {
    /// Title, version and description.
    pub fn new(title: impl Into<String>, version: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            version: version.into(),
            description: description.into(),
        }
    }
}

/// Describes every route of `mounts`.
#[must_use]
pub fn document(info: &Info, mounts: &[&dyn Mount]) -> Value {
    let mut document = Document::default();
    document.schema(ProblemDetails::SHAPE);
    for mounted in mounts.iter().flat_map(|mount| mount.routes()) {
        let operation = document.operation(&mounted);
        let path = if mounted.path.is_empty() {
            "/".to_owned()
        } else {
            mounted.path
        };
        let path = document.paths.entry(path).or_default();
        path.insert(mounted.info.method.as_str().to_lowercase(), operation);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": info.title, "version": info.version, "description": info.description,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": document.paths,
        "components": {
            "schemas": document.schemas,
            "responses": {"Problem": {
                "description": "Something went wrong (RFC 9457).",
                "content": {CONTENT_TYPE_PROBLEM: {"schema": reference(ProblemDetails::SHAPE)}},
            }},
        },
    })
}

#[derive(Default)]
struct Document {
    paths: BTreeMap<String, Map<String, Value>>,
    schemas: BTreeMap<&'static str, Value>,
}

impl Document {
    fn operation(&mut self, mounted: &Mounted<'_>) -> Value {
        let info = mounted.info;
        let mut operation = Map::new();
        operation.insert("operationId".into(), operation_id(mounted).into());
        operation.insert("summary".into(), info.summary.into());
        operation.insert("tags".into(), json!([info.operation.category.as_str()]));
        let permission = format!("{}:{}", info.operation.collection, info.operation.action.as_str());
        operation.insert("x-permission".into(), permission.into());
        if info.deprecation.is_some() {
            operation.insert("deprecated".into(), true.into());
        }
        operation.insert("parameters".into(), parameters(mounted).into());
        if let Some(body) = self.request_body(info) {
            operation.insert("requestBody".into(), body);
        }
        operation.insert("responses".into(), self.responses(info, mounted.version));
        Value::Object(operation)
    }

    fn request_body(&mut self, info: &RouteInfo) -> Option<Value> {
        let shape = info.body_shape?;
        self.schema(shape);
        // A patch may leave out whatever the object requires.
        let schema = if info.body == BodyKind::MergePatch {
            json!({"type": "object"})
        } else {
            reference(shape)
        };
        let content = |name: &&str| ((*name).to_owned(), json!({"schema": schema.clone()}));
        let content: Map<_, _> = info.body.content_types().iter().map(content).collect();
        Some(json!({"required": info.body != BodyKind::OptionalJson, "content": content}))
    }

    fn responses(&mut self, info: &RouteInfo, version: ApiVersion) -> Value {
        let success = self.success(&info.answer, version);
        let mut responses = Map::new();
        for status in info.also {
            let answer = match info.answer {
                Answer::Object(_, shape) => Answer::Object(*status, shape),
                _ => Answer::Json(*status),
            };
            responses.insert(status.as_str().into(), self.success(&answer, version));
        }
        for answer in info.others {
            responses.insert(answer.status().as_str().into(), self.success(answer, version));
        }
        responses.insert(info.answer.status().as_str().into(), success);
        responses.insert("default".into(), json!({"$ref": "#/components/responses/Problem"}));
        Value::Object(responses)
    }

    fn success(&mut self, answer: &Answer, version: ApiVersion) -> Value {
        let description = answer.status().canonical_reason().unwrap_or("Success");
        let json_content = |schema: Value| json!({"application/json": {"schema": schema}});
        let content = match answer {
            Answer::Empty(_) => return json!({"description": description}),
            Answer::Json(_) => json_content(json!({})),
            Answer::Object(_, shape) => {
                self.schema(*shape);
                json_content(reference(*shape))
            }
            Answer::List(shape) => {
                self.schema(*shape);
                json_content(list_schema(*shape, version))
            }
            Answer::Text(content_type) => json!({*content_type: {"schema": {"type": "string"}}}),
        };
        json!({"description": description, "content": content})
    }

    /// Adds the schema of a shape, and of the shapes inside it, to the components.
    fn schema(&mut self, shape: Shape) {
        if self.schemas.contains_key(shape.name()) {
            return;
        }
        // Announce it first: a shape may contain itself.
        self.schemas.insert(shape.name(), Value::Null);
        let mut properties = Map::new();
        let mut required = Vec::new();
        for Field {
            name,
            kind,
            required: always,
            doc,
        } in shape.fields()
        {
            let mut schema = self.kind(kind);
            if let Value::Object(schema) = &mut schema {
                schema.insert("description".into(), doc.into());
            }
            properties.insert(name.into(), schema);
            if always {
                required.push(name);
            }
        }
        let mut schema = json!({"type": "object", "properties": properties});
        if !required.is_empty() {
            schema["required"] = required.into();
        }
        self.schemas.insert(shape.name(), schema);
    }

    fn kind(&mut self, kind: AttributeKind) -> Value {
        match kind {
            AttributeKind::String => json!({"type": "string"}),
            AttributeKind::Integer => json!({"type": "integer"}),
            AttributeKind::Number => json!({"type": "number"}),
            AttributeKind::Boolean => json!({"type": "boolean"}),
            AttributeKind::DateTime => json!({"type": "string", "format": "date-time"}),
            AttributeKind::Enum(words) => json!({"type": "string", "enum": words}),
            AttributeKind::Map => json!({"type": "object", "additionalProperties": true}),
            AttributeKind::Any => json!({}),
            AttributeKind::Object(shape) => {
                self.schema(shape);
                reference(shape)
            }
            AttributeKind::Array(item) => json!({"type": "array", "items": self.kind(*item)}),
        }
    }
}

fn reference(shape: Shape) -> Value {
    json!({"$ref": format!("#/components/schemas/{}", shape.name())})
}

fn list_schema(shape: Shape, version: ApiVersion) -> Value {
    let mut schema = json!({
        "type": "object",
        "required": ["items"],
        "properties": {
            "items": {"type": "array", "items": reference(shape)},
            "pagination": {
                "type": "object",
                "required": ["pageSize"],
                "properties": {
                    "totalCount": {"type": "integer"},
                    "pageSize": {"type": "integer"},
                    "nextPage": {"type": "string", "format": "uri-reference"},
                },
            },
        },
    });
    if version >= ApiVersion::V2 {
        schema["required"] = json!(["items", "pagination"]);
        schema["properties"]["warnings"] = json!({"type": "array", "items": {"type": "object"}});
    }
    schema
}

fn operation_id(mounted: &Mounted<'_>) -> String {
    let words = mounted.path.split('/').filter(|word| !word.is_empty());
    let words = words.map(|word| parameter_name(word).map_or_else(|| word.to_owned(), |name| format!("by_{name}")));
    let words: Vec<String> = std::iter::once(mounted.info.method.as_str().to_lowercase())
        .chain(words)
        .collect();
    words.join("_")
}

fn parameters(mounted: &Mounted<'_>) -> Vec<Value> {
    const LIST: [Parameter; 4] = [
        Parameter::new(
            "filter",
            "Filter expression (SOL013), `(eq,name,pool-1);(cont,description,edge)`.",
        ),
        Parameter::new("sort", "Attributes to sort by, `name,-createdAt`."),
        Parameter::new("limit", "The most items of a page."),
        Parameter::new("marker", "Where the page starts: the marker of `pagination.nextPage`."),
    ];
    const OBJECT: [Parameter; 4] = [
        Parameter::new("fields", "Optional complex attributes to show."),
        Parameter::new("exclude_fields", "Optional complex attributes to hide."),
        Parameter::new("all_fields", "Show every attribute."),
        Parameter::new("exclude_default", "Hide what is hidden by default."),
    ];
    let path = segments(mounted.info.path)
        .filter_map(parameter_name)
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
    let query: Vec<Parameter> = match mounted.info.query {
        QueryDoc::None => Vec::new(),
        QueryDoc::Only(others) => others.to_vec(),
        QueryDoc::Object(_, others) => OBJECT.iter().chain(others).copied().collect(),
        QueryDoc::List(_, others) => LIST.iter().chain(&OBJECT).chain(others).copied().collect(),
    };
    let query = query.into_iter().map(|parameter| {
        let schema = match parameter.name {
            "limit" => json!({"type": "integer", "minimum": 1}),
            _ => json!({"type": "string"}),
        };
        json!({"name": parameter.name, "in": "query", "description": parameter.doc, "schema": schema})
    });
    let mut parameters: Vec<Value> = path.chain(query).collect();
    parameters.extend(attribute_parameters(mounted.info.query));
    if mounted.info.method == Method::POST {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "schema": {"type": "string"},
            "description": "Repeating the request with the same key gives the first answer again.",
        }));
    }
    parameters
}

/// Lists take every scalar attribute as a parameter: `location=dallas`.
fn attribute_parameters(query: QueryDoc) -> Vec<Value> {
    let QueryDoc::List(shape, _) = query else {
        return Vec::new();
    };
    let scalars = shape.fields().filter(|field| !field.kind.is_complex());
    scalars
        .map(|field| {
            json!({"name": field.name, "in": "query", "description": format!("Only items with this value: {}", field.doc),
                   "schema": {"type": "string"}})
        })
        .collect()
}
