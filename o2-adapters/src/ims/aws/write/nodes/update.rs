//! The sizes, the labels of nodes, the version of the launch template and the tags of a node group are changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::{Context, Error, Model, Result};
use o2_ims::{ResourcePool, ResourcePoolId, ResourcePoolUpdate};
use serde_json::{Map, Value, json};

use super::asked::{check_fixed, node_labels, other_version, scaling};
use super::{FoundNodes, token};
use crate::ims::aws::write::asked::{Sizes, TEMPLATE, at, changed_notes, changed_sizes};
use crate::ims::aws::write::tagging::tag_changes;
use crate::ims::aws::write::{Writing, check_version};
use crate::kit::client::midway;
use crate::kit::endpoint::Endpoint;

const CONFIG: &str = "/clusters/{cluster}/node-groups/{group}/update-config";
const VERSION: &str = "/clusters/{cluster}/node-groups/{group}/update-version";
const TAGS: &str = "/tags/{arn}";

impl Writing<'_> {
    pub(in crate::ims::aws::write) async fn update_nodes(
        &self,
        context: &Context,
        id: &ResourcePoolId,
        update: &ResourcePoolUpdate,
    ) -> Result<Arc<ResourcePool>> {
        let found = self.find_nodes(context, id).await?;
        check_version(update.expected.as_ref(), &found.shown)?;
        check_fixed(&found.shown, update)?;
        let call = found.change(update)?;
        let notes = changed_notes(update, found.shown.tenant_id.clone());
        let current = found.node.tags.iter();
        let current = current.map(|(key, value)| (key.as_str(), value.as_str()));
        let (set, dropped) = tag_changes(current, &notes, &self.config.tenant_tag)?;
        if call.is_none() && set.is_empty() && dropped.is_empty() {
            return Ok(Arc::new(found.shown));
        }
        found.check_idle()?;
        let mut midst = false;
        if let Some((path, mut body)) = call {
            body["clientRequestToken"] = token(context, &body).into();
            let endpoint = found.about(Endpoint::post(path)).with_json(&body);
            found.region.eks.client.call(context, &endpoint).await?;
            midst = true;
        }
        let tagged = found.change_tags(context, &set, &dropped).await;
        tagged.map_err(|error| if midst { midway(error) } else { error })?;
        self.find_nodes(context, id).await.map(|found| Arc::new(found.shown))
    }
}

impl FoundNodes<'_> {
    /// The call that does what is wished, if one is needed.
    fn change(&self, update: &ResourcePoolUpdate) -> Result<Option<(&'static str, Value)>> {
        let template = other_version(self.node.launch_template.as_ref(), update)?;
        let config = self.config_change(update)?;
        match (template, config.is_empty()) {
            (Some(_), false) => Err(Error::violation(
                at(TEMPLATE),
                "is to be changed by itself: EKS takes one change after the other, and sizes and labels are another",
            )),
            (Some(template), true) => Ok(Some((VERSION, json!({"launchTemplate": template})))),
            (None, false) => Ok(Some((CONFIG, Value::Object(config)))),
            (None, true) => Ok(None),
        }
    }

    /// The sizes and labels that are not as wished.
    fn config_change(&self, update: &ResourcePoolUpdate) -> Result<Map<String, Value>> {
        let mut config = Map::new();
        let current = &self.node.scaling_config;
        let wished = changed_sizes(&self.shown, update, (current.min_size, current.max_size))?;
        let Sizes { min, wished: size, max } = wished;
        if (Some(min), Some(size), Some(max)) != (current.min_size, current.desired_size, current.max_size) {
            config.insert("scalingConfig".to_owned(), scaling(wished)?);
        }
        if let Some(wanted) = node_labels(&update.extensions)? {
            let none = BTreeMap::new();
            let current = self.node.labels.as_ref().unwrap_or(&none);
            let set: BTreeMap<_, _> = wanted
                .iter()
                .filter(|(key, value)| current.get(*key) != Some(*value))
                .collect();
            let gone: Vec<_> = current.keys().filter(|key| !wanted.contains_key(*key)).collect();
            if !set.is_empty() || !gone.is_empty() {
                let labels = json!({"addOrUpdateLabels": set, "removeLabels": gone});
                config.insert("labels".to_owned(), labels);
            }
        }
        Ok(config)
    }

    /// Sets tags, and deletes others.
    async fn change_tags(&self, context: &Context, set: &BTreeMap<String, String>, dropped: &[String]) -> Result<()> {
        let arn = &self.node.nodegroup_arn;
        let about = |endpoint: Endpoint| {
            let endpoint = endpoint.with_segment("arn", arn);
            endpoint.about(ResourcePool::OBJECT, arn.as_str())
        };
        if !set.is_empty() {
            let endpoint = about(Endpoint::post(TAGS)).with_json(&json!({"tags": set}));
            self.region.eks.client.call(context, &endpoint).await?;
        }
        if !dropped.is_empty() {
            let endpoint = dropped.iter().fold(about(Endpoint::delete(TAGS)), |endpoint, key| {
                endpoint.with_query("tagKeys", key)
            });
            let deleted = self.region.eks.client.call(context, &endpoint).await;
            return deleted.map_err(|error| if set.is_empty() { error } else { midway(error) });
        }
        Ok(())
    }
}
