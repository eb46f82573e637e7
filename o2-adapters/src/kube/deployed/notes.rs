//! [`Notes`]: what O2 knows about a deployment and its object has no place for; JSON in an annotation.

use o2_core::{Extensions, Timestamp};
use serde::{Deserialize, Serialize};

use super::WorkKind;
use crate::kube::Meta;

/// The label with the id of a deployment.
pub(crate) const DEPLOYMENT_ID: &str = "o2ims.oran.org/deployment-id";
/// The annotation with a description for people.
pub(crate) const DESCRIPTION: &str = "o2ims.oran.org/description";
/// The annotation with the notes.
pub(crate) const NOTES: &str = "o2ims.oran.org/deployment";

/// What only O2 knows about a deployment.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Notes {
    /// The name of the deployment, where its object is called otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) package: Option<NotedPackage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revision: Option<NotedRevision>,
    /// The earlier revision that the last work brought back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rolled_back_to: Option<u32>,
    /// The last work that was set in motion through O2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) work: Option<NotedWork>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resource_pool_id: Option<String>,
    #[serde(skip_serializing_if = "Extensions::is_empty")]
    pub(crate) extensions: Extensions,
    /// The revision that the deployment had when O2 changed it for the first time, where somebody else has made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) adopted: Option<u32>,
}

/// The package of a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotedPackage {
    pub(crate) id: String,
    pub(crate) version: String,
    /// The fingerprint of what the object says about its package, so that it is seen when others change it.
    pub(crate) of: String,
}

/// The revision of a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotedRevision {
    pub(crate) number: u32,
    pub(crate) at: Timestamp,
    pub(crate) description: String,
    /// The fingerprint of package and values.
    pub(crate) of: String,
}

/// Work that was set in motion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NotedWork {
    pub(crate) kind: WorkKind,
    pub(crate) at: Timestamp,
    /// By which the controller's own record of the work is known.
    pub(crate) token: String,
}

impl Notes {
    /// Those of an object; none when it has none, or somebody else wrote something there.
    pub(crate) fn of(meta: &Meta) -> Self {
        let notes = meta.annotation(NOTES);
        notes
            .and_then(|notes| serde_json::from_str(notes).ok())
            .unwrap_or_default()
    }

    /// As the annotation has them.
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The package, if the object still says what it said when this was noted.
    pub(crate) fn package(&self, of: &str) -> Option<&NotedPackage> {
        self.package.as_ref().filter(|package| package.of == of)
    }
}

/// The present revision of a deployment, as far as it is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Noted {
    pub(crate) number: u32,
    /// When it was made, if O2 has made it.
    pub(crate) at: Option<Timestamp>,
    pub(crate) description: String,
}

impl Noted {
    /// The revision of an object whose package and values have the fingerprint `of`. What others have changed is the next
    /// one; what O2 has never changed has the number `unknown`.
    pub(crate) fn of(notes: &Notes, of: &str, unknown: u32) -> Self {
        match &notes.revision {
            Some(revision) if revision.of == of => Self {
                number: revision.number,
                at: Some(revision.at),
                description: revision.description.clone(),
            },
            Some(revision) => Self {
                number: revision.number.saturating_add(1),
                at: None,
                description: "Changed by others".to_owned(),
            },
            None => Self {
                number: unknown,
                at: None,
                description: "Made by others".to_owned(),
            },
        }
    }
}
