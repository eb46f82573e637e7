//! What somebody else decides, so that a change would be undone or would do nothing.

use o2_core::{Context, Error, Result};

use super::Writing;
use crate::ims::openshift::kinds::Group;

/// Refuses changes of what the Machine API does not decide about, or is just giving away.
pub(super) fn check_authority(group: &Group) -> Result<()> {
    match group.authority() {
        "ClusterAPI" => Err(Error::conflict(format!(
            "this set is a copy of the one of Cluster API (authoritativeAPI: ClusterAPI), and nothing would come of a change; \
             change machinesets.cluster.x-k8s.io {} in the namespace openshift-cluster-api",
            group.meta.name
        ))),
        "Migrating" => Err(Error::conflict(
            "this set is being migrated between the Machine API and Cluster API (authoritativeAPI: Migrating); try again when \
             that is done",
        )),
        _ => Ok(()),
    }
}

impl Writing<'_> {
    /// Refuses another number of machines where an autoscaler decides about it.
    pub(super) async fn check_scaled(&self, context: &Context, group: &Group) -> Result<()> {
        if group.bounds() != (None, None) {
            return Err(scaled("the cluster autoscaler"));
        }
        let autoscalers = self.reading.autoscalers(context).await?;
        match autoscalers.iter().find(|autoscaler| autoscaler.scales(&group.meta)) {
            Some(autoscaler) => Err(scaled(&format!("the MachineAutoscaler {}", autoscaler.meta.name))),
            None => Ok(()),
        }
    }
}

fn scaled(who: &str) -> Error {
    Error::conflict(format!("{who} decides how many replicas this pool has"))
}
