//! Changing deployments and packages. Each request is one file; what they have in common is here.

mod change;
mod create;
mod delete;
mod package;

use o2_core::{Context, Error, Extensions, Result};
use o2_dms::PackageId;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::draw::{Drawn, SUSPEND};
use super::objects::{Content, Engine};
use super::read::Reading;
use super::standing::barred;
use crate::kube::deployed::{NotedPackage, NotedRevision, NotedWork, Notes, WorkKind};
pub(super) use change::{Edit, Heal, Upgrade};

/// Changes what `reading` reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writing<'p> {
    pub(super) reading: &'p Reading,
}

/// A package that shall be deployed.
#[derive(Debug, Clone)]
struct Chosen {
    id: PackageId,
    version: String,
    name: String,
    engine: Engine,
    /// The members of `spec` that refer to it.
    members: Map<String, Value>,
}

impl Chosen {
    /// The package with this id, of which the extensions may say more.
    async fn find(reading: &Reading, context: &Context, id: &PackageId, extensions: &Extensions) -> Result<Self> {
        let found = reading.packages(context).await?.remove(id.as_str());
        let found = found.filter(|package| context.sees(package.shown.tenant_id.as_ref()));
        let package = found.ok_or_else(|| {
            let error = Error::not_found("deploymentPackage", id.as_str());
            Error::violation("packageId", error.message())
        })?;
        Ok(Self {
            id: id.clone(),
            version: package.shown.version.clone(),
            name: package.shown.name.clone(),
            engine: package.source.engine(),
            members: package.source.deployed(extensions)?,
        })
    }

    fn noted(&self, content: &Content) -> NotedPackage {
        NotedPackage {
            id: self.id.to_string(),
            version: self.version.clone(),
            of: content.package_fingerprint(),
        }
    }
}

/// Fails when nobody may change the deployment, or work is in motion.
fn check_idle(drawn: &Drawn) -> Result<()> {
    check_free(drawn)?;
    if drawn.object.is_suspended() {
        return Err(Error::conflict(format!(
            "deployment '{}' is suspended; give it the extension {SUSPEND} with false first",
            drawn.deployment.deployment_id
        )));
    }
    Ok(())
}

/// The same, for what can be done to a deployment that is suspended too.
fn check_free(drawn: &Drawn) -> Result<()> {
    if let Some(reason) = barred(&drawn.object) {
        return Err(Error::conflict(reason));
    }
    if drawn.standing.status.is_busy() {
        return Err(Error::conflict(format!(
            "work on deployment '{}' is in motion ({} %): {}; wait until it has ended",
            drawn.deployment.deployment_id, drawn.standing.progress, drawn.standing.message
        )));
    }
    Ok(())
}

impl Writing<'_> {
    fn work(&self, kind: WorkKind) -> NotedWork {
        NotedWork {
            kind,
            at: self.reading.cluster.clock().now(),
            token: Uuid::new_v4().to_string(),
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

/// The notes of a deployment that O2 may not have changed before.
fn adopted(drawn: &Drawn) -> Notes {
    let mut notes = drawn.notes.clone();
    if notes.revision.is_none() {
        notes.adopted = Some(drawn.deployment.revision);
    }
    notes
}
