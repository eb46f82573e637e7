//! From names to the addresses among theirs that may be connected to.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use o2_core::Error;
use o2_core::webhook::egress::AddressPolicy;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// Finds the addresses of a name, with port 0.
pub(super) type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// As the machine does it.
pub(super) fn system() -> Lookup {
    Arc::new(|name| async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) }.boxed())
}

/// Leaves out the addresses that a policy denies. What it returns is what is connected to: there is no second lookup whose
/// answer could be another.
pub(super) struct GuardedResolver {
    pub(super) policy: Arc<AddressPolicy>,
    pub(super) lookup: Lookup,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let policy = Arc::clone(&self.policy);
        let found = (self.lookup)(name.clone());
        async move {
            let allowed = allowed(&policy, &name, found.await?)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        }
        .boxed()
    }
}

/// The addresses that are allowed; the reason against the first one when there are none.
fn allowed(policy: &AddressPolicy, name: &str, found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, Error> {
    let mut allowed = Vec::with_capacity(found.len());
    let mut denied = None;
    for address in found {
        match policy.check(address.ip(), name) {
            Ok(()) => allowed.push(address),
            Err(error) => denied = denied.or(Some(error)),
        }
    }
    match denied {
        Some(error) if allowed.is_empty() => Err(error),
        _ => Ok(allowed),
    }
}
