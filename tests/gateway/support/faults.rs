//! Plugins that misbehave on command: a layer around any plugin, of any category.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use o2::core::async_trait;
use o2::core::layer::{Call, Layer, Layered, Next};
use o2::{Error, Result};

/// What a call does instead of, or before, its work.
#[derive(Clone)]
pub(crate) enum Fault {
    Fail(fn() -> Error),
    Panic,
    Hang,
    /// Its work, with awaits before and after it.
    Linger,
}

/// What goes wrong, by the name of the operation; `*` stands for every operation.
#[derive(Clone, Default)]
pub(crate) struct Faults {
    faults: Arc<Mutex<HashMap<&'static str, Fault>>>,
}

impl Faults {
    /// `plugin`, misbehaving.
    pub(crate) fn around<P: ?Sized + o2::core::Plugin>(&self, plugin: Arc<P>) -> Layered<P> {
        Layered::new(plugin, vec![Arc::new(self.clone()) as Arc<dyn Layer>])
    }

    /// From now on.
    pub(crate) fn set(&self, operation: &'static str, fault: Fault) {
        self.faults.lock().unwrap().insert(operation, fault);
    }

    /// Nothing goes wrong any more.
    pub(crate) fn clear(&self) {
        self.faults.lock().unwrap().clear();
    }

    fn of(&self, operation: &'static str) -> Option<Fault> {
        let faults = self.faults.lock().unwrap();
        faults.get(operation).or_else(|| faults.get("*")).cloned()
    }
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Faults")
    }
}

#[async_trait]
impl Layer for Faults {
    async fn around(&self, call: &Call<'_>, next: Next<'_>) -> Result<()> {
        match self.of(call.operation.name) {
            None => next.run(call).await,
            Some(Fault::Fail(error)) => Err(error()),
            Some(Fault::Panic) => panic!("the plugin was told to panic"),
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::Linger) => {
                linger().await;
                let result = next.run(call).await;
                linger().await;
                result
            }
        }
    }
}

/// Awaits a few times, and is woken each time.
async fn linger() {
    for _ in 0..3 {
        let mut waited = false;
        std::future::poll_fn(|context| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}
