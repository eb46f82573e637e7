//! Answers to requests that set work in motion: at once with the operation record, or, with `?wait=30s`, when the work
//! has ended.

use std::time::Duration;

use http::StatusCode;
use http::header::CONTENT_LOCATION;
use o2_core::config::DurationText;
use o2_core::http::{ETag, Exchange, Parameter, Reply};
use o2_core::{Error, ErrorKind, Result};

use crate::model::{OperationKind, OperationRecord, OperationState};
use crate::{Deployment, DmsService, Started};

/// The query parameter, for the route table.
pub(super) const WAIT: Parameter = Parameter::new(
    "wait",
    "Answer when the work has ended, but not later than this: `30s`, at most `5m`.",
);

const LONGEST_WAIT: Duration = Duration::from_secs(300);

/// How long the caller wants to wait for the end of the work; zero when not at all.
pub(super) fn wait(exchange: &Exchange) -> Result<Duration> {
    let wait: Option<DurationText> = exchange.parameter("wait", "a duration such as 30s, at most 5m")?;
    let wait = wait.map_or(Duration::ZERO, DurationText::get);
    if wait > LONGEST_WAIT {
        return Err(Error::violation("wait", "must be at most 5m"));
    }
    Ok(wait)
}

/// Answers with the operation: 202, or, when it ends within `wait`, with what has become of the deployment. The request
/// has been carried out then, also when the deployment failed: its `status` says so.
pub(super) async fn answer(
    service: &DmsService,
    exchange: &Exchange,
    wait: Duration,
    started: Started,
) -> Result<Reply> {
    if wait.is_zero() {
        return accepted(exchange, &started.operation);
    }
    ended(service, exchange, wait, &started).await.or_else(|error| {
        // The work is in motion; who waited must not take it for refused.
        let operation = &started.operation;
        tracing::warn!(operation = %operation.operation_id, ?error, "the end of an operation could not be awaited");
        accepted(exchange, operation)
    })
}

async fn ended(service: &DmsService, exchange: &Exchange, wait: Duration, started: &Started) -> Result<Reply> {
    let context = &exchange.context;
    let id = &started.operation.operation_id;
    let operation = service.wait_for_operation(context, id, wait).await?;
    if (operation.operation, operation.state) == (OperationKind::Delete, OperationState::Completed) {
        return Ok(Reply::no_content());
    }
    match &operation.deployment_id {
        Some(deployment) if operation.state.is_final() => match service.get_deployment(context, deployment).await {
            Ok(deployment) => show(exchange, operation.operation, &deployment),
            // It is gone; the record says so.
            Err(error) if error.is(ErrorKind::NotFound) => accepted(exchange, &operation),
            Err(error) => Err(error),
        },
        _ => accepted(exchange, &operation),
    }
}

fn show(exchange: &Exchange, operation: OperationKind, deployment: &Deployment) -> Result<Reply> {
    let created = operation == OperationKind::Create;
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    let reply = Reply::json(status, deployment)?.with_etag(&ETag::of(deployment)?);
    Ok(if created {
        reply.with_location(&exchange.location("deployments", deployment.deployment_id.as_str()))
    } else {
        reply
    })
}

fn accepted(exchange: &Exchange, operation: &OperationRecord) -> Result<Reply> {
    let reply = Reply::json(StatusCode::ACCEPTED, operation)?
        .with_location(&exchange.location("operations", operation.operation_id.as_str()));
    Ok(match &operation.deployment_id {
        Some(id) => reply.with_header(CONTENT_LOCATION, &exchange.location("deployments", id.as_str())),
        None => reply,
    })
}
