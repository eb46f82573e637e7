//! [`Scripted`]: the world of the conformance suite, on whatever vCenter.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::ports::{Clock, HttpClient};
use o2_core::query::ListQuery;
use o2_core::{Context, Result, TenantId};
use o2_ims::{IMSPlugin, NewResourcePool};
use o2_testkit::conformance::{Disturbance, ImsWorld, Trouble, World};
use serde_json::{Value, json};

use super::super::vim::Ref;
use super::built;
use super::played::{Played, text};
use super::stock::host_of;

/// A plugin on a vCenter.
pub(super) struct Scripted {
    pub(super) config: Value,
    pub(super) http: Arc<dyn HttpClient>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) plugin: Arc<dyn IMSPlugin>,
    /// Others on the same vCenter.
    pub(super) reopened: Mutex<Vec<Arc<dyn IMSPlugin>>>,
    pub(super) backend: Backend,
    /// The pool below which others are made.
    pub(super) parent: String,
    pub(super) silence: Duration,
}

/// Who plays the vCenter.
pub(super) enum Backend {
    Played(Arc<Played>),
    #[cfg(all(feature = "http-reqwest", feature = "rt-tokio"))]
    Real(Arc<super::administrator::Administrator>),
}

impl World<dyn IMSPlugin> for Scripted {
    fn plugin(&self) -> Arc<dyn IMSPlugin> {
        Arc::clone(&self.plugin)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn IMSPlugin>>>> {
        let plugin = built(&self.config, Arc::clone(&self.http), Arc::clone(&self.clock));
        let plugin = plugin.inspect(|plugin| self.reopened.lock().unwrap().push(Arc::clone(plugin)));
        ready(plugin.map(Some)).boxed()
    }

    /// Of several changes of one object the vCenter tells the last one, to who has not asked in between.
    fn settle(&self) -> BoxFuture<'_, ()> {
        async {
            let (context, query) = (Context::new("settle"), ListQuery::new());
            let listed = self.plugin.list_resource_pools(&context, &query);
            if let Err(error) = listed.await {
                println!("nothing is told while the backend is in trouble: {error}");
            }
        }
        .boxed()
    }

    fn tenants(&self) -> Option<[TenantId; 2]> {
        Some([TenantId::new("tenant-a"), TenantId::new("tenant-b")])
    }

    fn trouble(&self, trouble: Option<Trouble>) -> BoxFuture<'_, bool> {
        let able = match &self.backend {
            Backend::Played(_) if trouble == Some(Trouble::Forgetful) => false,
            Backend::Played(played) => {
                played.state().trouble = trouble;
                true
            }
            #[cfg(all(feature = "http-reqwest", feature = "rt-tokio"))]
            Backend::Real(_) => trouble.is_none(),
        };
        ready(able).boxed()
    }

    fn closes(&self) -> bool {
        true
    }

    fn secrets(&self) -> Vec<String> {
        vec!["pa<ss&word".to_owned(), "session-1".to_owned()]
    }
}

impl ImsWorld for Scripted {
    fn new_pool(&self, name: &str) -> Option<NewResourcePool> {
        let mut new = NewResourcePool::new(name);
        new.description = "made by the conformance suite".to_owned();
        new.labels.insert("made-by".to_owned(), "conformance".to_owned());
        new.labels.insert("kept".to_owned(), "yes & <no>".to_owned());
        new.tags = vec!["conformance".to_owned()];
        let parent = json!(self.parent);
        new.extensions.insert("vsphere.parentPoolId".to_owned(), parent);
        Some(new)
    }

    fn silence(&self) -> Duration {
        self.silence
    }

    fn disturb(&self, disturbance: Disturbance) -> BoxFuture<'_, Result<bool>> {
        match &self.backend {
            Backend::Played(played) => ready(Ok(disturb(played, &disturbance))).boxed(),
            #[cfg(all(feature = "http-reqwest", feature = "rt-tokio"))]
            Backend::Real(administrator) => async move { Ok(administrator.disturb(&disturbance).await) }.boxed(),
        }
    }
}

/// The host that has this id at O2.
pub(super) fn host(id: &str) -> Ref {
    Ref::new("HostSystem", id.split_once(':').unwrap().1)
}

fn disturb(played: &Played, disturbance: &Disturbance) -> bool {
    let mut state = played.state();
    match disturbance {
        Disturbance::AddResource(_) => {
            let cluster = Ref::new("ClusterComputeResource", "domain-c1");
            let (host, properties) = host_of(&cluster, "host-99");
            state.put(&host, properties);
        }
        Disturbance::ChangeResource(id) => {
            let host = host(id.as_str());
            let mut properties = state.objects[&host].clone();
            properties.insert("runtime.inMaintenanceMode".to_owned(), text("true"));
            state.put(&host, properties);
        }
        Disturbance::RemoveResource(id) => state.remove(&host(id.as_str())),
        _ => return false,
    }
    true
}
