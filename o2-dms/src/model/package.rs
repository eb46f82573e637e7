//! Packages that can be deployed.

use bytes::Bytes;
use o2_core::id::qualified::Qualifier;
use o2_core::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes};
use o2_core::{Extensions, Id, Model, TenantId, Timestamp};
use serde::{Deserialize, Serialize};

/// The id of a [`DeploymentPackage`].
pub type PackageId = Id<DeploymentPackage>;

/// A package: a Helm chart, a directory in a Git repository, an ONAP service.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct DeploymentPackage {
    /// Its id.
    pub package_id: PackageId,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is, for people.
    pub description: String,
    /// What kind of package it is: `helm-chart`, `git-repo`, `onap-service`.
    pub package_type: String,
    /// Where its content lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package_url: Option<String>,
    /// The digest of its content, `sha256:…`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
    /// When it came here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uploaded_at: Option<Timestamp>,
    /// The tenant it belongs to; shared when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// What else the backend says, under `<adapter>.<camelName>`.
    #[serde(skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
}

impl DeploymentPackage {
    /// A package with name, version and type.
    pub fn new(
        id: impl Into<PackageId>,
        name: impl Into<String>,
        version: impl Into<String>,
        package_type: impl Into<String>,
    ) -> Self {
        Self {
            package_id: id.into(),
            name: name.into(),
            version: version.into(),
            package_type: package_type.into(),
            ..Self::default()
        }
    }
}

impl Attributes for DeploymentPackage {
    const NAME: &'static str = "DeploymentPackage";

    fn attributes() -> &'static [Attribute<Self>] {
        static TABLE: &[Attribute<DeploymentPackage>] = &[
            Attribute::required("packageId", Kind::String, "Its id.", |p| {
                Value::String(p.package_id.as_str())
            }),
            Attribute::required("name", Kind::String, "Its name.", |p| Value::String(&p.name)),
            Attribute::required("version", Kind::String, "Its version.", |p| Value::String(&p.version)),
            Attribute::required("description", Kind::String, "What it is, for people.", |p| {
                Value::String(&p.description)
            }),
            Attribute::required("packageType", Kind::String, "What kind of package it is.", |p| {
                Value::String(&p.package_type)
            }),
            Attribute::optional("packageUrl", Kind::String, "Where its content lies.", |p| {
                Value::text(p.package_url.as_deref())
            }),
            Attribute::optional(
                "checksum",
                Kind::String,
                "The digest of its content, sha256:….",
                |p| Value::text(p.checksum.as_deref()),
            ),
            Attribute::optional("uploadedAt", Kind::DateTime, "When it came here.", |p| {
                Value::time(p.uploaded_at)
            }),
            Attribute::optional(
                "tenantId",
                Kind::String,
                "The tenant it belongs to; shared when absent.",
                |p| Value::text(p.tenant_id.as_ref().map(Id::as_str)),
            ),
            Attribute::optional("extensions", Kind::Map, "What else the backend says.", |p| {
                Value::map(&p.extensions)
            }),
        ];
        TABLE
    }
}

impl Model for DeploymentPackage {
    const OBJECT: &'static str = "deploymentPackage";
    const IDS: &'static [&'static str] = &["packageId"];

    fn id(&self) -> &str {
        self.package_id.as_str()
    }

    fn tenant(&self) -> Option<&TenantId> {
        self.tenant_id.as_ref()
    }

    fn visit_ids(&self, visit: &mut dyn FnMut(&str)) {
        visit(self.package_id.as_str());
    }

    fn qualify(&mut self, qualifier: Qualifier<'_>) {
        qualifier.apply(&mut self.package_id);
    }
}

/// A package to store or to make known.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct PackageUpload {
    /// Its name; read from the content when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its version; read from the content when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What it is, for people.
    #[serde(default)]
    pub description: String,
    /// What kind of package it is; `helm` means `helm-chart`.
    pub package_type: String,
    /// Where its content lies, unless `content` holds it.
    #[serde(default, alias = "packageURL", skip_serializing_if = "Option::is_none")]
    pub package_url: Option<String>,
    /// The digest its content must have, `sha256:` and 64 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<String>,
    /// The content itself, in JSON as base64.
    #[serde(default, with = "base64_text", skip_serializing_if = "Option::is_none")]
    pub content: Option<Bytes>,
    /// What the backend needs to know; routing rules match it.
    #[serde(default, skip_serializing_if = "Extensions::is_empty")]
    pub extensions: Extensions,
}

impl PackageUpload {
    /// A package that lies at `url`.
    pub fn at(package_type: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            package_type: package_type.into(),
            package_url: Some(url.into()),
            ..Self::default()
        }
    }
}

/// The one word for a package type that has several.
///
/// ```
/// assert_eq!(o2_dms::model::canonical_package_type("helm"), "helm-chart");
/// assert_eq!(o2_dms::model::canonical_package_type("tosca"), "tosca");
/// ```
#[must_use]
pub fn canonical_package_type(word: &str) -> &str {
    match word.to_ascii_lowercase().as_str() {
        "helm" | "helm-chart" | "chart" => "helm-chart",
        "git" | "git-repo" => "git-repo",
        "onap" | "onap-service" => "onap-service",
        _ => word,
    }
}

/// Bytes in JSON: base64 with padding (RFC 4648 clause 4).
mod base64_text {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use bytes::Bytes;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(content: &Option<Bytes>, serializer: S) -> Result<S::Ok, S::Error> {
        content
            .as_ref()
            .map(|bytes| STANDARD.encode(bytes))
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Bytes>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        let bytes = text.map(|text| STANDARD.decode(text)).transpose();
        bytes
            .map(|bytes| bytes.map(Bytes::from))
            .map_err(|error| D::Error::custom(format!("not base64: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn content_travels_as_base64() {
        let upload: PackageUpload =
            serde_json::from_value(json!({"packageType": "helm", "content": "aGVsbG8="})).unwrap();
        assert_eq!(upload.content.as_deref(), Some(&b"hello"[..]));
        assert_eq!(serde_json::to_value(&upload).unwrap()["content"], "aGVsbG8=");
        for bad in ["aGVsbG8", "*", "aGVs bG8="] {
            let error =
                serde_json::from_value::<PackageUpload>(json!({"packageType": "helm", "content": bad})).unwrap_err();
            assert!(error.to_string().contains("not base64"), "{bad}: {error}");
        }
    }

    #[test]
    fn the_url_has_two_spellings() {
        let upload: PackageUpload =
            serde_json::from_value(json!({"packageType": "helm", "packageURL": "oci://r/x"})).unwrap();
        assert_eq!(upload, PackageUpload::at("helm", "oci://r/x"));
    }
}
