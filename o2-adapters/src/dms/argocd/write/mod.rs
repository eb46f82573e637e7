//! Changing deployments and packages. Each request is one file; what they have in common is here.

mod change;
mod create;
mod delete;
mod operation;
mod package;

use o2_core::{Context, Error, Result};
use o2_dms::PackageId;
use uuid::Uuid;

use super::draw::Drawn;
use super::packages::{Origin, Package};
use super::read::Reading;
use super::source::Coordinates;
use super::standing::barred;
use super::values::Tool;
use crate::kube::deployed::{NotedPackage, NotedRevision, NotedWork, Notes, WorkKind};
pub(super) use change::{Heal, Rollback, Scale, Update, Upgrade};

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
    coordinates: Coordinates,
    /// What makes objects of it, if that is known.
    tool: Option<Tool>,
}

impl Chosen {
    /// The package with this id, of a repository what the extensions say.
    async fn find(
        reading: &Reading,
        context: &Context,
        id: &PackageId,
        extensions: &o2_core::Extensions,
    ) -> Result<Self> {
        let found = reading.packages(context).await?.remove(id.as_str());
        let found = found.filter(|package| context.sees(package.shown.tenant_id.as_ref()));
        let Some(Package { shown, origin }) = found else {
            let error = Error::not_found("deploymentPackage", id.as_str());
            return Err(Error::violation("packageId", error.message()));
        };
        let (coordinates, tool) = match origin {
            Origin::Registered(registered) => {
                let tool = registered.data.tool.as_deref().and_then(Tool::named);
                (registered.coordinates, tool)
            }
            Origin::Repository(repository) => (repository.coordinates(extensions)?, None),
            Origin::Deployed(coordinates) => (coordinates, None),
        };
        Ok(Self {
            id: id.clone(),
            version: shown.version.clone(),
            name: shown.name.clone(),
            coordinates,
            tool,
        })
    }

    fn noted(&self) -> NotedPackage {
        NotedPackage {
            id: self.id.to_string(),
            version: self.version.clone(),
            of: self.coordinates.fingerprint(),
        }
    }
}

/// Fails when nobody may change the deployment, or work is in motion.
fn check_idle(drawn: &Drawn) -> Result<()> {
    if let Some(reason) = barred(&drawn.application) {
        return Err(Error::conflict(reason));
    }
    if drawn.standing.status.is_busy() {
        return Err(Error::conflict(format!(
            "work on deployment '{}' is in motion ({} %): {}; wait until it has ended",
            drawn.deployment.deployment_id, drawn.standing.progress, drawn.standing.message
        )));
    }
    if drawn.standing.overdue {
        return Err(Error::conflict(format!(
            "an operation of deployment '{}' still runs, and was told to stop; try again when it has",
            drawn.deployment.deployment_id
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
