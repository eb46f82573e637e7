//! A world of the conformance suite: a namespace and nodes of its own, with an API of machines played in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use kube::Client;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use o2_core::ports::{Clock, Ports};
use o2_core::query::ListQuery;
use o2_core::{Context, Error, Model, Result, TenantId};
use o2_ims::{IMSPlugin, NewResourcePool};
use o2_testkit::conformance::{Disturbance, ImsWorld, Trouble, World};
use serde_json::json;

use super::Faults;
use super::machines::{Controllers, Flavour, api};
use crate::kube::Clusters;

/// The longest silence of a world in real time.
pub(crate) const REAL: Duration = Duration::from_millis(400);

pub(crate) struct Cloud {
    controllers: Controllers,
    faults: Faults,
    plugin: Arc<dyn IMSPlugin>,
    ports: Ports,
    silence: Duration,
}

impl Cloud {
    /// A world on the server of `client`, that lives by `clock`.
    pub(crate) async fn new(
        flavour: &'static Flavour,
        client: Client,
        clock: Arc<dyn Clock>,
        silence: Duration,
    ) -> Result<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let namespace = format!("o2-{:x}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        prepare(flavour, &client, &namespace).await;
        let controllers = Controllers {
            flavour,
            client: client.clone(),
            namespace: namespace.clone(),
        };
        let donor =
            serde_json::from_value((flavour.donor)(&namespace)).map_err(|error| Error::internal(error.to_string()))?;
        controllers
            .groups()
            .create(&PostParams::default(), &donor)
            .await
            .unwrap();
        for (name, tenant) in [
            ("lone", None),
            ("owned", Some("one")),
            ("foreign", Some("two")),
            ("ill", None),
        ] {
            let name = format!("{namespace}-{name}");
            controllers.node(&name, json!({})).await;
            let labels =
                json!({"o2ims.oran.org/tenant": tenant, "node.kubernetes.io/instance-type": tenant.map(|_| "large")});
            let labelled = Patch::Merge(json!({"metadata": {"labels": labels}}));
            controllers
                .nodes()
                .patch(&name, &PatchParams::default(), &labelled)
                .await
                .unwrap();
            if name.ends_with("ill") {
                let conditions = json!([
                    {"type": "Ready", "status": "False", "reason": "Broken"},
                    {"type": "DiskPressure", "status": "True", "reason": "Full"},
                ]);
                let ill = Patch::Merge(json!({"status": {"conditions": conditions}}));
                controllers
                    .nodes()
                    .patch_status(&name, &PatchParams::default(), &ill)
                    .await
                    .unwrap();
            }
        }
        controllers.reconcile().await;
        let faults = Faults::new();
        let ports = Ports::new(clock);
        ports
            .shared
            .get_or_default::<Clusters>()
            .provide("test", faults.around(client));
        let plugin = (flavour.plugin)(&namespace, &ports)?;
        Ok(Self {
            controllers,
            faults,
            plugin,
            ports,
            silence,
        })
    }

    /// Takes away what is outside of the namespace, and the namespace.
    pub(crate) async fn clear(&self) {
        let own = ListParams::default().labels(&format!("o2-test/run={}", self.controllers.namespace));
        self.controllers
            .nodes()
            .delete_collection(&Default::default(), &own)
            .await
            .unwrap();
        let namespaces = api(&self.controllers.client, "v1", "Namespace", None);
        namespaces
            .delete(&self.controllers.namespace, &Default::default())
            .await
            .unwrap();
    }

    async fn disturbed(&self, disturbance: Disturbance) -> Result<bool> {
        let flavour = self.controllers.flavour;
        match disturbance {
            Disturbance::AddResource(pool) => {
                let pool = self.plugin_view(pool.as_str()).await?;
                self.scale(&pool, 1).await;
            }
            Disturbance::ChangeResource(id) => {
                let node = self.node_of(id.as_str()).await?;
                let patch = Patch::Merge(json!({"spec": {"unschedulable": true}}));
                self.controllers
                    .nodes()
                    .patch(&node, &PatchParams::default(), &patch)
                    .await
                    .unwrap();
            }
            Disturbance::RemoveResource(id) => {
                let machines = self.controllers.machines().list(&ListParams::default()).await.unwrap();
                let machine = machines
                    .items
                    .iter()
                    .find(|machine| machine.metadata.uid.as_deref() == Some(id.as_str()));
                let machine = machine.ok_or_else(|| Error::not_found("machine", id.as_str()))?;
                let mark = Patch::Merge(json!({"metadata": {"annotations": {flavour.marked: "yes"}}}));
                let name = machine.metadata.name.clone().unwrap();
                self.controllers
                    .machines()
                    .patch(&name, &PatchParams::default(), &mark)
                    .await
                    .unwrap();
                let labels = machine.metadata.labels.clone().unwrap_or_default();
                self.scale(&labels[flavour.member], -1).await;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    async fn scale(&self, group: &str, by: i64) {
        let object = self.controllers.groups().get(group).await.unwrap();
        let replicas = object.data["spec"]["replicas"].as_i64().unwrap() + by;
        let patch = Patch::Merge(json!({"spec": {"replicas": replicas}}));
        self.controllers
            .groups()
            .patch(group, &PatchParams::default(), &patch)
            .await
            .unwrap();
        self.controllers.reconcile().await;
    }

    /// The name of the group that is the pool with this id.
    async fn plugin_view(&self, uid: &str) -> Result<String> {
        let all = self.controllers.groups().list(&ListParams::default()).await.unwrap();
        let found = all
            .items
            .into_iter()
            .find(|object| object.metadata.uid.as_deref() == Some(uid));
        found
            .and_then(|object| object.metadata.name)
            .ok_or_else(|| Error::not_found("group", uid))
    }

    async fn node_of(&self, resource: &str) -> Result<String> {
        let context = Context::new("test");
        let resources = self.plugin.list_resources(&context, &ListQuery::new()).await?;
        let found = resources.items.iter().find(|found| found.id() == resource);
        found
            .and_then(|found| found.name.clone())
            .ok_or_else(|| Error::not_found("node", resource))
    }
}

/// The definitions, unless they are there, and the namespace.
async fn prepare(flavour: &Flavour, client: &Client, namespace: &str) {
    let kinds = api(client, "apiextensions.k8s.io/v1", "CustomResourceDefinition", None);
    for kind in (flavour.kinds)() {
        let definition = kind.definition();
        let name = definition["metadata"]["name"].as_str().unwrap().to_owned();
        let definition = serde_json::from_value(definition).unwrap();
        match kinds.create(&PostParams::default(), &definition).await {
            Err(kube::Error::Api(status)) if status.code == 409 => {}
            result => drop(result.unwrap()),
        }
        while !is_served(flavour, client, &name).await {
            tokio::task::yield_now().await;
        }
    }
    let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
    let object = serde_json::from_value(object).unwrap();
    let namespaces = api(client, "v1", "Namespace", None);
    namespaces.create(&PostParams::default(), &object).await.unwrap();
}

async fn is_served(flavour: &Flavour, client: &Client, definition: &str) -> bool {
    let plural = definition.split('.').next().unwrap_or_default();
    let path = format!("/apis/{}/{plural}", flavour.version);
    let request = http::Request::get(path).body(Vec::new()).unwrap();
    client.request_text(request).await.is_ok()
}

impl World<dyn IMSPlugin> for Cloud {
    fn plugin(&self) -> Arc<dyn IMSPlugin> {
        Arc::clone(&self.plugin)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.ports.clock)
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn IMSPlugin>>>> {
        async { (self.controllers.flavour.plugin)(&self.controllers.namespace, &self.ports).map(Some) }.boxed()
    }

    fn settle(&self) -> BoxFuture<'_, ()> {
        self.controllers.reconcile().boxed()
    }

    fn tenants(&self) -> Option<[TenantId; 2]> {
        Some([TenantId::new("one"), TenantId::new("two")])
    }

    fn trouble(&self, trouble: Option<Trouble>) -> BoxFuture<'_, bool> {
        // A server that really hangs is waited for in real time, which its cases do at length.
        let possible = self.silence > REAL || trouble != Some(Trouble::Hanging);
        futures::future::ready(possible && self.faults.bring(trouble)).boxed()
    }

    fn closes(&self) -> bool {
        true
    }
}

impl ImsWorld for Cloud {
    fn new_pool(&self, name: &str) -> Option<NewResourcePool> {
        let mut new = (self.controllers.flavour.new_pool)(name);
        new.description = "made by the conformance suite".to_owned();
        new.replicas = Some(2);
        new.labels.insert("purpose".to_owned(), "conformance".to_owned());
        new.tags = vec!["test".to_owned()];
        new.extensions.insert("acme.rack".to_owned(), json!({"row": 7}));
        Some(new)
    }

    fn documented_extensions(&self) -> &[&str] {
        &["acme.*"]
    }

    fn silence(&self) -> Duration {
        self.silence
    }

    fn disturb(&self, disturbance: Disturbance) -> BoxFuture<'_, Result<bool>> {
        self.disturbed(disturbance).boxed()
    }
}
