//! What a routing rule may look at.

use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::id::TenantId;
use crate::model::Labels;
use crate::model::extensions::JsonMap;
use crate::operation::{Category, Operation};

/// What is known about a call before it is decided which plugin gets it. Borrowed from the decoded request.
///
/// ```
/// # use o2_core::{Action, Category, Labels, Operation};
/// # static CREATE_RESOURCE_POOL: Operation =
/// #     Operation::new(Category::Ims, "create_resource_pool", "resourcePool", "resourcePools", Action::Create);
/// use o2_core::router::Facts;
///
/// let labels = Labels::from([("infrastructure.type".to_owned(), "bare-metal".to_owned())]);
/// let facts = Facts::of(&CREATE_RESOURCE_POOL).with_labels(&labels).with_location("dc-dallas-1");
/// assert_eq!(facts.object, "resourcePool");
/// ```
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Facts<'a> {
    /// The kind of plugin that is wanted.
    pub category: Category,
    /// The object the call is about, singular, `resourcePool`.
    pub object: &'a str,
    /// The operation the plugin must have; `None` asks for none in particular.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "operation_name")]
    pub operation: Option<&'static Operation>,
    /// The type of the deployment package, `helm-chart`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_type: Option<&'a str>,
    /// The labels of the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labels: Option<&'a Labels>,
    /// Where the object is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<&'a str>,
    /// The extensions of the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extensions: Option<&'a JsonMap>,
    /// The tenant acted for; `None` stands above tenants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<&'a TenantId>,
}

impl<'a> Facts<'a> {
    /// A call about an object of this type, by somebody above tenants.
    #[must_use]
    pub fn new(category: Category, object: &'a str) -> Self {
        Self {
            category,
            object,
            operation: None,
            package_type: None,
            labels: None,
            location: None,
            extensions: None,
            tenant: None,
        }
    }

    /// A call of `operation`, by somebody above tenants.
    #[must_use]
    pub fn of(operation: &'static Operation) -> Self {
        Self::new(operation.category, operation.object).with_operation(operation)
    }

    /// Asks for a plugin that has `operation`.
    #[must_use]
    pub fn with_operation(mut self, operation: &'static Operation) -> Self {
        self.operation = Some(operation);
        self
    }

    /// Knows the type of the deployment package.
    #[must_use]
    pub fn with_package_type(mut self, package_type: &'a str) -> Self {
        self.package_type = Some(package_type);
        self
    }

    /// Knows the labels of the object.
    #[must_use]
    pub fn with_labels(mut self, labels: &'a Labels) -> Self {
        self.labels = Some(labels);
        self
    }

    /// Knows where the object is.
    #[must_use]
    pub fn with_location(mut self, location: &'a str) -> Self {
        self.location = Some(location);
        self
    }

    /// Knows the extensions of the object.
    #[must_use]
    pub fn with_extensions(mut self, extensions: &'a JsonMap) -> Self {
        self.extensions = Some(extensions);
        self
    }

    /// Acts for this tenant.
    #[must_use]
    pub fn with_tenant(mut self, tenant: Option<&'a TenantId>) -> Self {
        self.tenant = tenant;
        self
    }

    pub(super) fn label(&self, key: &str) -> Option<&'a str> {
        self.labels?.get(key).map(String::as_str)
    }

    pub(super) fn extension(&self, path: &str) -> Option<&'a Value> {
        lookup(self.extensions?, path)
    }
}

/// Finds the value at a dotted path. Extension keys contain dots themselves, so at every level the longest key that
/// exists is tried first: `a.b.c` is the key `a.b.c`, else `c` in the map `a.b`, else `b.c` in the map `a`.
fn lookup<'v>(map: &'v JsonMap, path: &str) -> Option<&'v Value> {
    if let Some(value) = map.get(path) {
        return Some(value);
    }
    path.rmatch_indices('.').find_map(|(dot, _)| {
        let (key, rest) = (path.get(..dot)?, path.get(dot + 1..)?);
        lookup(map.get(key)?.as_object()?, rest)
    })
}

fn operation_name<S: Serializer>(operation: &Option<&'static Operation>, serializer: S) -> Result<S::Ok, S::Error> {
    operation.map(|operation| operation.name).serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_longest_key_that_exists_wins_at_every_level() {
        let map = json!({
            "flat": 1,
            "a.b": "whole",
            "a": {"b": "nested", "c": {"d.e": 2, "d": {"e": 3, "f": 4}}},
            "kubernetes.node": {"gpu": true},
            "list": [{"x": 1}],
        });
        let map = map.as_object().unwrap();
        for (path, expected) in [
            ("flat", Some(json!(1))),
            ("a.b", Some(json!("whole"))),
            ("a.c.d.e", Some(json!(2))),
            ("a.c.d.f", Some(json!(4))),
            ("kubernetes.node.gpu", Some(json!(true))),
            ("kubernetes.node.cpu", None),
            ("flat.x", None),
            ("list.x", None),
            ("", None),
            (".", None),
            ("a.", None),
        ] {
            assert_eq!(lookup(map, path), expected.as_ref(), "{path}");
        }
    }
}
