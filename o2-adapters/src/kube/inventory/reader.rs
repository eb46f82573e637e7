//! [`Reader`]: lists of kinds, of which some may not be there or not be seen.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::join_all;
use o2_core::{Context, Result};

use crate::kube::{Cached, Cluster, Kind, Scope, is_forbidden};

/// Reads the kinds of one cluster for one plugin.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) cluster: Arc<Cluster>,
    /// The kinds that we may not see.
    denied: Mutex<BTreeSet<String>>,
}

impl Reader {
    pub(crate) fn new(cluster: Arc<Cluster>) -> Self {
        Self {
            cluster,
            denied: Mutex::default(),
        }
    }

    /// The objects of a kind without which there is nothing to show.
    pub(crate) async fn needed<T: Cached>(
        &self,
        context: &Context,
        kind: &Kind,
        scopes: &[Scope],
    ) -> Result<Vec<Arc<T>>> {
        let each = scopes
            .iter()
            .map(|scope| self.cluster.list(context, kind, scope, T::read));
        let lists: Vec<_> = join_all(each).await.into_iter().collect::<Result<_>>()?;
        Ok(lists.into_iter().flatten().flatten().map(Arc::new).collect())
    }

    /// The objects of a kind that is left out where we may not see it.
    pub(crate) async fn wanted<T: Cached>(
        &self,
        context: &Context,
        kind: &Kind,
        scopes: &[Scope],
    ) -> Result<Vec<Arc<T>>> {
        let listed = self.needed::<T>(context, kind, scopes).await;
        self.allowed(kind, listed).map(Option::unwrap_or_default)
    }

    /// What a call about a kind answered; `None` where we may not see that kind.
    pub(crate) fn allowed<T>(&self, kind: &Kind, answer: Result<T>) -> Result<Option<T>> {
        let resource = kind.resource();
        let mut denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Err(error) if is_forbidden(&error) => {
                if denied.insert(resource.clone()) {
                    tracing::warn!(resource, "the API server does not let us list a kind; it is left out");
                }
                Ok(None)
            }
            answer => {
                denied.remove(&resource);
                answer.map(Some)
            }
        }
    }

    /// The kinds that we may not see, as RBAC calls them.
    pub(crate) fn denied(&self) -> Vec<String> {
        let denied = self.denied.lock().unwrap_or_else(PoisonError::into_inner);
        denied.iter().cloned().collect()
    }
}
