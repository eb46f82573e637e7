//! What a vCenter has, and what O2 shows of it.

use o2_core::plugin::HealthStatus;
use o2_core::query::ListQuery;
use o2_core::{Context, Model};
use o2_ims::{NewResourcePool, Resource};
use serde_json::json;

use super::super::vim::{Ref, parse};
use super::played::{Properties, text};
use super::{Site, config};

impl Site {
    pub(super) async fn resources(&self) -> Vec<std::sync::Arc<Resource>> {
        let page = self
            .plugin
            .list_resources(&Context::new("test"), &ListQuery::new())
            .await;
        page.unwrap().items
    }
}

#[test]
fn xml_is_read_as_a_tree() {
    let root = parse(
        br#"<?xml version="1.0"?><a:x xmlns:a="u" xsi:type="b:Kind"><y>1 &lt; 2 &#38; <![CDATA[<3>]]></y><z/></a:x>"#,
    );
    let root = root.unwrap();
    assert_eq!((root.name.as_str(), root.kind.as_deref()), ("x", Some("Kind")));
    assert_eq!(root.text_at(&["y"]), Some("1 < 2 & <3>"));
    assert_eq!(root.text_at(&["z"]), None);
    for odd in [
        "",
        "<a>",
        "<a></b>",
        "text",
        "<!DOCTYPE a []><a/>",
        "<a>&nobody;</a>",
        &"<a>".repeat(200),
    ] {
        assert!(parse(odd.as_bytes()).is_err(), "{odd}");
    }
}

#[tokio::test]
async fn hosts_are_in_the_pools_of_their_clusters() {
    let site = Site::new(&config());
    let resources = site.resources().await;
    assert_eq!(resources.len(), 4);
    let host = resources.iter().find(|host| host.id() == "vc-1:host-11").unwrap();
    assert_eq!(host.resource_pool_id.as_str(), "vc-1:domain-c1");
    assert_eq!(host.global_asset_id.as_deref(), Some("TAG-host-11"));
    assert_eq!(host.health.as_ref().unwrap().status, HealthStatus::Healthy);
    assert_eq!(host.extensions["vsphere.memoryBytes"], json!(274_877_906_944_i64));
    let context = Context::new("test");
    let of = site
        .plugin
        .get_resource_type(&context, &host.resource_type_id)
        .await
        .unwrap();
    assert_eq!((of.vendor.as_str(), of.model.as_str()), ("Dell Inc.", "PowerEdge R650"));
    let pools = site
        .plugin
        .list_resource_pools(&context, &ListQuery::new())
        .await
        .unwrap();
    let shown: Vec<_> = pools
        .items
        .iter()
        .map(|pool| (pool.name.as_str(), pool.location.as_deref()))
        .collect();
    let (dallas, munich) = (Some("dallas"), Some("munich/north"));
    let expected = [
        ("cluster-1", dallas),
        ("cluster-2", munich),
        ("radio", dallas),
        ("radio", munich),
    ];
    assert_eq!(shown, expected);
    assert_eq!(
        pools.items[2].extensions["vsphere.parentPoolId"],
        json!("vc-1:domain-c1")
    );
}

#[tokio::test]
async fn only_the_datacenters_that_are_named_are_shown() {
    let mut config = config();
    config["datacenters"] = json!(["munich/north"]);
    let site = Site::new(&config);
    let resources = site.resources().await;
    let ids: Vec<_> = resources.iter().map(|host| host.id()).collect();
    assert_eq!(ids, ["vc-1:host-21", "vc-1:host-22"]);
    // There is one cluster to choose, and so no need to name it.
    let new = NewResourcePool::new("edge");
    let pool = site
        .plugin
        .create_resource_pool(&Context::new("test"), &new)
        .await
        .unwrap();
    assert_eq!(pool.location.as_deref(), Some("munich/north"));
}

#[tokio::test]
async fn a_host_that_cannot_be_reached_keeps_its_hardware() {
    let site = Site::new(&config());
    let of = site.resources().await[0].resource_type_id.clone();
    {
        let mut state = site.played.state();
        let host = Ref::new("HostSystem", "host-11");
        let mut properties = state.objects[&host].clone();
        properties.remove("summary.hardware");
        properties.insert("runtime.connectionState".to_owned(), text("somethingNew"));
        state.put(&host, properties);
    }
    let resources = site.resources().await;
    assert_eq!(resources[0].resource_type_id, of);
    let health = resources[0].health.clone().unwrap();
    assert_eq!(health.status, HealthStatus::Unhealthy);
    assert_eq!(health.message.as_deref(), Some("it is somethingNew"));
}

fn machine(pool: Option<&str>, template: &str) -> Properties {
    let mut properties: Properties = [
        ("name", text("du-1")),
        ("parent", Ref::new("Folder", "group-h11").write("val")),
        ("runtime.powerState", text("poweredOn")),
        ("config.instanceUuid", text(&format!("uuid-{template}"))),
        ("config.template", text(template)),
        ("summary.config.numCpu", text("4")),
        ("summary.config.memorySizeMB", text("8192")),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    properties.extend(pool.map(|pool| ("resourcePool".to_owned(), Ref::new("ResourcePool", pool).write("val"))));
    properties
}

#[tokio::test]
async fn machines_are_in_the_pools_that_they_take_from() {
    let mut config = config();
    config["mode"] = json!("vms");
    let site = Site::new(&config);
    for (pool, shown) in [("resgroup-11", "vc-1:resgroup-11"), ("resgroup-1", "vc-1:domain-c1")] {
        let vm = Ref::new("VirtualMachine", "vm-1");
        site.played.state().put(&vm, machine(Some(pool), "false"));
        let template = Ref::new("VirtualMachine", "vm-2");
        site.played.state().put(&template, machine(None, "true"));
        let resources = site.resources().await;
        let machines: Vec<_> = resources.iter().filter(|one| one.id() == "uuid-false").collect();
        assert_eq!(machines.len(), 1);
        assert_eq!(machines[0].resource_pool_id.as_str(), shown);
        assert_eq!(machines[0].resource_type_id.as_str(), "size:4-8192");
        let types = site
            .plugin
            .list_resource_types(&Context::new("test"), &ListQuery::new())
            .await
            .unwrap();
        let ids: Vec<_> = types
            .items
            .iter()
            .map(|of| of.id())
            .filter(|id| !id.starts_with("host:"))
            .collect();
        assert_eq!(ids, ["size:4-8192", "template:uuid-true"]);
    }
}
