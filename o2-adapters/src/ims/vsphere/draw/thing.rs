//! [`Thing`]: an object with its properties.

use std::collections::BTreeMap;

use o2_core::Extensions;
use serde_json::Value;

use super::super::vim::{Element, Ref};

#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Thing<'t> {
    pub(in super::super) object: &'t Ref,
    pub(in super::super) properties: &'t BTreeMap<String, Element>,
}

impl Thing<'_> {
    pub(in super::super) fn text(&self, property: &str) -> Option<&str> {
        let value = self.properties.get(property)?;
        Some(value.text.as_str()).filter(|text| !text.is_empty())
    }

    pub(in super::super) fn inner(&self, property: &str, path: &[&str]) -> Option<&str> {
        self.properties.get(property)?.text_at(path)
    }

    pub(in super::super) fn reference(&self, property: &str) -> Option<Ref> {
        self.properties.get(property)?.reference()
    }

    /// The name, in which a vCenter writes three characters as in URLs.
    pub(in super::super) fn name(self) -> Option<String> {
        self.text("name").map(unescaped)
    }
}

fn unescaped(name: &str) -> String {
    let mut name = name.to_owned();
    // The percent sign comes last: what it gives is not read once more.
    for (written, meant) in [("%2f", "/"), ("%2F", "/"), ("%5c", "\\"), ("%5C", "\\"), ("%25", "%")] {
        name = name.replace(written, meant);
    }
    name
}

/// Text as the number or truth that it is.
pub(super) fn value(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
    }
}

/// Notes an attribute that there may be.
pub(super) fn note(extensions: &mut Extensions, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        extensions.insert(format!("vsphere.{key}"), value);
    }
}
