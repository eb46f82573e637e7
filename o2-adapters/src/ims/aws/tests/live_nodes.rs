//! Node groups of EKS with moto, as far as moto goes: a group is created, scaled and deleted. Moto's groups are active at once,
//! have neither nodes nor an Auto Scaling group, cannot be tagged, and get no other version of a launch template; and it does
//! not take signatures of requests of EKS without a body, so here it takes requests of anybody. The conformance suite runs with
//! the played AWS only, which checks them all.

use bytes::Bytes;
use http::Request;
use o2_core::ports::{HttpClient, HttpRequest};
use o2_core::query::ListQuery;
use o2_core::{Context, ErrorKind};
use o2_ims::{DeleteOptions, NewResourcePool, ResourcePoolUpdate};
use serde_json::json;

use super::live::{ALONE, Account, REGION};
use crate::ims::aws::sign::{Scope, sign};

impl Account {
    /// Makes a cluster, as somebody who is not the plugin.
    async fn add_cluster(&self, name: &str) {
        let body = json!({
            "name": name, "roleArn": "arn:aws:iam::123456789012:role/cluster",
            "resourcesVpcConfig": {"subnetIds": ["subnet-1"]},
        });
        let request = Request::post(format!("{}/clusters", self.url)).header("content-type", "application/json");
        let mut request = request.body(Bytes::from(body.to_string())).unwrap();
        let scope = Scope {
            region: REGION.to_owned(),
            service: "eks",
        };
        sign(&mut request, &self.keys, &scope, self.clock.now()).unwrap();
        let response = self.http.send(HttpRequest::new(request)).await.unwrap();
        assert!(response.status().is_success(), "{response:?}");
    }
}

#[tokio::test]
async fn node_groups_come_and_go_on_moto() {
    let _alone = ALONE.lock().await;
    let Some(account) = Account::new("node groups of EKS").await else {
        return;
    };
    account.tell("reset-auth", "1000").await.unwrap();
    account.add_cluster("edge").await;
    let mut config = account.config();
    config["mode"] = json!("eks");
    let plugin = account.directly(&config);
    let context = Context::new("test");

    let mut new = NewResourcePool::new("edge/ng1");
    new.description = "made on moto".to_owned();
    new.replicas = Some(2);
    for (key, value) in [
        ("aws.nodeRole", json!("arn:aws:iam::123456789012:role/nodes")),
        ("aws.subnets", json!(["subnet-1"])),
        ("aws.maxSize", json!(5)),
    ] {
        new.extensions.insert(key.to_owned(), value);
    }
    let made = plugin.create_resource_pool(&context, &new).await.unwrap();
    assert_eq!((made.name.as_str(), made.replicas), ("edge/ng1", Some(2)));
    assert_eq!(made.description, "made on moto");
    let error = plugin.create_resource_pool(&context, &new).await.unwrap_err();
    assert!(error.is(ErrorKind::AlreadyExists), "{error}");

    let id = &made.resource_pool_id;
    let mut update = ResourcePoolUpdate::of(&made);
    update.replicas = Some(3);
    let scaled = plugin.update_resource_pool(&context, id, &update).await.unwrap();
    assert_eq!(scaled.replicas, Some(3));

    let plainly = plugin
        .delete_resource_pool(&context, id, &DeleteOptions::default())
        .await;
    assert!(plainly.unwrap_err().is(ErrorKind::Conflict));
    let forced = DeleteOptions::force();
    plugin.delete_resource_pool(&context, id, &forced).await.unwrap();
    let error = plugin.delete_resource_pool(&context, id, &forced).await.unwrap_err();
    assert!(error.is(ErrorKind::NotFound), "{error}");
    let pools = plugin.list_resource_pools(&context, &ListQuery::new()).await.unwrap();
    assert_eq!(pools.items.len(), 1);
}
