//! Free-form parts of models: [`Extensions`] (any JSON under namespaced keys) and [`Labels`] (strings).

use std::collections::BTreeMap;

/// A JSON object.
pub type JsonMap = serde_json::Map<String, serde_json::Value>;

/// What a backend has to say beyond the model, under keys `<adapter>.<camelName>`.
pub type Extensions = JsonMap;

/// Key-value labels, as routing rules and backends use them.
pub type Labels = BTreeMap<String, String>;
