//! [`Cluster`]: the connection to one API server, and the calls that are made on it.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;
use kube::Client;
use o2_core::ports::Clock;
use o2_core::{Context, Error, ErrorKind, Result};

use super::cache::Caches;
use super::config::ClusterConfig;
use super::connect::connect;
use super::failure::{error_of, is_unauthorized};

/// One API server as one user. Plugins that mean the same one share it, and with it the watches.
pub(crate) struct Cluster {
    source: Source,
    timeout: Duration,
    clock: Arc<dyn Clock>,
    current: Mutex<Current>,
    caches: Caches,
}

/// Where clients come from.
pub(super) enum Source {
    /// The program gave it.
    Given(Client),
    /// They are made from a configuration, again whenever the server no longer knows our credentials.
    Configured(Box<ClusterConfig>),
}

/// The client in use, and how many there were before it.
#[derive(Default)]
struct Current {
    client: Option<Client>,
    number: u64,
}

impl Cluster {
    pub(super) fn new(source: Source, timeout: Duration, clock: Arc<dyn Clock>) -> Self {
        Self {
            source,
            timeout,
            caches: Caches::default(),
            clock,
            current: Mutex::default(),
        }
    }

    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    pub(super) fn caches(&self) -> &Caches {
        &self.caches
    }

    /// How the configuration says where the server is; `None` for a client that the program gave.
    #[cfg(feature = "helm")]
    pub(super) fn configured(&self) -> Option<&ClusterConfig> {
        match &self.source {
            Source::Given(_) => None,
            Source::Configured(config) => Some(config),
        }
    }

    fn current(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The client in use, and its number.
    pub(super) async fn client(&self) -> Result<(Client, u64)> {
        let config = match &self.source {
            Source::Given(client) => return Ok((client.clone(), 0)),
            Source::Configured(config) => config,
        };
        {
            let current = self.current();
            if let Some(client) = &current.client {
                return Ok((client.clone(), current.number));
            }
        }
        let made = connect(config).await?;
        let mut current = self.current();
        // Whoever connected at the same time and was first is right.
        let client = current.client.get_or_insert(made).clone();
        Ok((client, current.number))
    }

    /// Lets go of the client with this number, so that the next call reads files and credentials anew. Whether there may be
    /// others.
    pub(super) fn renew(&self, number: u64) -> bool {
        if matches!(self.source, Source::Given(_)) {
            return false;
        }
        let mut current = self.current();
        if current.number == number {
            current.client = None;
            current.number += 1;
        }
        true
    }

    /// Makes a call within the time that `context` and the configuration give it. When the server does not know our
    /// credentials, they are read anew, once.
    pub(crate) async fn call<T: Send>(
        &self,
        context: &Context,
        run: impl Fn(Client) -> BoxFuture<'static, kube::Result<T>> + Send + Sync,
    ) -> Result<T> {
        self.call_or(context, run, |error| Err(error_of(error))).await
    }

    /// As [`Self::call`]; `refused` decides what a refusal means.
    pub(crate) async fn call_or<T: Send>(
        &self,
        context: &Context,
        run: impl Fn(Client) -> BoxFuture<'static, kube::Result<T>> + Send + Sync,
        refused: impl FnOnce(kube::Error) -> Result<T> + Send,
    ) -> Result<T> {
        let latest = self.clock.monotonic().saturating_add(self.timeout);
        let deadline = context.deadline().map_or(latest, |deadline| deadline.min(latest));
        let work = async {
            let (client, number) = self.client().await?;
            let first = run(client).await;
            let result = match first {
                Err(error) if is_unauthorized(&error) && self.renew(number) => {
                    let (client, _) = self.client().await?;
                    run(client).await
                }
                result => result,
            };
            result.or_else(refused)
        };
        let answered = self.clock.until(deadline, work).await;
        answered.unwrap_or_else(|| Err(Error::new(ErrorKind::Timeout, "the API server did not answer in time")))
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match &self.source {
            Source::Given(_) => "a client of the program's".to_owned(),
            Source::Configured(config) => format!("{config:?}"),
        };
        f.debug_struct("Cluster")
            .field("source", &source)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
