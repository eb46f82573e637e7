//! The managed node groups of the clusters of one region. They are described one by one.

use futures::stream::{self, StreamExt, TryStreamExt};
use o2_core::{Context, ErrorKind, Result};
use serde_json::Value;

use super::client::{PAGES, Region, odd};
use super::wire::NodeGroup;
use crate::kit::endpoint::Endpoint;
use crate::kit::lenient::Items;

/// So many groups are asked about at once.
const AT_ONCE: usize = 4;

impl Region {
    /// All node groups. A cluster or a group that is deleted meanwhile is left out.
    pub(super) async fn node_groups(&self, context: &Context) -> Result<Items<NodeGroup>> {
        let clusters = self
            .names(context, || Endpoint::get("/clusters"), "clusters")
            .await?
            .unwrap_or_default();
        let mut described = Vec::new();
        for cluster in &clusters {
            let list = || Endpoint::get("/clusters/{cluster}/node-groups").with_segment("cluster", cluster);
            let groups = self.names(context, list, "nodegroups").await?.unwrap_or_default();
            let each = groups.iter().map(|group| self.node_group(context, cluster, group));
            let each: Vec<_> = each.collect();
            let found: Vec<Option<Value>> = stream::iter(each).buffered(AT_ONCE).try_collect().await?;
            described.extend(found.into_iter().flatten());
        }
        Ok(self.node_group.read(described))
    }

    pub(super) async fn node_group(&self, context: &Context, cluster: &str, group: &str) -> Result<Option<Value>> {
        let endpoint = Endpoint::get("/clusters/{cluster}/node-groups/{group}")
            .with_segment("cluster", cluster)
            .with_segment("group", group);
        let described: Option<Value> = still_there(self.eks.client.json(context, &endpoint).await)?;
        Ok(described.map(|mut described| described["nodegroup"].take()))
    }

    /// All names of a list, page by page; `None` when what it is of is not there any more.
    async fn names(
        &self,
        context: &Context,
        list: impl Fn() -> Endpoint + Send,
        at: &str,
    ) -> Result<Option<Vec<String>>> {
        let mut names = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..PAGES {
            let page = list().with_query("maxResults", 100).with_query_if("nextToken", token);
            let answer: Option<Value> = still_there(self.eks.client.json(context, &page).await)?;
            let Some(answer) = answer else {
                return Ok(None);
            };
            let Some(found) = answer[at].as_array() else {
                return Err(odd(at, "it has no list where one was expected"));
            };
            names.extend(found.iter().filter_map(Value::as_str).map(str::to_owned));
            token = answer["nextToken"].as_str().map(str::to_owned);
            if token.is_none() {
                return Ok(Some(names));
            }
        }
        Err(odd(at, "its list has no end"))
    }
}

/// What is there; `None` for what is not there any more.
fn still_there<T>(answer: Result<T>) -> Result<Option<T>> {
    match answer {
        Err(error) if error.is(ErrorKind::NotFound) => Ok(None),
        answer => answer.map(Some),
    }
}
