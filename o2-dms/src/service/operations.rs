//! Operations: running them with a record, finding out how far they are, waiting for their end.

use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use o2_core::federation::{self, Listing, Owned};
use o2_core::http::ProblemDetails;
use o2_core::query::Query;
use o2_core::{Context, ErrorKind, Extensions, Result};
use serde_json::Value;

use super::outcome::{interrupted, outcome, report_of};
use super::{DmsService, Target};
use crate::model::{
    Deployment, DeploymentId, OperationId, OperationKind, OperationRecord, OperationState, StatusReport,
};
use crate::operations::Outcome;
use crate::{DMSPlugin, op};

/// The pauses between two looks at an operation that is waited for.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// How many operations that still go on one list looks at; of the others it shows what was seen last.
const LOOKED_AT: usize = 200;
/// How many of them at the same time.
const AT_THE_SAME_TIME: usize = 10;

/// Work that the backend has accepted.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Started {
    /// The record of it.
    pub operation: Arc<OperationRecord>,
    /// The deployment as the backend returned it; `None` when it is deleted.
    pub deployment: Option<Arc<Deployment>>,
}

/// What a record tells of a request.
pub(super) fn parameters<const N: usize>(pairs: [(&str, Option<Value>); N]) -> Extensions {
    let given = pairs
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)));
    given.collect()
}

impl DmsService {
    /// Does something to a deployment, with a record of it. `work` asks the backend; it is not begun before the record
    /// is written.
    pub(super) async fn act(
        &self,
        context: &Context,
        kind: OperationKind,
        target: &Target,
        parameters: Extensions,
        work: impl Future<Output = Result<Option<Arc<Deployment>>>> + Send,
    ) -> Result<Started> {
        self.settle_latest(&target.current).await?;
        let current = Some(&*target.current);
        let record = self.operations.begin(context, kind, current, parameters).await?;
        let _writing = self
            .plugins
            .change::<Deployment>(&target.plugin, target.native.as_str());
        let answer = work.await.and_then(|deployment| {
            let show = |deployment| self.plugins.show(context, &target.plugin, deployment);
            deployment.map(show).transpose()
        });
        self.answered(context, record, answer).await
    }

    /// Records what the backend answered, and passes it on.
    pub(super) async fn answered(
        &self,
        context: &Context,
        record: OperationRecord,
        answer: Result<Option<Arc<Deployment>>>,
    ) -> Result<Started> {
        match answer {
            Ok(deployment) => {
                let seen = match &deployment {
                    Some(deployment) => outcome(&record, Some(&report_of(deployment, self.clock.now()))),
                    None => Outcome::Going(0),
                };
                let operation = Arc::new(self.operations.answered(record, deployment.as_deref(), seen).await);
                Ok(Started { operation, deployment })
            }
            Err(error) => {
                let problem = ProblemDetails::of(&error).with_request_id(context.request_id());
                let failed = Outcome::Failed(Box::new(problem));
                self.operations.answered(record, None, failed).await;
                Err(error)
            }
        }
    }

    /// Stores the end of the operation before: when the next one has begun, the deployment speaks of that.
    async fn settle_latest(&self, deployment: &Deployment) -> Result<()> {
        let latest = self.operations.latest(&deployment.deployment_id).await?;
        if let Some(record) = latest.filter(|record| record.state == OperationState::Processing) {
            let seen = outcome(&record, Some(&report_of(deployment, self.clock.now())));
            self.operations.settle(record, seen).await;
        }
        Ok(())
    }

    /// Lists the operations of the caller's tenant, the oldest first, as far as they are now.
    ///
    /// # Errors
    /// `InvalidInput` for a marker that is not of this query; the store's.
    pub async fn list_operations(&self, context: &Context, query: &Query) -> Result<Listing<OperationRecord>> {
        let mut looks = LOOKED_AT;
        let records = self.operations.all(context).map_ok(|record| {
            let look = !record.state.is_final() && looks > 0;
            looks -= usize::from(look);
            async move { Ok(Arc::new(if look { self.seen(context, record).await } else { record })) }
        });
        let records = records.try_buffered(AT_THE_SAME_TIME);
        federation::list_of(records, context, query, self.plugins.page_limits()).await
    }

    /// The operation with this id, as far as it is now. When the backend does not answer, it is shown as it was seen
    /// last.
    ///
    /// # Errors
    /// `NotFound`; the store's.
    pub async fn get_operation(&self, context: &Context, id: &OperationId) -> Result<Arc<OperationRecord>> {
        let record = self.operations.get(context, id).await?;
        Ok(Arc::new(self.seen(context, record).await))
    }

    /// Waits for the end of an operation, at most for `limit` and not beyond the caller's deadline; then it is shown as
    /// far as it is.
    ///
    /// # Errors
    /// `NotFound`; the store's.
    pub async fn wait_for_operation(
        &self,
        context: &Context,
        id: &OperationId,
        limit: Duration,
    ) -> Result<Arc<OperationRecord>> {
        let mut last = Arc::new(self.operations.get(context, id).await?);
        let looking = async {
            let mut pause = FIRST_PAUSE;
            loop {
                last = self.get_operation(context, id).await?;
                if last.state.is_final() {
                    return Ok(());
                }
                self.clock.sleep(pause).await;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
        };
        // When the time is over, what was seen last is the answer.
        self.clock
            .within(self.patience(context, limit), looking)
            .await
            .unwrap_or(Ok(()))?;
        Ok(last)
    }

    /// A record with what can be seen now.
    async fn seen(&self, context: &Context, record: OperationRecord) -> OperationRecord {
        let outcome = match record.state {
            OperationState::Starting => interrupted(&record, self.clock.now()),
            OperationState::Processing => self.look(context, &record).await,
            OperationState::Completed | OperationState::Failed => None,
        };
        match outcome {
            Some(outcome) => self.operations.settle(record, outcome).await,
            None => record,
        }
    }

    /// Asks the plugin what has become of an operation; `None` when it does not say. That a plugin is not there does
    /// not mean that its deployments are gone.
    async fn look(&self, context: &Context, record: &OperationRecord) -> Option<Outcome> {
        let id = record.deployment_id.as_ref()?;
        let owner = self.plugins.owner(context, &op::GET_DEPLOYMENT_STATUS, id).ok()?;
        match self.report(context, &owner).await {
            Ok(report) => Some(outcome(record, Some(&report))),
            Err(error) if error.is(ErrorKind::NotFound) => Some(outcome(record, None)),
            Err(error) => {
                tracing::debug!(operation = %record.operation_id, ?error, "the state of an operation is unknown");
                None
            }
        }
    }

    /// How a deployment is doing. A plugin that has no reports says it in the deployment itself.
    async fn report(&self, context: &Context, owner: &Owned<dyn DMSPlugin, Deployment>) -> Result<StatusReport> {
        let plugin = owner.plugin.plugin();
        let id: &DeploymentId = &owner.native;
        if plugin.capabilities().supports(&op::GET_DEPLOYMENT_STATUS) {
            return plugin.get_deployment_status(context, id).await;
        }
        let deployment = plugin.get_deployment(context, id).await?;
        Ok(report_of(&deployment, self.clock.now()))
    }
}
