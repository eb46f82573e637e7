//! [`Edge`]: a cluster with controllers and a plugin on it, with packages and deployments of several tenants.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::ports::{Clock, Ports, ProcessRunner};
use o2_core::query::ListQuery;
use o2_core::{Category, Context, Error, Extensions, PluginInfo, Result, TenantId};
use o2_dms::{DMSPlugin, DeploymentId, DeploymentRequest, PackageId, PackageUpload};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{DmsDisturbance, DmsWorld, Look, Running, Trouble, World};
use o2_testkit::kubernetes::Resource;
use serde_json::{Value, json};

use super::fixtures::{IMAGE, archive, files, package, release};
use super::played::PlayedKustomize;
use super::store::Troubled;
use crate::dms::kustomize::{Kustomize, KustomizeConfig};
use crate::kube::testing::{self, Faults, Played, Server, play_rollouts, program, sicken};
use crate::kube::{ClusterConfig, Clusters};
use crate::rt::TokioProcesses;

/// The most replicas of a workload in these worlds.
const MOST: u32 = 5;
/// In such a time nothing is in motion any more.
const LONG: Duration = Duration::from_secs(30);

pub(super) struct Edge {
    pub(super) plugin: Arc<dyn DMSPlugin>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) played: Played,
    pub(super) config: KustomizeConfig,
    pub(super) ports: Ports,
    store: Arc<Troubled>,
    faults: Faults,
    packages: Vec<PackageId>,
}

impl Edge {
    /// A cluster with a plugin and nothing else.
    fn on(played: Played) -> Result<Self> {
        let clock = Arc::clone(&played.clock);
        play_rollouts(&played);
        if !played.server.is_real() {
            played.server.serve(
                Resource::new("rbac.authorization.k8s.io", &["v1"], "ClusterRole", "clusterroles").cluster_scoped(),
            );
        }
        for namespace in ["lab", "edge"] {
            played
                .server
                .put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}));
        }
        let store = Troubled::new(clock.clone());
        let mut config = KustomizeConfig::of(ClusterConfig::of_client("test"));
        let process: Arc<dyn ProcessRunner> = if played.server.is_real() {
            config.program = program("kustomize");
            Arc::new(TokioProcesses::new())
        } else {
            Arc::new(PlayedKustomize)
        };
        let ports = Ports::new(clock.clone())
            .with_process(process)
            .with_store(Arc::clone(&store) as _);
        let faults = Faults::new();
        let client = faults.around(played.client());
        ports.shared.get_or_default::<Clusters>().provide("test", client);
        config.max_replicas = MOST;
        Ok(Self {
            plugin: plugin(&config, &ports)?,
            clock,
            played,
            config,
            ports,
            store,
            faults,
            packages: Vec::new(),
        })
    }

    /// A cluster with packages, and with deployments of everybody.
    pub(super) async fn full() -> Result<Self> {
        Self::filled(Played::new(ManualClock::auto())).await
    }

    async fn filled(played: Played) -> Result<Self> {
        let mut edge = Self::on(played)?;
        let everybody = Context::new("test");
        for version in ["one", "two", "broken"] {
            let uploaded = edge
                .plugin
                .upload_deployment_package(&everybody, &release(version))
                .await?;
            edge.packages.push(uploaded.package_id.clone());
        }
        for (name, tenant) in [
            ("edge-1", None),
            ("edge-2", None),
            ("red-1", Some("red")),
            ("blue-1", Some("blue")),
        ] {
            let context = match tenant {
                Some(tenant) => everybody.clone().with_tenant(TenantId::new(tenant)),
                None => everybody.clone(),
            };
            let upload = package(name, "1", &files(name));
            edge.plugin.upload_deployment_package(&context, &upload).await?;
            edge.plugin.create_deployment(&context, &edge.request(name)).await?;
        }
        edge.settle().await;
        // Whoever looks brings to its end what was begun.
        edge.plugin.list_deployments(&everybody, &ListQuery::new()).await?;
        Ok(edge)
    }

    /// Another plugin at the same cluster.
    pub(super) fn another(&self) -> Result<Arc<dyn DMSPlugin>> {
        plugin(&self.config, &self.ports)
    }

    pub(super) fn server(&self) -> &Server {
        &self.played.server
    }

    pub(super) fn package(&self, number: usize) -> PackageId {
        self.packages[number].clone()
    }

    /// Asks for the first package.
    pub(super) fn request(&self, name: &str) -> DeploymentRequest {
        let mut request = DeploymentRequest::new(name, self.package(0));
        request.description = "made by a test".to_owned();
        request.namespace = Some("lab".to_owned());
        request.resource_pool_id = Some("pool-1".to_owned());
        request
            .labels
            .insert("role".to_owned(), "a role with blanks".to_owned());
        request
            .extensions
            .insert("acme.note".to_owned(), json!({"kept": ["as", "it", "is"]}));
        request.values = map(json!({
            "namePrefix": format!("{name}-"), "selectorLabels": {"app": name}, "replicas": 2,
            "images": [{"name": IMAGE, "newTag": "1.1"}], "configMapLiterals": {"settings": {"log": "debug"}},
        }));
        request
    }

    /// The workload of a deployment, as the cluster has it.
    pub(super) fn workload(&self, id: &DeploymentId) -> Option<Value> {
        let all = self.server().list("Deployment");
        let ours = |object: &Value| object["metadata"]["labels"]["o2ims.oran.org/deployment-id"] == json!(id);
        all.into_iter().find(ours)
    }

    /// What is written down about a deployment.
    pub(super) fn written(&self, id: &DeploymentId) -> Option<Value> {
        let secrets = self.server().list("Secret").into_iter();
        let mut ours = secrets.filter(|secret| {
            let labels = &secret["metadata"]["labels"];
            labels["o2ims.oran.org/deployment-id"] == json!(id) && labels["o2ims.oran.org/backend"] == "kustomize"
        });
        let secret = ours.next()?;
        let state: k8s_openapi::ByteString = serde_json::from_value(secret["data"]["state"].clone()).unwrap();
        Some(serde_json::from_slice(&state.0).unwrap())
    }

    fn change(&self, disturbance: &DmsDisturbance) -> bool {
        let (DmsDisturbance::Change(id) | DmsDisturbance::Remove(id) | DmsDisturbance::Sicken(id)) = disturbance else {
            return false;
        };
        let Some(workload) = self.workload(id) else {
            return false;
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (namespace, name) = (
            text(&workload["metadata"]["namespace"]),
            text(&workload["metadata"]["name"]),
        );
        match disturbance {
            DmsDisturbance::Change(_) => {
                self.server().update("Deployment", &namespace, &name, |object| {
                    object["spec"]["replicas"] = json!(MOST);
                });
            }
            DmsDisturbance::Sicken(_) => sicken(&self.played, &namespace, &name),
            _ => {
                let written = self.written(id).unwrap();
                let secret = format!("o2-{}", text(&written["name"]));
                self.server().remove("Secret", &namespace, &secret);
            }
        }
        true
    }
}

impl testing::Site for Edge {
    type Flavour = ();

    fn name((): ()) -> &'static str {
        "kustomize"
    }

    fn begin((): (), played: Played) -> BoxFuture<'static, Result<Self>> {
        Self::filled(played).boxed()
    }

    fn played(&self) -> &Played {
        &self.played
    }
}

pub(super) fn map(value: Value) -> Extensions {
    serde_json::from_value(value).unwrap()
}

pub(super) fn plugin(config: &KustomizeConfig, ports: &Ports) -> Result<Arc<dyn DMSPlugin>> {
    let info = PluginInfo::new(Category::Dms, "kustomize", "test", "1")?;
    Ok(Arc::new(Kustomize::new(info, config.clone(), ports)?))
}

impl World<dyn DMSPlugin> for Edge {
    fn plugin(&self) -> Arc<dyn DMSPlugin> {
        Arc::clone(&self.plugin)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn DMSPlugin>>>> {
        ready(self.another().map(Some)).boxed()
    }

    fn settle(&self) -> BoxFuture<'_, ()> {
        async {
            self.played.settle().await;
            self.clock.sleep(LONG).await;
        }
        .boxed()
    }

    fn tenants(&self) -> Option<[TenantId; 2]> {
        Some([TenantId::new("red"), TenantId::new("blue")])
    }

    fn trouble(&self, trouble: Option<Trouble>) -> BoxFuture<'_, bool> {
        if trouble == Some(Trouble::Forgetful) {
            // Changes are remembered by the plugin.
            return ready(false).boxed();
        }
        if self.server().is_real() {
            self.faults.bring(trouble);
        } else {
            self.server().bring(trouble, &["Secret", "Deployment"]);
        }
        self.store.bring(trouble);
        ready(true).boxed()
    }

    fn closes(&self) -> bool {
        true
    }
}

impl DmsWorld for Edge {
    fn new_deployment(&self, name: &str) -> Option<DeploymentRequest> {
        Some(self.request(name))
    }

    fn other_values(&self) -> Option<Extensions> {
        Some(map(
            json!({"replicas": 2, "images": [{"name": IMAGE, "newTag": "1.2"}]}),
        ))
    }

    fn newer_package(&self) -> Option<PackageId> {
        Some(self.package(1))
    }

    fn failing_package(&self) -> Option<PackageId> {
        Some(self.package(2))
    }

    fn replicas(&self) -> Option<RangeInclusive<u32>> {
        Some(0..=MOST)
    }

    fn namespaces(&self) -> Option<[String; 2]> {
        Some(["lab".to_owned(), "edge".to_owned()])
    }

    fn new_package(&self, name: &str) -> Option<PackageUpload> {
        let mut upload = package(name, "3", &files("three"));
        upload.extensions.insert("acme.note".to_owned(), json!(7));
        Some(upload)
    }

    fn other_content(&self, name: &str) -> Option<PackageUpload> {
        Some(package(name, "3", &files("other")))
    }

    fn broken_packages(&self, name: &str) -> Vec<PackageUpload> {
        let mut no_archive = package(name, "4", &files("four"));
        no_archive.content = Some("kind: Kustomization".into());
        let remote = [(
            "kustomization.yaml",
            "resources: ['https://example.org/x.yaml']".to_owned(),
        )];
        let without = [("readme.txt", "nothing to build".to_owned())];
        let unbuildable = [
            ("kustomization.yaml", "resources: [x.yaml]".to_owned()),
            ("x.yaml", "kind: [".to_owned()),
        ];
        let mut of_other_type = package(name, "4", &files("four"));
        of_other_type.package_type = "helm-chart".to_owned();
        vec![
            no_archive,
            package(name, "4", &remote),
            package(name, "4", &without),
            package(name, "4", &unbuildable),
            of_other_type,
        ]
    }

    fn has_logs(&self) -> bool {
        !self.server().is_real()
    }

    fn look(&self, deployment: &DeploymentId) -> BoxFuture<'_, Result<Look>> {
        let looked = || {
            let Some(workload) = self.workload(deployment) else {
                return Ok(Look::Nothing);
            };
            let release = workload["metadata"]["labels"]["release"].as_str().unwrap_or_default();
            let releases = ["one", "two", "broken"];
            let written = self
                .written(deployment)
                .ok_or_else(|| Error::internal("nothing is written down"))?;
            let number = releases.iter().position(|known| *known == release);
            // Those that the suite uploads itself are known by what is written down.
            let written_id = written["revision"]["packageId"].as_str().unwrap_or_default();
            let package_id = number.map_or_else(|| written_id.into(), |number| self.package(number));
            Ok(Look::Running(Running {
                package_id,
                values: map(written["revision"]["values"].clone()),
                replicas: workload["spec"]["replicas"]
                    .as_u64()
                    .and_then(|count| u32::try_from(count).ok()),
            }))
        };
        ready(looked()).boxed()
    }

    fn disturb(&self, disturbance: DmsDisturbance) -> BoxFuture<'_, Result<bool>> {
        ready(Ok(self.change(&disturbance))).boxed()
    }
}

#[test]
fn archives_are_the_same_each_time() {
    assert_eq!(archive(&files("x")), archive(&files("x")));
}
