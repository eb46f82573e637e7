//! New values, another number of replicas, another package.

use std::sync::Arc;

use o2_core::{Context, Error, ErrorKind, Extensions, Result};
use o2_dms::{Deployment, DeploymentId, DeploymentUpdate, ScaleRequest, UpgradeRequest};

use super::change::{Present, beaten};
use super::prepare::Draft;
use crate::dms::kustomize::build::with_replicas;
use crate::dms::kustomize::package::Stored;
use crate::dms::kustomize::site::Site;
use crate::dms::kustomize::state::{State, Work};

/// New values are a new revision; anything else changes at once, without work.
pub(in super::super) async fn update(
    site: &Site,
    context: &Context,
    id: &DeploymentId,
    update: &DeploymentUpdate,
) -> Result<Arc<Deployment>> {
    let present = site.present(context, id).await?;
    present.check_expected(update.expected.as_ref())?;
    present.check_idle()?;
    let mut state = present.parent.state.clone();
    state.description.clone_from(&update.description);
    state.labels.clone_from(&update.labels);
    state.extensions.clone_from(&update.extensions);
    if update.values != state.revision.values {
        let stored = site.own_package(context, &present).await?;
        let change = Change {
            work: Work::Update,
            stored: &stored,
            values: &update.values,
            description: "New values".to_owned(),
        };
        return site.revise(context, &present, state, change).await;
    }
    if state == present.parent.state {
        return Ok(present.shown);
    }
    state.updated_at = site.clock.now();
    let written = site.write(context, &present.parent, state, None).await?;
    let parent = written.map_err(|_| beaten())?;
    site.as_it_is(context, parent).await.map(|present| present.shown)
}

/// Scaling sets the value that says how many replicas there are, so that no later work undoes it.
pub(in super::super) async fn scale(
    site: &Site,
    context: &Context,
    id: &DeploymentId,
    request: &ScaleRequest,
) -> Result<Arc<Deployment>> {
    let present = site.present(context, id).await?;
    let (replicas, most) = (request.replicas, site.config.max_replicas);
    if replicas > most {
        return Err(Error::violation(
            "replicas",
            format!("must be 0 to {most}, not {replicas}"),
        ));
    }
    let revision = &present.parent.state.revision;
    let Some(scaled) = &revision.scaled else {
        let reason = "the package has no single workload with replicas, and names none of them in kustomize.workload";
        return Err(Error::violation("replicas", reason));
    };
    present.check_idle()?;
    if scaled.replicas == replicas && present.shown.replicas == Some(replicas) {
        return Ok(present.shown);
    }
    let stored = site.own_package(context, &present).await?;
    let values = with_replicas(&revision.values, &scaled.name, replicas);
    let change = Change {
        work: Work::Scale,
        stored: &stored,
        values: &values,
        description: format!("Scale to {replicas} replicas"),
    };
    site.revise(context, &present, present.parent.state.clone(), change)
        .await
}

/// Another package, with the values that there are or with new ones.
pub(in super::super) async fn upgrade(
    site: &Site,
    context: &Context,
    id: &DeploymentId,
    request: &UpgradeRequest,
) -> Result<Arc<Deployment>> {
    let present = site.present(context, id).await?;
    let (stored, _) = site.given_package(context, &request.package_id).await?;
    present.check_idle()?;
    let values = request.values.as_ref().unwrap_or(&present.parent.state.revision.values);
    let package = &stored.package;
    let change = Change {
        work: Work::Upgrade,
        stored: &stored,
        values,
        description: format!("Upgrade to {} {}", package.name, package.version),
    };
    let upgraded = site
        .revise(context, &present, present.parent.state.clone(), change)
        .await?;
    // Whoever is about to remove the package looks again. What has begun goes on in any case.
    let _ = site.packages.touch(context, &package.package_id).await;
    Ok(upgraded)
}

/// What becomes of a deployment.
struct Change<'a> {
    work: Work,
    stored: &'a Stored,
    values: &'a Extensions,
    description: String,
}

impl Site {
    /// Begins work that makes a revision of a package and values.
    async fn revise(
        &self,
        context: &Context,
        present: &Present,
        state: State,
        change: Change<'_>,
    ) -> Result<Arc<Deployment>> {
        let draft = Draft {
            number: present.next_number(),
            description: change.description,
            values: change.values,
            now: self.clock.now(),
        };
        let place = self.place(&present.parent);
        let prepared = self.prepare(context, &place, change.stored, draft).await?;
        self.begin(context, present, change.work, state, prepared).await
    }

    /// The package that a deployment has.
    async fn own_package(&self, context: &Context, present: &Present) -> Result<Arc<Stored>> {
        let id = &present.parent.state.revision.package_id;
        match self.packages.get(context, id).await {
            Ok((stored, _)) => Ok(stored),
            Err(error) if error.is(ErrorKind::NotFound) => Err(Error::conflict(format!(
                "package '{id}' of the deployment is no longer there; upgrade the deployment to another one"
            ))),
            Err(error) => Err(error),
        }
    }
}
