//! What can be changed, what is refused and why, and who was faster.

use std::sync::Arc;

use kube::Client;
use o2_core::ports::Ports;
use o2_core::query::ListQuery;
use o2_core::{Category, Context, ErrorKind, Model, PluginInfo, TenantId};
use o2_ims::{DeleteOptions, IMSPlugin, NewResourcePool, ResourcePool, ResourcePoolUpdate};
use o2_testkit::ManualClock;
use o2_testkit::kubernetes::{ApiServer, Status};
use serde_json::{Value, json};

use super::capi::{VERSION, kinds};
use crate::ims::kubernetes::{Kubernetes, KubernetesConfig};
use crate::kube::{ClusterConfig, Clusters};

struct Cloud {
    server: ApiServer,
    plugin: Arc<dyn IMSPlugin>,
    context: Context,
}

impl Cloud {
    fn new() -> Self {
        let clock = ManualClock::auto();
        let server = ApiServer::with_clock(clock.clone());
        for kind in kinds() {
            server.serve(kind);
        }
        let ports = Ports::new(clock);
        ports
            .shared
            .get_or_default::<Clusters>()
            .provide("test", Client::new(server.clone(), "default"));
        let info = PluginInfo::new(Category::Ims, "kubernetes", "edge", "1").unwrap();
        let config = KubernetesConfig::of(ClusterConfig::of_client("test"));
        let cloud = Self {
            server,
            plugin: Arc::new(Kubernetes::new(info, config, &ports).unwrap()),
            context: Context::new("test"),
        };
        cloud.server.put(deployment("donor", &json!({})));
        cloud
    }

    /// The pool of the deployment of this name.
    async fn pool(&self, name: &str) -> Arc<ResourcePool> {
        let pools = self
            .plugin
            .list_resource_pools(&self.context, &ListQuery::new())
            .await
            .unwrap();
        pools
            .items
            .into_iter()
            .find(|pool| pool.name == name)
            .expect("the pool is there")
    }

    fn stored(&self, name: &str) -> Value {
        self.server
            .get("MachineDeployment", "default", name)
            .expect("the deployment is there")
    }

    async fn update(
        &self,
        pool: &ResourcePool,
        change: impl FnOnce(&mut ResourcePoolUpdate),
    ) -> o2_core::Result<Arc<ResourcePool>> {
        let mut update = ResourcePoolUpdate::of(pool);
        change(&mut update);
        self.plugin
            .update_resource_pool(&self.context, &pool.resource_pool_id, &update)
            .await
    }
}

fn deployment(name: &str, metadata: &Value) -> Value {
    let mut object = json!({
        "apiVersion": VERSION, "kind": "MachineDeployment", "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "clusterName": "ran", "replicas": 2, "selector": {"matchLabels": {"cluster.x-k8s.io/deployment-name": name}},
            "template": {
                "metadata": {"labels": {"cluster.x-k8s.io/deployment-name": name, "rack": "7"}},
                "spec": {"clusterName": "ran", "version": "v1.33.2", "failureDomain": "rack-2"},
            },
        },
    });
    for (key, value) in metadata.as_object().unwrap() {
        object["metadata"][key] = value.clone();
    }
    object
}

#[tokio::test]
async fn a_pool_like_another_one_has_its_template_and_labels_of_its_own() {
    let cloud = Cloud::new();
    let tenant = TenantId::new("acme");
    let mut new = NewResourcePool::new("workers");
    new.extensions.insert("kubernetes.cloneFrom".to_owned(), json!("donor"));
    new.extensions.insert("kubernetes.version".to_owned(), json!("v1.34.0"));
    (new.location, new.replicas) = (Some("rack-3".to_owned()), Some(5));
    let context = cloud.context.clone().with_tenant(tenant.clone());
    let pool = cloud.plugin.create_resource_pool(&context, &new).await.unwrap();
    assert_eq!(
        (pool.replicas, pool.location.as_deref(), pool.tenant()),
        (Some(5), Some("rack-3"), Some(&tenant))
    );
    let stored = cloud.stored("workers");
    assert_eq!(
        stored["spec"]["template"]["spec"],
        json!({
            "clusterName": "ran", "version": "v1.34.0", "failureDomain": "rack-3",
        })
    );
    let own = json!({"cluster.x-k8s.io/cluster-name": "ran", "cluster.x-k8s.io/deployment-name": "workers"});
    assert_eq!(stored["spec"]["selector"]["matchLabels"], own);
    let labels = &stored["spec"]["template"]["metadata"]["labels"];
    assert_eq!(
        labels["cluster.x-k8s.io/deployment-name"],
        json!("workers"),
        "machines are told apart from the donor's"
    );
    assert_eq!(
        (&labels["rack"], &labels["o2ims.oran.org/tenant"]),
        (&json!("7"), &json!("acme"))
    );
}

#[tokio::test]
async fn what_cannot_be_a_pool_is_refused_and_leaves_nothing_behind() {
    let cloud = Cloud::new();
    let clone = |key: &str, value: Value| {
        let mut new = NewResourcePool::new("workers");
        new.extensions.insert("kubernetes.cloneFrom".to_owned(), json!("donor"));
        new.extensions.insert(key.to_owned(), value);
        new
    };
    let mut named = clone("kubernetes.namespace", json!("default"));
    named.name = "Not A Name".to_owned();
    let mut with_id = clone("kubernetes.namespace", json!("default"));
    with_id.resource_pool_id = Some("mine".into());
    let mut labelled = clone("kubernetes.namespace", json!("default"));
    labelled
        .labels
        .insert("cluster.x-k8s.io/cluster-name".to_owned(), "other".to_owned());
    for (new, at) in [
        (named, "body.name"),
        (with_id, "body.resourcePoolId"),
        (labelled, "body.labels"),
        (
            NewResourcePool::new("workers"),
            "body.extensions.kubernetes.clusterName",
        ),
        (
            clone("kubernetes.cloneFrom", json!("nobody")),
            "body.extensions.kubernetes.cloneFrom",
        ),
        (
            clone("kubernetes.cloneFrom", json!(7)),
            "body.extensions.kubernetes.cloneFrom",
        ),
        (
            clone("kubernetes.namespace", json!("elsewhere")),
            "body.extensions.kubernetes.namespace",
        ),
    ] {
        let error = cloud
            .plugin
            .create_resource_pool(&cloud.context, &new)
            .await
            .unwrap_err();
        assert_eq!(
            (error.kind(), error.violations()[0].at.as_str()),
            (ErrorKind::InvalidInput, at),
            "{error}"
        );
    }
    let mut taken = clone("kubernetes.namespace", json!("default"));
    taken.name = "donor".to_owned();
    let again = cloud.plugin.create_resource_pool(&cloud.context, &taken).await;
    assert!(again.unwrap_err().is(ErrorKind::AlreadyExists));
    assert_eq!(cloud.server.list("MachineDeployment").len(), 1);
}

#[tokio::test]
async fn what_admission_refuses_is_tried_without_effect_first() {
    let cloud = Cloud::new();
    let forbidden = Status::new(403, "Forbidden", "admission webhook denied the request");
    cloud.server.fail_next(
        1,
        |request| request.method == "POST" && format!("{request:?}").contains("dryRun"),
        forbidden,
    );
    let mut new = NewResourcePool::new("workers");
    new.extensions.insert("kubernetes.cloneFrom".to_owned(), json!("donor"));
    cloud
        .plugin
        .create_resource_pool(&cloud.context, &new)
        .await
        .unwrap_err();
    assert_eq!(cloud.server.list("MachineDeployment").len(), 1);
}

#[tokio::test]
async fn what_somebody_else_decides_is_refused_with_the_reason() {
    for (metadata, change, reason) in [
        (
            json!({"labels": {"topology.cluster.x-k8s.io/owned": ""}}),
            "description",
            "topology",
        ),
        (
            json!({"annotations": {"cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size": "9"}}),
            "replicas",
            "autoscaler",
        ),
        (
            json!({"annotations": {"cluster.x-k8s.io/replicas-managed-by": "karpenter"}}),
            "replicas",
            "karpenter",
        ),
        (
            json!({"annotations": {"cluster.x-k8s.io/paused": ""}}),
            "replicas",
            "paused",
        ),
    ] {
        let cloud = Cloud::new();
        cloud.server.put(deployment("held", &metadata));
        let pool = cloud.pool("held").await;
        let refused = cloud.update(&pool, |update| match change {
            "replicas" => update.replicas = Some(9),
            _ => update.description = "other".to_owned(),
        });
        let error = refused.await.unwrap_err();
        assert!(
            error.is(ErrorKind::Conflict) && error.message().contains(reason),
            "{metadata}: {error}"
        );
        assert_eq!(cloud.stored("held")["spec"]["replicas"], json!(2));
        if change == "replicas" {
            let described = cloud
                .update(&pool, |update| update.description = "other".to_owned())
                .await;
            assert_eq!(described.unwrap().description, "other", "the rest may be changed");
        }
    }
}

#[tokio::test]
async fn another_template_is_refused() {
    let cloud = Cloud::new();
    let pool = cloud.pool("donor").await;
    type Change = fn(&mut ResourcePoolUpdate);
    let changes: [(Change, &str); 4] = [
        (|update| update.name = "other".to_owned(), "body.name"),
        (|update| update.location = Some("rack-9".to_owned()), "body.location"),
        (
            |update| drop(update.extensions.insert("kubernetes.version".to_owned(), json!("v9"))),
            "body.extensions.kubernetes.version",
        ),
        (
            |update| drop(update.labels.insert("node.k8s.io/x".to_owned(), "y".to_owned())),
            "body.labels",
        ),
    ];
    for (change, at) in changes {
        let error = cloud.update(&pool, change).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.violations()[0].at.as_str()),
            (ErrorKind::InvalidInput, at),
            "{error}"
        );
    }
}

#[tokio::test]
async fn who_was_slower_reads_anew_unless_he_insists() {
    for (rivals, insists, expected) in [
        (1, false, Ok(7)),
        (4, false, Ok(7)),
        (5, false, Err(ErrorKind::Conflict)),
        (1, true, Err(ErrorKind::PreconditionFailed)),
    ] {
        let cloud = Cloud::new();
        let pool = cloud.pool("donor").await;
        let conflict = Status::new(409, "Conflict", "the object has been modified");
        cloud
            .server
            .fail_next(rivals, |request| request.method == "PATCH", conflict);
        let updated = cloud.update(&pool, |update| {
            update.replicas = Some(7);
            update.expected = pool.version.clone().filter(|_| insists);
        });
        let replicas = updated
            .await
            .map(|pool| pool.replicas.unwrap_or_default())
            .map_err(|error| error.kind());
        assert_eq!(replicas, expected, "{rivals} rivals, insists: {insists}");
    }
}

#[tokio::test]
async fn pools_by_label_cannot_be_changed() {
    let forced = DeleteOptions::force();
    let cloud = Cloud::new();
    cloud.server.put(json!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "labels": {"agentpool": "gold"}},
    }));
    let pool = cloud.pool("gold").await;
    let error = cloud
        .update(&pool, |update| update.description = "x".to_owned())
        .await
        .unwrap_err();
    assert!(error.is(ErrorKind::InvalidInput), "{error}");
    let deleted = cloud
        .plugin
        .delete_resource_pool(&cloud.context, &pool.resource_pool_id, &forced);
    assert!(deleted.await.unwrap_err().is(ErrorKind::InvalidInput));
    let resources = cloud
        .plugin
        .list_resources(&cloud.context, &ListQuery::new())
        .await
        .unwrap();
    let node = &resources.items[0].resource_id;
    let deleted = cloud.plugin.delete_resource(&cloud.context, node, &forced);
    assert!(
        deleted.await.unwrap_err().is(ErrorKind::InvalidInput),
        "a node is never deleted"
    );
    assert!(cloud.server.get("Node", "", "n").is_some());
}

#[tokio::test]
async fn a_machine_is_taken_out_of_its_pool() {
    let (gentle, forced) = (DeleteOptions::default(), DeleteOptions::force());
    let cloud = Cloud::new();
    cloud.server.put(json!({
        "apiVersion": VERSION, "kind": "Machine",
        "metadata": {"name": "donor-1", "namespace": "default", "labels": {"cluster.x-k8s.io/deployment-name": "donor"}},
        "spec": {"clusterName": "ran"},
    }));
    let resources = cloud
        .plugin
        .list_resources(&cloud.context, &ListQuery::new())
        .await
        .unwrap();
    let machine = &resources.items[0].resource_id;
    let gently = cloud.plugin.delete_resource(&cloud.context, machine, &gentle).await;
    assert!(gently.unwrap_err().is(ErrorKind::Conflict));
    assert_eq!(cloud.stored("donor")["spec"]["replicas"], json!(2));
    cloud
        .plugin
        .delete_resource(&cloud.context, machine, &forced)
        .await
        .unwrap();
    assert_eq!(cloud.stored("donor")["spec"]["replicas"], json!(1));
    let marked = cloud.server.get("Machine", "default", "donor-1").unwrap();
    assert_eq!(
        marked["metadata"]["annotations"]["cluster.x-k8s.io/delete-machine"],
        json!("yes")
    );
}
