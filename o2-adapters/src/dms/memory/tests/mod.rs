//! What a user of the deployments sees, under virtual time.

mod history;
mod lifecycle;
mod logs;
mod packages;
mod plugin;
mod requests;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use o2_core::operation::Category;
use o2_core::ports::Clock;
use o2_core::query::{Filter, ListQuery};
use o2_core::{Context, Error, ErrorKind, PluginInfo, Result};
use o2_dms::{
    DMSPlugin, Deployment, DeploymentId, DeploymentPackage, DeploymentRequest, DeploymentStatus, PackageUpload,
    StatusReport,
};
use o2_testkit::ManualClock;
use serde_json::{Value, json};

use super::{Durations, MemoryDms, MemoryDmsConfig};

/// A backend and the clock it lives by. Every step takes ten seconds.
struct Site {
    dms: MemoryDms,
    clock: Arc<ManualClock>,
}

/// How long a step takes.
const STEP: u64 = 10;

impl Site {
    fn new(config: MemoryDmsConfig) -> Self {
        let clock = ManualClock::new();
        let info = PluginInfo::new(Category::Dms, "memory", "memory", "1").unwrap();
        let dms = MemoryDms::new(info, config, Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
        Self { dms, clock }
    }

    fn start() -> Self {
        Self::new(config())
    }

    fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Stores `name` in `version`.
    async fn package(&self, name: &str, version: &str) -> Arc<DeploymentPackage> {
        let url = format!("https://repo.example/{name}-{version}.tgz");
        let upload = PackageUpload::at("helm", url);
        self.dms.upload_deployment_package(&anybody(), &upload).await.unwrap()
    }

    /// A deployment of `vdu` 2.1.0, done.
    async fn deployed(&self, values: Value) -> DeploymentId {
        let package = self.package("vdu", "2.1.0").await;
        let mut request = DeploymentRequest::new("vdu-1", package.package_id.clone());
        request.values = values.as_object().unwrap().clone();
        let deployment = self.dms.create_deployment(&anybody(), &request).await.unwrap();
        self.advance(2 * STEP);
        deployment.deployment_id.clone()
    }

    async fn get(&self, id: &DeploymentId) -> Arc<Deployment> {
        self.dms.get_deployment(&anybody(), id).await.unwrap()
    }

    async fn status(&self, id: &DeploymentId) -> StatusReport {
        self.dms.get_deployment_status(&anybody(), id).await.unwrap()
    }

    /// State, progress and ready replicas.
    async fn glance(&self, id: &DeploymentId) -> (DeploymentStatus, u8, u32) {
        let report = self.status(id).await;
        (report.status, report.progress, report.ready_replicas.unwrap())
    }
}

fn config() -> MemoryDmsConfig {
    MemoryDmsConfig::default().with_durations(Durations::all(Duration::from_secs(STEP).into()))
}

/// Somebody who stands above tenants.
fn anybody() -> Context {
    Context::new("request")
}

fn tenant(name: &str) -> Context {
    anybody().with_tenant(name.into())
}

fn filtered(filter: &str) -> ListQuery {
    ListQuery::new().with_filter(Filter::parse(filter).unwrap())
}

fn check_error(error: &Error, kind: ErrorKind, message: &str) {
    assert!(error.is(kind), "{error:?}");
    assert!(
        error.message().contains(message),
        "'{error}' does not contain '{message}'"
    );
}
