//! Lists of many pages.

use std::sync::Arc;

use kube::Client;
use o2_core::ports::Ports;
use o2_core::query::ListQuery;
use o2_core::{Category, Context, ErrorKind, PluginInfo};
use o2_ims::IMSPlugin;
use o2_testkit::ManualClock;
use o2_testkit::kubernetes::{ApiServer, ApiTrouble};
use serde_json::json;

use crate::ims::kubernetes::{Kubernetes, KubernetesConfig};
use crate::kube::{ClusterConfig, Clusters};

fn plugin(server: &ApiServer, clock: &Arc<ManualClock>) -> Kubernetes {
    let ports = Ports::new(clock.clone());
    let client = Client::new(server.clone(), "default");
    ports.shared.get_or_default::<Clusters>().provide("test", client);
    let config = KubernetesConfig::of(ClusterConfig::of_client("test"));
    let info = PluginInfo::new(Category::Ims, "kubernetes", "test", "1").unwrap();
    Kubernetes::new(info, config, &ports).unwrap()
}

#[tokio::test]
async fn a_cluster_is_read_once_for_all_pages_of_a_list() {
    let clock = ManualClock::auto();
    let server = ApiServer::with_clock(clock.clone());
    for number in 0..7 {
        let name = format!("node-{number}");
        server.put(json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}));
    }
    let plugin = plugin(&server, &clock);
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
    let requests = server.requests();
    let lists = requests
        .iter()
        .filter(|request| request.path() == "/api/v1/nodes")
        .count();
    assert_eq!(lists, 1);

    // Whoever begins anew sees what is there now, and whether it can be seen.
    server.set_trouble(Some(ApiTrouble::Down));
    let error = plugin.list_resources(&context, &ListQuery::new().with_limit(2)).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Unavailable);
}
