//! [`Course`]: what is being done to a deployment, or how the last work on it ended.

use o2_core::Timestamp;
use o2_dms::DeploymentStatus;
use serde::{Deserialize, Serialize};

/// What is done to a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum Work {
    Install,
    Update,
    Upgrade,
    Scale,
    Rollback,
    Heal,
    Delete,
}

impl Work {
    /// The state of the deployment while it is done.
    pub(in super::super) fn status(self) -> DeploymentStatus {
        match self {
            Self::Install => DeploymentStatus::Instantiating,
            Self::Update | Self::Upgrade | Self::Rollback | Self::Heal => DeploymentStatus::Updating,
            Self::Scale => DeploymentStatus::Scaling,
            Self::Delete => DeploymentStatus::Terminating,
        }
    }

    /// The work as a word, for messages: `the upgrade`.
    pub(in super::super) fn noun(self) -> &'static str {
        match self {
            Self::Install => "installation",
            Self::Update => "update",
            Self::Upgrade => "upgrade",
            Self::Scale => "scaling",
            Self::Rollback => "rollback",
            Self::Heal => "repair",
            Self::Delete => "termination",
        }
    }
}

/// How far work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum Step {
    /// The objects are being applied, or deleted.
    Applying,
    /// They are applied, and controllers make them true.
    Rolling,
}

/// Why work did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum Cause {
    /// Objects could not be applied, or those that are no longer wanted could not be deleted.
    Apply,
    /// They were applied, but did not become what they should.
    Rollout,
}

/// How work ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct End {
    pub(in super::super) at: Timestamp,
    /// Why it failed, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in super::super) failure: Option<(Cause, String)>,
}

/// What is being done, or how it ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "course")]
pub(in super::super) enum Course {
    /// Something is being done.
    Working {
        work: Work,
        step: Step,
        began: Timestamp,
        /// Who is at it, and until when nobody else should be.
        holder: String,
        until: Timestamp,
    },
    /// Nothing is being done.
    Ended(End),
}

impl Course {
    /// The work that is being done.
    pub(in super::super) fn work(&self) -> Option<Work> {
        match self {
            Self::Working { work, .. } => Some(*work),
            Self::Ended(_) => None,
        }
    }

    pub(in super::super) fn is_deleting(&self) -> bool {
        self.work() == Some(Work::Delete)
    }
}
