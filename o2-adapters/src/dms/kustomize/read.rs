//! What is read of packages and deployments.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::FutureExt;
use futures::stream::{self, StreamExt};
use o2_core::{Context, ErrorKind, Result};
use o2_dms::{Deployment, DeploymentId, DeploymentPackage, DeploymentRevision, PackageId, StatusReport};

use super::progress::Progress;
use super::show;
use super::site::Site;
use super::state::Parent;
use super::work::AT_ONCE;

/// The packages, by their ids.
pub(super) async fn packages(site: &Site, context: &Context) -> Result<BTreeMap<PackageId, Arc<DeploymentPackage>>> {
    let all = site.packages.all(context).await?.into_iter();
    Ok(all
        .map(|stored| (stored.package.package_id.clone(), Arc::new(stored.package.clone())))
        .collect())
}

/// The deployments, by their ids.
pub(super) async fn deployments(site: &Site, context: &Context) -> Result<BTreeMap<DeploymentId, Arc<Deployment>>> {
    let parents = as_far_as_they_go(site, context, site.all(context).await?).await;
    let mut objects = site.objects_of_all(context, &parents).await?;
    let shown = parents.iter().map(|parent| {
        let objects = objects.remove(&parent.id()).unwrap_or_default();
        let shown = show::deployment(parent, &objects, &site.config.tenant_label);
        (parent.id(), Arc::new(shown))
    });
    Ok(shown.collect())
}

/// The deployments after what is left to be done for them was done, as far as that can be done now.
async fn as_far_as_they_go(site: &Site, context: &Context, parents: Vec<Parent>) -> Vec<Parent> {
    let each: Vec<_> = parents
        .into_iter()
        .map(|parent| {
            async move {
                let known = parent.clone();
                // A list does not fail because the work on one deployment does not go on.
                site.advance(context, parent).await.unwrap_or(Some(known))
            }
            .boxed()
        })
        .collect();
    let advanced: Vec<_> = stream::iter(each).buffered(AT_ONCE).collect().await;
    advanced.into_iter().flatten().collect()
}

/// How a deployment is doing.
pub(super) async fn status(
    site: &Site,
    context: &Context,
    id: &DeploymentId,
    progress: &Progress,
) -> Result<StatusReport> {
    match site.present(context, id).await {
        Ok(present) => {
            let report = show::report(&present.parent, &present.objects);
            Ok(progress.onwards(&present.parent.state, report))
        }
        Err(error) => {
            if error.is(ErrorKind::NotFound) {
                progress.forget(id);
            }
            Err(error)
        }
    }
}

/// The history of a deployment, oldest first, the present revision last.
pub(super) async fn revisions(site: &Site, context: &Context, id: &DeploymentId) -> Result<Vec<DeploymentRevision>> {
    let present = site.present(context, id).await?;
    let of = site.history(&present.parent);
    let current = present.parent.state.revision.number;
    let records = site.revisions.list(context, of, current).await?;
    let mut shown: Vec<_> = records.iter().map(crate::kube::revisions::Record::shown).collect();
    shown.push(show::revision(&present.parent, &present.objects));
    Ok(shown)
}
