//! A world of the conformance suite: a played cluster with Flux, packages and deployments of one of its two kinds.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::ports::{Clock, Ports};
use o2_core::{Category, Context, Extensions, PluginInfo, Result, TenantId};
use o2_dms::{DMSPlugin, DeploymentId, DeploymentRequest, PackageId, PackageUpload};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{DmsDisturbance, DmsWorld, Look, Running, Trouble, World};
use serde_json::{Value, json};

use super::controllers::{MISSING, play};
use super::definition;
use super::objects::replicas;
use crate::dms::flux::objects::Engine;
use crate::dms::flux::{Flux, FluxConfig};
use crate::kube::testing::{self, Faults, Played};
use crate::kube::{ClusterConfig, Clusters};

/// The namespace of packages.
const PACKAGES: &str = "flux-system";
/// The most replicas of a deployment.
const MOST: u32 = 40;

pub(super) struct Site {
    pub(super) played: Played,
    pub(super) plugin: Arc<dyn DMSPlugin>,
    pub(super) engine: Engine,
    faults: Faults,
    ports: Ports,
    config: FluxConfig,
    packages: [PackageId; 3],
}

impl Site {
    /// A cluster on which others have deployed something already.
    pub(super) async fn new(engine: Engine) -> Result<Self> {
        Self::empty(engine)?.with_deployments().await
    }

    async fn with_deployments(mut self) -> Result<Self> {
        let site = &mut self;
        for (version, id) in ["v1.0.0", "v2.0.0", MISSING].into_iter().zip(0..) {
            let upload = site.upload("o2demo", version);
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
                let upload = site.upload(&format!("of-{tenant}"), "v1.0.0");
                site.plugin.upload_deployment_package(&context, &upload).await?;
            }
            let request = site.request(&format!("first-{}", tenant.unwrap_or("shared")));
            site.plugin.create_deployment(&context, &request).await?;
        }
        site.played.settle().await;
        Ok(self)
    }

    /// A cluster with Flux and nothing else.
    pub(super) fn empty(engine: Engine) -> Result<Self> {
        Self::on(engine, Played::new(ManualClock::auto()))
    }

    fn on(engine: Engine, played: Played) -> Result<Self> {
        for namespace in [PACKAGES, "edge", "core"] {
            let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
            played.server.put(namespace);
        }
        play(&played);
        definition::all()
            .into_iter()
            .for_each(|resource| played.server.serve(resource));
        let (faults, ports) = (Faults::new(), Ports::new(Arc::clone(&played.clock)));
        let clusters = ports.shared.get_or_default::<Clusters>();
        clusters.provide("test", faults.around(played.client()));
        let mut config = FluxConfig::of(ClusterConfig::of_client("test")).with_replicas_path("replicaCount");
        config.max_replicas = MOST;
        config.package_namespace = played.server.namespace(PACKAGES);
        if played.server.is_real() {
            // Other tests are in other namespaces.
            config.namespace = Some(played.server.namespace("edge"));
        }
        Ok(Self {
            plugin: plugin(&config, &ports)?,
            played,
            engine,
            faults,
            ports,
            config,
            packages: Default::default(),
        })
    }

    fn upload(&self, name: &str, version: &str) -> PackageUpload {
        let mut upload = match self.engine {
            Engine::Helm => PackageUpload::at("helm", format!("https://charts.example/{name}-{version}.tgz")),
            Engine::Kustomize => PackageUpload::at("git", format!("https://git.example/{name}.git")),
        };
        upload.name = Some(name.to_owned());
        upload.version = Some(version.to_owned());
        upload.description = "a package".to_owned();
        upload
    }

    pub(super) fn request(&self, name: &str) -> DeploymentRequest {
        let mut request = DeploymentRequest::new(name, self.packages[0].clone());
        request.description = "made by the conformance suite".to_owned();
        request.namespace = Some(self.played.server.namespace("edge"));
        request.resource_pool_id = Some("pool-1".to_owned());
        request.labels.insert("purpose".to_owned(), "conformance".to_owned());
        request.extensions.insert("acme.rack".to_owned(), json!({"row": 7}));
        request.values = map(match self.engine {
            Engine::Helm => json!({"replicaCount": 2, "image": {"tag": "1.0"}, "features": ["a", "b"]}),
            Engine::Kustomize => {
                request
                    .extensions
                    .insert("flux.replicas".to_owned(), json!(format!("Deployment/{name}")));
                json!({"substitute": {"site": "a", "tag": "1.0"}, "images": [{"name": "app", "newTag": "1"}]})
            }
        });
        request
    }

    fn kind(&self) -> &str {
        &self.engine.kind().name
    }

    /// The object of a deployment.
    pub(super) fn object(&self, id: &DeploymentId) -> Option<Value> {
        let label = |object: &Value| object["metadata"]["labels"]["o2ims.oran.org/deployment-id"] == id.as_str();
        self.played.server.list(self.kind()).into_iter().find(label)
    }

    pub(super) fn change(&self, id: &DeploymentId, change: impl FnOnce(&mut Value)) -> bool {
        let Some(object) = self.object(id) else {
            return false;
        };
        let text = |member: &str| object["metadata"][member].as_str().unwrap().to_owned();
        self.played
            .server
            .update(self.kind(), &text("namespace"), &text("name"), change);
        true
    }

    /// Makes the workload of a deployment unready. A controller that really runs would make it well at once.
    fn sicken(&self, id: &DeploymentId) -> bool {
        let Some(object) = self.object(id).filter(|_| !self.played.server.is_real()) else {
            return false;
        };
        let text = |member: &str| object["metadata"][member].as_str().unwrap().to_owned();
        let (namespace, name) = (text("namespace"), text("name"));
        self.played
            .server
            .update("Deployment.apps", &namespace, &name, |object| {
                object["status"]["readyReplicas"] = json!(0);
                object["status"]["availableReplicas"] = json!(0);
                object["status"]["conditions"] =
                    json!([{"type": "Available", "status": "False", "reason": "MinimumReplicasUnavailable"}]);
            });
        true
    }

    fn running(&self, object: &Value) -> Running {
        let spec = &object["spec"];
        let reference = if spec["chartRef"].is_null() {
            &spec["sourceRef"]
        } else {
            &spec["chartRef"]
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let source = self
            .played
            .server
            .get(&text(&reference["kind"]), PACKAGES, &text(&reference["name"]));
        let uid = source
            .map(|source| text(&source["metadata"]["uid"]))
            .unwrap_or_default();
        let (values, stated) = match self.engine {
            Engine::Helm => (map(spec["values"].clone()), !spec["values"]["replicaCount"].is_null()),
            Engine::Kustomize => {
                let members = [
                    ("substitute", &spec["postBuild"]["substitute"]),
                    ("images", &spec["images"]),
                ];
                let known = members.into_iter().filter(|(_, value)| !value.is_null());
                let values = known
                    .map(|(member, value)| (member.to_owned(), value.clone()))
                    .collect();
                (values, !spec["patches"].is_null())
            }
        };
        Running {
            package_id: PackageId::from(uid),
            values,
            replicas: stated.then(|| u32::try_from(replicas(object)).unwrap()),
        }
    }
}

impl testing::Site for Site {
    type Flavour = Engine;

    /// Packages are the sources of all namespaces.
    const SHARES_NOTHING: bool = false;

    fn name(engine: Engine) -> &'static str {
        match engine {
            Engine::Helm => "flux: HelmRelease",
            Engine::Kustomize => "flux: Kustomization",
        }
    }

    fn begin(engine: Engine, played: Played) -> BoxFuture<'static, Result<Self>> {
        async move { Self::on(engine, played)?.with_deployments().await }.boxed()
    }

    fn played(&self) -> &Played {
        &self.played
    }
}

pub(super) fn map(value: Value) -> Extensions {
    value.as_object().cloned().unwrap_or_default()
}

fn plugin(config: &FluxConfig, ports: &Ports) -> Result<Arc<dyn DMSPlugin>> {
    let info = PluginInfo::new(Category::Dms, "flux", "test", "1")?;
    Ok(Arc::new(Flux::new(info, config.clone(), ports)?))
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
}

impl DmsWorld for Site {
    fn new_deployment(&self, name: &str) -> Option<DeploymentRequest> {
        Some(self.request(name))
    }

    fn other_values(&self) -> Option<Extensions> {
        Some(map(match self.engine {
            Engine::Helm => json!({"replicaCount": 3, "image": {"tag": "1.1"}}),
            Engine::Kustomize => json!({"substitute": {"tag": "1.1"}}),
        }))
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
        (!self.played.server.is_real()).then(|| ["edge", "core"].map(str::to_owned))
    }

    fn new_package(&self, name: &str) -> Option<PackageUpload> {
        Some(self.upload(name, "v1.0.0"))
    }

    fn other_content(&self, name: &str) -> Option<PackageUpload> {
        let mut other = self.upload(name, "v1.0.0");
        other.package_url = Some(match self.engine {
            Engine::Helm => format!("https://other.example/{name}-v1.0.0.tgz"),
            Engine::Kustomize => format!("https://other.example/{name}.git"),
        });
        Some(other)
    }

    fn broken_packages(&self, name: &str) -> Vec<PackageUpload> {
        let mut content = self.upload(name, "v1.0.0");
        content.content = Some(bytes::Bytes::from_static(b"content"));
        let mut checksum = self.upload(name, "v1.0.0");
        checksum.checksum = Some(format!("sha256:{}", "0".repeat(64)));
        vec![content, checksum, PackageUpload::at("helm", "not an address")]
    }

    fn has_logs(&self) -> bool {
        !self.played.server.is_real()
    }

    fn look(&self, deployment: &DeploymentId) -> BoxFuture<'_, Result<Look>> {
        let look = match self.object(deployment) {
            Some(object) if !object["status"]["inventory"].is_null() => Look::Running(self.running(&object)),
            _ => Look::Nothing,
        };
        ready(Ok(look)).boxed()
    }

    fn disturb(&self, disturbance: DmsDisturbance) -> BoxFuture<'_, Result<bool>> {
        let done = match disturbance {
            DmsDisturbance::Change(id) => self.change(&id, |object| match self.engine {
                Engine::Helm => object["spec"]["values"]["replicaCount"] = json!(7),
                Engine::Kustomize => object["spec"]["postBuild"]["substitute"]["tag"] = json!("7"),
            }),
            DmsDisturbance::Remove(id) => match self.object(&id) {
                Some(object) => {
                    let text = |member: &str| object["metadata"][member].as_str().unwrap().to_owned();
                    self.played
                        .server
                        .remove(self.kind(), &text("namespace"), &text("name"))
                        .is_some()
                }
                None => false,
            },
            DmsDisturbance::Sicken(id) => self.sicken(&id),
            _ => false,
        };
        ready(Ok(done)).boxed()
    }
}
