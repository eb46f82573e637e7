//! [`Clusters`]: the API servers that the plugins of a gateway use.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use kube::Client;
use o2_core::ports::Ports;
use o2_core::{Error, Result};

use super::cluster::{Cluster, Source};
use super::config::ClusterConfig;

/// The API servers that the plugins of a gateway use, and the ready clients that the program has for them.
///
/// A program that has a client of its own, with its own TLS, proxy or credentials, gives it a name here and puts that name
/// into the configuration of plugins, as `cluster: { client: edge }`:
///
/// ```
/// use o2_adapters::kube::{Clusters, kube::Client};
/// use o2_core::ports::Shared;
///
/// fn shared(client: Client) -> Shared {
///     let shared = Shared::default();
///     shared.get_or_default::<Clusters>().provide("edge", client);
///     shared // for `GatewayBuilder::shared`
/// }
/// ```
///
/// Plugins whose configuration says the same about the cluster share one connection, and one watch for each kind of object.
#[derive(Default)]
pub struct Clusters {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    given: BTreeMap<String, Client>,
    open: Vec<(ClusterConfig, Weak<Cluster>)>,
}

impl Clusters {
    /// Gives a ready client a name, in place of the one that had it. Plugins that are built from now on use it.
    pub fn provide(&self, name: impl Into<String>, client: Client) {
        let name = name.into();
        let mut known = self.lock();
        known.open.retain(|(config, _)| config.client.as_ref() != Some(&name));
        known.given.insert(name, client);
    }

    /// The cluster that `config` means.
    pub(crate) fn open(config: &ClusterConfig, ports: &Ports) -> Result<Arc<Cluster>> {
        config.check()?;
        let clusters = ports.shared.get_or_default::<Self>();
        let mut known = clusters.lock();
        known.open.retain(|(_, cluster)| cluster.strong_count() > 0);
        let open = known.open.iter().find(|(known, _)| known == config);
        if let Some(cluster) = open.and_then(|(_, cluster)| cluster.upgrade()) {
            return Ok(cluster);
        }
        let source = match &config.client {
            Some(name) => Source::Given(known.client(name)?),
            None => Source::Configured(Box::new(config.clone())),
        };
        let cluster = Arc::new(Cluster::new(source, config.timeout.get(), Arc::clone(&ports.clock)));
        known.open.push((config.clone(), Arc::downgrade(&cluster)));
        Ok(cluster)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn client(&self, name: &str) -> Result<Client> {
        self.given.get(name).cloned().ok_or_else(|| {
            let names: Vec<_> = self.given.keys().map(String::as_str).collect();
            Error::config(format!(
                "cluster.client: the program gives no client '{name}'; those it gives: {}",
                if names.is_empty() {
                    "none".to_owned()
                } else {
                    names.join(", ")
                }
            ))
        })
    }
}

impl fmt::Debug for Clusters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.lock();
        f.debug_struct("Clusters")
            .field("given", &known.given.keys().collect::<Vec<_>>())
            .field("open", &known.open.len())
            .finish()
    }
}
