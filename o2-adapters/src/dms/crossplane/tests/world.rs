//! A world of the conformance suite: a played cluster with Crossplane, packages and deployments of one of its generations.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::config::DurationText;
use o2_core::ports::{Clock, Ports};
use o2_core::{Category, Context, Extensions, PluginInfo, Result, TenantId};
use o2_dms::{DMSPlugin, DeploymentId, DeploymentRequest, PackageId, PackageUpload};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{DmsDisturbance, DmsWorld, Look, Running, Trouble, World};
use serde_json::{Value, json};

use super::controllers::{play, say, tell_claim};
use super::definition::{self, GROUP, definition};
use super::packages::revision;
use crate::dms::crossplane::{Crossplane, CrossplaneConfig, DefinitionConfig};
use crate::kube::testing::{self, Faults, Played};
use crate::kube::{ClusterConfig, Clusters};

/// The most replicas of a deployment.
const MOST: u32 = 40;
/// What is Crossplane's in the first generation.
const MACHINERY: [&str; 6] = [
    "claimRef",
    "compositionRef",
    "compositionRevisionRef",
    "compositionUpdatePolicy",
    "resourceRefs",
    "crossplane",
];

/// What deployments are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Generation {
    /// Claims of 1.x.
    Claims,
    /// Composite resources of 2.x, in namespaces.
    Composites,
}

impl Generation {
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Claims => "EdgeAppClaim",
            Self::Composites => "EdgeApp",
        }
    }

    pub(super) fn composite(self) -> &'static str {
        match self {
            Self::Claims => "XEdgeApp",
            Self::Composites => "EdgeApp",
        }
    }

    fn definition(self) -> Value {
        match self {
            Self::Claims => definition("xedgeapps", "XEdgeApp", None, Some(("EdgeAppClaim", "edgeappclaims"))),
            Self::Composites => definition("edgeapps", "EdgeApp", Some("Namespaced"), None),
        }
    }
}

pub(super) struct Site {
    pub(super) played: Played,
    pub(super) plugin: Arc<dyn DMSPlugin>,
    pub(super) generation: Generation,
    pub(super) packages: [PackageId; 3],
    pub(super) config: CrossplaneConfig,
    faults: Faults,
    ports: Ports,
}

impl Site {
    /// A cluster on which others have deployed something already.
    pub(super) async fn new(generation: Generation) -> Result<Self> {
        Self::empty(generation)?.with_deployments().await
    }

    async fn with_deployments(self) -> Result<Self> {
        let site = &self;
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

    /// A cluster with Crossplane, and compositions with revisions.
    pub(super) fn empty(generation: Generation) -> Result<Self> {
        Self::on(generation, Played::new(ManualClock::auto()))
    }

    fn on(generation: Generation, played: Played) -> Result<Self> {
        for namespace in ["edge", "core"] {
            let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
            played.server.put(namespace);
        }
        definition::all()
            .into_iter()
            .for_each(|resource| played.server.serve(resource));
        let defined = played.server.put(generation.definition());
        let made = |composition: &str, number: u64| {
            let made = revision(&played.server, generation.composite(), composition, number, None);
            PackageId::from(made["metadata"]["uid"].as_str().unwrap())
        };
        let packages = [made("edgeapp", 1), made("edgeapp", 2), made("broken", 1)];
        play(&played);
        let (faults, ports) = (Faults::new(), Ports::new(Arc::clone(&played.clock)));
        let clusters = ports.shared.get_or_default::<Clusters>();
        clusters.provide("test", faults.around(played.client()));
        let name = defined["metadata"]["name"].as_str().unwrap();
        let of = DefinitionConfig::new(name).with_replicas_path("replicas");
        let mut config = CrossplaneConfig::of(ClusterConfig::of_client("test"), [of]);
        config.max_replicas = MOST;
        let patience = patience(&played);
        config.error_patience = DurationText::from_secs(patience);
        config.settle_time = DurationText::from_secs(patience - 1);
        Ok(Self {
            plugin: plugin(&config, &ports)?,
            played,
            generation,
            packages,
            config,
            faults,
            ports,
        })
    }

    /// The same cluster with another configuration.
    pub(super) fn configured(&self, change: impl FnOnce(&mut CrossplaneConfig)) -> Arc<dyn DMSPlugin> {
        let mut config = self.config.clone();
        change(&mut config);
        plugin(&config, &self.ports).unwrap()
    }

    pub(super) fn upload(&self, name: &str, version: &str) -> PackageUpload {
        let place = match self.generation {
            Generation::Claims => "claims",
            Generation::Composites => "composites",
        };
        let url = format!("oci://registry.example/{place}/{name}:{version}");
        let mut upload = PackageUpload::at("crossplane-configuration", url);
        upload.name = Some(name.to_owned());
        upload.version = Some(version.to_owned());
        upload.description = "a package".to_owned();
        upload
    }

    pub(super) fn request(&self, name: &str) -> DeploymentRequest {
        let mut request = DeploymentRequest::new(name, self.packages[0].clone());
        request.description = "made by the conformance suite".to_owned();
        request.namespace = Some("edge".to_owned());
        request.resource_pool_id = Some("pool-1".to_owned());
        request.labels.insert("purpose".to_owned(), "conformance".to_owned());
        request.extensions.insert("acme.rack".to_owned(), json!({"row": 7}));
        request.values = map(json!({"replicas": 2, "image": "app:1.0", "features": ["a", "b"], "rack": {"row": 7}}));
        request
    }

    /// The object of a deployment.
    pub(super) fn object(&self, id: &DeploymentId) -> Option<Value> {
        let is_its = |object: &Value| {
            let metadata = &object["metadata"];
            metadata["labels"]["o2ims.oran.org/deployment-id"] == id.as_str() || metadata["uid"] == id.as_str()
        };
        let all = self.played.server.list(self.generation.kind());
        all.into_iter().find(is_its)
    }

    /// The composite resource of a deployment.
    pub(super) fn composite(&self, id: &DeploymentId) -> Option<Value> {
        let object = self.object(id)?;
        match self.generation {
            Generation::Composites => Some(object),
            Generation::Claims => {
                let name = object["spec"]["resourceRef"]["name"].as_str()?;
                self.played.server.get("XEdgeApp", "", name)
            }
        }
    }

    pub(super) fn change(&self, object: Option<&Value>, change: impl FnOnce(&mut Value)) -> bool {
        let Some(object) = object else {
            return false;
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (kind, metadata) = (text(&object["kind"]), &object["metadata"]);
        let (namespace, name) = (text(&metadata["namespace"]), text(&metadata["name"]));
        self.played.server.update(&kind, &namespace, &name, change);
        true
    }

    /// Waits until what is not ready is not taken for what has not been made ready yet.
    async fn rest(&self) {
        let patience = Duration::from_secs(patience(&self.played));
        self.played.clock.sleep(patience).await;
    }

    fn running(&self, composite: &Value) -> Running {
        let server = &self.played.server;
        let mut values = map(composite["spec"].clone());
        let own = match values.get("crossplane") {
            Some(own) => own.clone(),
            None => composite["spec"].clone(),
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let revision = text(&own["compositionRevisionRef"]["name"]);
        let composition = server.get("Composition", "", &text(&own["compositionRef"]["name"]));
        let brought = composition.unwrap_or_default()["metadata"]["ownerReferences"][0]["uid"].clone();
        let revision = server.get("CompositionRevision", "", &revision).unwrap_or_default();
        let package = brought
            .as_str()
            .map_or_else(|| text(&revision["metadata"]["uid"]), str::to_owned);
        values.retain(|field, _| !MACHINERY.contains(&field.as_str()));
        Running {
            package_id: PackageId::from(package),
            replicas: values
                .get("replicas")
                .map(|count| u32::try_from(count.as_u64().unwrap()).unwrap()),
            values,
        }
    }
}

impl testing::Site for Site {
    type Flavour = Generation;

    fn name(generation: Generation) -> &'static str {
        match generation {
            Generation::Claims => "crossplane: claims of 1.x",
            Generation::Composites => "crossplane: composite resources of 2.x",
        }
    }

    fn begin(generation: Generation, played: Played) -> BoxFuture<'static, Result<Self>> {
        async move { Self::on(generation, played)?.with_deployments().await }.boxed()
    }

    fn played(&self) -> &Played {
        &self.played
    }
}

pub(super) fn map(value: Value) -> Extensions {
    value.as_object().cloned().unwrap_or_default()
}

/// For how many seconds a condition may be wrong. A real server takes its time, of which only a tenth passes.
fn patience(played: &Played) -> u64 {
    if played.server.is_real() { 20 } else { 4 }
}

fn plugin(config: &CrossplaneConfig, ports: &Ports) -> Result<Arc<dyn DMSPlugin>> {
    let info = PluginInfo::new(Category::Dms, "crossplane", "test", "1")?;
    Ok(Arc::new(Crossplane::new(info, config.clone(), ports)?))
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
        async {
            self.played.settle().await;
            self.rest().await;
        }
        .boxed()
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
        Some(map(json!({"replicas": 3, "image": "app:1.1"})))
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
        Some(["edge", "core"].map(str::to_owned))
    }

    fn new_package(&self, name: &str) -> Option<PackageUpload> {
        Some(self.upload(name, "v1.0.0"))
    }

    fn other_content(&self, name: &str) -> Option<PackageUpload> {
        let mut other = self.upload(name, "v1.0.0");
        other.package_url = Some(format!("oci://other.example/{name}:v1.0.0"));
        Some(other)
    }

    fn broken_packages(&self, name: &str) -> Vec<PackageUpload> {
        let mut content = self.upload(name, "v1.0.0");
        content.content = Some(bytes::Bytes::from_static(b"content"));
        let mut checksum = self.upload(name, "v1.0.0");
        checksum.checksum = Some("sha256:0".to_owned());
        let mut tag = self.upload(name, "v1.0.0");
        tag.version = Some("v2.0.0".to_owned());
        let nowhere = PackageUpload::at("crossplane-configuration", "not an address");
        vec![content, checksum, tag, nowhere]
    }

    fn look(&self, deployment: &DeploymentId) -> BoxFuture<'_, Result<Look>> {
        let look = match self.composite(deployment) {
            Some(composite) => Look::Running(self.running(&composite)),
            None => Look::Nothing,
        };
        ready(Ok(look)).boxed()
    }

    fn disturb(&self, disturbance: DmsDisturbance) -> BoxFuture<'_, Result<bool>> {
        let done = move || match disturbance {
            DmsDisturbance::Change(id) => self.change(self.object(&id).as_ref(), |object| {
                object["spec"]["replicas"] = json!(7);
            }),
            DmsDisturbance::Remove(id) => self.object(&id).is_some_and(|object| {
                let text = |member: &str| object["metadata"][member].as_str().unwrap().to_owned();
                let (namespace, name) = (text("namespace"), text("name"));
                let removed = self.played.server.remove(self.generation.kind(), &namespace, &name);
                removed.is_some()
            }),
            DmsDisturbance::Sicken(id) => {
                let composite = self.composite(&id);
                let done = self.change(composite.as_ref(), |composite| {
                    let message = "Unready resources: deployment";
                    say(&self.played, composite, "Ready", "False", "Creating", message);
                });
                composite
                    .iter()
                    .for_each(|composite| tell_claim(&self.played, composite));
                done
            }
            _ => false,
        };
        async move {
            self.rest().await;
            Ok(done())
        }
        .boxed()
    }
}

/// The name of a definition.
pub(super) fn defined(plural: &str) -> String {
    format!("{plural}.{GROUP}")
}
