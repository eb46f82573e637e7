//! Repairs: what is wanted is applied again, and workloads are restarted.

use std::sync::Arc;

use o2_core::error::Excerpt;
use o2_core::{Context, Error, Result};
use o2_dms::{Deployment, DeploymentId, HealRequest};

use super::change::{Present, beaten};
use super::prepare::Prepared;
use crate::dms::kustomize::site::Site;
use crate::dms::kustomize::state::{Member, Work};

/// The kinds whose pods can be replaced.
const RESTARTABLE: [&str; 3] = ["Deployment.apps", "StatefulSet.apps", "DaemonSet.apps"];

/// Restarts first: done twice, it does no harm, so that nothing need be written down before.
pub(in super::super) async fn heal(
    site: &Site,
    context: &Context,
    id: &DeploymentId,
    request: &HealRequest,
) -> Result<Arc<Deployment>> {
    let present = site.present(context, id).await?;
    let workloads = chosen(&present.parent.state.inventory, request.component.as_deref())?;
    present.check_idle()?;
    site.preflight(context, &site.place(&present.parent), &again(&present)?)
        .await?;
    for workload in workloads {
        let kind = workload.kind();
        site.cluster
            .restart(context, workload.at(&kind), site.clock.now())
            .await?;
    }
    let mut state = present.parent.state.clone();
    state.updated_at = site.clock.now();
    state.course = site.course(Work::Heal);
    let written = site.write(context, &present.parent, state, None).await?;
    let parent = written.map_err(|_| beaten())?;
    site.go_on(context, parent).await
}

/// The present revision, to be applied once more.
fn again(present: &Present) -> Result<Prepared> {
    let manifest = present.parent.manifest();
    Ok(Prepared {
        revision: present.parent.state.revision.clone(),
        objects: manifest.unpack()?,
        inventory: present.parent.state.inventory.clone(),
        manifest,
    })
}

/// The workloads that are meant: `web`, or `Deployment/web`; all of them when none is named.
fn chosen<'m>(inventory: &'m [Member], component: Option<&str>) -> Result<Vec<&'m Member>> {
    let all = || {
        let can = |member: &&Member| RESTARTABLE.contains(&member.id.group_kind().as_str());
        inventory.iter().filter(can)
    };
    let path = |member: &Member| format!("{}/{}", member.id.kind, member.id.name);
    let Some(wanted) = component else {
        return Ok(all().collect());
    };
    let found: Vec<_> = all()
        .filter(|member| member.id.name == wanted || path(member) == wanted)
        .collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let known: Vec<_> = all().map(path).collect();
    let reason = format!(
        "there is no '{}' that can be restarted (known: {})",
        Excerpt(wanted),
        known.join(", ")
    );
    Err(Error::violation("component", reason))
}
