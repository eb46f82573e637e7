//! From releases to deployments: pure functions, the same for what is read and for what is watched.

mod replicas;
mod report;
mod standing;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use o2_core::{Extensions, Timestamp};
use o2_dms::{Deployment, DeploymentRevision};

use super::HelmConfig;
use super::release::{Release, ReleaseStatus};
use super::releases::{Current, Lives, id_of};
use super::repository::unknown_package;
use crate::kube::deployed::{ValuePath, with_version, words};
pub(super) use replicas::{REPLICAS_PATH, path as replicas_path};
pub(super) use report::{progress, report};
use standing::Looking;
pub(super) use standing::{AtWork, Standing};

/// How the extensions are called that we add ourselves.
const APP_VERSION: &str = "helm.appVersion";

/// What drawing depends on besides releases.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) tenant_label: String,
    /// How long Helm may be at work.
    pub(super) timeout: Duration,
    /// How long workloads may take to become ready.
    pub(super) ready_timeout: Duration,
    pub(super) replicas: Option<ValuePath>,
}

impl Settings {
    pub(super) fn new(config: &HelmConfig) -> Self {
        Self {
            tenant_label: config.tenant_label.clone(),
            timeout: config.timeout.get(),
            ready_timeout: config.ready_timeout.get(),
            replicas: ValuePath::parse(&config.replicas.path).ok(),
        }
    }
}

/// A deployment, and what else is known about it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Drawn {
    pub(super) deployment: Arc<Deployment>,
    pub(super) standing: Standing,
}

/// Draws a release with the workloads that the cluster has of it.
pub(super) fn draw(settings: &Settings, current: &Current, lives: &Lives, now: Timestamp) -> Drawn {
    let release = &current.release;
    let standing = Looking {
        settings,
        current,
        lives,
        now,
    }
    .standing();
    let package = release.package();
    let package_id = package.map_or_else(
        || unknown_package(&release.chart.name, &release.chart.version),
        |package| package.id(),
    );
    let mut deployment = Deployment::new(id_of(release), release.name.clone(), package_id);
    deployment.namespace.clone_from(&release.namespace);
    deployment.package_version.clone_from(&release.chart.version);
    deployment.status = standing.status;
    deployment.status_message.clone_from(&standing.message);
    deployment.replicas = standing.replicas.map(|replicas| replicas.wanted);
    deployment.revision = release.revision;
    deployment.rolled_back_to = release.rolled_back_to.filter(|_| !standing.was_restarted);
    deployment.values.clone_from(&release.values);
    deployment.tenant_id = release.tenant(&settings.tenant_label);
    deployment.created_at = release.first_deployed;
    describe(&mut deployment, current);
    let noted = current.notes.as_ref().and_then(|notes| notes.updated_at);
    deployment.updated_at = standing.changed.max(noted);
    Drawn {
        deployment: Arc::new(with_version(deployment)),
        standing,
    }
}

/// What O2 has noted; where it has noted nothing, what the release itself says.
fn describe(deployment: &mut Deployment, current: &Current) {
    if let Some(notes) = &current.notes {
        deployment.description.clone_from(&notes.description);
        deployment.resource_pool_id.clone_from(&notes.resource_pool_id);
        deployment.labels.clone_from(&notes.labels);
        deployment.extensions.clone_from(&notes.extensions);
    }
    let version = &current.release.chart.app_version;
    if !version.is_empty() {
        let version = version.as_str().into();
        deployment.extensions.insert(APP_VERSION.to_owned(), version);
    }
}

/// The extensions that callers have given: ours are none of them, also when somebody sends back what was read.
pub(super) fn given_extensions(extensions: &Extensions) -> Extensions {
    let given = extensions.iter().filter(|(key, _)| *key != APP_VERSION);
    given.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The history of a deployment; the newest revision is as the deployment is.
pub(super) fn revisions(history: &[Release], drawn: &Drawn) -> Vec<DeploymentRevision> {
    history.iter().map(|release| revision(release, drawn)).collect()
}

fn revision(release: &Release, drawn: &Drawn) -> DeploymentRevision {
    let (chart, deployment) = (&release.chart, &drawn.deployment);
    let package = release.package();
    let package = package.map_or_else(|| unknown_package(&chart.name, &chart.version), |package| package.id());
    let status = if release.revision == deployment.revision {
        deployment.status
    } else {
        earlier(release.status)
    };
    let begun = release.last_deployed.unwrap_or(Timestamp::UNIX_EPOCH);
    let mut revision = DeploymentRevision::new(release.revision, status, words(&release.description), package, begun);
    revision.package_version.clone_from(&chart.version);
    revision
}

/// How an earlier revision ended.
fn earlier(status: ReleaseStatus) -> o2_dms::DeploymentStatus {
    use o2_dms::DeploymentStatus as S;
    match status {
        ReleaseStatus::Deployed | ReleaseStatus::Superseded => S::Deployed,
        ReleaseStatus::Uninstalled => S::Terminated,
        ReleaseStatus::Unknown => S::Unknown,
        // What is pending and not the newest was interrupted.
        _ => S::Failed,
    }
}
