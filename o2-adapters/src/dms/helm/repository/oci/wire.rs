//! What registries send and take. A field that is not used is not declared.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Manifests of images and of artifacts, as the OCI writes them.
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
/// `Chart.yaml` as JSON.
pub(super) const CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";
/// The archive of a chart.
pub(super) const CONTENT: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
/// The same, as Helm wrote it before 3.7.
const OLD_CONTENT: &str = "application/tar+gzip";

pub(super) const CREATED: &str = "org.opencontainers.image.created";
pub(super) const DESCRIPTION: &str = "org.opencontainers.image.description";
pub(super) const TITLE: &str = "org.opencontainers.image.title";
pub(super) const VERSION: &str = "org.opencontainers.image.version";

/// A manifest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manifest {
    #[serde(default)]
    pub(super) schema_version: u32,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) media_type: String,
    pub(super) config: Descriptor,
    pub(super) layers: Vec<Descriptor>,
    #[serde(default)]
    pub(super) annotations: BTreeMap<String, String>,
}

/// A blob that a manifest refers to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor {
    pub(super) media_type: String,
    pub(super) digest: String,
    pub(super) size: u64,
}

impl Manifest {
    /// The layer with the archive; `None` when it is not the manifest of a chart.
    pub(super) fn content(&self) -> Option<&Descriptor> {
        if self.config.media_type != CONFIG {
            return None;
        }
        let is_content = |layer: &&Descriptor| matches!(layer.media_type.as_str(), CONTENT | OLD_CONTENT);
        self.layers.iter().find(is_content)
    }
}

/// The digits of a digest that we can verify.
pub(super) fn sha256(digest: &str) -> Option<&str> {
    let digits = digest.strip_prefix("sha256:")?;
    let valid = digits.len() == 64 && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, 'a'..='f'));
    valid.then_some(digits)
}

/// The tag of a version: a tag cannot have a plus sign.
pub(super) fn tag(version: &str) -> String {
    version.replace('+', "_")
}

/// The version that a tag is of.
pub(super) fn version(tag: &str) -> String {
    tag.replace('_', "+")
}

/// What an authorization server says.
#[derive(Deserialize)]
pub(super) struct Token {
    #[serde(default)]
    pub(super) token: String,
    /// The same under the name of OAuth 2.
    #[serde(default)]
    pub(super) access_token: String,
    pub(super) expires_in: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Pushed by Helm 3.17.3 to a distribution registry 2.8.2 (helm-oci-manifest.json of the captured samples).
    const CAPTURED: &str = r#"{"schemaVersion": 2, "config": {"mediaType": "application/vnd.cncf.helm.config.v1+json",
        "digest": "sha256:4a03fbda2785cd8b389c4aa8ce877b8444bb14d93f7fe6c5b822270808529556", "size": 155},
        "layers": [{"mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
        "digest": "sha256:8c2c21b00755a6c02ff1a7821fa2bd66e6b845d79a477d1c0c071c6a1e814bb6", "size": 619}],
        "annotations": {"org.opencontainers.image.created": "2026-11-20T08:38:03Z",
        "org.opencontainers.image.title": "o2demo", "org.opencontainers.image.version": "0.1.0"}}"#;

    #[test]
    fn the_archive_of_a_chart_is_found() {
        let manifest: Manifest = serde_json::from_str(CAPTURED).unwrap();
        let digits = "8c2c21b00755a6c02ff1a7821fa2bd66e6b845d79a477d1c0c071c6a1e814bb6";
        assert_eq!(sha256(&manifest.content().unwrap().digest), Some(digits));
        let mut image = manifest.clone();
        image.config.media_type = "application/vnd.oci.image.config.v1+json".into();
        assert_eq!(image.content(), None);
        let mut signed = manifest;
        let provenance = "application/vnd.cncf.helm.chart.provenance.v1.prov";
        signed.layers[0].media_type = provenance.into();
        assert_eq!(signed.content(), None);
        signed.layers.push(Descriptor {
            media_type: OLD_CONTENT.into(),
            ..signed.layers[0].clone()
        });
        assert_eq!(signed.content(), signed.layers.get(1));
    }

    #[test]
    fn only_what_can_be_verified_is_a_digest() {
        for bad in [
            "",
            "sha256:",
            "sha512:ab",
            "sha256:zz",
            &format!("sha256:{}", "A".repeat(64)),
        ] {
            assert_eq!(sha256(bad), None, "{bad}");
        }
        assert_eq!(version(&tag("1.0.0+build.5")), "1.0.0+build.5");
        assert_eq!(tag("1.0.0+build.5"), "1.0.0_build.5");
    }
}
