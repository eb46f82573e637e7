//! How the packages and deployments of plugins are collected, and what is said of a deployment that changes.

use std::any::Any;
use std::sync::Arc;

use futures::StreamExt;
use futures::future::BoxFuture;
use o2_core::collect::{Changes, Collectable, Kind, everything};
use o2_core::event::{EventKind, Subject};
use o2_core::{Context, Model, Operation, Result};

use crate::model::{Deployment, DeploymentObject, DeploymentPackage, DeploymentStatus as Status};
use crate::{DMSPlugin, op};

static KINDS: [Kind; 2] = [
    Kind::of::<DeploymentPackage>(&op::LIST_DEPLOYMENT_PACKAGES).with_indexes(&["tenantId"]),
    Kind::of::<Deployment>(&op::LIST_DEPLOYMENTS)
        .with_indexes(&["packageId", "resourcePoolId", "status", "tenantId"])
        .with_update(update),
];

/// Collects packages and deployments.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Deployments;

impl Deployments {
    /// Collects everything.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Collectable<dyn DMSPlugin> for Deployments {
    fn kinds(&self) -> &'static [Kind] {
        &KINDS
    }

    fn watch_operation(&self) -> &'static Operation {
        &op::WATCH_DEPLOYMENTS
    }

    fn list<'a>(
        &'a self,
        plugin: &'a dyn DMSPlugin,
        context: &'a Context,
        kind: &'static Kind,
    ) -> BoxFuture<'a, Result<Vec<Arc<dyn Subject>>>> {
        let most = plugin.capabilities().max_page_size;
        match kind.object() {
            DeploymentPackage::OBJECT => Box::pin(everything(most, move |query| {
                Box::pin(async move { plugin.list_deployment_packages(context, &query).await })
            })),
            _ => Box::pin(everything(most, move |query| {
                Box::pin(async move { plugin.list_deployments(context, &query).await })
            })),
        }
    }

    fn watch<'a>(
        &'a self,
        plugin: &'a dyn DMSPlugin,
        context: &'a Context,
        resume: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Changes>> {
        Box::pin(async move {
            let changes = plugin.watch_deployments(context, resume).await?;
            let changes = changes.map(|change| change.map(|change| change.map(subject)));
            Ok(changes.boxed())
        })
    }
}

fn subject(object: DeploymentObject) -> Arc<dyn Subject> {
    match object {
        DeploymentObject::Package(package) => package,
        DeploymentObject::Deployment(deployment) => deployment,
    }
}

/// What is said of a deployment that changed.
fn update(before: &dyn Subject, after: &dyn Subject) -> EventKind {
    let (before, after): (&dyn Any, &dyn Any) = (before, after);
    match (before.downcast_ref(), after.downcast_ref()) {
        (Some(before), Some(after)) => what(before, after),
        _ => EventKind::Updated,
    }
}

/// The end of work comes first: whoever waits for it must hear of it. A backend that is only looked at now and then may show
/// a rollback from one moment to the next.
fn what(before: &Deployment, after: &Deployment) -> EventKind {
    let settled = |status: Status| status == Status::Deployed;
    match (before.status, after.status) {
        (Status::Scaling, Status::Deployed) => EventKind::Scaled,
        (was, Status::Deployed)
            if after.rolled_back_to.is_some() && (!settled(was) || after.revision != before.revision) =>
        {
            EventKind::RolledBack
        }
        (was, Status::Deployed) if !settled(was) => EventKind::Ready,
        (was, Status::Failed) if was != Status::Failed => EventKind::Failed,
        (_, Status::Deployed) if before.replicas != after.replicas && only(before, after, &["replicas", "values"]) => {
            EventKind::Scaled
        }
        _ if only(before, after, &[]) => EventKind::Progressed,
        _ => EventKind::Updated,
    }
}

/// Whether nothing but these attributes differs, and those that change by themselves.
fn only(before: &Deployment, after: &Deployment, attributes: &[&str]) -> bool {
    let mut rest = before.clone();
    rest.status = after.status;
    rest.status_message.clone_from(&after.status_message);
    rest.revision = after.revision;
    rest.rolled_back_to = after.rolled_back_to;
    rest.updated_at = after.updated_at;
    rest.version.clone_from(&after.version);
    if attributes.contains(&"replicas") {
        rest.replicas = after.replicas;
    }
    if attributes.contains(&"values") {
        rest.values.clone_from(&after.values);
    }
    rest == *after
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment(change: impl FnOnce(&mut Deployment)) -> Deployment {
        let mut deployment = Deployment::new("d", "web", "p");
        deployment.status = Status::Deployed;
        deployment.replicas = Some(2);
        deployment.revision = 3;
        change(&mut deployment);
        deployment
    }

    /// Deployed again as it was in revision 1, with this revision.
    fn back(revision: u32) -> Deployment {
        deployment(|d| {
            d.revision = revision;
            d.rolled_back_to = Some(1);
        })
    }

    #[test]
    fn a_change_is_told_by_what_it_means() {
        let was = |status| deployment(|d| d.status = status);
        for (before, after, kind) in [
            (was(Status::Instantiating), was(Status::Deployed), EventKind::Ready),
            (was(Status::Updating), was(Status::Deployed), EventKind::Ready),
            (was(Status::Failed), was(Status::Deployed), EventKind::Ready),
            (was(Status::Updating), was(Status::Failed), EventKind::Failed),
            (was(Status::Deployed), was(Status::Failed), EventKind::Failed),
            (was(Status::Failed), was(Status::Failed), EventKind::Progressed),
            (was(Status::Scaling), was(Status::Deployed), EventKind::Scaled),
            (was(Status::Deployed), was(Status::Scaling), EventKind::Progressed),
            (
                was(Status::Deployed),
                deployment(|d| d.replicas = Some(5)),
                EventKind::Scaled,
            ),
            (
                was(Status::Deployed),
                deployment(|d| {
                    d.replicas = Some(5);
                    d.status = Status::Scaling;
                }),
                EventKind::Updated,
            ),
            (was(Status::Updating), back(3), EventKind::RolledBack),
            (was(Status::Failed), back(3), EventKind::RolledBack),
            (was(Status::Deployed), back(4), EventKind::RolledBack),
            (back(4), back(4), EventKind::Progressed),
            (
                back(4),
                deployment(|d| {
                    d.revision = 4;
                    d.status = Status::Updating;
                }),
                EventKind::Progressed,
            ),
            (
                was(Status::Deployed),
                deployment(|d| d.description = "new".into()),
                EventKind::Updated,
            ),
        ] {
            assert_eq!(what(&before, &after), kind, "{:?} {:?}", before.status, after.status);
        }
    }
}
