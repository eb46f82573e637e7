//! Lists of many pages.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kube::Client;
use o2_core::context::Consistency;
use o2_core::ports::{Clock, Ports};
use o2_core::query::ListQuery;
use o2_core::{Category, Context, ErrorKind, PluginInfo};
use o2_ims::IMSPlugin;
use o2_testkit::ManualClock;
use o2_testkit::kubernetes::{ApiServer, ApiTrouble};
use serde_json::json;

use crate::ims::kubernetes::{Kubernetes, KubernetesConfig};
use crate::kube::{ClusterConfig, Clusters};

/// A cluster of so many nodes, and a plugin that shows it.
fn cluster(nodes: usize) -> (Arc<ManualClock>, ApiServer, Kubernetes) {
    let clock = ManualClock::auto();
    let server = ApiServer::with_clock(clock.clone());
    for number in 0..nodes {
        let name = format!("node-{number}");
        server.put(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}));
    }
    let ports = Ports::new(clock.clone());
    let client = Client::new(server.clone(), "default");
    ports.shared.get_or_default::<Clusters>().provide("test", client);
    let config = KubernetesConfig::of(ClusterConfig::of_client("test"));
    let info = PluginInfo::new(Category::Ims, "kubernetes", "test", "1").unwrap();
    (clock, server, Kubernetes::new(info, config, &ports).unwrap())
}

fn lists_of_nodes(server: &ApiServer) -> usize {
    let requests = server.requests();
    let nodes = requests.iter().filter(|request| request.path() == "/api/v1/nodes");
    nodes
        .filter(|request| !request.uri.to_string().contains("watch=true"))
        .count()
}

#[tokio::test]
async fn what_was_read_for_a_watch_is_not_read_again() {
    let (clock, server, plugin) = cluster(3);
    let context = Context::new("test");
    let since = clock.monotonic();
    let mut changes = plugin.watch_inventory(&context, None).await.unwrap();
    assert_eq!(lists_of_nodes(&server), 1);
    clock.advance(Duration::from_secs(1));
    let query = ListQuery::new();
    let context = context.with_consistency(Consistency::AtMost(clock.monotonic() - since));
    assert_eq!(plugin.list_resources(&context, &query).await.unwrap().items.len(), 3);
    assert_eq!(
        plugin.list_resource_pools(&context, &query).await.unwrap().items.len(),
        1
    );
    assert_eq!(
        plugin.list_resource_types(&context, &query).await.unwrap().items.len(),
        1
    );
    assert_eq!(
        plugin
            .list_deployment_managers(&context, &query)
            .await
            .unwrap()
            .items
            .len(),
        1
    );
    assert_eq!(lists_of_nodes(&server), 1, "all of it was known");

    // What a watch has told lists have too.
    server.put(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "later"}}));
    changes.next().await.unwrap().unwrap();
    assert_eq!(plugin.list_resources(&context, &query).await.unwrap().items.len(), 4);
    assert_eq!(lists_of_nodes(&server), 1);

    // What is older than one wants it, and what watches do not know, is read.
    for context in [
        Context::new("test"),
        context
            .clone()
            .with_consistency(Consistency::AtMost(Duration::from_millis(900))),
    ] {
        let before = lists_of_nodes(&server);
        plugin.list_resources(&context, &query).await.unwrap();
        assert_eq!(lists_of_nodes(&server), before + 1);
    }
    let before = lists_of_nodes(&server);
    plugin.list_alarms(&context, &query).await.unwrap();
    assert_eq!(lists_of_nodes(&server), before + 1);
}

#[tokio::test]
async fn a_cluster_is_read_once_for_all_pages_of_a_list() {
    let (_, server, plugin) = cluster(7);
    let context = Context::new("test");
    let (mut query, mut names) = (ListQuery::new().with_limit(2), Vec::new());
    loop {
        let page = plugin.list_resources(&context, &query).await.unwrap();
        names.extend(page.items.iter().map(|resource| resource.name.clone().unwrap()));
        let Some(next) = page.next else { break };
        query = query.with_marker(next);
    }
    names.sort();
    assert_eq!(names, (0..7).map(|number| format!("node-{number}")).collect::<Vec<_>>());
    assert_eq!(lists_of_nodes(&server), 1);

    // Whoever begins anew sees what is there now, and whether it can be seen.
    server.set_trouble(Some(ApiTrouble::Down));
    let error = plugin.list_resources(&context, &ListQuery::new().with_limit(2)).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Unavailable);
}
