//! [`Site`]: a backend with packages and deployments, of two tenants and shared ones.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use o2_adapters::dms::memory::{MemoryDms, MemoryDmsConfig};
use o2_core::ports::Clock;
use o2_core::{Category, Context, ErrorKind, Extensions, PluginInfo, Result, TenantId};
use o2_dms::{DMSPlugin, DeploymentId, DeploymentRequest, DeploymentUpdate, PackageId, PackageUpload};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{DmsDisturbance, DmsWorld, Look, Running, Trouble, World};
use serde_json::{Value, json};

use super::backend::Backend;
use super::remote::{Remote, TOKEN};

/// Makes the plugin of a remote site.
pub(super) type Wrap = Arc<dyn Fn(Remote) -> Arc<dyn DMSPlugin> + Send + Sync>;

pub(super) struct Site {
    plugin: Arc<dyn DMSPlugin>,
    backend: Arc<Backend>,
    /// How another plugin on the backend is made, if the plugin is not the backend itself.
    wrap: Option<Wrap>,
    packages: Packages,
}

struct Packages {
    old: PackageId,
    new: PackageId,
    bad: PackageId,
}

/// The work of the backend has ended by then.
const SETTLED: Duration = Duration::from_secs(60);
const MOST_REPLICAS: u32 = 5;

impl Site {
    /// The plugin is the backend.
    pub(super) async fn local() -> Result<Self> {
        let (backend, packages) = backend().await?;
        Ok(Self {
            plugin: backend.dms.clone(),
            backend,
            wrap: None,
            packages,
        })
    }

    /// The plugin that `wrap` makes of one that talks with the backend.
    pub(super) async fn remote(wrap: impl Fn(Remote) -> Arc<dyn DMSPlugin> + Send + Sync + 'static) -> Result<Self> {
        let (backend, packages) = backend().await?;
        Ok(Self {
            plugin: wrap(Remote::new(Arc::clone(&backend))?),
            backend,
            wrap: Some(Arc::new(wrap)),
            packages,
        })
    }
}

fn operator() -> Context {
    Context::new("operator")
}

fn upload(name: &str, version: &str) -> PackageUpload {
    PackageUpload::at("helm-chart", format!("https://repo.example/{name}-{version}.tgz"))
}

async fn backend() -> Result<(Arc<Backend>, Packages)> {
    let clock = ManualClock::auto();
    let info = PluginInfo::new(Category::Dms, "memory", "memory", "1")?;
    let mut config = MemoryDmsConfig::default();
    config.max_replicas = MOST_REPLICAS;
    let dms = Arc::new(MemoryDms::new(info, config, clock.clone())?);
    let mut bad = upload("broken", "1.0.0");
    bad.extensions.insert("memory.fail".into(), json!(true));
    let mut ids = Vec::new();
    for upload in [upload("vdu", "1.0.0"), upload("vdu", "2.0.0"), bad] {
        ids.push(
            dms.upload_deployment_package(&operator(), &upload)
                .await?
                .package_id
                .clone(),
        );
    }
    let [old, new, bad] =
        <[PackageId; 3]>::try_from(ids).map_err(|ids| o2_core::Error::internal(format!("{ids:?}")))?;
    let names = [
        ("edge-1", None),
        ("edge-2", None),
        ("red-1", Some("red")),
        ("blue-1", Some("blue")),
    ];
    for (name, tenant) in names {
        let context = tenant.map_or_else(operator, |tenant| operator().with_tenant(tenant.into()));
        dms.upload_deployment_package(&context, &upload(name, "1.0.0")).await?;
        let mut request = DeploymentRequest::new(name, old.clone());
        request.labels.insert("site".to_owned(), name.to_owned());
        dms.create_deployment(&context, &request).await?;
    }
    clock.sleep(SETTLED).await;
    Ok((Backend::new(dms, clock), Packages { old, new, bad }))
}

fn map(value: Value) -> Extensions {
    match value {
        Value::Object(map) => map,
        _ => Extensions::new(),
    }
}

impl World<dyn DMSPlugin> for Site {
    fn plugin(&self) -> Arc<dyn DMSPlugin> {
        Arc::clone(&self.plugin)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        self.backend.clock()
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn DMSPlugin>>>> {
        let wrap = self.wrap.as_ref();
        let plugin = wrap.map(|wrap| Ok(wrap(Remote::new(Arc::clone(&self.backend))?)));
        ready(plugin.transpose()).boxed()
    }

    fn settle(&self) -> BoxFuture<'_, ()> {
        self.backend.clock.sleep(SETTLED)
    }

    fn tenants(&self) -> Option<[TenantId; 2]> {
        Some(["red".into(), "blue".into()])
    }

    fn trouble(&self, trouble: Option<Trouble>) -> BoxFuture<'_, bool> {
        if self.wrap.is_some() {
            self.backend.set_trouble(trouble);
        }
        ready(self.wrap.is_some()).boxed()
    }

    fn closes(&self) -> bool {
        true
    }

    fn secrets(&self) -> Vec<String> {
        self.wrap.iter().map(|_| TOKEN.to_owned()).collect()
    }
}

impl DmsWorld for Site {
    fn new_deployment(&self, name: &str) -> Option<DeploymentRequest> {
        let mut request = DeploymentRequest::new(name, self.packages.old.clone());
        request.description = "made by the conformance suite".into();
        request.namespace = Some("lab".into());
        request.resource_pool_id = Some("pool-dallas-1".into());
        request.labels.insert("role".into(), "test".into());
        request.extensions.insert("note".into(), json!("kept as it is"));
        request.values = map(json!({"replicaCount": 2, "image": {"tag": "1.0"}, "logLevel": "info"}));
        Some(request)
    }

    fn other_values(&self) -> Option<Extensions> {
        Some(map(json!({"replicaCount": 2, "image": {"tag": "1.1"}})))
    }

    fn newer_package(&self) -> Option<PackageId> {
        Some(self.packages.new.clone())
    }

    fn failing_package(&self) -> Option<PackageId> {
        Some(self.packages.bad.clone())
    }

    fn replicas(&self) -> Option<RangeInclusive<u32>> {
        Some(0..=MOST_REPLICAS)
    }

    fn namespaces(&self) -> Option<[String; 2]> {
        Some(["lab".into(), "field".into()])
    }

    fn new_package(&self, name: &str) -> Option<PackageUpload> {
        let mut new = upload(name, "1.0.0");
        new.package_url = None;
        new.name = Some(name.to_owned());
        new.version = Some("1.0.0".to_owned());
        new.description = "made by the conformance suite".into();
        new.content = Some(Bytes::from(format!("the content of {name}")));
        Some(new)
    }

    fn other_content(&self, name: &str) -> Option<PackageUpload> {
        let mut other = self.new_package(name)?;
        other.content = Some(Bytes::from_static(b"something else"));
        Some(other)
    }

    fn broken_packages(&self, name: &str) -> Vec<PackageUpload> {
        let mut empty = self.new_package(name).unwrap_or_default();
        empty.content = Some(Bytes::new());
        let mut short = self.new_package(name).unwrap_or_default();
        short.checksum = Some("sha256:12".into());
        vec![empty, short]
    }

    fn has_logs(&self) -> bool {
        true
    }

    fn look(&self, deployment: &DeploymentId) -> BoxFuture<'_, Result<Look>> {
        let id = deployment.clone();
        async move {
            if self.wrap.is_none() {
                return Ok(Look::Unable);
            }
            match self.backend.dms.get_deployment(&operator(), &id).await {
                Ok(deployment) => Ok(Look::Running(Running {
                    package_id: deployment.package_id.clone(),
                    values: deployment.values.clone(),
                    replicas: deployment.replicas,
                })),
                Err(error) if error.is(ErrorKind::NotFound) => Ok(Look::Nothing),
                Err(error) => Err(error),
            }
        }
        .boxed()
    }

    /// Past the plugin, its network and its tenants, as an operator would do it.
    fn disturb(&self, disturbance: DmsDisturbance) -> BoxFuture<'_, Result<bool>> {
        async move {
            let dms = &self.backend.dms;
            match disturbance {
                DmsDisturbance::Change(id) => {
                    let seen = dms.get_deployment(&operator(), &id).await?;
                    let mut update = DeploymentUpdate::of(&seen);
                    update.labels.insert("changed-by".into(), "operator".into());
                    dms.update_deployment(&operator(), &id, &update).await?;
                }
                DmsDisturbance::Remove(id) => dms.delete_deployment(&operator(), &id).await?,
                DmsDisturbance::Sicken(id) if self.wrap.is_some() => self.backend.sicken(id),
                _ => return Ok(false),
            }
            Ok(true)
        }
        .boxed()
    }
}
