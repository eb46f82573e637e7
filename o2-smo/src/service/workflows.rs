//! Workflows.

use std::sync::Arc;

use futures::{StreamExt, stream};
use o2_core::federation::{Listing, list_of};
use o2_core::id::qualified::{Qualifier, split};
use o2_core::query::Query;
use o2_core::router::Failures;
use o2_core::{Context, Error, Model, PluginId, Result, Retry};

use super::executions::Record;
use super::partial::{Partial, join, note};
use super::{AT_THE_SAME_TIME, SmoService};
use crate::model::{ExecutionId, WorkflowExecution, WorkflowRequest};
use crate::{op, validate};

/// The attributes that change while a workflow runs.
const LIVE: &[&str] = &["status", "progress", "completedAt", "result", "error"];

impl SmoService {
    /// Lists the workflows that were started through this gateway, as they are now. One whose plugin does not answer is
    /// shown as it was last seen, and the plugin is among the failures.
    ///
    /// # Errors
    /// `InvalidInput` for a marker that is not of this query; the store's.
    pub async fn list_workflows(&self, context: &Context, query: &Query) -> Result<Listing<WorkflowExecution>> {
        let records = self.executions.visible(context).await?;
        let known = records.into_iter().map(|record| self.shown(record)).collect();
        if asks_for_live_attributes(query) {
            let Partial { value, failures } = self.refreshed(context, known).await;
            let mut listing = self.list_executions(context, query, value).await?;
            join(&mut listing.failures, failures);
            return Ok(listing);
        }
        // Only those on the page need to be asked for.
        let mut listing = self.list_executions(context, query, known).await?;
        let items = std::mem::take(&mut listing.items);
        listing.items = self.refreshed(context, items).await.take(&mut listing.failures);
        Ok(listing)
    }

    /// Starts a workflow at the plugin that the request names, else at the default plugin.
    ///
    /// # Errors
    /// `InvalidInput` naming the field; the plugin's; the store's when the workflow was started and could not be
    /// recorded, which the message says.
    pub async fn execute_workflow(
        &self,
        context: &Context,
        request: WorkflowRequest,
    ) -> Result<Arc<WorkflowExecution>> {
        validate::workflow(&request)?;
        let plugin = self.chosen_by_body(context, &op::EXECUTE_WORKFLOW, request.plugin_name.as_ref())?;
        let mut execution = plugin.plugin().execute_workflow(context, &request).await?;
        if execution.tenant_id.is_none() {
            execution.tenant_id = context.tenant().cloned();
        }
        let shown = self.plugins.show(context, &plugin, Arc::new(execution.clone()))?;
        let recorded = self.executions.add(plugin.name(), execution).await;
        recorded.map_err(|error| not_recorded(&shown, error))?;
        Ok(shown)
    }

    /// How a workflow is going.
    ///
    /// # Errors
    /// `NotFound`, and the plugin's.
    pub async fn get_workflow(&self, context: &Context, id: &ExecutionId) -> Result<Arc<WorkflowExecution>> {
        let owner = self.plugins.owner(context, &op::GET_WORKFLOW, id)?;
        let known = self.known(context, id, owner.plugin.name(), &owner.native).await?;
        if let Some(ended) = known.as_ref().filter(|known| known.status.is_final()) {
            return self.plugins.show(context, &owner.plugin, Arc::new(ended.clone()));
        }
        let mut execution = owner.plugin.plugin().get_workflow(context, &owner.native).await?;
        let Some(known) = known else {
            return self.plugins.show(context, &owner.plugin, Arc::new(execution));
        };
        execution.tenant_id = execution.tenant_id.or(known.tenant_id);
        let shown = self.plugins.show(context, &owner.plugin, Arc::new(execution.clone()))?;
        if execution.status != known.status {
            let observed = self
                .executions
                .observe(owner.plugin.name(), &owner.native, execution)
                .await;
            // Whoever asks next asks the orchestrator again, so nothing is lost.
            observed.unwrap_or_else(|error| tracing::warn!(%id, ?error, "a workflow's new state was not recorded"));
        }
        Ok(shown)
    }

    /// Stops a workflow. Stopping one that has ended changes nothing.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it can no longer be stopped; the plugin's.
    pub async fn cancel_workflow(&self, context: &Context, id: &ExecutionId) -> Result<()> {
        let owner = self.plugins.owner(context, &op::CANCEL_WORKFLOW, id)?;
        self.known(context, id, owner.plugin.name(), &owner.native).await?;
        owner.plugin.plugin().cancel_workflow(context, &owner.native).await
    }

    /// What was last seen of a workflow, if it was started through this gateway.
    ///
    /// # Errors
    /// `NotFound` when it was started for another tenant.
    async fn known(
        &self,
        context: &Context,
        id: &ExecutionId,
        plugin: &PluginId,
        native: &ExecutionId,
    ) -> Result<Option<WorkflowExecution>> {
        let known = self.executions.get(plugin, native).await?;
        match known {
            Some(known) if !context.sees(known.tenant()) => {
                Err(Error::not_found(WorkflowExecution::OBJECT, id.as_str()).with_plugin(plugin))
            }
            known => Ok(known),
        }
    }

    /// A recorded workflow with its service-level id.
    fn shown(&self, record: Record) -> Arc<WorkflowExecution> {
        let Record { plugin, mut execution } = record;
        let entry = self.plugins.registry().get(plugin.as_str());
        let is_default = entry.is_some_and(|entry| entry.is_default());
        execution.qualify(Qualifier::new(&plugin, is_default));
        Arc::new(execution)
    }

    async fn list_executions(
        &self,
        context: &Context,
        query: &Query,
        executions: Vec<Arc<WorkflowExecution>>,
    ) -> Result<Listing<WorkflowExecution>> {
        let executions = stream::iter(executions.into_iter().map(Ok));
        list_of(executions, context, query, self.plugins.page_limits()).await
    }

    /// Asks how the workflows are going that have not ended.
    async fn refreshed(
        &self,
        context: &Context,
        executions: Vec<Arc<WorkflowExecution>>,
    ) -> Partial<Vec<Arc<WorkflowExecution>>> {
        let ask = |known: Arc<WorkflowExecution>| async move {
            if known.status.is_final() {
                return (known, None);
            }
            match self.get_workflow(context, &known.execution_id).await {
                Ok(seen) => (seen, None),
                Err(error) => (known, Some(error)),
            }
        };
        let asked = stream::iter(executions).map(ask).buffered(AT_THE_SAME_TIME);
        let answers: Vec<_> = asked.collect().await;
        let mut failures = Failures::new();
        let mut refreshed = Vec::with_capacity(answers.len());
        for (execution, error) in answers {
            if let Some(error) = error {
                note(&mut failures, self.plugin_of(&execution.execution_id), error);
            }
            refreshed.push(execution);
        }
        Partial::new(refreshed, failures)
    }

    /// The name of the plugin whose object has this id.
    fn plugin_of(&self, id: &ExecutionId) -> PluginId {
        let named = split(id.as_str()).0.map(PluginId::new);
        let default = || Some(self.plugins.registry().default_plugin()?.name().clone());
        named.or_else(default).unwrap_or_default()
    }
}

fn asks_for_live_attributes(query: &Query) -> bool {
    let is_live = |name: &str| LIVE.contains(&name);
    let filtered = query
        .filter
        .predicates()
        .iter()
        .any(|clause| clause.path.first().is_some_and(is_live));
    filtered || !query.sort.is_empty()
}

fn not_recorded(execution: &WorkflowExecution, error: Error) -> Error {
    let message = format!(
        "the workflow was started as '{}' but could not be recorded: {}",
        execution.execution_id,
        error.message()
    );
    Error::new(error.kind(), message)
        .with_fault(error.fault())
        .with_retry(Retry::Never)
        .with_source(error)
}
