//! Faults with the beginning and the end of deployments.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use o2_core::ports::Clock;
use o2_core::query::ListQuery;
use o2_core::{Context, Error, ErrorKind, Result, async_trait};
use o2_dms::{
    DMSPlugin, Deployment, DeploymentId, DeploymentRequest, DeploymentStatus, DeploymentUpdate, StatusReport,
};

use super::{Row, changed, locked, row};
use crate::dms::remote::Remote;
use crate::dms::twist::{Made, Twist};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(IsDoneAtOnce, "create_deployment/begins_work"),
        row(NeverApplies::default(), "create_deployment/is_really_deployed"),
        row(DropsLabels, "create_deployment/what_is_created_is_there"),
        row(DropsTenants, "create_deployment/belongs_to_the_tenant"),
        row(HasNoPackages, "create_deployment/unknown_packages_are_refused"),
        row(TakesNamesForIds, "create_deployment/names_are_those_of_a_namespace"),
        row(LooksThenCreates, "create_deployment/one_of_many_wins"),
        row(AdoptsNamesakes, "create_deployment/a_taken_name_is_refused"),
        row(LosesDeployments::default(), "create_deployment/survives_a_restart"),
        row(CreatesInTwoSteps, "create_deployment/can_be_dropped_anywhere"),
        row(StaysLocked::default(), "create_deployment/can_be_dropped_anywhere"),
        row(SaysItDeletes, "delete_deployment/what_is_deleted_is_gone"),
        row(NeverDeletes, "delete_deployment/what_is_deleted_is_gone"),
        row(DeletesTwice, "delete_deployment/what_is_deleted_is_gone"),
        row(DeletesByName, "delete_deployment/leaves_namesakes_alone"),
        row(DeletesOnlyWhatRuns, "delete_deployment/what_failed_can_be_deleted"),
    ]
}

/// Says that all is done before it has begun.
#[derive(Debug)]
struct IsDoneAtOnce;

#[async_trait]
impl Twist for IsDoneAtOnce {
    async fn create(&self, p: &Remote, c: &Context, request: &DeploymentRequest) -> Made {
        let created = p.create_deployment(c, request).await?;
        Ok(changed(&created, |deployment| {
            deployment.status = DeploymentStatus::Deployed;
        }))
    }
}

/// Keeps deployments to itself, and calls them deployed when they are looked at.
#[derive(Debug, Default)]
struct NeverApplies(Mutex<BTreeMap<DeploymentId, Deployment>>);

#[async_trait]
impl Twist for NeverApplies {
    async fn create(&self, _: &Remote, _: &Context, request: &DeploymentRequest) -> Made {
        let mut made = Deployment::new(request.name.as_str(), request.name.as_str(), request.package_id.clone());
        let id = made.deployment_id.clone();
        let created = Arc::new(made.clone());
        made.status = DeploymentStatus::Deployed;
        locked(&self.0).insert(id, made);
        Ok(created)
    }

    async fn get(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Made {
        let own = locked(&self.0).get(id).cloned();
        match own {
            Some(deployment) => Ok(Arc::new(deployment)),
            None => p.get_deployment(c, id).await,
        }
    }
}

/// Forgets a part of the request.
#[derive(Debug)]
struct DropsLabels;

#[async_trait]
impl Twist for DropsLabels {
    async fn create(&self, p: &Remote, c: &Context, request: &DeploymentRequest) -> Made {
        let mut bare = request.clone();
        bare.labels.clear();
        p.create_deployment(c, &bare).await
    }
}

/// Creates for nobody, so for everybody.
#[derive(Debug)]
struct DropsTenants;

#[async_trait]
impl Twist for DropsTenants {
    async fn create(&self, p: &Remote, _: &Context, request: &DeploymentRequest) -> Made {
        p.create_deployment(&Context::new("everybody"), request).await
    }
}

/// Calls a wrong request a missing object.
#[derive(Debug)]
struct HasNoPackages;

#[async_trait]
impl Twist for HasNoPackages {
    async fn create(&self, p: &Remote, c: &Context, request: &DeploymentRequest) -> Made {
        match p.create_deployment(c, request).await {
            Err(error) if error.is(ErrorKind::InvalidInput) => Err(Error::not_found("deploymentPackage", "it")),
            created => created,
        }
    }
}

/// Uses names as ids, across namespaces.
#[derive(Debug)]
struct TakesNamesForIds;

async fn named(p: &Remote, c: &Context, id: &DeploymentId) -> Made {
    let page = p.list_deployments(c, &ListQuery::new()).await?;
    let found = page.items.iter().find(|deployment| deployment.name == id.as_str());
    let found = found.ok_or_else(|| Error::not_found("deployment", id.as_str()))?;
    Ok(changed(found, |deployment| {
        deployment.deployment_id = deployment.name.as_str().into();
    }))
}

#[async_trait]
impl Twist for TakesNamesForIds {
    async fn create(&self, p: &Remote, c: &Context, request: &DeploymentRequest) -> Made {
        let created = p.create_deployment(c, request).await?;
        Ok(changed(&created, |deployment| {
            deployment.deployment_id = deployment.name.as_str().into();
        }))
    }

    async fn get(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Made {
        named(p, c, id).await
    }
}

/// Looks whether the name is free, and then trusts in it.
#[derive(Debug)]
struct LooksThenCreates;

#[async_trait]
impl Twist for LooksThenCreates {
    async fn create(&self, p: &Remote, c: &Context, request: &DeploymentRequest) -> Made {
        let free = named(p, c, &request.name.as_str().into()).await.is_err();
        match p.create_deployment(c, request).await {
            Err(error) if free && error.is(ErrorKind::AlreadyExists) => {
                named(p, c, &request.name.as_str().into()).await
            }
            created => created,
        }
    }
}

/// Answers with the deployment that has the name already.
#[derive(Debug)]
struct AdoptsNamesakes;

#[async_trait]
impl Twist for AdoptsNamesakes {
    async fn create(&self, p: &Remote, c: &Context, request: &DeploymentRequest) -> Made {
        match p.create_deployment(c, request).await {
            Err(error) if error.is(ErrorKind::AlreadyExists) => named(p, c, &request.name.as_str().into()).await,
            created => created,
        }
    }
}

/// Knows only the ids that it has given itself.
#[derive(Debug, Default)]
struct LosesDeployments(Mutex<BTreeMap<DeploymentId, usize>>);

#[async_trait]
impl Twist for LosesDeployments {
    async fn create(&self, p: &Remote, c: &Context, request: &DeploymentRequest) -> Made {
        let created = p.create_deployment(c, request).await?;
        let known = (created.deployment_id.clone(), std::ptr::from_ref(p).addr());
        locked(&self.0).extend([known]);
        Ok(created)
    }

    async fn get(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Made {
        let maker = locked(&self.0).get(id).copied();
        if maker == Some(std::ptr::from_ref(p).addr()) {
            p.get_deployment(c, id).await
        } else {
            Err(Error::not_found("deployment", id.as_str()))
        }
    }
}

/// Creates something bare, and gives it the values when that is there.
#[derive(Debug)]
struct CreatesInTwoSteps;

#[async_trait]
impl Twist for CreatesInTwoSteps {
    async fn create(&self, p: &Remote, c: &Context, request: &DeploymentRequest) -> Made {
        let mut bare = request.clone();
        bare.values.clear();
        let id = p.create_deployment(c, &bare).await?.deployment_id.clone();
        while p.get_deployment(c, &id).await?.status.is_busy() {
            p.backend.clock.sleep(Duration::from_secs(1)).await;
        }
        let mut update = DeploymentUpdate::of(&*p.get_deployment(c, &id).await?);
        update.values.clone_from(&request.values);
        p.update_deployment(c, &id, &update).await
    }
}

/// Takes a lock that it does not give back when its future is dropped.
#[derive(Debug, Default)]
struct StaysLocked(AtomicBool);

#[async_trait]
impl Twist for StaysLocked {
    async fn create(&self, p: &Remote, c: &Context, request: &DeploymentRequest) -> Made {
        if self.0.swap(true, Ordering::AcqRel) {
            return Err(Error::new(ErrorKind::Unavailable, "somebody else creates a deployment"));
        }
        let created = p.create_deployment(c, request).await;
        self.0.store(false, Ordering::Release);
        created
    }
}

/// Reports success and does nothing.
#[derive(Debug)]
struct SaysItDeletes;

#[async_trait]
impl Twist for SaysItDeletes {
    async fn delete(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<()> {
        p.get_deployment(c, id).await.map(drop)
    }
}

/// Has an operation that always fails.
#[derive(Debug)]
struct NeverDeletes;

#[async_trait]
impl Twist for NeverDeletes {
    async fn delete(&self, _: &Remote, _: &Context, _: &DeploymentId) -> Result<()> {
        Err(Error::internal("deployments cannot be deleted"))
    }
}

/// Reports success about what is not there.
#[derive(Debug)]
struct DeletesTwice;

#[async_trait]
impl Twist for DeletesTwice {
    async fn delete(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<()> {
        match p.delete_deployment(c, id).await {
            Err(error) if error.is(ErrorKind::NotFound) => Ok(()),
            answer => answer,
        }
    }
}

/// Takes down everything that has the name, in all namespaces.
#[derive(Debug)]
struct DeletesByName;

#[async_trait]
impl Twist for DeletesByName {
    async fn delete(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<()> {
        let name = &p.get_deployment(c, id).await?.name;
        for deployment in p.list_deployments(c, &ListQuery::new()).await?.items {
            if deployment.name == *name {
                p.delete_deployment(c, &deployment.deployment_id).await?;
            }
        }
        Ok(())
    }
}

/// Cannot take down what has failed.
#[derive(Debug)]
struct DeletesOnlyWhatRuns;

#[async_trait]
impl Twist for DeletesOnlyWhatRuns {
    async fn delete(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<()> {
        let report: StatusReport = p.get_deployment_status(c, id).await?;
        if report.status == DeploymentStatus::Failed {
            return Err(Error::conflict("the deployment has failed"));
        }
        p.delete_deployment(c, id).await
    }
}
