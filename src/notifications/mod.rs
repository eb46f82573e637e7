//! How changes become notifications: puts the matcher, the outbox and the deliveries together.

mod guarded;
mod links;
mod receivers;
mod signer;
mod test_calls;

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, join};
use o2_core::Result;
use o2_core::collect::EventSink;
use o2_core::config::{Config, NotificationsConfig, ProfileName};
use o2_core::delivery::{
    DeadLetterLimits, DeadLetters, Deliveries, DeliverySettings, HasDeadLetters, HasDeliveries, Profile, RetryWaits,
};
use o2_core::event::ChangeEvent;
use o2_core::metrics::Metrics;
use o2_core::outbox::{OutboxLimits, Publisher};
use o2_core::ports::Ports;
use o2_core::query::PageLimits;
use o2_core::store::{Batch, Revision, Store};
use o2_core::subscription::{Matcher, Subjects, Subscriptions};

use self::guarded::Guarded;
use self::links::ApiLinks;
use self::receivers::SubscriptionReceivers;
use self::signer::Signing;
use self::test_calls::TestCalls;

/// Everything between a change and its subscribers.
#[derive(Debug)]
pub(crate) struct Notifications {
    pub(crate) subscriptions: Subscriptions,
    matcher: Arc<Matcher>,
    publisher: Publisher,
    deliveries: Deliveries,
    dead_letters: DeadLetters,
    store: Arc<dyn Store>,
    enabled: bool,
}

impl Notifications {
    pub(crate) fn new(config: &Config, ports: &Ports, limits: PageLimits, metrics: &Metrics) -> Result<Self> {
        let settings = &config.notifications;
        let (clock, store) = (&ports.clock, &ports.store);
        let egress = Arc::new(settings.egress.clone());
        let subjects = subjects();
        let subscriptions = Subscriptions::new(Arc::clone(store), Arc::clone(clock), limits)
            .with_subjects(subjects.clone())
            .with_quotas(config.limits.clone())
            .with_egress(Arc::clone(&egress));
        let matcher = Arc::new(Matcher::new(Arc::clone(store), Arc::clone(clock), subjects));
        let receivers = Arc::new(SubscriptionReceivers {
            subscriptions: subscriptions.clone(),
            matcher: Arc::clone(&matcher),
            clock: Arc::clone(clock),
            signing: Signing::new(&settings.signing)?,
            profile: profile(settings.profile),
        });
        let delivery = delivery(config);
        let dead_letters = DeadLetters::new(Arc::clone(store), Arc::clone(clock), limits);
        let publisher = Publisher::new(
            Arc::clone(store),
            Arc::clone(clock),
            matcher.clone(),
            delivery.outbox,
            metrics.delivery(),
        );
        let deliveries = Deliveries::new(
            Arc::clone(store),
            Arc::clone(clock),
            Arc::new(Guarded::new(Arc::clone(&ports.http), egress)),
            receivers.clone(),
            delivery,
            metrics.delivery(),
        );
        let calls = TestCalls {
            notifier: deliveries.notifier(),
            receivers,
        };
        let mut asking = subscriptions.with_notifier(Arc::new(calls));
        if settings.check_callbacks {
            asking = asking.with_checked_callbacks();
        }
        Ok(Self {
            subscriptions: asking,
            matcher,
            publisher,
            deliveries,
            dead_letters,
            store: Arc::clone(store),
            enabled: settings.enabled,
        })
    }

    /// Follows the subscriptions and delivers, until `shutdown` ends.
    pub(crate) async fn run(&self, shutdown: impl Future<Output = ()> + Clone + Send) {
        if self.enabled {
            join(self.matcher.follow(shutdown.clone()), self.deliveries.run(shutdown)).await;
        } else {
            shutdown.await;
        }
    }

    /// Forgets the subscriptions that have ended by themselves.
    pub(crate) async fn forget_expired(&self) -> Result<usize> {
        self.subscriptions.forget_expired().await
    }
}

impl EventSink for Notifications {
    fn publish(&self, events: Vec<ChangeEvent>, position: Batch) -> BoxFuture<'_, Result<Revision>> {
        async move {
            if self.enabled {
                // A tenant hears only of what it may see: an object that moves to another leaves the one and comes to the other.
                let events = events.into_iter().flat_map(ChangeEvent::of_each_owner).collect();
                Ok(self.publisher.publish(events, position).await?.revision)
            } else {
                self.store.commit(position).await
            }
        }
        .boxed()
    }
}

impl HasDeadLetters for Notifications {
    fn dead_letters(&self) -> &DeadLetters {
        &self.dead_letters
    }
}

impl HasDeliveries for Notifications {
    fn deliveries(&self) -> &Deliveries {
        &self.deliveries
    }
}

/// What subscribers may hear of.
fn subjects() -> Subjects {
    Subjects::new()
        .with::<o2_ims::DeploymentManager>()
        .with::<o2_ims::ResourcePool>()
        .with::<o2_ims::Resource>()
        .with::<o2_ims::ResourceType>()
        .with::<o2_ims::Alarm>()
        .with::<o2_dms::Deployment>()
        .with::<o2_dms::DeploymentPackage>()
}

fn profile(name: ProfileName) -> Profile {
    match name {
        ProfileName::Seed => Profile::Seed,
        _ => Profile::Standard,
    }
}

fn delivery(config: &Config) -> DeliverySettings {
    let NotificationsConfig {
        profiles,
        outbox,
        dead_letters,
        ..
    } = &config.notifications;
    let settings = &config.notifications;
    let mut delivery = DeliverySettings::default();
    delivery.lease = settings.lease.get();
    delivery.waits = waits(profiles);
    delivery.timeout = settings.timeout.get();
    delivery.concurrency = settings.max_concurrency;
    delivery.per_origin = settings.max_per_receiver;
    delivery.circuit_failures = settings.circuit_breaker.failures;
    delivery.circuit_open = settings.circuit_breaker.open_for.get();
    delivery.circuit_longest = delivery.circuit_longest.max(delivery.circuit_open);
    delivery.drain = settings.drain.get();
    delivery.outbox = outbox_limits(outbox);
    delivery.dead_letters = dead_letter_limits(dead_letters);
    delivery.links = Arc::new(ApiLinks::new(config.gateway.base_url.as_ref()));
    delivery
}

fn waits(profiles: &o2_core::config::ProfilesConfig) -> RetryWaits {
    let times = |list: &[o2_core::config::DurationText]| list.iter().map(|wait| wait.get()).collect();
    let mut waits = RetryWaits::default();
    waits.seed = times(&profiles.seed);
    waits.standard = times(&profiles.standard);
    waits
}

fn outbox_limits(config: &o2_core::config::OutboxConfig) -> OutboxLimits {
    let mut limits = OutboxLimits::default();
    limits.entries = config.max_entries as u64;
    limits.per_subscription = config.max_per_subscription as u64;
    limits.retention = config.max_age.get();
    limits
}

fn dead_letter_limits(config: &o2_core::config::DeadLettersConfig) -> DeadLetterLimits {
    let mut limits = DeadLetterLimits::default();
    limits.letters = config.max_entries;
    limits.age = config.max_age.get();
    limits
}
