//! Resource pools of a vCenter, played by govmomi's simulator.

use std::time::Instant;

use serde_json::{Value, json};

use crate::peers::{VSPHERE, held, name};
use crate::pool::Pool;
use crate::site::{POOLS, Site, made_here, text};

const CONFIG: &str = "
plugins:
  ims:
    - name: vcenter
      type: vsphere
      config:
        endpoint: http://127.0.0.1:PORT
        username: o2ims
        password: pa<ss&word
        mode: MODE
        watchSeconds: 2
gateway: {resourceWrites: true}
";

fn config(mode: &str) -> String {
    CONFIG
        .replace("PORT", &VSPHERE.port().to_string())
        .replace("MODE", mode)
}

fn new_pool(name: &str) -> Value {
    json!({
        "name": name, "description": "made through the gateway", "location": "DC0", "labels": made_here(),
        "tags": ["new"], "extensions": {"owner": "test"},
    })
}

#[tokio::test]
async fn everything_is_done_with_resource_pools() {
    let Some(_held) = held("pools of vsphere through the gateway", &[&VSPHERE]).await else {
        return;
    };
    let site = Site::new(&config("hosts")).await;
    let work = async {
        let name = name("pool");
        let pool = Pool::created(&site, &new_pool(&name)).await;
        pool.patched(&json!({"description": "changed"}), |pool| {
            pool["description"] == "changed"
        })
        .await;
        let another = format!("{name}-another");
        pool.replaced("name", &json!(another)).await;
        let limit = json!({"reservation": 100, "expandable": true, "limit": 2000, "shares": 4000, "level": "normal"});
        let patch = json!({"extensions": {"vsphere.cpuAllocation": limit}});
        pool.patched(&patch, |pool| {
            pool["extensions"]["vsphere.cpuAllocation"]["limit"] == 2000
        })
        .await;
        what_pools_cannot_is_refused(&site, &pool).await;

        // Hosts are resources of the cluster, and of no pool in it.
        assert!(pool.resources().await.is_empty());
        let cluster = text(&pool.shown().await["extensions"], "vsphere.parentPoolId");
        let hosts = site.get(&format!("{POOLS}/{cluster}/resources")).await;
        assert_eq!(hosts.items("resourcePoolId"), [&*cluster; 3]);
        for id in hosts.items("resourceId") {
            site.get(&format!("/o2ims/v2/resources/{id}")).await.expect(200);
        }

        let mut below = new_pool("below");
        below["extensions"]["vsphere.parentPoolId"] = json!(pool.id);
        let below = Pool::created(&site, &below).await;
        pool.kept_without_force().await;
        below.deleted(false).await;
        pool.deleted(true).await;
        changes_by_others_are_told(&site).await;
    };
    site.world.while_running(work).await;
}

async fn what_pools_cannot_is_refused(site: &Site, pool: &Pool<'_>) {
    pool.refuses(&json!({"replicas": 2}), "body.replicas").await;
    pool.refuses(&json!({"location": "DC1"}), "body.location").await;
    pool.has_no_metrics_and_events("vcenter").await;
    let cluster = text(&pool.shown().await["extensions"], "vsphere.parentPoolId");
    let problem = site.delete(&format!("{POOLS}/{cluster}?force=true")).await.problem();
    assert_eq!((problem.status, problem.error.as_str()), (409, "conflict"));
    let hosts = site.get(&format!("{POOLS}/{cluster}/resources")).await;
    let host = hosts.items("resourceId").remove(0);
    let problem = site.delete(&format!("/o2ims/v2/resources/{host}")).await.problem();
    assert_eq!((problem.status, problem.error.as_str()), (501, "unsupported"));
}

/// Through another gateway, of which the first one knows nothing.
async fn changes_by_others_are_told(site: &Site) {
    let others = Site::beside(&config("hosts")).await;
    let name = name("others");
    let began = Instant::now();
    let made = others.post(POOLS, &new_pool(&name)).await.expect(201);
    site.told(began, "ResourcePoolCreated", |pool| pool["name"] == name)
        .await;
    let began = Instant::now();
    others
        .delete(&format!("{POOLS}/{}", text(&made, "resourcePoolId")))
        .await
        .expect(204);
    site.told(began, "ResourcePoolDeleted", |pool| pool["name"] == name)
        .await;
}

#[tokio::test]
async fn virtual_machines_follow_their_pool() {
    let Some(_held) = held("virtual machines of vsphere through the gateway", &[&VSPHERE]).await else {
        return;
    };
    let site = Site::new(&config("vms")).await;
    let work = async {
        let machines = site.get("/o2ims/v2/resources").await;
        assert!(!machines.items("resourceId").is_empty());
        let pools = site.get(POOLS).await.items("resourcePoolId");
        let mut found = Vec::new();
        for pool in &pools {
            found.extend(site.get(&format!("{POOLS}/{pool}/resources")).await.items("resourceId"));
        }
        let mut all = machines.items("resourceId");
        found.sort();
        all.sort();
        assert_eq!(found, all, "each is in one pool");
    };
    site.world.while_running(work).await;
}
