//! [`feed`]: what happens to the objects of one kind, without end, through outages and expired credentials.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, BoxStream, Stream, StreamExt};
use kube::api::DynamicObject;
use kube::runtime::watcher;
use o2_core::{Error, ErrorKind};

use super::Cached;
use crate::kit::backoff::Backoff;
use crate::kube::calls::PAGE;
use crate::kube::cluster::Cluster;
use crate::kube::failure::{is_unauthorized, kind_is_unknown, watch_error_of};
use crate::kube::kind::Kind;
use crate::kube::scope::Scope;

/// What happened.
pub(super) enum Event<T> {
    /// A list of everything begins.
    Begin,
    /// One object of the list.
    Listed(T),
    /// The list is complete.
    Complete,
    /// An object is new or has changed.
    Applied(T),
    /// The object with this id is gone.
    Deleted(String),
    /// The server does not have the kind.
    Absent,
    /// We may not look.
    Denied(Error),
    /// The server does not answer.
    Failed(Error),
    /// Nothing; what comes next is not to be asked for before that time has passed.
    Pause(Duration),
}

/// Waits after failures, the shortest and the longest.
const WAITS: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(15));
/// How long to leave a kind alone that we may not see, or that is not there.
const LATER: Duration = Duration::from_secs(300);
/// How often to list what may be listed but not watched.
const POLL: Duration = Duration::from_secs(30);
/// A watch that lasted so long and then broke is begun again at once.
const LASTED: Duration = Duration::from_secs(1);
/// How long the server keeps a watch open, in seconds; a connection that died unnoticed is found out then.
const WATCH: u32 = 180;

type Watch = BoxStream<'static, watcher::Result<watcher::Event<DynamicObject>>>;

pub(super) fn feed<T: Cached>(
    cluster: Arc<Cluster>,
    kind: Kind,
    scope: Scope,
) -> Pin<Box<dyn Stream<Item = Event<T>> + Send>> {
    let feed = Feed {
        backoff: Backoff::new(WAITS.0, WAITS.1, &**cluster.clock()),
        cluster,
        kind,
        scope,
        watch: None,
        opened: Duration::ZERO,
        failures: 0,
        pause: Duration::ZERO,
    };
    Box::pin(stream::unfold(feed, |mut feed| async move {
        let event = feed.next().await;
        Some((event, feed))
    }))
}

struct Feed {
    cluster: Arc<Cluster>,
    kind: Kind,
    scope: Scope,
    /// The watch, and the number of the client it is made with.
    watch: Option<(Watch, u64)>,
    /// When it was opened.
    opened: Duration,
    backoff: Backoff,
    failures: u32,
    /// How long to wait before going on.
    pause: Duration,
}

impl Feed {
    async fn next<T: Cached>(&mut self) -> Event<T> {
        loop {
            if !self.pause.is_zero() {
                return Event::Pause(std::mem::take(&mut self.pause));
            }
            let (watch, number) = match self.opened().await {
                Ok(opened) => opened,
                Err(error) => return self.fail(error),
            };
            match watch.next().await {
                Some(Ok(event)) => {
                    if let Some(event) = self.take(event) {
                        return event;
                    }
                }
                Some(Err(error)) => {
                    if let Some(event) = self.refuse(error, number) {
                        return event;
                    }
                }
                None => self.watch = None,
            }
        }
    }

    async fn opened(&mut self) -> Result<(&mut Watch, u64), Error> {
        if self.watch.is_none() {
            let (client, number) = self.cluster.client().await?;
            let api = self.kind.api(client, self.scope.namespace.as_deref());
            let mut config = watcher::Config::default().timeout(WATCH).page_size(PAGE);
            if !self.scope.labels.is_empty() {
                config = config.labels(&self.scope.labels);
            }
            self.watch = Some((watcher(api, config).boxed(), number));
            self.opened = self.cluster.clock().monotonic();
        }
        match &mut self.watch {
            Some((watch, number)) => Ok((watch, *number)),
            None => Err(Error::internal("a watch that was opened is gone")),
        }
    }

    /// `None` for an object that cannot be understood.
    fn take<T: Cached>(&mut self, event: watcher::Event<DynamicObject>) -> Option<Event<T>> {
        use watcher::Event as E;
        match event {
            E::Init => Some(Event::Begin),
            E::InitApply(object) => T::read(&self.kind, object).map(Event::Listed),
            E::InitDone => {
                self.recovered();
                Some(Event::Complete)
            }
            E::Apply(object) => {
                self.recovered();
                T::read(&self.kind, object).map(Event::Applied)
            }
            E::Delete(object) => {
                self.recovered();
                object.metadata.uid.map(Event::Deleted)
            }
        }
    }

    fn recovered(&mut self) {
        if std::mem::take(&mut self.failures) > 0 {
            tracing::info!(kind = self.kind.resource(), "the API server can be watched again");
        }
    }

    /// What an error of the watch means; `None` when it means nothing yet.
    fn refuse<T>(&mut self, error: watcher::Error, number: u64) -> Option<Event<T>> {
        let (listing, cause) = match &error {
            watcher::Error::InitialListFailed(cause) => (true, Some(cause)),
            watcher::Error::WatchStartFailed(cause) | watcher::Error::WatchFailed(cause) => (false, Some(cause)),
            watcher::Error::WatchError(_) | watcher::Error::NoResourceVersion => (false, None),
        };
        if cause.is_some_and(kind_is_unknown) {
            self.watch = None;
            self.pause = LATER;
            return Some(Event::Absent);
        }
        if cause.is_some_and(is_unauthorized) && self.cluster.renew(number) {
            self.watch = None;
        }
        if matches!(cause, Some(kube::Error::Api(status)) if status.code == 410) {
            // The version that the watch would go on from is forgotten: it begins anew with a list.
            self.watch = None;
            return None;
        }
        let expired = matches!(&error, watcher::Error::WatchError(status) if status.code == 410);
        let forbidden = matches!(cause, Some(kube::Error::Api(status)) if status.code == 403);
        if expired {
            // The watch begins anew with a list by itself.
            return None;
        }
        if forbidden && !listing {
            // What may be listed but not watched is listed again and again.
            self.watch = None;
            self.pause = POLL;
            return None;
        }
        let lasted = self.cluster.clock().monotonic().saturating_sub(self.opened);
        if matches!(error, watcher::Error::WatchFailed(_)) && lasted >= LASTED {
            // Connections break. Whether the server is in trouble will show.
            self.watch = None;
            return None;
        }
        let error = watch_error_of(error);
        if forbidden && error.is(ErrorKind::PermissionDenied) {
            self.pause = LATER;
            let resource = self.kind.resource();
            tracing::warn!(resource, "the API server does not let us list a kind; it is left out");
            return Some(Event::Denied(error));
        }
        Some(self.fail(error))
    }

    fn fail<T>(&mut self, error: Error) -> Event<T> {
        if self.failures == 0 {
            let (resource, reason) = (self.kind.resource(), error.message());
            tracing::warn!(resource, reason, "the API server cannot be watched; changes are late");
        }
        // A watch that goes on where it was says nothing until something happens; a list says at once that all is well.
        self.watch = None;
        self.pause = self.backoff.wait(self.failures);
        self.failures = self.failures.saturating_add(1);
        Event::Failed(error)
    }
}
