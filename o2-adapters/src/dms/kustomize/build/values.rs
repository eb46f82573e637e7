//! [`Values`]: what deployments may ask of kustomize.

use std::collections::BTreeMap;
use std::fmt;

use o2_core::{Error, Extensions, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The value that says how many replicas there are.
pub(in super::super) const REPLICAS: &str = "replicas";

/// The values that are understood.
#[derive(Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(in super::super) struct Values {
    pub(super) name_prefix: String,
    pub(super) name_suffix: String,
    pub(super) labels: BTreeMap<String, String>,
    /// Labels that selectors select by, too. They cannot be changed later.
    pub(super) selector_labels: BTreeMap<String, String>,
    pub(super) images: Vec<Image>,
    pub(super) replicas: Option<Replicas>,
    pub(super) patches: Vec<Patch>,
    /// More literals for ConfigMaps that the package generates, by their names.
    pub(super) config_map_literals: BTreeMap<String, BTreeMap<String, String>>,
}

/// Another image in place of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Image {
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) new_name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) new_tag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) digest: Option<String>,
}

/// How many replicas: of the one workload that is scaled, or of each by its name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(
    untagged,
    expecting = "a whole number, or an object of whole numbers by the names of workloads"
)]
pub(super) enum Replicas {
    One(u32),
    Each(BTreeMap<String, u32>),
}

/// A change of objects, as text or as an object.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Patch {
    pub(super) patch: Value,
    #[serde(default)]
    pub(super) target: Option<Target>,
}

/// Which objects a patch is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[derive(Default)]
pub(super) struct Target {
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label_selector: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotation_selector: Option<String>,
}

impl Values {
    /// Reads values.
    ///
    /// # Errors
    /// `InvalidInput` naming the value that is wrong.
    pub(in super::super) fn read(values: &Extensions) -> Result<Self> {
        let read: Result<Self, _> = serde_path_to_error::deserialize(Value::Object(values.clone()));
        let values = read.map_err(|error| {
            let path = error.path().to_string();
            let at = if path == "." {
                "values".to_owned()
            } else {
                format!("values.{path}")
            };
            Error::violation(at, o2_core::error::Excerpt(&error.into_inner().to_string()).to_string())
        })?;
        values.check()?;
        Ok(values)
    }

    fn check(&self) -> Result<()> {
        for (at, text) in [("namePrefix", &self.name_prefix), ("nameSuffix", &self.name_suffix)] {
            let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
            if text.len() > 100 || !text.chars().all(allowed) {
                let reason = "must be at most 100 lower-case letters, digits, '-' and '.'";
                return Err(Error::violation(format!("values.{at}"), reason));
            }
        }
        for (number, patch) in self.patches.iter().enumerate() {
            if !matches!(patch.patch, Value::String(_) | Value::Object(_) | Value::Array(_)) {
                let at = format!("values.patches[{number}].patch");
                return Err(Error::violation(
                    at,
                    "must be a text, an object or a list of operations",
                ));
            }
        }
        Ok(())
    }
}

/// Gives values another number of replicas of the workload that is scaled.
pub(in super::super) fn with_replicas(values: &Extensions, workload: &str, replicas: u32) -> Extensions {
    let mut values = values.clone();
    match values.get_mut(REPLICAS) {
        Some(Value::Object(each)) => drop(each.insert(workload.to_owned(), replicas.into())),
        _ => drop(values.insert(REPLICAS.to_owned(), replicas.into())),
    }
    values
}

/// Patches and literals may be secret.
impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Values")
            .field("replicas", &self.replicas)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn map(value: Value) -> Extensions {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn values_are_read_strictly() {
        for good in [
            json!({}),
            json!({"replicas": 3}),
            json!({"replicas": {"web": 3, "db": 1}}),
            json!({"namePrefix": "a-", "nameSuffix": ".b", "labels": {"x": "y"}}),
            json!({"images": [{"name": "nginx", "newTag": "1.27"}], "configMapLiterals": {"settings": {"a": "b"}}}),
            json!({"patches": [{"patch": "[]", "target": {"kind": "Deployment"}}, {"patch": {"kind": "X"}}, {"patch": []}]}),
        ] {
            assert!(Values::read(&map(good.clone())).is_ok(), "{good}");
        }
        for (bad, at) in [
            (json!({"replicaCount": 3}), "values.replicaCount: unknown field"),
            (json!({"replicas": -1}), "values.replicas: a whole number, or"),
            (json!({"replicas": {"web": "3"}}), "values.replicas: a whole number, or"),
            (json!({"namePrefix": "A"}), "values.namePrefix: must be"),
            (json!({"nameSuffix": "x".repeat(101)}), "values.nameSuffix: must be"),
            (json!({"namespace": "edge"}), "values.namespace: unknown field"),
            (
                json!({"images": [{"newTag": "1"}]}),
                "values.images[0]: missing field `name`",
            ),
            (
                json!({"patches": [{"path": "/etc/passwd"}]}),
                "values.patches[0].path: unknown field",
            ),
            (json!({"patches": [{"patch": 7}]}), "values.patches[0].patch: must be"),
            (
                json!({"patches": [{"patch": "", "options": {}}]}),
                "values.patches[0].options: unknown field",
            ),
            (json!({"resources": ["https://x"]}), "values.resources: unknown field"),
        ] {
            let error = Values::read(&map(bad.clone())).unwrap_err();
            assert!(error.message().starts_with(at), "{bad}: {error}");
        }
    }

    #[test]
    fn replicas_are_set_where_they_are_said() {
        for (values, expected) in [
            (json!({}), json!({"replicas": 5})),
            (
                json!({"replicas": 1, "labels": {}}),
                json!({"replicas": 5, "labels": {}}),
            ),
            (json!({"replicas": {"db": 1}}), json!({"replicas": {"db": 1, "web": 5}})),
        ] {
            assert_eq!(json!(with_replicas(&map(values), "web", 5)), expected);
        }
    }
}
