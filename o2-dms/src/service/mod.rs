//! [`DmsService`]: the deployments of all plugins as one. This is the library API for hosts without HTTP; the routes
//! are a thin translation of it. One file per kind of work.

mod deployments;
mod lifecycle;
mod logs;
mod operations;
mod outcome;
mod packages;
mod status;
mod templates;

use std::sync::Arc;
use std::time::Duration;

use o2_core::federation::{Federation, Owned};
use o2_core::http::IfMatch;
use o2_core::model::Version;
use o2_core::ports::Clock;
use o2_core::registry::{Registered, Status};
use o2_core::store::Store;
use o2_core::subscription::{HasSubscriptions, Subscriptions};
use o2_core::{Context, Operation, PluginId, Result};

pub(crate) use logs::MOST_LINES;
pub use logs::{CollectedLogs, LogEnd};
pub use operations::Started;

use crate::model::{Deployment, DeploymentId};
use crate::operations::Operations;
use crate::templates::Templates;
use crate::{DMSPlugin, op};

/// How long operation records are kept unless the host says otherwise: 7 days.
const KEEP_OPERATIONS: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long before the caller's deadline a wait ends, so that the answer still reaches the caller.
const MARGIN: Duration = Duration::from_secs(1);

/// The deployments of all plugins as one.
///
/// What sets work in motion (create, update, delete, scale, roll back, upgrade, heal) answers with an
/// [`OperationRecord`](crate::OperationRecord) when the backend has accepted it: see [`Started`]. The record is written
/// before the backend is asked. How far the work is, is found out when somebody asks for the record.
#[derive(Debug)]
pub struct DmsService {
    plugins: Arc<Federation<dyn DMSPlugin>>,
    clock: Arc<dyn Clock>,
    subscriptions: Subscriptions,
    operations: Operations,
    templates: Templates,
}

/// A deployment that something is to be done to.
struct Target {
    plugin: Arc<Registered<dyn DMSPlugin>>,
    native: DeploymentId,
    /// The deployment as the caller sees it.
    current: Arc<Deployment>,
    /// The version that the plugin must still find.
    expected: Option<Version>,
}

impl DmsService {
    /// The deployments of `plugins`. Operation records and templates are kept in `store`.
    #[must_use]
    pub fn new(
        plugins: Arc<Federation<dyn DMSPlugin>>,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        subscriptions: Subscriptions,
    ) -> Self {
        let operations = Operations::new(Arc::clone(&store), Arc::clone(&clock), KEEP_OPERATIONS);
        let templates = Templates::new(store, Arc::clone(&clock), plugins.page_limits());
        Self {
            plugins,
            clock,
            subscriptions,
            operations,
            templates,
        }
    }

    /// Keeps operation records for so long; 7 days unless this says otherwise.
    #[must_use]
    pub fn with_operation_retention(mut self, keep: Duration) -> Self {
        self.operations.keep_for(keep);
        self
    }

    /// The plugins.
    #[must_use]
    pub fn plugins(&self) -> &Arc<Federation<dyn DMSPlugin>> {
        &self.plugins
    }

    /// The plugins that the caller can use now and that have `operation`, by name.
    #[must_use]
    pub fn plugins_with(&self, context: &Context, operation: &'static Operation) -> Vec<PluginId> {
        let usable = self.plugins.registry().with_capability(operation).into_iter();
        usable
            .filter(|plugin| plugin.status() == Status::Active && plugin.is_visible_to(context.tenant()))
            .map(|plugin| plugin.name().clone())
            .collect()
    }

    /// The deployment with this id, if it is what `condition` says.
    async fn target(&self, context: &Context, id: &DeploymentId, condition: &IfMatch) -> Result<Target> {
        let Owned { plugin, native, .. } = self.plugins.owner(context, &op::GET_DEPLOYMENT, id)?;
        let current = plugin.plugin().get_deployment(context, &native).await?;
        let current = self.plugins.show(context, &plugin, current)?;
        let expected = condition.check(&*current)?;
        Ok(Target {
            plugin,
            native,
            current,
            expected,
        })
    }

    /// How long there is to wait: `limit`, or less when the caller's deadline comes before.
    fn patience(&self, context: &Context, limit: Duration) -> Duration {
        let left = |deadline: Duration| deadline.saturating_sub(self.clock.monotonic() + MARGIN);
        context.deadline().map_or(limit, |deadline| limit.min(left(deadline)))
    }
}

impl HasSubscriptions for DmsService {
    fn subscriptions(&self) -> &Subscriptions {
        &self.subscriptions
    }
}
