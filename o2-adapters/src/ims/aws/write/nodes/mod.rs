//! Node groups of EKS are created, changed and deleted.

mod asked;
mod create;
mod delete;
mod update;

use o2_core::error::Excerpt;
use o2_core::query::Fingerprint;
use o2_core::{Context, Error, Model, Result};
use o2_ims::{ResourcePool, ResourcePoolId};
use serde_json::Value;

use super::Writing;
use crate::ims::aws::client::Region;
use crate::ims::aws::node_pool::node_pool;
use crate::ims::aws::read::style;
use crate::ims::aws::wire::NodeGroup;
use crate::kit::endpoint::Endpoint;

/// A node group that is to be changed.
struct FoundNodes<'w> {
    region: &'w Region,
    node: NodeGroup,
    shown: ResourcePool,
}

impl<'w> Writing<'w> {
    /// The node group with this id, if `context` may see it. Its region, cluster and name are in the id.
    async fn find_nodes(&self, context: &Context, id: &ResourcePoolId) -> Result<FoundNodes<'w>> {
        let unknown = || Error::not_found(ResourcePool::OBJECT, id.as_str());
        let in_region = id.as_str().split(':').nth(3).ok_or_else(unknown)?;
        let path = id.as_str().split_once(":nodegroup/").ok_or_else(unknown)?.1;
        let (cluster, rest) = path.split_once('/').ok_or_else(unknown)?;
        let (name, _) = rest.split_once('/').ok_or_else(unknown)?;
        let region = self.regions.iter().find(|region| region.name == in_region);
        let region = region.ok_or_else(unknown)?;
        let described = region.node_group(context, cluster, name).await?.ok_or_else(unknown)?;
        let node = region.node_group.read::<NodeGroup>(vec![described]).items.pop();
        let node = node
            .filter(|node| node.nodegroup_arn == id.as_str())
            .ok_or_else(unknown)?;
        let shown = node_pool(style(self.config, region), &node);
        if !context.sees(shown.tenant_id.as_ref()) {
            return Err(unknown());
        }
        Ok(FoundNodes { region, node, shown })
    }
}

impl FoundNodes<'_> {
    /// `endpoint` of this group, about the pool that it is.
    fn about(&self, endpoint: Endpoint) -> Endpoint {
        endpoint
            .with_segment("cluster", &self.node.cluster_name)
            .with_segment("group", &self.node.nodegroup_name)
            .about(ResourcePool::OBJECT, self.node.nodegroup_arn.as_str())
    }

    /// Refuses while EKS works on the group: it takes one change after the other.
    fn check_idle(&self) -> Result<()> {
        if ["CREATING", "UPDATING", "DELETING"].contains(&self.node.status.as_str()) {
            return Err(Error::conflict(format!(
                "the pool is busy: it is {}",
                Excerpt(&self.node.status)
            )));
        }
        Ok(())
    }
}

/// By this EKS knows a call that is repeated: the same for the same request and what it sends.
fn token(context: &Context, body: &Value) -> String {
    let mark = Fingerprint::new().text(context.request_id()).text(&body.to_string());
    format!("{:016x}", mark.value())
}
