//! Keeps subscriptions.

use std::sync::Arc;

use futures::TryStreamExt;

use super::{NewSubscription, Subscription, SubscriptionId};
use crate::context::Context;
use crate::federation::Listing;
use crate::http::{ETag, IfMatch};
use crate::model::Model;
use crate::ports::Clock;
use crate::query::{PageLimits, Query};
use crate::store::{Row, Store, Table};
use crate::{Error, ErrorKind, Result, federation};

/// Keeps subscriptions in a store. Cheap to clone; clones share the subscriptions.
#[derive(Debug, Clone)]
pub struct Subscriptions {
    table: Table<Subscription>,
    clock: Arc<dyn Clock>,
    limits: PageLimits,
}

/// What became of the wish to subscribe.
#[derive(Debug)]
#[non_exhaustive]
pub enum Created {
    /// The subscription was created.
    New(Arc<Subscription>),
    /// The same subscription is there already: same tenant, callback, filter and consumer's id.
    Duplicate(Arc<Subscription>),
}

impl Subscriptions {
    /// Keeps them in `store`.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, clock: Arc<dyn Clock>, limits: PageLimits) -> Self {
        Self {
            table: Table::new(store, "subscription").with_unique(identity),
            clock,
            limits,
        }
    }

    /// Lists the caller's subscriptions.
    ///
    /// # Errors
    /// `InvalidInput` for a marker that is not of this query.
    pub async fn list(&self, context: &Context, query: &Query) -> Result<Listing<Subscription>> {
        let rows = self.table.all().try_filter_map(|row| {
            let subscription = row.value;
            std::future::ready(Ok(is_for(context, &subscription).then(|| Arc::new(subscription))))
        });
        federation::list_of(rows, context, query, self.limits).await
    }

    /// One of the caller's subscriptions.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, context: &Context, id: &SubscriptionId) -> Result<Arc<Subscription>> {
        self.row(context, id).await.map(|row| Arc::new(row.value))
    }

    async fn row(&self, context: &Context, id: &SubscriptionId) -> Result<Row<Subscription>> {
        let row = self.table.get(id.as_str()).await?;
        row.filter(|row| is_for(context, &row.value)).ok_or_else(|| unknown(id))
    }

    /// Subscribes the caller.
    ///
    /// # Errors
    /// `InvalidInput` naming the field that is wrong.
    pub async fn create(&self, context: &Context, new: NewSubscription) -> Result<Created> {
        new.validate()?;
        let id = SubscriptionId::from(uuid::Uuid::new_v4().to_string());
        let subscription = new.into_subscription(id.clone(), context.tenant().cloned(), self.clock.now());
        match self.table.insert(id.as_str(), subscription.clone()).await {
            Ok(_) => Ok(Created::New(Arc::new(subscription))),
            Err(error) if error.is(ErrorKind::AlreadyExists) => {
                let known = self.table.find_unique(&identity(&subscription)).await?;
                known.map(|row| Created::Duplicate(Arc::new(row.value))).ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Gives a subscription a new state. `change` is called again when somebody else changes the subscription meanwhile.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed`; `InvalidInput` naming the field that is wrong; `AlreadyExists` when the caller
    /// has the same subscription already.
    pub async fn update(
        &self,
        context: &Context,
        id: &SubscriptionId,
        condition: &IfMatch,
        change: impl Fn(&Subscription) -> Result<NewSubscription> + Send + Sync,
    ) -> Result<Arc<Subscription>> {
        let update = |current: Subscription| {
            if !is_for(context, &current) {
                return Err(unknown(id));
            }
            condition.check_tag(&ETag::of(&current)?)?;
            let new = change(&current)?;
            new.validate()?;
            let changed = new.into_subscription(id.clone(), current.tenant_id, self.clock.now());
            Ok(Subscription {
                created_at: current.created_at,
                ..changed
            })
        };
        let row = self.table.update(id.as_str(), update).await?;
        Ok(Arc::new(row.value))
    }

    /// Ends a subscription.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed`.
    pub async fn delete(&self, context: &Context, id: &SubscriptionId, condition: &IfMatch) -> Result<()> {
        let row = self.row(context, id).await?;
        condition.check_tag(&ETag::of(&row.value)?)?;
        let expected = condition.is_conditional().then_some(row.revision);
        self.table.remove(id.as_str(), expected).await
    }
}

/// Whether a subscription exists for the caller. Unlike an object of the infrastructure, one without tenant is not
/// everybody's: it is of those who stand above tenants.
fn is_for(context: &Context, subscription: &Subscription) -> bool {
    context.tenant().is_none() || context.tenant() == subscription.tenant()
}

fn unknown(id: &SubscriptionId) -> Error {
    Error::not_found(Subscription::OBJECT, id.as_str())
}

/// What makes two subscriptions the same.
fn identity(subscription: &Subscription) -> String {
    let filter = subscription
        .filter
        .as_ref()
        .map(|filter| filter.canonical().unwrap_or_default())
        .unwrap_or_default();
    let tenant = subscription.tenant_id.as_ref().map_or("", |tenant| tenant.as_str());
    let consumer = subscription.consumer_subscription_id.as_deref().unwrap_or("");
    let mode = subscription.filter_mode.as_str();
    // JSON keeps the parts apart whatever they contain.
    serde_json::json!([tenant, subscription.callback, filter, mode, consumer]).to_string()
}
