//! [`Operations`]: keeps operation records. It asks no plugin: [`DmsService`](crate::DmsService) tells it what became
//! of an operation.

use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use futures::stream::BoxStream;
use o2_core::http::ProblemDetails;
use o2_core::ports::Clock;
use o2_core::store::{Store, Table};
use o2_core::{Context, Error, ErrorKind, Extensions, Model, Result, Timestamp};

use crate::model::{Deployment, DeploymentId, OperationId, OperationKind, OperationRecord, OperationState};

/// How many old records one new operation drops at most.
const DROPPED_AT_ONCE: usize = 32;

/// What became of an operation, as far as can be seen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    /// The work goes on; so much of it is done, in percent.
    Going(u8),
    /// It is done.
    Completed,
    /// It did not succeed.
    Failed(Box<ProblemDetails>),
}

/// Keeps operation records for some time. Of each deployment it knows the latest.
#[derive(Debug)]
pub(crate) struct Operations {
    records: Table<OperationRecord>,
    latest: Table<OperationId>,
    clock: Arc<dyn Clock>,
    keep: Duration,
}

impl Operations {
    pub(crate) fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, keep: Duration) -> Self {
        Self {
            records: Table::new(Arc::clone(&store), OperationRecord::OBJECT),
            latest: Table::new(store, "latest operation"),
            clock,
            keep,
        }
    }

    pub(crate) fn keep_for(&mut self, keep: Duration) {
        self.keep = keep;
    }

    /// Records that an operation begins, before the backend is asked. `deployment` is absent when one is created.
    pub(crate) async fn begin(
        &self,
        context: &Context,
        kind: OperationKind,
        deployment: Option<&Deployment>,
        parameters: Extensions,
    ) -> Result<OperationRecord> {
        self.drop_old().await?;
        let now = self.clock.now();
        let id = deployment.map(|deployment| deployment.deployment_id.clone());
        let mut record = OperationRecord::new(new_id(now), kind, id, now);
        record.parameters = parameters;
        // What somebody above tenants does to a tenant's deployment is that tenant's operation.
        let tenant = deployment.and_then(Model::tenant).or(context.tenant());
        record.tenant_id = tenant.cloned();
        self.records.insert(record.id(), record.clone()).await?;
        self.make_latest(&record).await?;
        Ok(record)
    }

    /// Records what the backend answered. The backend has been asked: when the store fails now, the caller still gets
    /// the true answer, and only the record stays behind.
    pub(crate) async fn answered(
        &self,
        mut record: OperationRecord,
        deployment: Option<&Deployment>,
        outcome: Outcome,
    ) -> OperationRecord {
        if let Some(deployment) = deployment {
            record.deployment_id = Some(deployment.deployment_id.clone());
            record.tenant_id = record.tenant_id.or_else(|| deployment.tenant_id.clone());
        }
        record.become_known(outcome, self.clock.now());
        let stored = async {
            self.records.replace(record.id(), record.clone(), None).await?;
            if record.operation == OperationKind::Create {
                self.make_latest(&record).await?;
            }
            Ok::<_, Error>(())
        };
        if let Err(error) = stored.await {
            tracing::error!(
                operation = record.id(),
                ?error,
                "the record of an operation could not be updated"
            );
        }
        record
    }

    /// Takes over what can be seen of an operation. Only an end is stored.
    pub(crate) async fn settle(&self, record: OperationRecord, outcome: Outcome) -> OperationRecord {
        let now = self.clock.now();
        let mut seen = record;
        if let Outcome::Going(progress) = outcome {
            seen.progress = seen.progress.max(progress);
            return seen;
        }
        seen.become_known(outcome, now);
        let end = seen.clone();
        // Whoever saw an end first is right.
        let keep_end = |stored: OperationRecord| Ok(if stored.state.is_final() { stored } else { end.clone() });
        match self.records.update(seen.id(), keep_end).await {
            Ok(row) => row.value,
            Err(error) => {
                tracing::warn!(
                    operation = seen.id(),
                    ?error,
                    "the end of an operation could not be stored"
                );
                seen
            }
        }
    }

    pub(crate) async fn get(&self, context: &Context, id: &OperationId) -> Result<OperationRecord> {
        let row = self.records.get(id.as_str()).await?;
        row.map(|row| row.value)
            .filter(|record| is_visible(context, record))
            .ok_or_else(|| Error::not_found(OperationRecord::OBJECT, id.as_str()))
    }

    /// The records the caller may see, the oldest first.
    pub(crate) fn all(&self, context: &Context) -> BoxStream<'static, Result<OperationRecord>> {
        let context = context.clone();
        let visible = self.records.all().try_filter_map(move |row| {
            let visible = is_visible(&context, &row.value);
            std::future::ready(Ok(visible.then_some(row.value)))
        });
        Box::pin(visible)
    }

    /// The operation on this deployment that began last.
    pub(crate) async fn latest(&self, deployment: &DeploymentId) -> Result<Option<OperationRecord>> {
        let Some(latest) = self.latest.get(deployment.as_str()).await? else {
            return Ok(None);
        };
        let row = self.records.get(latest.value.as_str()).await?;
        Ok(row.map(|row| row.value))
    }

    async fn make_latest(&self, record: &OperationRecord) -> Result<()> {
        let Some(deployment) = &record.deployment_id else {
            return Ok(());
        };
        let (key, id) = (deployment.as_str(), record.operation_id.clone());
        let written = match self.latest.insert(key, id.clone()).await {
            Err(error) if error.is(ErrorKind::AlreadyExists) => self.latest.replace(key, id, None).await,
            written => written,
        };
        written.map(|_| ())
    }

    /// Drops some of the records that have been kept long enough; ids are in the order of time.
    async fn drop_old(&self) -> Result<()> {
        let now = self.clock.now();
        for row in self.records.page(None, DROPPED_AT_ONCE).await? {
            if now.since(row.value.started_at) <= self.keep {
                break;
            }
            gone(self.records.remove(&row.id, None).await)?;
            let Some(deployment) = &row.value.deployment_id else {
                continue;
            };
            let latest = self.latest.get(deployment.as_str()).await?;
            if let Some(latest) = latest.filter(|latest| latest.value.as_str() == row.id) {
                gone(self.latest.remove(&latest.id, Some(latest.revision)).await)?;
            }
        }
        Ok(())
    }
}

impl OperationRecord {
    fn become_known(&mut self, outcome: Outcome, now: Timestamp) {
        match outcome {
            Outcome::Going(progress) => {
                self.progress = self.progress.max(progress.min(100));
                self.enter(OperationState::Processing, now);
            }
            Outcome::Completed => {
                self.progress = 100;
                self.error = None;
                self.enter(OperationState::Completed, now);
            }
            Outcome::Failed(problem) => {
                self.error = Some(*problem);
                self.enter(OperationState::Failed, now);
            }
        }
    }
}

/// Operations on shared deployments are shared; those that created nothing are not, so that no tenant sees what somebody
/// above tenants tried.
fn is_visible(context: &Context, record: &OperationRecord) -> bool {
    let shared = record.tenant_id.is_none() && record.deployment_id.is_some();
    shared || context.tenant().is_none() || record.tenant() == context.tenant()
}

/// What somebody else removed or replaced meanwhile need not be removed any more.
fn gone(removed: Result<()>) -> Result<()> {
    match removed {
        Err(error) if error.is(ErrorKind::NotFound) || error.is(ErrorKind::PreconditionFailed) => Ok(()),
        other => other,
    }
}

/// A UUID of version 7 (RFC 9562 clause 5.7), so that ids are in the order of time.
fn new_id(now: Timestamp) -> OperationId {
    let millis = u64::try_from(now.unix_nanos() / 1_000_000).unwrap_or_default();
    let random = uuid::Uuid::new_v4().into_bytes();
    let mut tail = [0; 10];
    tail.iter_mut().zip(random).for_each(|(to, from)| *to = from);
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid();
    OperationId::from(id.to_string())
}
