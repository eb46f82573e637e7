//! [`Metadata`]: `Chart.yaml`, which is also the configuration of a chart in a registry, an entry of an index, and part of a
//! release.

use std::collections::BTreeMap;

use o2_core::error::Excerpt;
use serde::{Deserialize, Serialize};

use super::Flaw;
use crate::kube::or_default;

/// What a chart says about itself. What nobody asks for is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Metadata {
    /// `v2`; `v1` from the time of Helm 2.
    #[serde(deserialize_with = "or_default")]
    pub(crate) api_version: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) name: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) version: String,
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
    /// `application` or `library`; an application when empty.
    #[serde(
        rename = "type",
        deserialize_with = "or_default",
        skip_serializing_if = "String::is_empty"
    )]
    pub(crate) kind: String,
    /// The version of what it installs.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub(crate) app_version: String,
    /// The versions of Kubernetes that it is made for.
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub(crate) kube_version: String,
    #[serde(deserialize_with = "or_default", skip_serializing_if = "std::ops::Not::not")]
    pub(crate) deprecated: bool,
    #[serde(deserialize_with = "or_default", skip_serializing_if = "Vec::is_empty")]
    pub(crate) dependencies: Vec<Dependency>,
    #[serde(deserialize_with = "or_default", skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) annotations: BTreeMap<String, String>,
}

/// Another chart that a chart needs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Dependency {
    #[serde(deserialize_with = "or_default")]
    pub(crate) name: String,
    #[serde(deserialize_with = "or_default")]
    pub(crate) version: String,
    #[serde(deserialize_with = "or_default", skip_serializing_if = "String::is_empty")]
    pub(crate) repository: String,
}

impl Metadata {
    pub(crate) fn is_library(&self) -> bool {
        self.kind == "library"
    }

    /// Checks what Helm insists on.
    pub(super) fn check(&self) -> Result<(), Flaw> {
        if !matches!(self.api_version.as_str(), "v1" | "v2") {
            let reason = "apiVersion of Chart.yaml must be v1 or v2";
            return Err(Flaw::new(reason));
        }
        if !is_name(&self.name) {
            return Err(Flaw::new(format!(
                "'{}' is no name of a chart: letters, digits, '-', '_' and '.'",
                Excerpt(&self.name)
            )));
        }
        if !is_version(&self.version) {
            return Err(Flaw::new(format!(
                "'{}' is no version as SemVer 2 has them",
                Excerpt(&self.version)
            )));
        }
        if !matches!(self.kind.as_str(), "" | "application" | "library") {
            return Err(Flaw::new("type of Chart.yaml must be application or library"));
        }
        Ok(())
    }
}

/// Whether a chart may be called so. It becomes part of paths.
pub(crate) fn is_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=128).contains(&text.len())
        && text.chars().all(allowed)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
}

/// Whether it is a version. Helm also takes `v1.2.3`, `1` and `1.2`.
pub(crate) fn is_version(text: &str) -> bool {
    let text = text.strip_prefix('v').unwrap_or(text);
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (numbers, rest) = text.split_at(end);
    let missing = 2_usize.saturating_sub(numbers.matches('.').count());
    text.len() <= 128 && semver::Version::parse(&format!("{numbers}{}{rest}", ".0".repeat(missing))).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions_are_helms() {
        for good in ["o2demo", "my-vdu_5g.core", "A", "9"] {
            assert!(is_name(good), "{good}");
        }
        for bad in [
            "",
            ".",
            "..",
            ".a",
            "-a",
            "a/b",
            "a b",
            "a\\b",
            "ä",
            "a\0",
            &"x".repeat(129),
        ] {
            assert!(!is_name(bad), "{bad}");
        }
        for good in ["0.1.0", "1.2.3-rc.1+build.5", "v1.2.3", "1", "1.2", "1.2-rc.1", "1+b"] {
            assert!(is_version(good), "{good}");
        }
        for bad in [
            "",
            "v",
            "1.2.3.4",
            "latest",
            "1.2.x",
            "^1.2",
            "1.2.3 ",
            "01.2.3",
            "1..2",
            &"1".repeat(200),
        ] {
            assert!(!is_version(bad), "{bad}");
        }
    }

    #[test]
    fn what_is_null_or_unknown_is_nothing() {
        let text = "apiVersion: v2\nname: a\nversion: 1.0.0\nappVersion: 1.10\ndependencies: null\n\
                    annotations: {a: b}\nmaintainers: [{name: x}]\nfuture: [1]\n";
        let metadata: Metadata = crate::kit::yaml::read(text, 1_000).unwrap();
        assert_eq!(metadata.app_version, "1.10");
        assert_eq!(metadata.annotations["a"], "b");
        assert!(metadata.dependencies.is_empty() && metadata.check().is_ok());
        let json = r#"{"name":"a","version":"1","apiVersion":"v1","type":null,"deprecated":null}"#;
        let metadata: Metadata = serde_json::from_str(json).unwrap();
        assert!(metadata.check().is_ok() && !metadata.is_library());
    }

    #[test]
    fn what_helm_would_not_take_is_refused() {
        for (field, value, reason) in [
            ("apiVersion", "v3", "apiVersion"),
            ("name", "../x", "no name of a chart"),
            ("version", "newest", "SemVer"),
            ("type", "operator", "application or library"),
        ] {
            let mut json = serde_json::json!({"apiVersion": "v2", "name": "a", "version": "1.0.0"});
            json[field] = value.into();
            let metadata: Metadata = serde_json::from_value(json).unwrap();
            let flaw = metadata.check().unwrap_err().to_string();
            assert!(flaw.contains(reason), "{field}: {flaw}");
        }
    }
}
