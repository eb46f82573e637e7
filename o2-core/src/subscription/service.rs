//! Keeps subscriptions.

use std::sync::Arc;

use futures::TryStreamExt;

use super::callback;
use super::callbacks::Callbacks;
use super::interest::part;
use super::new_subscription::{expect_settable, in_body};
use super::stored::{self, Stored};
use super::{NewSubscription, Notifier, Subjects, Subscription, SubscriptionId, SubscriptionStatus, TestOutcome};
use crate::config::LimitsConfig;
use crate::context::Context;
use crate::federation::Listing;
use crate::http::{ETag, IfMatch};
use crate::model::Model;
use crate::ports::Clock;
use crate::query::{PageLimits, Query};
use crate::store::{Row, Store, Table};
use crate::webhook::egress::EgressPolicy;
use crate::{Error, ErrorKind, Result, Retry, TenantId, federation};

/// How often storing a new subscription starts again because others subscribed meanwhile.
const ATTEMPTS: usize = 16;

/// Keeps subscriptions in a store. Cheap to clone; clones share the subscriptions.
#[derive(Debug, Clone)]
pub struct Subscriptions {
    table: Table<Stored>,
    clock: Arc<dyn Clock>,
    limits: PageLimits,
    subjects: Subjects,
    quotas: Arc<LimitsConfig>,
    callbacks: Callbacks,
    egress: Option<Arc<EgressPolicy>>,
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
            table: stored::table(store).with_unique(|stored| identity(stored.shown())),
            callbacks: Callbacks::new(Arc::clone(&clock)),
            clock,
            limits,
            subjects: Subjects::new(),
            quotas: Arc::default(),
            egress: None,
        }
    }

    /// Refuses filters that fit none of these kinds of objects. Without any, filters are only read.
    #[must_use]
    pub fn with_subjects(mut self, subjects: Subjects) -> Self {
        self.subjects = subjects;
        self
    }

    /// Limits how many subscriptions tenants may have.
    #[must_use]
    pub fn with_quotas(mut self, quotas: LimitsConfig) -> Self {
        self.quotas = Arc::new(quotas);
        self
    }

    /// Refuses callbacks that this policy does not allow.
    #[must_use]
    pub fn with_egress(mut self, policy: Arc<EgressPolicy>) -> Self {
        self.egress = Some(policy);
        self
    }

    /// Asks callbacks with this.
    #[must_use]
    pub fn with_notifier(mut self, notifier: Arc<dyn Notifier>) -> Self {
        self.callbacks = self.callbacks.with_notifier(notifier);
        self
    }

    /// Checks all callbacks, not only those of subscribers who want it.
    #[must_use]
    pub fn with_checked_callbacks(mut self) -> Self {
        self.callbacks = self.callbacks.checked();
        self
    }

    /// Lists the caller's subscriptions.
    ///
    /// # Errors
    /// `InvalidInput` for a marker that is not of this query.
    pub async fn list(&self, context: &Context, query: &Query) -> Result<Listing<Subscription>> {
        let rows = self.table.all().try_filter_map(|row| {
            let subscription = Subscription::from(row.value);
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

    /// The subscription with this id, whoever's it is: for the gateway's own work.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn find(&self, id: &SubscriptionId) -> Result<Option<Arc<Subscription>>> {
        let row = self.table.get(id.as_str()).await?;
        Ok(row.map(|row| Arc::new(row.value.into())))
    }

    async fn row(&self, context: &Context, id: &SubscriptionId) -> Result<Row<Subscription>> {
        let row = self.table.get(id.as_str()).await?;
        row.map(|row| Row::new(row.id, row.value.into(), row.revision))
            .filter(|row| is_for(context, &row.value))
            .ok_or_else(|| unknown(id))
    }

    /// Subscribes the caller.
    ///
    /// # Errors
    /// `InvalidInput` naming the field that is wrong; `QuotaExceeded`; `Unsupported` when the callback shall be checked
    /// and nobody can.
    pub async fn create(&self, context: &Context, new: NewSubscription) -> Result<Created> {
        let now = self.clock.now();
        self.check(&new)?;
        new.status.map_or(Ok(()), expect_settable)?;
        let new = NewSubscription {
            headers: new.headers.over(&super::Headers::default())?,
            ..new
        };
        let id = SubscriptionId::from(uuid::Uuid::new_v4().to_string());
        let subscription = new.into_subscription(id.clone(), context.tenant().cloned(), now);
        if let Some(known) = self.same(&subscription).await? {
            return Ok(Created::Duplicate(known));
        }
        self.check_quota(context.tenant()).await?;
        self.callbacks.check(&subscription).await?;
        match self.insert(&subscription).await {
            Ok(_) => Ok(Created::New(Arc::new(subscription))),
            Err(error) if error.is(ErrorKind::AlreadyExists) => {
                self.same(&subscription).await?.map(Created::Duplicate).ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Stores a new subscription, within the quota also when others subscribe at the same moment.
    async fn insert(&self, subscription: &Subscription) -> Result<()> {
        let (id, tenant) = (subscription.subscription_id.as_str(), subscription.tenant());
        if self.quota(tenant).is_none() {
            return self.table.insert(id, subscription.clone().into()).await.map(drop);
        }
        for _ in 0..ATTEMPTS {
            let generation = self.table.generation().await?;
            self.check_quota(tenant).await?;
            let inserted = self.table.insert_since(generation, id, subscription.clone().into());
            match inserted.await {
                Err(error) if error.is(ErrorKind::PreconditionFailed) => {}
                result => return result.map(drop),
            }
        }
        Err(Error::conflict("others keep subscribing; try again").with_retry(Retry::Safe))
    }

    async fn same(&self, subscription: &Subscription) -> Result<Option<Arc<Subscription>>> {
        let known = self.table.find_unique(&identity(subscription)).await?;
        Ok(known.map(|row| Arc::new(row.value.into())))
    }

    fn check(&self, new: &NewSubscription) -> Result<()> {
        new.validate()?;
        if let Some(policy) = &self.egress {
            callback::check_allowed(&new.callback, policy)?;
        }
        let now = self.clock.now();
        if new.expires_at.is_some_and(|end| end <= now) {
            let reason = format!("is in the past; it is {now} now");
            return Err(Error::violation("body.expiresAt", reason));
        }
        if self.subjects.is_empty() {
            return Ok(());
        }
        let parts = part::parts(new.filter.as_ref(), &self.subjects);
        parts.map(drop).map_err(in_body)
    }

    /// How many subscriptions the tenant may have, if that is limited.
    fn quota(&self, tenant: Option<&TenantId>) -> Option<u64> {
        self.quotas.of(tenant?).max_subscriptions
    }

    async fn check_quota(&self, tenant: Option<&TenantId>) -> Result<()> {
        let Some(most) = self.quota(tenant) else { return Ok(()) };
        let rows = self.table.all().try_fold(0, |count: u64, row| {
            let own = row.value.shown().tenant() == tenant;
            std::future::ready(Ok(count + u64::from(own)))
        });
        if rows.await? < most {
            return Ok(());
        }
        let message = format!("the tenant may have {most} subscriptions, and has as many");
        Err(Error::new(ErrorKind::QuotaExceeded, message))
    }

    /// Gives a subscription a new state. `change` is called again when somebody else changes the subscription meanwhile.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed`; `InvalidInput` naming the field that is wrong; `AlreadyExists` when the caller
    /// has the same subscription already; `Unsupported` when the callback shall be checked and nobody can.
    pub async fn update(
        &self,
        context: &Context,
        id: &SubscriptionId,
        condition: &IfMatch,
        change: impl Fn(&Subscription) -> Result<NewSubscription> + Send + Sync,
    ) -> Result<Arc<Subscription>> {
        let changed = |current: &Subscription| {
            if !is_for(context, current) {
                return Err(unknown(id));
            }
            condition.check_tag(&ETag::of(current)?)?;
            let new = change(current)?;
            self.check(&new)?;
            new.replacing(current, self.clock.now())
        };
        let current = self.row(context, id).await?.value;
        let wanted = changed(&current)?;
        if wanted.callback != current.callback {
            self.callbacks.check(&wanted).await?;
        }
        self.write(id, changed).await
    }

    /// Pauses a subscription, or resumes it, also one that the gateway disabled.
    ///
    /// # Errors
    /// `NotFound`; `PreconditionFailed`; `InvalidInput` for a status that only the gateway sets.
    pub async fn set_status(
        &self,
        context: &Context,
        id: &SubscriptionId,
        condition: &IfMatch,
        status: SubscriptionStatus,
    ) -> Result<Arc<Subscription>> {
        let set = |current: &Subscription| {
            if !is_for(context, current) {
                return Err(unknown(id));
            }
            condition.check_tag(&ETag::of(current)?)?;
            let new = NewSubscription {
                status: Some(status),
                ..NewSubscription::of(current)
            };
            new.replacing(current, self.clock.now())
        };
        expect_settable(status)?;
        self.write(id, set).await
    }

    /// Tells a subscription of nothing any more, until its subscriber resumes it.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn disable(&self, id: &SubscriptionId, reason: &str) -> Result<Arc<Subscription>> {
        let disable = |current: &Subscription| {
            Ok(Subscription {
                status: SubscriptionStatus::Disabled,
                status_reason: Some(reason.to_owned()),
                updated_at: self.clock.now(),
                ..current.clone()
            })
        };
        self.write(id, disable).await
    }

    async fn write(
        &self,
        id: &SubscriptionId,
        change: impl Fn(&Subscription) -> Result<Subscription> + Send + Sync,
    ) -> Result<Arc<Subscription>> {
        let update = |current: Stored| change(&current.into()).map(Stored::from);
        let row = self.table.update(id.as_str(), update).await?;
        Ok(Arc::new(row.value.into()))
    }

    /// Sends a test notification to a subscription.
    ///
    /// # Errors
    /// `NotFound`; `Unsupported` when nobody can send one.
    pub async fn test(&self, context: &Context, id: &SubscriptionId) -> Result<TestOutcome> {
        let subscription = self.get(context, id).await?;
        self.callbacks.test(&subscription).await
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

    /// Ends the subscriptions that have expired, and says how many.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn forget_expired(&self) -> Result<usize> {
        let now = self.clock.now();
        let mut rows = self.table.all();
        let mut forgotten = 0;
        while let Some(row) = rows.try_next().await? {
            if !row.value.shown().is_expired(now) {
                continue;
            }
            match self.table.remove(&row.id, Some(row.revision)).await {
                Ok(()) => forgotten += 1,
                // Somebody was faster, and may have given it more time.
                Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PreconditionFailed) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(forgotten)
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
