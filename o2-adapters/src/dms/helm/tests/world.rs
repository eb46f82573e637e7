//! [`Edge`]: a cluster with a plugin on it, with repositories, packages and deployments of several tenants.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt, ready};
use o2_core::ports::{Clock, Ports, ProcessRunner, Secret};
use o2_core::query::ListQuery;
use o2_core::{Category, Context, Extensions, PluginInfo, Result, TenantId};
use o2_dms::{DMSPlugin, DeploymentId, DeploymentRequest, PackageId, PackageUpload};
use o2_testkit::conformance::{DmsDisturbance, DmsWorld, Look, Running, Trouble, World};
use serde_json::{Value, json};

use super::charts::{BROKEN, other, web};
use super::clock::Patient;
use super::program::PlayedHelm;
use super::settings::{MOST, PASSWORD, WEB, config};
use super::storage::Kept;
use crate::dms::helm::release::PACKAGE;
use crate::dms::helm::release::testing::gzipped;
use crate::dms::helm::repository::PackageRef;
use crate::dms::helm::repository::testing::Played as PlayedRepositories;
use crate::dms::helm::{Helm, HelmConfig};
use crate::kube::Clusters;
use crate::kube::testing::{self, Faults, Played, kubeconfig, play_rollouts, program, sicken};
use crate::rt::TokioProcesses;

/// So long are credentials not shown again that a repository has refused.
const PAUSE: Duration = Duration::from_secs(6);

pub(super) struct Edge {
    pub(super) plugin: Arc<dyn DMSPlugin>,
    pub(super) played: Played,
    pub(super) helm: PlayedHelm,
    pub(super) repositories: Arc<PlayedRepositories>,
    pub(super) config: HelmConfig,
    pub(super) ports: Ports,
    faults: Faults,
    packages: Vec<PackageId>,
}

impl Edge {
    /// A cluster with a plugin, and charts for everybody.
    pub(super) async fn bare() -> Result<Self> {
        Self::of(config(), "v3.19.0").await
    }

    pub(super) async fn of(config: HelmConfig, version: &'static str) -> Result<Self> {
        Self::on(Played::new(Patient::new()), config, version).await
    }

    async fn on(played: Played, mut config: HelmConfig, version: &'static str) -> Result<Self> {
        play_rollouts(&played);
        for namespace in ["lab", "edge"] {
            let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
            played.server.put(namespace);
        }
        let repositories = PlayedRepositories::of(Arc::clone(&played.clock));
        repositories.require_login("robot", PASSWORD);
        for (version, image) in [
            ("1.0.0", "registry.example/web:1.0"),
            ("2.0.0", "registry.example/web:2.0"),
            ("3.0.0", BROKEN),
        ] {
            repositories.push("edge/web", &web(WEB, version, image));
        }
        for tenant in ["red", "blue"] {
            repositories.push(
                &format!("{tenant}/private"),
                &web("private", "1.0.0", "registry.example/private:1.0"),
            );
        }
        let helm = PlayedHelm::new(&played, version);
        let process: Arc<dyn ProcessRunner> = match &played.context {
            None => Arc::new(helm.clone()),
            Some(context) => {
                config.program = program("helm");
                config.kubeconfig = Some(kubeconfig());
                let context = Secret::new(context.clone());
                config.environment.insert("HELM_KUBECONTEXT".to_owned(), context);
                played.programs.around(TokioProcesses::new())
            }
        };
        let (ports, faults) = (repositories.ports().with_process(process), Faults::new());
        ports
            .shared
            .get_or_default::<Clusters>()
            .provide("test", faults.around(played.client()));
        let mut edge = Self {
            plugin: plugin(&config, &ports)?,
            played,
            helm,
            repositories,
            config,
            ports,
            faults,
            packages: Vec::new(),
        };
        edge.packages = edge.of_chart(WEB).await?;
        Ok(edge)
    }

    /// The packages of a chart, by their versions.
    pub(super) async fn of_chart(&self, name: &str) -> Result<Vec<PackageId>> {
        let all = self
            .plugin
            .list_deployment_packages(&Context::new("test"), &ListQuery::new())
            .await?;
        let ours = all.items.iter().filter(|package| package.name == name);
        Ok(ours.map(|package| package.package_id.clone()).collect())
    }

    /// The same with deployments of everybody.
    async fn full(played: Played) -> Result<Self> {
        let edge = Self::on(played, config(), "v3.19.0").await?;
        for (name, tenant) in [
            ("edge-1", None),
            ("edge-2", None),
            ("red-1", Some("red")),
            ("blue-1", Some("blue")),
        ] {
            let mut context = Context::new("test");
            if let Some(tenant) = tenant {
                context = context.with_tenant(TenantId::new(tenant));
            }
            edge.plugin.create_deployment(&context, &edge.request(name)).await?;
        }
        edge.settle().await;
        Ok(edge)
    }

    /// Another plugin at the same cluster.
    pub(super) fn another(&self) -> Result<Arc<dyn DMSPlugin>> {
        plugin(&self.config, &self.ports)
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
        request.values =
            map(json!({"replicaCount": 2, "settings": {"log": "debug", "retries": null}, "features": ["a", "b"]}));
        request
    }

    /// The revisions of a release, as they are in the cluster, oldest first.
    pub(super) fn revisions(&self, namespace: &str, name: &str) -> Vec<Kept> {
        let secrets = self.played.server.list("Secret").into_iter();
        let ours = secrets.filter(|secret| {
            let (metadata, labels) = (&secret["metadata"], &secret["metadata"]["labels"]);
            metadata["namespace"] == namespace && labels["owner"] == "helm" && labels["name"] == name
        });
        let mut all: Vec<_> = ours.filter_map(|secret| Kept::read(&secret)).collect();
        all.sort_by_key(Kept::revision);
        all
    }

    /// Puts another record in the place of one.
    pub(super) fn keep(&self, namespace: &str, kept: &Kept) {
        let name = kept.record["name"].as_str().unwrap();
        let secret = format!("sh.helm.release.v1.{name}.v{}", kept.revision());
        self.played.server.update("Secret", namespace, &secret, |object| {
            object["metadata"]["labels"]["status"] = json!(kept.status());
            object["data"]["release"] = json!(gzipped(&kept.record));
        });
    }

    /// Namespace and name of the release that a deployment is.
    pub(super) fn place(&self, id: &DeploymentId) -> Option<(String, String)> {
        let secrets = self.played.server.list("Secret").into_iter();
        let mut ours = secrets.filter(|secret| {
            let labels = &secret["metadata"]["labels"];
            labels["owner"] == "helm" && labels["o2ims.oran.org/deployment-id"] == json!(id)
        });
        let secret = ours.next()?;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Some((
            text(&secret["metadata"]["namespace"]),
            text(&secret["metadata"]["labels"]["name"]),
        ))
    }

    fn running(&self, id: &DeploymentId) -> Option<Running> {
        let (namespace, name) = self.place(id)?;
        let kept = self.revisions(&namespace, &name).pop()?;
        let chart = &kept.record["chart"]["metadata"];
        let (chart, version) = (chart["name"].as_str()?, chart["version"].as_str()?);
        let workload = self.played.server.get("Deployment", &namespace, &name);
        let replicas = workload.and_then(|workload| workload["spec"]["replicas"].as_u64());
        Some(Running {
            package_id: PackageRef::of_label(&kept.labels[PACKAGE], chart, version)?.id(),
            values: map(kept.record["config"].clone()),
            replicas: replicas.and_then(|count| u32::try_from(count).ok()),
        })
    }

    fn change(&self, disturbance: &DmsDisturbance) -> bool {
        let (DmsDisturbance::Change(id) | DmsDisturbance::Remove(id) | DmsDisturbance::Sicken(id)) = disturbance else {
            return false;
        };
        let Some((namespace, name)) = self.place(id) else {
            return false;
        };
        let server = &self.played.server;
        match disturbance {
            // As somebody does who uses Helm himself.
            DmsDisturbance::Change(_) => {
                let mut kept = self.revisions(&namespace, &name).pop().unwrap();
                kept.record["config"]["replicaCount"] = json!(MOST);
                self.keep(&namespace, &kept);
            }
            DmsDisturbance::Sicken(_) => sicken(&self.played, &namespace, &name),
            _ => {
                for kept in self.revisions(&namespace, &name) {
                    server.remove(
                        "Secret",
                        &namespace,
                        &format!("sh.helm.release.v1.{name}.v{}", kept.revision()),
                    );
                }
                server.remove("Deployment", &namespace, &name);
            }
        }
        true
    }
}

impl testing::Site for Edge {
    type Flavour = ();

    fn name((): ()) -> &'static str {
        "helm"
    }

    fn begin((): (), played: Played) -> BoxFuture<'static, Result<Self>> {
        Self::full(played).boxed()
    }

    fn played(&self) -> &Played {
        &self.played
    }

    fn time() -> Arc<dyn Clock> {
        Patient::new()
    }
}

pub(super) fn map(value: Value) -> Extensions {
    serde_json::from_value(value).unwrap()
}

fn plugin(config: &HelmConfig, ports: &Ports) -> Result<Arc<dyn DMSPlugin>> {
    let info = PluginInfo::new(Category::Dms, "helm", "test", "1")?;
    Ok(Arc::new(Helm::new(info, config.clone(), ports)?))
}

fn upload(name: &str, content: impl Into<Bytes>) -> PackageUpload {
    let mut upload = PackageUpload::default();
    upload.package_type = "helm".to_owned();
    upload.name = Some(name.to_owned());
    upload.description = format!("the chart {name}");
    upload.content = Some(content.into());
    upload
}

impl World<dyn DMSPlugin> for Edge {
    fn plugin(&self) -> Arc<dyn DMSPlugin> {
        Arc::clone(&self.plugin)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.ports.clock)
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn DMSPlugin>>>> {
        ready(self.another().map(Some)).boxed()
    }

    fn settle(&self) -> BoxFuture<'_, ()> {
        self.played.settle().boxed()
    }

    fn tenants(&self) -> Option<[TenantId; 2]> {
        Some([TenantId::new("red"), TenantId::new("blue")])
    }

    fn trouble(&self, trouble: Option<Trouble>) -> BoxFuture<'_, bool> {
        if self.played.server.is_real() {
            self.faults.bring(trouble);
        } else {
            self.played.server.bring(trouble, &["Secret", "Deployment"]);
        }
        self.repositories.set_trouble(trouble);
        async move {
            if trouble.is_none() {
                // Refused credentials are not shown again at once.
                self.ports.clock.sleep(PAUSE).await;
            }
            trouble != Some(Trouble::Forgetful)
        }
        .boxed()
    }

    fn closes(&self) -> bool {
        true
    }

    fn secrets(&self) -> Vec<String> {
        vec![PASSWORD.to_owned()]
    }
}

impl DmsWorld for Edge {
    fn new_deployment(&self, name: &str) -> Option<DeploymentRequest> {
        Some(self.request(name))
    }

    fn other_values(&self) -> Option<Extensions> {
        Some(map(json!({"replicaCount": 2, "settings": {"log": "trace"}})))
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
        let mut upload = upload(name, web(name, "1.0.0", "registry.example/new:1.0"));
        upload.version = Some("1.0.0".to_owned());
        Some(upload)
    }

    fn other_content(&self, name: &str) -> Option<PackageUpload> {
        Some(upload(name, other(name, "1.0.0")))
    }

    fn broken_packages(&self, name: &str) -> Vec<PackageUpload> {
        let good = web(name, "1.0.0", "registry.example/new:1.0");
        let mut misnamed = upload("another-name", good.clone());
        misnamed.version = Some("1.0.0".to_owned());
        let mut of_other_type = upload(name, good.clone());
        of_other_type.package_type = "kustomize".to_owned();
        vec![
            upload(name, "kind: Chart"),
            upload(name, good.slice(..good.len() / 2)),
            misnamed,
            of_other_type,
        ]
    }

    fn has_logs(&self) -> bool {
        !self.played.server.is_real()
    }

    fn look(&self, deployment: &DeploymentId) -> BoxFuture<'_, Result<Look>> {
        ready(Ok(self.running(deployment).map_or(Look::Nothing, Look::Running))).boxed()
    }

    fn disturb(&self, disturbance: DmsDisturbance) -> BoxFuture<'_, Result<bool>> {
        ready(Ok(self.change(&disturbance))).boxed()
    }
}
