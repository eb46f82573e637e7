//! Events.

use o2_core::{Context, Result};

use super::recipient::hand_out;
use super::{Partial, Recipient, SmoService};
use crate::model::{DeploymentEvent, InfrastructureEvent, PublishedEvent};
use crate::{op, validate};

impl SmoService {
    /// Tells orchestrators that infrastructure changed. An event without id or time gets one.
    ///
    /// # Errors
    /// `InvalidInput` naming the field; the worst one when nobody takes the event.
    pub async fn publish_infrastructure_event(
        &self,
        context: &Context,
        recipient: &Recipient,
        mut event: InfrastructureEvent,
    ) -> Result<Partial<PublishedEvent>> {
        validate::infrastructure_event(&event)?;
        let Partial { value, failures } = self.recipients(context, &op::PUBLISH_INFRASTRUCTURE_EVENT, recipient)?;
        event.timestamp.get_or_insert_with(|| self.clock.now());
        let id = event.event_id.get_or_insert_with(new_id).clone();
        let event = &event;
        let taken = hand_out(&value, failures, |plugin| {
            plugin.publish_infrastructure_event(context, event)
        })
        .await?;
        Ok(Partial::new(PublishedEvent::new(id), taken.failures))
    }

    /// Tells orchestrators that a deployment changed. An event without id or time gets one.
    ///
    /// # Errors
    /// As [`Self::publish_infrastructure_event`].
    pub async fn publish_deployment_event(
        &self,
        context: &Context,
        recipient: &Recipient,
        mut event: DeploymentEvent,
    ) -> Result<Partial<PublishedEvent>> {
        validate::deployment_event(&event)?;
        let Partial { value, failures } = self.recipients(context, &op::PUBLISH_DEPLOYMENT_EVENT, recipient)?;
        event.timestamp.get_or_insert_with(|| self.clock.now());
        let id = event.event_id.get_or_insert_with(new_id).clone();
        let event = &event;
        let taken = hand_out(&value, failures, |plugin| {
            plugin.publish_deployment_event(context, event)
        })
        .await?;
        Ok(Partial::new(PublishedEvent::new(id), taken.failures))
    }
}

fn new_id() -> String {
    uuid::Uuid::new_v4().to_string()
}
