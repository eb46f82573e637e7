//! [`Layout`]: which kinds of Cluster API a server has, and in which version.

use o2_core::{Context, Result};

use super::GROUP;
use crate::kube::{Cluster, Kind};

/// The versions whose shapes are known, the newer one first.
const VERSIONS: [&str; 2] = ["v1beta2", "v1beta1"];

const GROUPS: [Kind; 3] = [
    Kind::of_namespaces(GROUP, "", "MachineDeployment", "machinedeployments"),
    Kind::of_namespaces(GROUP, "", "MachineSet", "machinesets"),
    Kind::of_namespaces(GROUP, "", "MachinePool", "machinepools"),
];
const MACHINES: Kind = Kind::of_namespaces(GROUP, "", "Machine", "machines");

/// Which kinds of Cluster API a server has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in super::super) struct Layout {
    /// Groups of machines.
    pub(in super::super) groups: Vec<Kind>,
    /// Machines.
    pub(in super::super) machines: Option<Kind>,
}

impl Layout {
    /// What the server has: nothing when Cluster API is not installed.
    pub(in super::super) async fn discover(cluster: &Cluster, context: &Context) -> Result<Self> {
        let served = cluster.versions(context, GROUP).await?;
        // The preferred version is the one that is stored, so that nothing is converted; any known one will do.
        let known = |version: &&String| VERSIONS.contains(&version.as_str());
        let Some(version) = served.iter().find(known) else {
            return Ok(Self::default());
        };
        let plurals = cluster.plurals(context, GROUP, version).await?;
        let has = |kind: &Kind| plurals.iter().any(|plural| *plural == kind.plural);
        let there = |kind: &Kind| has(kind).then(|| kind.in_version(version.clone()));
        Ok(Self {
            groups: GROUPS.iter().filter_map(there).collect(),
            machines: there(&MACHINES),
        })
    }

    /// Whether there is nothing of Cluster API.
    pub(in super::super) fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.machines.is_none()
    }
}
