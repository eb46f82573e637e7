//! [`State`]: executions, service models, policies, inventories, events.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use o2_core::{Context, Error, ErrorKind, Model, Result, TenantId};
use o2_smo::{ExecutionId, ModelId, Policy, PolicyId, PolicyStatus, ServiceModel, WorkflowExecution, WorkflowRequest};

use super::MemorySmoConfig;
use super::event::SmoEvent;
use super::inventory::Inventory;
use super::run::Run;
use crate::memory::{Ids, Moment, Ring, Timed, check_given_id};

/// Everything.
#[derive(Debug)]
pub(super) struct State {
    config: MemorySmoConfig,
    /// By id, which sorts by age.
    pub(super) runs: BTreeMap<ExecutionId, Run>,
    pub(super) models: BTreeMap<ModelId, Arc<ServiceModel>>,
    pub(super) policies: BTreeMap<PolicyId, AppliedPolicy>,
    /// What was handed over, by the tenant it was handed over for.
    pub(super) inventories: BTreeMap<Option<TenantId>, Inventory>,
    pub(super) events: Ring<SmoEvent>,
    pub(super) ids: Ids,
}

/// A policy that was applied.
#[derive(Debug)]
pub(super) struct AppliedPolicy {
    name: String,
    status: PolicyStatus,
}

impl State {
    pub(super) fn new(config: MemorySmoConfig) -> Self {
        Self {
            runs: BTreeMap::new(),
            models: BTreeMap::new(),
            policies: BTreeMap::new(),
            inventories: BTreeMap::new(),
            events: Ring::new(config.events),
            ids: Ids::default(),
            config,
        }
    }

    pub(super) fn execute(
        &mut self,
        context: &Context,
        request: &WorkflowRequest,
        now: Moment,
    ) -> Result<WorkflowExecution> {
        let id = ExecutionId::from(self.ids.next("run", |_| false));
        let run = Run::start(id.clone(), request, context.tenant().cloned(), &self.config, now)?;
        self.make_room(now)?;
        let execution = run.at(now);
        self.runs.insert(id, run);
        Ok(execution)
    }

    /// Forgets the oldest execution that has ended when there are too many.
    fn make_room(&mut self, now: Moment) -> Result<()> {
        if self.runs.len() < self.config.executions {
            return Ok(());
        }
        let oldest = self.runs.iter().find(|(_, run)| run.has_ended(now));
        let Some(oldest) = oldest.map(|(id, _)| id.clone()) else {
            let message = format!("{} workflows are under way, more are not allowed", self.runs.len());
            return Err(Error::new(ErrorKind::QuotaExceeded, message));
        };
        self.runs.remove(&oldest);
        Ok(())
    }

    pub(super) fn execution(&self, context: &Context, id: &ExecutionId, now: Moment) -> Result<WorkflowExecution> {
        self.runs
            .get(id)
            .filter(|run| context.sees(run.tenant.as_ref()))
            .map(|run| run.at(now))
            .ok_or_else(|| Error::not_found(WorkflowExecution::OBJECT, id.as_str()))
    }

    pub(super) fn cancel(&mut self, context: &Context, id: &ExecutionId, now: Moment) -> Result<()> {
        let run = self.runs.get_mut(id).filter(|run| context.sees(run.tenant.as_ref()));
        run.ok_or_else(|| Error::not_found(WorkflowExecution::OBJECT, id.as_str()))?
            .cancel(now);
        Ok(())
    }

    /// Name and version together are unique for each owner; the same content again is the same model.
    pub(super) fn register(
        &mut self,
        context: &Context,
        model: &ServiceModel,
        now: Moment,
    ) -> Result<Arc<ServiceModel>> {
        needed("name", &model.name)?;
        needed("version", &model.version)?;
        if let Some(id) = &model.model_id {
            check_given_id("modelId", id.as_str())?;
        }
        let owner = context.tenant();
        let is_this = |known: &&Arc<ServiceModel>| {
            let same_version = known.name == model.name && known.version == model.version;
            let same_id = model.model_id.is_some() && known.model_id == model.model_id;
            same_id || same_version && known.tenant_id.as_ref() == owner
        };
        if let Some(known) = self.models.values().find(is_this) {
            return if known.tenant_id.as_ref() == owner && is_same(known, model) {
                Ok(Arc::clone(known))
            } else {
                let version = format!("{}:{}", model.name, model.version);
                Err(Error::already_exists(ServiceModel::OBJECT, &version))
            };
        }
        let models = &self.models;
        let id = match &model.model_id {
            Some(id) => id.clone(),
            None => self.ids.next("model", |id| models.contains_key(id)).into(),
        };
        let mut model = model.clone();
        model.model_id = Some(id.clone());
        model.created_at = Some(now.time);
        model.tenant_id = owner.cloned();
        let model = Arc::new(model);
        self.models.insert(id, Arc::clone(&model));
        Ok(model)
    }

    pub(super) fn model(&self, context: &Context, id: &ModelId) -> Result<&Arc<ServiceModel>> {
        self.models
            .get(id)
            .filter(|model| context.sees(model.tenant()))
            .ok_or_else(|| Error::not_found(ServiceModel::OBJECT, id.as_str()))
    }

    /// Removes a service model that no workflow under way works with.
    pub(super) fn remove_model(&mut self, context: &Context, id: &ModelId, now: Moment) -> Result<()> {
        self.model(context, id)?;
        let users = self
            .runs
            .values()
            .filter(|run| !run.has_ended(now) && run.uses(id.as_str()));
        let users = users.count();
        if users > 0 {
            return Err(Error::conflict(format!(
                "service model '{id}' is used by {users} workflows under way"
            )));
        }
        self.models.remove(id);
        Ok(())
    }

    /// Puts a policy in force: the one with its id, else the one of the same owner with its name, is replaced.
    pub(super) fn apply(&mut self, context: &Context, policy: &Policy, now: Moment) -> Result<PolicyStatus> {
        needed("name", &policy.name)?;
        needed("policyType", &policy.policy_type)?;
        let id = self.policy_id(context, policy)?;
        let word = if policy.enabled { "active" } else { "disabled" };
        let mut status = PolicyStatus::new(id.clone(), word);
        status.tenant_id = context.tenant().cloned();
        if let Some(known) = self.policies.get(&id) {
            status.enforcement_count = known.status.enforcement_count;
            status.last_enforced = known.status.last_enforced;
            status.tenant_id.clone_from(&known.status.tenant_id);
        }
        if policy.enabled {
            status.enforcement_count += 1;
            status.last_enforced = Some(now.time);
        }
        let applied = AppliedPolicy {
            name: policy.name.clone(),
            status: status.clone(),
        };
        self.policies.insert(id, applied);
        Ok(status)
    }

    fn policy_id(&mut self, context: &Context, policy: &Policy) -> Result<PolicyId> {
        let policies = &self.policies;
        if let Some(id) = &policy.policy_id {
            check_given_id("policyId", id.as_str())?;
            return match policies.get(id) {
                Some(known) if !context.sees(known.status.tenant_id.as_ref()) => {
                    Err(Error::already_exists("policy", id.as_str()))
                }
                _ => Ok(id.clone()),
            };
        }
        let known = policies
            .iter()
            .find(|(_, known)| known.name == policy.name && known.status.tenant_id.as_ref() == context.tenant());
        Ok(match known {
            Some((id, _)) => id.clone(),
            None => self.ids.next("policy", |id| policies.contains_key(id)).into(),
        })
    }

    pub(super) fn policy_status(&self, context: &Context, id: &PolicyId) -> Result<PolicyStatus> {
        self.policies
            .get(id)
            .map(|policy| &policy.status)
            .filter(|status| context.sees(status.tenant_id.as_ref()))
            .cloned()
            .ok_or_else(|| Error::not_found("policy", id.as_str()))
    }
}

/// Nothing happens here by itself: executions know what they do at which time.
impl Timed for State {
    fn due(&self) -> Option<Duration> {
        None
    }

    fn settle(&mut self, _: Moment) {}
}

fn needed(attribute: &str, text: &str) -> Result<()> {
    if text.trim().is_empty() {
        return Err(Error::violation(attribute, "must not be empty"));
    }
    Ok(())
}

/// Whether two models say the same; who registered it when does not count.
fn is_same(known: &ServiceModel, new: &ServiceModel) -> bool {
    let mut new = new.clone();
    new.model_id = new.model_id.or_else(|| known.model_id.clone());
    new.created_at = known.created_at;
    new.tenant_id.clone_from(&known.tenant_id);
    new == *known
}
