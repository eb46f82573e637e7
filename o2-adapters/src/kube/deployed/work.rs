//! [`WorkKind`]: what is done to a deployment.

use o2_dms::DeploymentStatus;
use serde::{Deserialize, Serialize};

/// What is done to a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum WorkKind {
    Install,
    Update,
    Upgrade,
    Scale,
    Rollback,
    Heal,
}

impl WorkKind {
    /// The state of the deployment while it is done.
    pub(crate) fn status(self) -> DeploymentStatus {
        match self {
            Self::Install => DeploymentStatus::Instantiating,
            Self::Scale => DeploymentStatus::Scaling,
            Self::Update | Self::Upgrade | Self::Rollback | Self::Heal => DeploymentStatus::Updating,
        }
    }

    /// The work as a word, for messages: `the upgrade`.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Install => "installation",
            Self::Update => "update",
            Self::Upgrade => "upgrade",
            Self::Scale => "scaling",
            Self::Rollback => "rollback",
            Self::Heal => "repair",
        }
    }
}
