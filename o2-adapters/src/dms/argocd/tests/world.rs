//! A world of the conformance suite: a played cluster with Argo CD, packages and deployments.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, ready};
use k8s_openapi::ByteString;
use o2_core::ports::{Clock, Ports};
use o2_core::{Category, Context, Extensions, PluginInfo, Result, TenantId};
use o2_dms::{DMSPlugin, DeploymentId, DeploymentRequest, PackageId, PackageUpload};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{DmsDisturbance, DmsWorld, Look, Running, Trouble, World};
use serde_json::{Value, json};

use super::controller::{MISSING, NAMESPACE, play};
use super::definition::applications;
use crate::dms::argocd::{ArgoCd, ArgocdConfig};
use crate::kube::testing::{self, Faults, Played};
use crate::kube::{ClusterConfig, Clusters};

const REPOSITORY: &str = "https://charts.example/stable";
/// The password of a repository.
const PASSWORD: &str = "hunter2-of-the-repository";
/// The most replicas of a deployment.
const MOST: u32 = 40;

pub(super) struct Site {
    pub(super) played: Played,
    pub(super) plugin: Arc<dyn DMSPlugin>,
    faults: Faults,
    ports: Ports,
    config: ArgocdConfig,
    packages: [PackageId; 3],
}

impl Site {
    /// A cluster on which others have deployed something already.
    pub(super) async fn new() -> Result<Self> {
        Self::empty()?.with_deployments().await
    }

    async fn with_deployments(mut self) -> Result<Self> {
        let site = &mut self;
        let versions = ["1.0.0", "2.0.0", MISSING];
        for (version, id) in versions.into_iter().zip(0..) {
            let upload = upload("o2demo", version);
            let package = site
                .plugin
                .upload_deployment_package(&Context::new("test"), &upload)
                .await?;
            site.packages[id] = package.package_id.clone();
        }
        for tenant in [None, Some("one"), Some("two")] {
            let mut context = Context::new("test");
            if let Some(tenant) = tenant {
                context = context.with_tenant(TenantId::new(tenant));
                let upload = upload(&format!("of-{tenant}"), "1.0.0");
                site.plugin.upload_deployment_package(&context, &upload).await?;
            }
            let request = site.request(&format!("first-{}", tenant.unwrap_or("shared")));
            site.plugin.create_deployment(&context, &request).await?;
        }
        site.played.settle().await;
        Ok(self)
    }

    /// A cluster with Argo CD and nothing else.
    pub(super) fn empty() -> Result<Self> {
        Self::on(Played::new(ManualClock::auto()))
    }

    fn on(played: Played) -> Result<Self> {
        for name in [NAMESPACE, "edge", "core"] {
            let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
            played.server.put(namespace);
        }
        play(&played);
        played.server.serve(applications());
        played.server.put(repository());
        let (faults, ports) = (Faults::new(), Ports::new(Arc::clone(&played.clock)));
        let clusters = ports.shared.get_or_default::<Clusters>();
        clusters.provide("test", faults.around(played.client()));
        let mut config = ArgocdConfig::of(ClusterConfig::of_client("test")).with_replicas_path("replicaCount");
        config.max_replicas = MOST;
        config.namespace = played.server.namespace(NAMESPACE);
        Ok(Self {
            plugin: plugin(&config, &ports)?,
            played,
            faults,
            ports,
            config,
            packages: Default::default(),
        })
    }

    fn request(&self, name: &str) -> DeploymentRequest {
        let mut request = DeploymentRequest::new(name, self.packages[0].clone());
        request.description = "made by the conformance suite".to_owned();
        request.namespace = Some(self.played.server.namespace("edge"));
        request.resource_pool_id = Some("pool-1".to_owned());
        request.values = map(json!({"replicaCount": 2, "image": {"tag": "1.0"}, "features": ["a", "b"]}));
        request.labels.insert("purpose".to_owned(), "conformance".to_owned());
        request.extensions.insert("acme.rack".to_owned(), json!({"row": 7}));
        request
    }

    /// The Application of a deployment.
    pub(super) fn application(&self, id: &DeploymentId) -> Option<Value> {
        let label = |object: &Value| object["metadata"]["labels"]["o2ims.oran.org/deployment-id"] == id.as_str();
        self.played.server.list("Application").into_iter().find(label)
    }

    fn change(&self, id: &DeploymentId, change: impl FnOnce(&mut Value)) -> bool {
        let Some(application) = self.application(id) else {
            return false;
        };
        let name = application["metadata"]["name"].as_str().unwrap();
        self.played.server.update("Application", NAMESPACE, name, change);
        true
    }

    fn package_of(&self, source: &Value) -> PackageId {
        let version = source["targetRevision"].as_str().unwrap_or_default();
        let packages = self.played.server.list("ConfigMap");
        let found = packages.iter().find(|object| {
            let data: Value = object["data"]["package"]
                .as_str()
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_default();
            data["coordinates"]["chart"] == source["chart"] && data["version"] == version
        });
        let uid = found.and_then(|object| object["metadata"]["uid"].as_str());
        PackageId::from(uid.unwrap_or_default())
    }
}

impl testing::Site for Site {
    type Flavour = ();

    fn name((): ()) -> &'static str {
        "argocd"
    }

    fn begin((): (), played: Played) -> BoxFuture<'static, Result<Self>> {
        async { Self::on(played)?.with_deployments().await }.boxed()
    }

    fn played(&self) -> &Played {
        &self.played
    }
}

/// A repository that somebody has registered with Argo CD, with credentials.
fn repository() -> Value {
    json!({
        "apiVersion": "v1", "kind": "Secret",
        "metadata": {
            "name": "repo-1", "namespace": NAMESPACE,
            "labels": {"argocd.argoproj.io/secret-type": "repository"},
        },
        "data": {
            "type": ByteString(b"git".to_vec()), "url": ByteString(b"https://git.example/nf.git".to_vec()),
            "username": ByteString(b"bot".to_vec()), "password": ByteString(PASSWORD.as_bytes().to_vec()),
        },
    })
}

fn map(value: Value) -> Extensions {
    value.as_object().cloned().unwrap_or_default()
}

fn upload(name: &str, version: &str) -> PackageUpload {
    let mut upload = PackageUpload::at("helm", format!("{REPOSITORY}/{name}-{version}.tgz"));
    upload.name = Some(name.to_owned());
    upload.version = Some(version.to_owned());
    upload.description = "a chart".to_owned();
    upload
}

fn plugin(config: &ArgocdConfig, ports: &Ports) -> Result<Arc<dyn DMSPlugin>> {
    let info = PluginInfo::new(Category::Dms, "argocd", "test", "1")?;
    Ok(Arc::new(ArgoCd::new(info, config.clone(), ports)?))
}

impl World<dyn DMSPlugin> for Site {
    fn plugin(&self) -> Arc<dyn DMSPlugin> {
        Arc::clone(&self.plugin)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.ports.clock)
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn DMSPlugin>>>> {
        ready(plugin(&self.config, &self.ports).map(Some)).boxed()
    }

    fn settle(&self) -> BoxFuture<'_, ()> {
        self.played.settle().boxed()
    }

    fn tenants(&self) -> Option<[TenantId; 2]> {
        Some([TenantId::new("one"), TenantId::new("two")])
    }

    fn trouble(&self, trouble: Option<Trouble>) -> BoxFuture<'_, bool> {
        ready(self.faults.bring(trouble)).boxed()
    }

    fn closes(&self) -> bool {
        true
    }

    fn secrets(&self) -> Vec<String> {
        let encoded = serde_json::to_value(ByteString(PASSWORD.as_bytes().to_vec())).unwrap();
        vec![PASSWORD.to_owned(), encoded.as_str().unwrap().to_owned()]
    }
}

impl DmsWorld for Site {
    fn new_deployment(&self, name: &str) -> Option<DeploymentRequest> {
        Some(self.request(name))
    }

    fn other_values(&self) -> Option<Extensions> {
        Some(map(json!({"replicaCount": 3, "image": {"tag": "1.1"}})))
    }

    fn newer_package(&self) -> Option<PackageId> {
        Some(self.packages[1].clone())
    }

    fn failing_package(&self) -> Option<PackageId> {
        Some(self.packages[2].clone())
    }

    fn replicas(&self) -> Option<std::ops::RangeInclusive<u32>> {
        Some(0..=MOST)
    }

    fn namespaces(&self) -> Option<[String; 2]> {
        Some(["edge", "core"].map(|name| self.played.server.namespace(name)))
    }

    fn new_package(&self, name: &str) -> Option<PackageUpload> {
        Some(upload(name, "1.0.0"))
    }

    fn other_content(&self, name: &str) -> Option<PackageUpload> {
        let mut other = upload(name, "1.0.0");
        other.package_url = Some(format!("https://charts.example/other/{name}-1.0.0.tgz"));
        Some(other)
    }

    fn broken_packages(&self, name: &str) -> Vec<PackageUpload> {
        let mut content = upload(name, "1.0.0");
        content.content = Some(bytes::Bytes::from_static(b"content"));
        let mut outside = PackageUpload::at("git", "https://git.example/a.git");
        outside.extensions.insert("argocd.path".to_owned(), json!("../other"));
        vec![content, outside, PackageUpload::at("helm", "not an address")]
    }

    fn has_logs(&self) -> bool {
        !self.played.server.is_real()
    }

    fn look(&self, deployment: &DeploymentId) -> BoxFuture<'_, Result<Look>> {
        let Some(application) = self.application(deployment) else {
            return ready(Ok(Look::Nothing)).boxed();
        };
        // What was synchronised last is what runs.
        let history = application["status"]["history"].as_array().cloned().unwrap_or_default();
        let Some(source) = history.last().map(|item| &item["source"]) else {
            return ready(Ok(Look::Nothing)).boxed();
        };
        let values = map(source["helm"]["valuesObject"].clone());
        let replicas = values.get("replicaCount").and_then(Value::as_u64);
        let running = Running {
            package_id: self.package_of(source),
            replicas: replicas.and_then(|replicas| u32::try_from(replicas).ok()),
            values,
        };
        ready(Ok(Look::Running(running))).boxed()
    }

    fn disturb(&self, disturbance: DmsDisturbance) -> BoxFuture<'_, Result<bool>> {
        let done = match disturbance {
            DmsDisturbance::Change(id) => self.change(&id, |object| {
                object["spec"]["source"]["helm"]["valuesObject"]["replicaCount"] = json!(7);
            }),
            DmsDisturbance::Remove(id) => match self.application(&id) {
                Some(object) => {
                    let name = object["metadata"]["name"].as_str().unwrap();
                    self.played.server.remove("Application", NAMESPACE, name).is_some()
                }
                None => false,
            },
            DmsDisturbance::Sicken(id) => self.change(&id, |object| {
                object["status"]["health"]["status"] = json!("Degraded");
                object["status"]["health"]["message"] = json!("back-off restarting failed container");
            }),
            _ => false,
        };
        ready(Ok(done)).boxed()
    }
}
