//! [`Object`]: one object of a manifest, and what it is called.

use std::fmt;

use o2_core::error::Excerpt;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What an object is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Ref {
    /// The API group; empty for the core.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(in super::super) group: String,
    pub(in super::super) version: String,
    pub(in super::super) kind: String,
    /// The namespace; none for what lives in the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in super::super) namespace: Option<String>,
    pub(in super::super) name: String,
}

impl Ref {
    /// Whether both are one object, whatever the version that it is asked for in.
    pub(in super::super) fn is(&self, other: &Self) -> bool {
        (&self.group, &self.kind, &self.namespace, &self.name)
            == (&other.group, &other.kind, &other.namespace, &other.name)
    }

    /// `Deployment.apps`, `Service`.
    pub(in super::super) fn group_kind(&self) -> String {
        if self.group.is_empty() {
            self.kind.clone()
        } else {
            format!("{}.{}", self.kind, self.group)
        }
    }

    fn of(value: &Value) -> Option<Self> {
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let api_version = text(&value["apiVersion"])?;
        let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
        Some(Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: text(&value["kind"])?,
            namespace: text(&value["metadata"]["namespace"]),
            name: text(&value["metadata"]["name"])?,
        })
    }
}

impl fmt::Display for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", Excerpt(&self.kind), Excerpt(&self.name))
    }
}

/// One object of a manifest. Its content may be secret, so that `Debug` output has its name only.
#[derive(Clone, PartialEq)]
pub(in super::super) struct Object {
    pub(in super::super) id: Ref,
    pub(in super::super) value: Value,
}

impl Object {
    /// The object, if it has a kind and a name.
    pub(super) fn of(value: Value) -> Option<Self> {
        Some(Self {
            id: Ref::of(&value)?,
            value,
        })
    }
}

impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Object({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn objects_have_kinds_and_names() {
        let object = Object::of(json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "edge"}, "password": "x",
        }))
        .unwrap();
        assert_eq!(
            format!("{object:?} {}", object.id.group_kind()),
            "Object(Deployment web) Deployment.apps"
        );
        let core = Object::of(json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}})).unwrap();
        assert_eq!((core.id.group.as_str(), core.id.version.as_str()), ("", "v1"));
        assert_eq!(core.id.group_kind(), "Secret");
        for bad in [
            json!({"kind": "Secret", "metadata": {"name": "x"}}),
            json!({"apiVersion": "v1", "metadata": {"name": "x"}}),
            json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"generateName": "x"}}),
            json!("text"),
        ] {
            assert!(Object::of(bad.clone()).is_none(), "{bad}");
        }
    }

    #[test]
    fn versions_make_no_other_object() {
        let mut one = Object::of(json!({"apiVersion": "a/v1", "kind": "K", "metadata": {"name": "x"}}))
            .unwrap()
            .id;
        let other = one.clone();
        one.version = "v2".to_owned();
        assert!(one.is(&other) && one != other);
        one.namespace = Some("n".to_owned());
        assert!(!one.is(&other));
    }
}
