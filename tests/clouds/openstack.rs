//! Host aggregates of Nova, as it is.

use std::time::Instant;

use serde_json::{Value, json};

use crate::peers::{OPENSTACK, held, name};
use crate::pool::Pool;
use crate::site::{POOLS, Site, made_here, until};

const CONFIG: &str = "
plugins:
  ims:
    - name: region
      type: openstack
      collect: {interval: 1s}
      config:
        auth:
          authUrl: http://127.0.0.1:PORT/v3
          username: o2
          password: o2
          projectName: admin
gateway: {resourceWrites: true}
";
const HOSTS: &str = "openstack.hosts";

fn new_pool(name: &str) -> Value {
    json!({
        "name": name, "description": "made through the gateway", "location": name, "labels": made_here(),
        "tags": ["new"], "extensions": {HOSTS: ["host-3"], "owner": "test"},
    })
}

#[tokio::test]
async fn everything_is_done_with_host_aggregates() {
    let Some(_held) = held("pools of openstack through the gateway", &[&OPENSTACK]).await else {
        return;
    };
    let config = CONFIG.replace("PORT", &OPENSTACK.port().to_string());
    let site = Site::new(&config).await;
    let work = async {
        let pool = Pool::created(&site, &new_pool(&name("pool"))).await;
        // The host was in another pool before.
        let hosts = pool.resources_told("ResourceUpdated", 1).await;
        assert_eq!(pool.resources().await, hosts);
        let host = site
            .get(&format!("{}/resources/{}", pool.path, hosts[0]))
            .await
            .expect(200);
        assert_eq!(host["name"], "host-3.example.com");

        pool.patched(&json!({"description": "changed"}), |pool| {
            pool["description"] == "changed"
        })
        .await;
        pool.replaced("tags", &json!(["another"])).await;
        pool.replaced("name", &json!(name("another"))).await;
        what_aggregates_cannot_is_refused(&site, &pool, &hosts[0]).await;

        // Through another gateway, of which the first one knows nothing.
        let others = Site::beside(&config).await;
        let began = Instant::now();
        let patch = json!({"description": "by others"});
        others.patch(&pool.path, &patch).await.expect(200);
        let by_others = |told: &Value| told["resourcePoolId"] == *pool.id && told["description"] == "by others";
        site.told(began, "ResourcePoolUpdated", by_others).await;

        // Its size is what hosts it has.
        let both = json!(["host-2", "host-3"]);
        let patch = json!({"extensions": {HOSTS: both}});
        pool.patched(&patch, |pool| pool["extensions"][HOSTS] == both).await;
        until("the second host is told", async || {
            site.resources_told("ResourceUpdated", &pool.id).len() > 1
        })
        .await;
        assert_eq!(pool.resources().await.len(), 2);

        pool.kept_without_force().await;
        pool.deleted(true).await;
        until("the hosts are told to be in no pool", async || {
            let told = site.resources_told("ResourceUpdated", "unassigned");
            told.contains(&hosts[0])
        })
        .await;
    };
    site.world.while_running(work).await;
}

async fn what_aggregates_cannot_is_refused(site: &Site, pool: &Pool<'_>, host: &str) {
    pool.refuses(&json!({"replicas": 2}), "body.replicas").await;
    pool.has_no_metrics_and_events("region").await;
    let problem = site.delete(&format!("/o2ims/v2/resources/{host}")).await.problem();
    assert_eq!((problem.status, problem.error.as_str()), (501, "unsupported"));
    let problem = site.delete(&format!("{POOLS}/unassigned?force=true")).await.problem();
    assert_eq!((problem.status, problem.error.as_str()), (409, "conflict"));
}
