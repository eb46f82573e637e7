//! A node group is deleted.

use o2_core::{Context, Error, Result};
use o2_ims::{DeleteOptions, ResourcePoolId};

use crate::ims::aws::write::{Writing, check_version};
use crate::kit::endpoint::Endpoint;

impl Writing<'_> {
    pub(in crate::ims::aws::write) async fn delete_nodes(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        options: &DeleteOptions,
    ) -> Result<()> {
        let found = self.find_nodes(context, id).await?;
        check_version(options.expected.as_ref(), &found.shown)?;
        found.check_idle()?;
        let nodes = found.shown.replicas.unwrap_or(0);
        if !options.force && nodes > 0 {
            return Err(Error::conflict(format!(
                "the pool has {nodes} nodes; scale it to nothing first, or delete it with force, which drains and ends them"
            )));
        }
        let endpoint = found.about(Endpoint::delete("/clusters/{cluster}/node-groups/{group}"));
        found.region.eks.client.call(context, &endpoint).await
    }
}
