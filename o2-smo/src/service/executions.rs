//! [`Executions`]: which workflows were started through this gateway, by whom, and what was last seen of them. The
//! orchestrator knows how they are going; the records are for listing them, and for knowing whose they are when the
//! orchestrator knows no tenants.

use std::sync::Arc;

use futures::TryStreamExt;
use o2_core::id::qualified;
use o2_core::store::{Store, Table};
use o2_core::{Context, ErrorKind, Model, PluginId, Result};
use serde::{Deserialize, Serialize};

use crate::model::{ExecutionId, WorkflowExecution};

#[derive(Debug)]
pub(super) struct Executions {
    table: Table<Record>,
}

/// A workflow that was started.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    /// The plugin that runs it.
    pub(super) plugin: PluginId,
    /// What was last seen of it, with the plugin's own id.
    pub(super) execution: WorkflowExecution,
}

impl Executions {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            table: Table::new(store, "workflow execution"),
        }
    }

    /// Those that the caller may see.
    pub(super) async fn visible(&self, context: &Context) -> Result<Vec<Record>> {
        let visible = self.table.all().try_filter_map(|row| {
            let visible = context.sees(row.value.execution.tenant());
            std::future::ready(Ok(visible.then_some(row.value)))
        });
        visible.try_collect().await
    }

    /// What was last seen of a workflow, whoever started it.
    pub(super) async fn get(&self, plugin: &PluginId, native: &ExecutionId) -> Result<Option<WorkflowExecution>> {
        let row = self.table.get(&key(plugin, native)).await?;
        Ok(row.map(|row| row.value.execution))
    }

    /// Records a workflow that has just been started.
    pub(super) async fn add(&self, plugin: &PluginId, execution: WorkflowExecution) -> Result<()> {
        let key = key(plugin, &execution.execution_id);
        let record = Record {
            plugin: plugin.clone(),
            execution,
        };
        match self.table.insert(&key, record.clone()).await {
            // The orchestrator lost its memory and counts from the beginning: the old workflow is gone.
            Err(error) if error.is(ErrorKind::AlreadyExists) => {
                self.table.replace(&key, record, None).await.map(|_| ())
            }
            outcome => outcome.map(|_| ()),
        }
    }

    /// Records what was seen of a workflow that is recorded. Nothing comes after its end, so an older observation that
    /// arrives later does not bring it back.
    pub(super) async fn observe(&self, plugin: &PluginId, native: &ExecutionId, seen: WorkflowExecution) -> Result<()> {
        let key = key(plugin, native);
        let observed = self.table.update(&key, |mut record| {
            if !record.execution.status.is_final() {
                record.execution = seen.clone();
            }
            Ok(record)
        });
        observed.await.map(|_| ())
    }
}

/// Always with the plugin, so that another default plugin leaves the records as they are.
fn key(plugin: &PluginId, native: &ExecutionId) -> String {
    qualified::qualify(plugin, false, native.as_str())
}
