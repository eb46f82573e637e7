//! [`Kinds`]: the kinds that an API server has, as it tells them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use o2_core::{Context, Result};
use serde::Deserialize;

use super::cluster::Cluster;
use super::kind::Kind;

/// The kinds of one API server that somebody has asked about. Each version of a group is read once, and again when a kind is
/// missing in it.
#[derive(Debug)]
pub(crate) struct Kinds {
    cluster: Arc<Cluster>,
    /// By `apps/v1`, `v1`.
    known: Mutex<BTreeMap<String, Vec<Kind>>>,
}

impl Kinds {
    pub(crate) fn new(cluster: Arc<Cluster>) -> Self {
        Self {
            cluster,
            known: Mutex::default(),
        }
    }

    /// The kind of this name; `None` when the server does not have it.
    pub(crate) async fn find(&self, context: &Context, group: &str, version: &str, name: &str) -> Result<Option<Kind>> {
        let path = match group {
            "" => format!("/api/{version}"),
            group => format!("/apis/{group}/{version}"),
        };
        let named = |kinds: &Vec<Kind>| kinds.iter().find(|kind| kind.name == name).cloned();
        if let Some(known) = self.known().get(&path).and_then(named) {
            return Ok(Some(known));
        }
        if !is_path(&path) {
            return Ok(None);
        }
        let Some(found) = self.cluster.read::<Resources>(context, &path).await? else {
            return Ok(None);
        };
        let kinds = found.kinds(group, version);
        let kind = named(&kinds);
        self.known().insert(path, kinds);
        Ok(kind)
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Vec<Kind>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether it leads where it seems to lead.
fn is_path(path: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/');
    path.chars().all(allowed) && path.split('/').skip(1).all(|part| !matches!(part, "" | "." | ".."))
}

#[derive(Deserialize)]
struct Resources {
    #[serde(default)]
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    name: String,
    kind: String,
    #[serde(default)]
    namespaced: bool,
    /// Those of the resource itself; a subresource may belong to another group.
    #[serde(default)]
    group: String,
}

impl Resources {
    fn kinds(self, group: &str, version: &str) -> Vec<Kind> {
        let whole = |resource: &Resource| {
            !resource.name.contains('/') && (resource.group.is_empty() || resource.group == group)
        };
        let resources = self.resources.into_iter().filter(whole);
        resources
            .map(|resource| Kind {
                group: group.to_owned().into(),
                version: version.to_owned().into(),
                name: resource.kind.into(),
                plural: resource.name.into(),
                namespaced: resource.namespaced,
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use o2_core::ports::{Ports, Shared};
    use o2_testkit::ManualClock;
    use o2_testkit::kubernetes::{ApiServer, Resource as Served};

    use super::*;
    use crate::kube::{ClusterConfig, Clusters};

    fn kinds(server: &ApiServer) -> Kinds {
        let shared = Shared::default();
        let client = kube::Client::new(server.clone(), "default");
        shared.get_or_default::<Clusters>().provide("test", client);
        let ports = Ports::new(ManualClock::auto()).with_shared(shared);
        Kinds::new(Clusters::open(&ClusterConfig::of_client("test"), &ports).unwrap())
    }

    #[tokio::test]
    async fn kinds_are_asked_for_once() {
        let server = ApiServer::new();
        let (kinds, context) = (kinds(&server), Context::new("test"));
        for _ in 0..2 {
            let found = kinds.find(&context, "apps", "v1", "Deployment").await.unwrap().unwrap();
            assert_eq!((found.plural.as_ref(), found.namespaced), ("deployments", true));
        }
        let found = kinds.find(&context, "", "v1", "Namespace").await.unwrap().unwrap();
        assert_eq!((found.plural.as_ref(), found.namespaced), ("namespaces", false));
        assert_eq!(server.requests().len(), 2);
    }

    #[tokio::test]
    async fn kinds_that_come_later_are_found_then() {
        let server = ApiServer::new();
        let (kinds, context) = (kinds(&server), Context::new("test"));
        for (group, version, kind) in [
            ("lab.example", "v1", "Pool"),
            ("apps", "v1", "Pool"),
            ("apps", "v7", "Deployment"),
            ("../api", "v1", "Secret"),
            ("a b", "v1", "Secret"),
        ] {
            let found = kinds.find(&context, group, version, kind).await.unwrap();
            assert_eq!(found, None, "{group}/{version} {kind}");
        }
        server.serve(Served::new("lab.example", &["v1"], "Pool", "pools"));
        assert!(
            kinds
                .find(&context, "lab.example", "v1", "Pool")
                .await
                .unwrap()
                .is_some()
        );
    }
}
