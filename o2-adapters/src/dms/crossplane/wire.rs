//! What Crossplane keeps in the cluster about composite resources and packages. A field that is not used is not declared.
//!
//! <https://docs.crossplane.io/latest/concepts/>.

use o2_core::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use crate::kube::or_default;

/// The annotation of what Crossplane shall leave alone.
pub(super) const PAUSED: &str = "crossplane.io/paused";
/// The annotation that asks Crossplane to look at an object at once; any change of a value does, newer releases also say that
/// they have done it.
pub(super) const REQUESTED: &str = "crossplane.io/reconcile-requested-at";
/// The label of a revision of a composition, with the name of that.
pub(super) const COMPOSITION_NAME: &str = "crossplane.io/composition-name";

/// The part of a status that conditions are in.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Findings {
    #[serde(deserialize_with = "or_default")]
    pub(super) conditions: Vec<Finding>,
    pub(super) last_handled_reconcile_at: String,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Finding {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) status: String,
    pub(super) reason: String,
    pub(super) message: String,
    pub(super) last_transition_time: Option<Timestamp>,
    /// Which state it is about; older releases do not say.
    pub(super) observed_generation: Option<i64>,
}

/// An object that is referred to.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Reference {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
}

impl Findings {
    pub(super) fn condition(&self, kind: &str) -> Option<&Finding> {
        self.conditions.iter().find(|condition| condition.kind == kind)
    }
}

impl Finding {
    pub(super) fn holds(&self) -> bool {
        self.status == "True"
    }

    pub(super) fn fails(&self) -> bool {
        self.status == "False"
    }

    /// `Creating: why`.
    pub(super) fn words(&self) -> String {
        match self.message.as_str() {
            "" => self.reason.clone(),
            message => format!("{}: {message}", self.reason),
        }
    }
}

/// A token for work, after which an object has this generation.
pub(super) fn token(generation: i64) -> String {
    with_generation(&Uuid::new_v4().to_string(), generation)
}

/// The same token for another generation.
pub(super) fn with_generation(token: &str, generation: i64) -> String {
    let name = token.split('.').next().unwrap_or_default();
    format!("{name}.{generation}")
}

/// The generation that a token is for.
pub(super) fn generation_of(token: &str) -> Option<i64> {
    token.split_once('.')?.1.parse().ok()
}
