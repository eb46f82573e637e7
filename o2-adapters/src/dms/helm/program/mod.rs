//! [`Program`]: the program `helm`, which renders charts and changes releases. Everything that can be read without it is.

mod command;
mod failure;
mod schema;
#[cfg(test)]
mod tests;
mod version;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use o2_core::ports::{ProcessOutput, ProcessRequest, ProcessRunner, Secret};
use o2_core::{Error, Extensions, Result};

use super::HelmConfig;
use crate::kube::Cluster;
pub(super) use command::{Change, Revision, Target};
use failure::failure;
use version::HelmVersion;

/// The names of the files that the program finds in its folder.
const KUBECONFIG: &str = "kubeconfig";
const CHART: &str = "chart.tgz";
/// Asking the program for its version takes no longer.
const MOMENT: Duration = Duration::from_secs(20);
/// After the time of an operation, the program has so long to write down how it ended.
const LAST_WORDS: Duration = Duration::from_secs(20);

/// Runs the program for one cluster.
pub(super) struct Program {
    process: Arc<dyn ProcessRunner>,
    cluster: Arc<Cluster>,
    path: PathBuf,
    kubeconfig: Option<PathBuf>,
    environment: BTreeMap<String, Secret>,
    options: command::Options,
    version: Mutex<Option<HelmVersion>>,
}

impl Program {
    pub(super) fn new(config: &HelmConfig, cluster: &Arc<Cluster>, process: &Arc<dyn ProcessRunner>) -> Self {
        Self {
            process: Arc::clone(process),
            cluster: Arc::clone(cluster),
            path: config.program.clone(),
            kubeconfig: config.kubeconfig.clone(),
            environment: config.environment.clone(),
            options: command::Options {
                timeout: config.timeout.get(),
                history: config.history,
                create_namespaces: config.create_namespaces,
            },
            version: Mutex::default(),
        }
    }

    /// The program's version, which is asked for once.
    pub(super) async fn version(&self) -> Result<HelmVersion> {
        if let Some(known) = *self.known_version() {
            return Ok(known);
        }
        let mut request = ProcessRequest::new(&self.path, ["version", "--template", "{{.Version}}"]);
        request.environment = self.surroundings();
        request.timeout = MOMENT;
        let output = self.process.run(request).await?;
        let found = HelmVersion::read(&output)?;
        *self.known_version() = Some(found);
        Ok(found)
    }

    /// How long an operation may take.
    pub(super) fn timeout(&self) -> Duration {
        self.options.timeout
    }

    /// After so long, nobody who has begun something is still at it.
    pub(super) fn patience(&self) -> Duration {
        self.options.timeout + LAST_WORDS
    }

    fn known_version(&self) -> std::sync::MutexGuard<'_, Option<HelmVersion>> {
        self.version.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a change, and waits until the program has ended. It ends with what Helm says went wrong; a release may have been
    /// changed all the same.
    pub(super) async fn change(&self, target: &Target, change: &Change) -> Result<()> {
        let version = self.version().await?;
        let mut request = ProcessRequest::new(&self.path, change.arguments(target, version, &self.options));
        request.environment = self.surroundings();
        request.timeout = self.patience();
        self.show_cluster(&mut request).await?;
        if let Some((chart, values)) = change.chart_and_values() {
            request.files.insert(CHART.to_owned(), chart.clone());
            request.input = written(values)?;
        }
        let output = self.process.run(request).await?;
        judge(&output, change)
    }

    /// Shows the program where the cluster is. A token is never among the arguments, which everybody on the machine can read.
    async fn show_cluster(&self, request: &mut ProcessRequest) -> Result<()> {
        let path = match &self.kubeconfig {
            Some(file) => file.display().to_string(),
            None => {
                let text = self.cluster.kubeconfig().await?;
                let content = Bytes::copy_from_slice(text.expose().as_bytes());
                request.files.insert(KUBECONFIG.to_owned(), content);
                KUBECONFIG.to_owned()
            }
        };
        request.environment.insert("KUBECONFIG".to_owned(), path);
        Ok(())
    }

    /// Nothing of what the user has set up who runs us: plugins, repositories and logins stay out.
    fn surroundings(&self) -> BTreeMap<String, String> {
        let own = self
            .environment
            .iter()
            .map(|(name, value)| (name.clone(), value.expose().to_owned()));
        let private = [
            ("HOME", "."),
            ("HELM_CACHE_HOME", "helm/cache"),
            ("HELM_CONFIG_HOME", "helm/config"),
            ("HELM_DATA_HOME", "helm/data"),
            ("HELM_DRIVER", "secret"),
        ];
        let private = private.map(|(name, value)| (name.to_owned(), value.to_owned()));
        own.chain(private).collect()
    }
}

/// Values as the program reads them: all YAML may be JSON.
fn written(values: &Extensions) -> Result<Bytes> {
    serde_json::to_vec(values)
        .map(Bytes::from)
        .map_err(|source| Error::internal("values cannot be written").with_source(source))
}

fn judge(output: &ProcessOutput, change: &Change) -> Result<()> {
    if output.code == Some(0) {
        return Ok(());
    }
    Err(failure(output, change))
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Program")
            .field("path", &self.path)
            .field("kubeconfig", &self.kubeconfig)
            .field("environment", &self.environment.keys().collect::<Vec<_>>())
            .field("options", &self.options)
            .field("version", &*self.known_version())
            .finish_non_exhaustive()
    }
}
