//! A node group is created. EKS shows it at once, and makes its nodes after that.

use std::sync::Arc;

use o2_core::{Context, Error, ErrorKind, Model, Result};
use o2_ims::{NewResourcePool, ResourcePool};
use serde_json::{Value, json};

use super::asked::{names, new_body, scaling};
use super::token;
use crate::ims::aws::client::odd;
use crate::ims::aws::node_pool::node_pool;
use crate::ims::aws::read::style;
use crate::ims::aws::wire::NodeGroup;
use crate::ims::aws::write::Writing;
use crate::ims::aws::write::asked::{new_notes, new_sizes};
use crate::kit::endpoint::Endpoint;

impl Writing<'_> {
    pub(in crate::ims::aws::write) async fn create_nodes(
        &self,
        context: &Context,
        new: &NewResourcePool,
    ) -> Result<Arc<ResourcePool>> {
        let region = self.region(new)?;
        let (cluster, group) = names(new)?;
        let mut body = new_body(new, &region.name)?;
        body.insert("nodegroupName".to_owned(), group.into());
        body.insert("scalingConfig".to_owned(), scaling(new_sizes(new)?)?);
        let tags = new_notes(new, context.tenant().cloned()).tags(&self.config.tenant_tag)?;
        body.insert("tags".to_owned(), json!(tags));
        let mut body = Value::Object(body);
        body["clientRequestToken"] = token(context, &body).into();
        let endpoint = Endpoint::post("/clusters/{cluster}/node-groups")
            .with_segment("cluster", cluster)
            .with_json(&body);
        let answer: Result<Value> = region.eks.client.json(context, &endpoint).await;
        let mut answer = answer.map_err(|error| refused(error, &new.name, cluster))?;
        let made = region.node_group.read::<NodeGroup>(vec![answer["nodegroup"].take()]);
        match made.items.first() {
            Some(made) => Ok(Arc::new(node_pool(style(self.config, region), made))),
            None => Err(odd("CreateNodegroup", "it has no group")),
        }
    }
}

/// EKS says that the name is in use, or that it has no such cluster.
fn refused(error: Error, name: &str, cluster: &str) -> Error {
    match error.kind() {
        ErrorKind::Conflict
            if error
                .detail()
                .is_some_and(|detail| detail.contains("ResourceInUseException")) =>
        {
            Error::already_exists(ResourcePool::OBJECT, name).with_source(error)
        }
        ErrorKind::NotFound => {
            Error::violation("body.name", format!("there is no cluster {cluster}")).with_source(error)
        }
        _ => error,
    }
}
