//! Changing deployments and packages. Each request is one file; what they have in common is here.

mod change;
mod create;
mod delete;
mod package;

use o2_core::{Error, Result};

use super::config::CrossplaneConfig;
use super::draw::{Drawn, PAUSED};
use super::read::Reading;
use super::wire::token;
use crate::kube::deployed::{NotedRevision, NotedWork, Users, WorkKind};
pub(super) use change::{Checked, Edit, Heal, Upgrade};

/// Changes what `reading` reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writing<'p> {
    pub(super) reading: &'p Reading,
}

/// Fails when nobody may change the deployment, or work is in motion.
fn check_idle(drawn: &Drawn) -> Result<()> {
    check_free(drawn)?;
    if drawn.object.is_paused() {
        return Err(Error::conflict(format!(
            "deployment '{}' is paused; give it the extension {PAUSED} with false first",
            drawn.deployment.deployment_id
        )));
    }
    Ok(())
}

/// The same, for what can be done to a deployment that is paused too.
fn check_free(drawn: &Drawn) -> Result<()> {
    if let Some(owner) = drawn.object.meta.owners.iter().find(|owner| owner.controller) {
        return Err(Error::conflict(format!(
            "{} {} makes this deployment and would undo the change",
            owner.kind, owner.name
        )));
    }
    if drawn.standing.status.is_busy() {
        return Err(Error::conflict(format!(
            "work on deployment '{}' is in motion ({} %): {}; wait until it has ended",
            drawn.deployment.deployment_id, drawn.standing.progress, drawn.standing.message
        )));
    }
    Ok(())
}

fn users(config: &CrossplaneConfig) -> Users<'_> {
    Users {
        tenant_label: &config.tenant_label,
    }
}

impl Writing<'_> {
    /// Work that begins now; the object has this generation then.
    fn work(&self, kind: WorkKind, generation: i64) -> NotedWork {
        NotedWork {
            kind,
            at: self.reading.cluster.clock().now(),
            token: token(generation),
        }
    }

    fn revision(&self, number: u32, description: String, of: String) -> NotedRevision {
        NotedRevision {
            number,
            at: self.reading.cluster.clock().now(),
            description,
            of,
        }
    }
}
