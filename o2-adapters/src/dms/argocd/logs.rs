//! The logs of a deployment: of the workloads among the objects of its Application, in the cluster that it deploys to.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use o2_core::ports::Ports;
use o2_core::{Context, Error, ErrorKind, Fault, Result};
use o2_dms::DeploymentId;

use super::config::ArgocdConfig;
use super::draw::{Destination, Drawn};
use super::read::Reading;
use crate::kube::deployed::Present;
use crate::kube::{Cluster, Clusters, Workload, Workloads};

/// The clusters that deployments run in, as far as they are configured.
#[derive(Debug)]
pub(super) struct Sites {
    own: Arc<Cluster>,
    /// Server, name and connection of the others.
    others: Vec<(String, String, Arc<Cluster>)>,
}

impl Sites {
    pub(super) fn open(own: &Arc<Cluster>, config: &ArgocdConfig, ports: &Ports) -> Result<Self> {
        let mut others = Vec::new();
        for destination in config.all_destinations() {
            if let Some(cluster) = &destination.cluster {
                let text = |text: &Option<String>| text.clone().unwrap_or_default();
                let cluster = Clusters::open(cluster, ports)?;
                others.push((text(&destination.server), text(&destination.name), cluster));
            }
        }
        Ok(Self {
            own: Arc::clone(own),
            others,
        })
    }

    /// The cluster that an Application deploys to.
    pub(super) fn of(&self, drawn: &Drawn) -> Result<&Arc<Cluster>> {
        let to = Destination::of(&drawn.application);
        let same = |known: &str, named: &str| !named.is_empty() && known == named;
        let mut others = self.others.iter();
        let other = others.find(|(server, name, _)| same(server, &to.server) || same(name, &to.name));
        match other {
            Some((_, _, cluster)) => Ok(cluster),
            None if to.is_own() => Ok(&self.own),
            None => Err(Error::new(
                ErrorKind::Config,
                "the deployment runs in a cluster that the gateway has no access to",
            )
            .with_fault(Fault::Gateway)
            .with_detail(format!(
                "no destination of the configuration has a cluster for '{}{}'",
                to.server, to.name
            ))),
        }
    }
}

/// Who knows the workloads of one deployment.
pub(super) struct Of {
    pub(super) reading: Arc<Reading>,
    pub(super) id: DeploymentId,
}

impl Workloads for Of {
    fn workloads<'a>(&'a self, context: &'a Context) -> BoxFuture<'a, Result<Option<Vec<Workload>>>> {
        async move {
            match self.reading.find(context, &self.id).await {
                Ok(drawn) => Ok(Some(workloads(&drawn))),
                Err(error) if error.is(ErrorKind::NotFound) => Ok(None),
                Err(error) => Err(error),
            }
        }
        .boxed()
    }
}

fn workloads(drawn: &Drawn) -> Vec<Workload> {
    let resources = drawn.application.status.resources.iter();
    let workload =
        resources.map(|resource| Workload::of(&resource.group, &resource.kind, &resource.namespace, &resource.name));
    workload.flatten().collect()
}
