//! [`Extended`]: extensions under the keys of one backend.

use o2_core::Extensions;
use serde::Serialize;
use serde_json::Value;

/// Extensions whose keys begin with the kind of a backend. What is not there is left out.
#[derive(Debug)]
pub(crate) struct Extended {
    prefix: &'static str,
    extensions: Extensions,
}

impl Extended {
    pub(crate) fn new(prefix: &'static str) -> Self {
        Self {
            prefix,
            extensions: Extensions::new(),
        }
    }

    /// Adds `<prefix>.<name>`, unless the value is nothing: null, or an empty text, list or map.
    pub(crate) fn with(mut self, name: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or_default();
        let nothing = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            Value::Bool(_) | Value::Number(_) => false,
        };
        if !nothing {
            self.extensions.insert(format!("{}.{name}", self.prefix), value);
        }
        self
    }

    pub(crate) fn done(self) -> Extensions {
        self.extensions
    }
}
