//! Auto Scaling groups, played by moto.

use std::time::Instant;

use serde_json::{Value, json};

use crate::moto::{Moto, TEMPLATE};
use crate::peers::{MOTO, held, name};
use crate::pool::Pool;
use crate::site::{POOLS, Site, made_here, until};

const REGION: &str = "ca-central-1";
const CONFIG: &str = "
plugins:
  ims:
    - name: cloud
      type: aws
      collect: {interval: 500ms}
      config:
        regions: [REGION]
        endpoint: http://127.0.0.1:PORT
        credentials: {accessKeyId: test, secretAccessKey: test}
gateway: {resourceWrites: true}
";

fn new_pool(name: &str) -> Value {
    json!({
        "name": name, "description": "made through the gateway", "location": format!("{REGION}a"), "replicas": 1,
        "labels": made_here(),
        "extensions": {"aws.launchTemplate": {"name": TEMPLATE}, "aws.maxSize": 5},
    })
}

#[tokio::test]
async fn everything_is_done_with_auto_scaling_groups() {
    let Some(_held) = held("pools of aws through the gateway", &[&MOTO]).await else {
        return;
    };
    let moto = Moto::new(REGION).await;
    let config = CONFIG
        .replace("REGION", REGION)
        .replace("PORT", &MOTO.port().to_string());
    let site = Site::new(&config).await;
    let work = async {
        let name = name("pool");
        let pool = Pool::created(&site, &new_pool(&name)).await;
        assert_eq!(pool.resources().await, pool.resources_told("ResourceCreated", 1).await);
        pool.patched(&json!({"description": "changed"}), |pool| {
            pool["description"] == "changed"
        })
        .await;
        pool.replaced("tags", &json!(["another"])).await;

        pool.patched(&json!({"replicas": 3}), |pool| pool["replicas"] == 3)
            .await;
        let mut told = pool.resources_told("ResourceCreated", 3).await;
        let mut listed = pool.resources().await;
        told.sort();
        listed.sort();
        assert_eq!(told, listed);
        let first = site
            .get(&format!("{}/resources/{}", pool.path, listed[0]))
            .await
            .expect(200);
        assert_eq!(first["resourceTypeId"], "t3.micro");

        // By somebody else.
        let began = Instant::now();
        moto.resize(&name, 4).await;
        site.told(began, "ResourcePoolUpdated", |pool| {
            pool["name"] == name && pool["replicas"] == 4
        })
        .await;
        pool.resources_told("ResourceCreated", 4).await;

        // One instance, and then all but one of the others.
        site.delete(&format!("/o2ims/v2/resources/{}", listed[0]))
            .await
            .expect(204);
        assert_eq!(pool.resources_told("ResourceDeleted", 1).await, [listed[0].clone()]);
        pool.patched(&json!({"replicas": 1}), |pool| pool["replicas"] == 1)
            .await;
        pool.resources_told("ResourceDeleted", 3).await;
        assert_eq!(pool.resources().await.len(), 1);

        what_groups_cannot_is_refused(&site, &pool).await;
        pool.kept_without_force().await;
        let id = pool.id.clone();
        pool.deleted(true).await;
        let gone = || site.resources_told("ResourceDeleted", &id);
        until("the last instance is gone", async || gone().len() == 4).await;
    };
    site.world.while_running(work).await;
}

async fn what_groups_cannot_is_refused(site: &Site, pool: &Pool<'_>) {
    pool.refuses(&json!({"name": "another"}), "body.name").await;
    pool.refuses(&json!({"location": format!("{REGION}b")}), "body.location")
        .await;
    pool.refuses(&json!({"replicas": 6}), "body.replicas").await;
    pool.has_no_metrics_and_events("cloud").await;
    let new = json!({"resourceTypeId": "t3.micro", "resourcePoolId": pool.id});
    let problem = site.post("/o2ims/v2/resources", &new).await.problem();
    assert_eq!((problem.status, problem.error.as_str()), (501, "unsupported"));
    let problem = site.post(POOLS, &json!({"name": "bare"})).await.problem();
    assert_eq!((problem.status, problem.error.as_str()), (400, "invalidInput"));
}
