//! [`Open`]: whether a plugin is open, and what its tenants watch.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use o2_core::ports::Clock;
use o2_core::{Context, Error, ErrorKind, Result, TenantId};

use super::{Changes, Drawing};
use crate::kit::watch::Watched;

/// A stream of changes that others read together.
pub(crate) trait Shared {
    /// Ends what is read of it, and refuses who comes later.
    fn close(&self);
}

impl<O: Watched> Shared for Changes<O> {
    fn close(&self) {
        Self::close(self);
    }
}

/// Until it is closed: what each tenant watches, since somebody of it has. Of all tenants for `None`.
#[derive(Debug)]
pub(crate) struct Open<W>(Mutex<State<W>>);

#[derive(Debug)]
struct State<W> {
    closed: bool,
    watched: BTreeMap<Option<TenantId>, Arc<W>>,
}

impl<W> Default for Open<W> {
    fn default() -> Self {
        Self(Mutex::new(State {
            closed: false,
            watched: BTreeMap::new(),
        }))
    }
}

impl<W: Shared> Open<W> {
    /// Fails when the plugin is closed.
    pub(crate) fn check(&self) -> Result<()> {
        self.state().check()
    }

    /// What the tenant of `context` watches. `open` is for the first who asks, and when what there is does not fit any more:
    /// then whoever watches that begins anew.
    pub(crate) async fn watched(
        &self,
        context: &Context,
        fits: impl Fn(&W) -> bool,
        open: impl Future<Output = Result<W>>,
    ) -> Result<Arc<W>> {
        self.check()?;
        if let Some(known) = self.known(context).filter(|known| fits(known)) {
            return Ok(known);
        }
        let made = Arc::new(open.await?);
        let old = {
            let mut state = self.state();
            state.check()?;
            let tenant = context.tenant().cloned();
            match state.watched.get(&tenant) {
                Some(known) if fits(known) => return Ok(Arc::clone(known)),
                _ => state.watched.insert(tenant, Arc::clone(&made)),
            }
        };
        if let Some(old) = old {
            old.close();
        }
        Ok(made)
    }

    /// What the tenant of `context` watches already.
    pub(crate) fn known(&self, context: &Context) -> Option<Arc<W>> {
        self.state().watched.get(&context.tenant().cloned()).cloned()
    }

    /// From now on nobody reads and nobody watches.
    pub(crate) fn close(&self) {
        let watched = {
            let mut state = self.state();
            state.closed = true;
            std::mem::take(&mut state.watched)
        };
        watched.values().for_each(|watched| watched.close());
    }

    fn state(&self) -> MutexGuard<'_, State<W>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<O: Watched> Open<Changes<O>> {
    /// The changes that the tenant of `context` may see; `drawing` is for the first who asks.
    pub(crate) async fn changes<D: Drawing<O>>(
        &self,
        context: &Context,
        clock: &Arc<dyn Clock>,
        drawing: impl Future<Output = Result<D>>,
    ) -> Result<Arc<Changes<O>>> {
        let open = async { Ok(Changes::new(drawing.await?, Arc::clone(clock))) };
        self.watched(context, |_| true, open).await
    }
}

impl<W> State<W> {
    fn check(&self) -> Result<()> {
        if self.closed {
            return Err(Error::new(ErrorKind::Unavailable, "the plugin is closed"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    /// What is watched of one version of something.
    #[derive(Debug)]
    struct Of(u32, AtomicBool);

    impl Of {
        fn new(version: u32) -> Self {
            Self(version, AtomicBool::new(false))
        }

        fn is_closed(&self) -> bool {
            self.1.load(Ordering::Relaxed)
        }
    }

    impl Shared for Of {
        fn close(&self) {
            self.1.store(true, Ordering::Relaxed);
        }
    }

    async fn watched(open: &Open<Of>, context: &Context, version: u32) -> Result<Arc<Of>> {
        open.watched(context, |of| of.0 == version, async { Ok(Of::new(version)) })
            .await
    }

    #[tokio::test]
    async fn one_is_shared_until_it_does_not_fit() {
        let (open, context) = (Open::default(), Context::new("test"));
        let first = watched(&open, &context, 1).await.unwrap();
        assert!(Arc::ptr_eq(&first, &watched(&open, &context, 1).await.unwrap()));
        let second = watched(&open, &context, 2).await.unwrap();
        assert!(first.is_closed() && !second.is_closed());
        assert!(Arc::ptr_eq(&second, &open.known(&context).unwrap()));
    }

    #[tokio::test]
    async fn of_two_who_begin_at_the_same_time_one_is_taken() {
        let (open, context) = (Open::default(), Context::new("test"));
        let slow = open.watched(&context, |_| true, async {
            let fast = watched(&open, &context, 1).await?;
            assert!(!fast.is_closed());
            Ok(Of::new(2))
        });
        assert_eq!(slow.await.unwrap().0, 1);
    }

    #[tokio::test]
    async fn what_is_opened_while_it_is_closed_is_refused() {
        let (open, context) = (Open::default(), Context::new("test"));
        let known = watched(&open, &context, 1).await.unwrap();
        let closed = open.watched(&context, |_| false, async {
            open.close();
            Ok(Of::new(2))
        });
        assert!(closed.await.unwrap_err().is(ErrorKind::Unavailable));
        assert!(known.is_closed());
        assert!(
            watched(&open, &context, 1)
                .await
                .unwrap_err()
                .is(ErrorKind::Unavailable)
        );
        assert!(open.known(&context).is_none());
    }
}
