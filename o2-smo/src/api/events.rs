//! Events that go to the orchestrators.

use http::StatusCode;
use o2_core::Result;
use o2_core::http::{Exchange, Reply};

use super::choice;
use crate::model::PublishedEvent;
use crate::{Partial, SmoService};

pub(super) async fn infrastructure(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    let recipient = choice::recipient(&exchange)?;
    let event = exchange.json()?;
    let taken = service.publish_infrastructure_event(&exchange.context, &recipient, event);
    published(&taken.await?)
}

pub(super) async fn deployment(service: &SmoService, exchange: Exchange) -> Result<Reply> {
    let recipient = choice::recipient(&exchange)?;
    let event = exchange.json()?;
    let taken = service.publish_deployment_event(&exchange.context, &recipient, event);
    published(&taken.await?)
}

fn published(taken: &Partial<PublishedEvent>) -> Result<Reply> {
    Ok(Reply::json(StatusCode::ACCEPTED, &taken.value)?.with_failures(&taken.failures))
}
