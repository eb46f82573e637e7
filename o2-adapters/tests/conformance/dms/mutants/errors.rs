//! Faults with errors, tenants, capabilities, and the life of the plugin.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use o2_core::plugin::Health;
use o2_core::ports::Clock;
use o2_core::query::ListQuery;
use o2_core::{Capabilities, Context, Error, ErrorKind, Fault, Page, Result, async_trait};
use o2_dms::{DMSPlugin, Deployment, DeploymentId, DeploymentUpdate, HealRequest, ScaleRequest, StatusReport, op};

use super::{Row, locked, row};
use crate::dms::backend::Backend;
use crate::dms::remote::Remote;
use crate::dms::twist::{Made, Twist};

pub(super) fn rows() -> Vec<Row> {
    vec![
        row(MasksErrors, "list_deployments/an_outage_is_not_an_absence"),
        row(MasksErrorsOfStatus, "get_deployment_status/an_outage_is_told"),
        row(EmptyWhenDown, "list_deployments/an_outage_is_told"),
        row(BlamesCallers, "scale_deployment/refused_credentials_are_told"),
        row(HiddenByOne, "list_deployments/one_odd_object_does_not_hide_the_others"),
        row(FindsNames, "scale_deployment/unknown_deployments_are_not_found"),
        row(KnowsNoTenants, "scale_deployment/foreign_deployments_are_not_found"),
        row(ListsForEverybody, "list_deployments/foreign_objects_are_not_listed"),
        row(ReadsOnce::default(), "get_deployment/shows_what_others_have_changed"),
        row(ReadsOnce::default(), "get_deployment/misses_what_others_have_removed"),
        row(TellsSecrets, "plugin/secrets_stay_secret"),
        row(DeclaresTooMuch, "heal_deployment/is_there_when_declared"),
        row(DeclaresTooLittle, "heal_deployment/is_refused_when_undeclared"),
        row(AlwaysHealthy, "plugin/health_tells_trouble"),
        row(NeverCloses, "plugin/closed_is_closed"),
    ]
}

fn missing(id: &DeploymentId) -> Error {
    Error::not_found("deployment", id.as_str())
}

/// Takes every error for "there is no such deployment".
#[derive(Debug)]
struct MasksErrors;

#[async_trait]
impl Twist for MasksErrors {
    async fn get(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Made {
        p.get_deployment(c, id).await.map_err(|_| missing(id))
    }
}

/// The same when it is asked for the status.
#[derive(Debug)]
struct MasksErrorsOfStatus;

#[async_trait]
impl Twist for MasksErrorsOfStatus {
    async fn status(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Result<StatusReport> {
        p.get_deployment_status(c, id).await.map_err(|_| missing(id))
    }
}

/// Takes a backend that is down for one that has nothing.
#[derive(Debug)]
struct EmptyWhenDown;

#[async_trait]
impl Twist for EmptyWhenDown {
    async fn list(&self, p: &Remote, c: &Context, query: &ListQuery) -> Result<Page<Deployment>> {
        match p.list_deployments(c, query).await {
            Err(error) if error.is(ErrorKind::Unavailable) => Ok(Page::default()),
            page => page,
        }
    }
}

/// Says that the caller has no permission when it is the plugin that has none.
#[derive(Debug)]
struct BlamesCallers;

#[async_trait]
impl Twist for BlamesCallers {
    async fn scale(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &ScaleRequest) -> Made {
        let scaled = p.scale_deployment(c, id, request).await;
        scaled.map_err(|error| error.with_fault(Fault::Caller))
    }
}

/// Reads all objects of a list or none.
#[derive(Debug)]
struct HiddenByOne;

#[async_trait]
impl Twist for HiddenByOne {
    async fn list(&self, p: &Remote, c: &Context, query: &ListQuery) -> Result<Page<Deployment>> {
        let mut page = p.list_deployments(c, query).await?;
        let backend: &Backend = &p.backend;
        let all: Option<_> = backend.raw(page.items).into_iter().collect();
        page.items = all.ok_or_else(|| Error::internal("an object cannot be read").with_fault(Fault::Backend))?;
        Ok(page)
    }
}

/// Takes names where ids are meant.
#[derive(Debug)]
struct FindsNames;

#[async_trait]
impl Twist for FindsNames {
    async fn scale(&self, p: &Remote, c: &Context, id: &DeploymentId, request: &ScaleRequest) -> Made {
        let page = p.list_deployments(c, &ListQuery::new()).await?;
        let named = page.items.iter().find(|deployment| deployment.name == id.as_str());
        let id = named.map_or(id, |deployment| &deployment.deployment_id);
        p.scale_deployment(c, id, request).await
    }
}

/// Acts for everybody.
#[derive(Debug)]
struct KnowsNoTenants;

#[async_trait]
impl Twist for KnowsNoTenants {
    async fn scale(&self, p: &Remote, _: &Context, id: &DeploymentId, request: &ScaleRequest) -> Made {
        p.scale_deployment(&Context::new("everybody"), id, request).await
    }
}

/// Lists for everybody.
#[derive(Debug)]
struct ListsForEverybody;

#[async_trait]
impl Twist for ListsForEverybody {
    async fn list(&self, p: &Remote, _: &Context, query: &ListQuery) -> Result<Page<Deployment>> {
        p.list_deployments(&Context::new("everybody"), query).await
    }
}

/// Keeps for ever what it has read of a deployment that is deployed.
#[derive(Debug, Default)]
struct ReadsOnce(Mutex<BTreeMap<DeploymentId, Arc<Deployment>>>);

#[async_trait]
impl Twist for ReadsOnce {
    async fn get(&self, p: &Remote, c: &Context, id: &DeploymentId) -> Made {
        let known = locked(&self.0).get(id).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let read = p.get_deployment(c, id).await?;
        if !read.status.is_busy() {
            locked(&self.0).insert(id.clone(), Arc::clone(&read));
        }
        Ok(read)
    }
}

/// Shows its token where it was refused.
#[derive(Debug)]
struct TellsSecrets;

#[async_trait]
impl Twist for TellsSecrets {
    async fn update(&self, p: &Remote, c: &Context, id: &DeploymentId, update: &DeploymentUpdate) -> Made {
        let token = p.token.expose();
        let updated = p.update_deployment(c, id, update).await;
        updated.map_err(|error| error.with_detail(format!("authorization: Bearer {token}")))
    }
}

/// Declares what it does not have.
#[derive(Debug)]
struct DeclaresTooMuch;

#[async_trait]
impl Twist for DeclaresTooMuch {
    async fn heal(&self, _: &Remote, _: &Context, _: &DeploymentId, _: &HealRequest) -> Made {
        Err(Error::unsupported(&op::HEAL_DEPLOYMENT))
    }
}

/// Has what it does not declare.
#[derive(Debug)]
struct DeclaresTooLittle;

impl Twist for DeclaresTooLittle {
    fn capabilities(&self, right: &Capabilities) -> Capabilities {
        right.clone().without(&op::HEAL_DEPLOYMENT)
    }
}

/// Is well whatever happens.
#[derive(Debug)]
struct AlwaysHealthy;

#[async_trait]
impl Twist for AlwaysHealthy {
    async fn health(&self, p: &Remote, _: &Context) -> Health {
        Health::healthy(p.backend.clock.now())
    }
}

/// Goes on when it was closed.
#[derive(Debug)]
struct NeverCloses;

#[async_trait]
impl Twist for NeverCloses {
    async fn close(&self, _: &Remote) -> Result<()> {
        Ok(())
    }
}
