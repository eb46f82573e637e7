//! [`Notes`]: what O2 knows about a deployment and Helm has no place for, in a Secret beside those of the release.
//!
//! It is a Secret so that it is listed and watched together with them, and holds everything in its metadata so that it is read
//! without its content, as they are. It is written before a release is installed and says which deployment it is about, so
//! one that was left behind is not taken for that of another.

use std::collections::BTreeMap;

use o2_core::{Error, Extensions, Labels, Result, Timestamp};
use o2_dms::DeploymentId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::ReleaseId;
use crate::dms::helm::program::Target;
use crate::kube::Meta;
use crate::kube::deployed::{DEPLOYMENT_ID, NOTES};

/// The value of Helm's label `owner`, in ours.
pub(super) const OWNER: &str = "o2ims";
const TYPE: &str = "o2ims.oran.org/deployment";
/// The most bytes of notes; the API server takes no more than 256 KiB of annotations.
const LARGEST: usize = 128 << 10;

/// What only O2 knows about a deployment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Notes {
    /// Which deployment it is about.
    pub(crate) deployment: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resource_pool_id: Option<String>,
    #[serde(skip_serializing_if = "Labels::is_empty")]
    pub(crate) labels: Labels,
    #[serde(skip_serializing_if = "Extensions::is_empty")]
    pub(crate) extensions: Extensions,
    /// When they were written last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) updated_at: Option<Timestamp>,
    /// Of the Secret; empty for notes that are not written yet.
    #[serde(skip)]
    pub(crate) meta: Meta,
}

impl Notes {
    /// Reads the metadata of a Secret; `None` for one that holds something else.
    pub(crate) fn read(meta: &Meta) -> Option<Self> {
        if meta.label("owner") != Some(OWNER) {
            return None;
        }
        let mut notes: Self = serde_json::from_str(meta.annotation(NOTES)?).ok()?;
        notes.meta = meta.clone();
        Some(notes)
    }

    /// Whether they are about this deployment.
    pub(crate) fn are_about(&self, id: &DeploymentId) -> bool {
        self.deployment == id.as_str()
    }

    /// The name of the Secret.
    pub(crate) fn name(target: &Target) -> String {
        format!("o2ims.deployment.v1.{}", target.name)
    }

    /// What callers have to say about a deployment, where it differs.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        self.description == other.description
            && self.labels == other.labels
            && self.extensions == other.extensions
            && self.resource_pool_id == other.resource_pool_id
    }

    /// The Secret, as it is created; with `labels` that say whose it is.
    ///
    /// # Errors
    /// `InvalidInput` when there is too much to note.
    pub(crate) fn secret(&self, target: &Target, labels: &BTreeMap<String, String>) -> Result<Value> {
        let mut all = labels.clone();
        all.insert("owner".to_owned(), OWNER.to_owned());
        all.insert("name".to_owned(), target.name.clone());
        if let Some(ReleaseId::Own(id)) = ReleaseId::parse(&self.deployment) {
            all.insert(DEPLOYMENT_ID.to_owned(), id);
        }
        Ok(json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "type": TYPE,
            "metadata": {
                "name": Self::name(target),
                "namespace": target.namespace,
                "labels": all,
                "annotations": {NOTES: self.text()?},
            },
        }))
    }

    /// The merge patch that writes them into the Secret that they were read from, if that is still the same.
    ///
    /// # Errors
    /// `InvalidInput` when there is too much to note.
    pub(crate) fn patch(&self) -> Result<Value> {
        let mut metadata = json!({"annotations": {NOTES: self.text()?}});
        if !self.meta.resource_version.is_empty() {
            metadata["resourceVersion"] = json!(self.meta.resource_version);
        }
        Ok(json!({"metadata": metadata}))
    }

    fn text(&self) -> Result<String> {
        let text = serde_json::to_string(self)
            .map_err(|source| Error::internal("notes about a deployment cannot be written").with_source(source))?;
        if text.len() > LARGEST {
            let message = format!("description, labels and extensions together have more than {LARGEST} bytes");
            return Err(Error::invalid(message));
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target() -> Target {
        Target {
            namespace: "edge".into(),
            name: "demo".into(),
        }
    }

    fn notes(id: &str) -> Notes {
        Notes {
            deployment: id.to_owned(),
            description: "ours\nin two lines".into(),
            labels: Labels::from([("a b".to_owned(), "c/d".to_owned())]),
            extensions: serde_json::from_value(json!({"acme.rack": {"row": 7}})).unwrap(),
            ..Notes::default()
        }
    }

    fn meta(secret: &Value) -> Meta {
        let object: kube::api::DynamicObject = serde_json::from_value(secret.clone()).unwrap();
        Meta::from(object.metadata)
    }

    #[test]
    fn what_is_noted_is_read() {
        let id = ReleaseId::mint();
        let tenant = BTreeMap::from([("tenant".to_owned(), "red".to_owned())]);
        let secret = notes(&id).secret(&target(), &tenant).unwrap();
        let meta = meta(&secret);
        assert_eq!(
            (meta.name.as_str(), meta.label("tenant")),
            ("o2ims.deployment.v1.demo", Some("red"))
        );
        assert_eq!(meta.label(DEPLOYMENT_ID), Some(id.as_str()));
        let read = Notes::read(&meta).unwrap();
        assert!(read.says_the_same(&notes(&id)) && read.are_about(&DeploymentId::from(id.as_str())));
        assert!(!read.are_about(&DeploymentId::from("other")));
        // The id of a foreign release is no label.
        let secret = notes("edge.demo.18").secret(&target(), &tenant).unwrap();
        assert_eq!(self::meta(&secret).label(DEPLOYMENT_ID), None);
    }

    #[test]
    fn a_patch_is_for_what_was_read() {
        let mut notes = notes("x");
        assert!(notes.patch().unwrap()["metadata"].get("resourceVersion").is_none());
        notes.meta.resource_version = "7".into();
        assert_eq!(notes.patch().unwrap()["metadata"]["resourceVersion"], "7");
        notes.description = "x".repeat(LARGEST);
        assert!(notes.patch().unwrap_err().is(o2_core::ErrorKind::InvalidInput));
    }

    #[test]
    fn other_secrets_are_no_notes() {
        let mut meta = Meta::default();
        assert_eq!(Notes::read(&meta), None);
        meta.labels.insert("owner".into(), OWNER.into());
        assert_eq!(Notes::read(&meta), None);
        meta.annotations.insert(NOTES.into(), r#"{"deployment": 7}"#.into());
        assert_eq!(Notes::read(&meta), None);
    }
}
