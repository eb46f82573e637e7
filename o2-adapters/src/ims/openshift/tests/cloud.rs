//! A played cluster with one set, and a plugin of it.

use std::sync::Arc;

use kube::Client;
use o2_core::ports::Ports;
use o2_core::query::ListQuery;
use o2_core::{Category, Context, PluginInfo, Result};
use o2_ims::{IMSPlugin, NewResourcePool, Resource, ResourcePool, ResourcePoolUpdate};
use o2_testkit::ManualClock;
use o2_testkit::kubernetes::{ApiServer, Resource as Served};
use serde_json::{Value, json};

use super::machine_api::{kinds, set};
use crate::ims::openshift::{Openshift, OpenshiftConfig, Pools};
use crate::kube::{ClusterConfig, Clusters};

pub(super) const NAMESPACE: &str = "openshift-machine-api";

pub(super) struct Cloud {
    pub(super) server: ApiServer,
    pub(super) plugin: Arc<dyn IMSPlugin>,
    pub(super) context: Context,
}

impl Cloud {
    pub(super) fn new() -> Self {
        Self::with_pools(Pools::MachineSets)
    }

    pub(super) fn with_pools(pools: Pools) -> Self {
        let clock = ManualClock::auto();
        let server = ApiServer::with_clock(clock.clone());
        for kind in kinds() {
            server.serve(kind);
        }
        let config = "config.openshift.io";
        for kind in [
            Served::new(
                "machine.openshift.io",
                &["v1"],
                "ControlPlaneMachineSet",
                "controlplanemachinesets",
            ),
            Served::new(
                "machineconfiguration.openshift.io",
                &["v1"],
                "MachineConfigPool",
                "machineconfigpools",
            )
            .cluster_scoped(),
            Served::new(
                "autoscaling.openshift.io",
                &["v1beta1"],
                "MachineAutoscaler",
                "machineautoscalers",
            ),
            Served::new("metal3.io", &["v1alpha1"], "BareMetalHost", "baremetalhosts"),
            Served::new(config, &["v1"], "ClusterOperator", "clusteroperators").cluster_scoped(),
            Served::new(config, &["v1"], "ClusterVersion", "clusterversions").cluster_scoped(),
            Served::new(config, &["v1"], "Infrastructure", "infrastructures").cluster_scoped(),
        ] {
            server.serve(kind);
        }
        server.put(set("donor", NAMESPACE));
        let ports = Ports::new(clock);
        let clients = ports.shared.get_or_default::<Clusters>();
        clients.provide("test", Client::new(server.clone(), "default"));
        let info = PluginInfo::new(Category::Ims, "openshift", "edge", "1").unwrap();
        let mut config = OpenshiftConfig::of(ClusterConfig::of_client("test"));
        config.pools = pools;
        Self {
            server,
            plugin: Arc::new(Openshift::new(info, config, &ports).unwrap()),
            context: Context::new("test"),
        }
    }

    pub(super) async fn pools(&self) -> Vec<Arc<ResourcePool>> {
        let query = ListQuery::new();
        let pools = self.plugin.list_resource_pools(&self.context, &query).await;
        pools.unwrap().items
    }

    pub(super) async fn resources(&self) -> Vec<Arc<Resource>> {
        let query = ListQuery::new();
        let resources = self.plugin.list_resources(&self.context, &query).await;
        resources.unwrap().items
    }

    /// The pool of this name.
    pub(super) async fn pool(&self, name: &str) -> Arc<ResourcePool> {
        let pools = self.pools().await;
        pools
            .into_iter()
            .find(|pool| pool.name == name)
            .expect("the pool is there")
    }

    pub(super) fn stored(&self, name: &str) -> Value {
        self.server
            .get("MachineSet", NAMESPACE, name)
            .expect("the set is there")
    }

    pub(super) async fn create(&self, new: &NewResourcePool) -> Result<Arc<ResourcePool>> {
        self.plugin.create_resource_pool(&self.context, new).await
    }

    pub(super) async fn update(
        &self,
        pool: &ResourcePool,
        change: impl FnOnce(&mut ResourcePoolUpdate),
    ) -> Result<Arc<ResourcePool>> {
        let mut update = ResourcePoolUpdate::of(pool);
        change(&mut update);
        self.plugin
            .update_resource_pool(&self.context, &pool.resource_pool_id, &update)
            .await
    }

    /// A machine of a set, that is no node yet.
    pub(super) fn put_machine(&self, name: &str, set: &str) {
        self.server.put(json!({
            "apiVersion": "machine.openshift.io/v1beta1", "kind": "Machine",
            "metadata": {"name": name, "namespace": NAMESPACE, "labels": {super::machine_api::SET: set}},
            "spec": {},
        }));
    }

    pub(super) fn put_config_pool(&self, name: &str) {
        self.server.put(json!({
            "apiVersion": "machineconfiguration.openshift.io/v1", "kind": "MachineConfigPool",
            "metadata": {"name": name},
            "spec": {"nodeSelector": {"matchLabels": {format!("node-role.kubernetes.io/{name}"): ""}}, "paused": false},
        }));
    }
}
