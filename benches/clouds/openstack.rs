//! OpenStack: a region of 1 000 hosts in 20 aggregates, served page by page as Keystone, Nova, Placement and Cinder do.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use serde_json::{Value, json};

use crate::measure::measure;
use crate::report::Report;
use crate::served::serve;

const HOSTS: usize = 1000;
const AGGREGATES: usize = 20;
const FLAVORS: usize = 50;
const PAGE: usize = 500;
/// Aggregates, providers, volume types with the empty page that ends them; flavors; hosts with two full pages and one that ends them, for pools and for types;
/// and what health asks meanwhile.
const MOST: usize = 2 + 2 + 1 + 2 * 3 + 1;

pub(crate) async fn run(report: &mut Report) {
    let region = Arc::new(Region::new());
    let address = serve(Router::new().fallback(answer).with_state(Arc::clone(&region))).await;
    region.address.set(address).expect("it is set once");
    let config = json!({
        "auth": {
            "authUrl": format!("http://{address}"), "applicationCredentialId": "bench", "applicationCredentialSecret": "secret",
        },
        "pageSize": PAGE,
    });
    measure(report, "OpenStack", "openstack", &config, MOST).await;
}

struct Region {
    address: OnceLock<SocketAddr>,
    hypervisors: Vec<Value>,
    aggregates: Vec<Value>,
    flavors: Vec<Value>,
}

impl Region {
    fn new() -> Self {
        Self {
            address: OnceLock::new(),
            hypervisors: (0..HOSTS).map(hypervisor).collect(),
            aggregates: (0..AGGREGATES).map(aggregate).collect(),
            flavors: (0..FLAVORS).map(flavor).collect(),
        }
    }

    fn token(&self) -> Value {
        let address = self.address.get().expect("it is set before anybody asks");
        let service = |kind: &str, path: &str| {
            let url = format!("http://{address}{path}");
            json!({"type": kind, "name": kind, "id": id(9, 0), "endpoints": [
                {"interface": "public", "region_id": "RegionOne", "region": "RegionOne", "id": id(9, 1), "url": url},
            ]})
        };
        let catalog = [
            service("identity", "/v3"),
            service("compute", "/v2.1"),
            service("placement", "/placement"),
            service("volumev3", "/volume/v3"),
        ];
        json!({"token": {"methods": ["application_credential"], "expires_at": "2100-01-01T00:00:00.000000Z", "catalog": catalog}})
    }

    fn get(&self, path: &str, query: &str) -> Option<Value> {
        let answer = match path {
            "/v2.1/" => {
                json!({"version": {"id": "v2.1", "status": "CURRENT", "version": "2.96", "min_version": "2.1"}})
            }
            "/v2.1/os-aggregates" => json!({"aggregates": self.aggregates}),
            "/v2.1/os-hypervisors/detail" => page("hypervisors", &self.hypervisors, query),
            "/v2.1/flavors/detail" | "/v2.1/flavors" => page("flavors", &self.flavors, query),
            "/placement/resource_providers" => {
                let providers: Vec<Value> = self.hypervisors.iter().map(provider).collect();
                json!({"resource_providers": providers})
            }
            "/volume/v3/types" => page("volume_types", &[volume_type()], query),
            _ if path.ends_with("/inventories") => inventories(),
            _ if path.ends_with("/usages") => json!({
                "resource_provider_generation": 7, "usages": {"VCPU": 16, "MEMORY_MB": 65536, "DISK_GB": 200},
            }),
            _ => return None,
        };
        Some(answer)
    }
}

async fn answer(
    State(region): State<Arc<Region>>,
    method: Method,
    uri: Uri,
) -> (StatusCode, [(&'static str, &'static str); 2], String) {
    let (status, body) = if method == Method::POST {
        (StatusCode::CREATED, Some(region.token()))
    } else {
        (StatusCode::OK, region.get(uri.path(), uri.query().unwrap_or_default()))
    };
    let headers = [
        ("content-type", "application/json"),
        ("x-subject-token", "gAAAAA-bench"),
    ];
    match body {
        Some(body) => (status, headers, body.to_string()),
        None => (
            StatusCode::NOT_FOUND,
            headers,
            json!({"itemNotFound": {"code": 404, "message": uri.path()}}).to_string(),
        ),
    }
}

/// A page behind a marker; a full one has a link to the next.
fn page(name: &str, all: &[Value], query: &str) -> Value {
    let parameter = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find_map(|(key, value)| (key == name).then_some(value))
    };
    let limit = parameter("limit").map_or(1000, |limit| limit.parse().expect("a limit is a number"));
    let begin = parameter("marker").map_or(0, |marker| {
        all.iter()
            .position(|item| item["id"] == *marker)
            .expect("the marker is there")
            + 1
    });
    let items: Vec<&Value> = all.iter().skip(begin).take(limit).collect();
    let full = items.len() == limit;
    let mut page = json!({name: items});
    if full {
        page[format!("{name}_links")] = json!([{"rel": "next", "href": "http://behind.a.proxy/"}]);
    }
    page
}

fn id(kind: usize, number: usize) -> String {
    format!("{kind:08x}-92cb-42d8-830d-{number:012x}")
}

fn hypervisor(number: usize) -> Value {
    let name = format!("compute-{number:04}");
    json!({
        "id": id(1, number), "hypervisor_hostname": format!("{name}.example.com"), "state": "up", "status": "enabled",
        "hypervisor_type": "QEMU", "hypervisor_version": 8_000_000, "host_ip": format!("10.0.{}.{}", number / 250, number % 250 + 1),
        "service": {"id": id(2, number), "host": name, "disabled_reason": null},
        "vcpus": 64 + 32 * (number % 2), "memory_mb": 262_144, "local_gb": 1000, "vcpus_used": 16, "memory_mb_used": 65_536,
        "local_gb_used": 200, "free_ram_mb": 196_608, "free_disk_gb": 800, "current_workload": 0, "running_vms": 4,
        "disk_available_least": 700,
        "cpu_info": {"arch": "x86_64", "model": "Cascadelake-Server", "vendor": "Intel", "features": ["vmx", "avx2", "avx512f"],
            "topology": {"cells": 2, "sockets": 1, "cores": 16, "threads": 2}},
    })
}

fn aggregate(number: usize) -> Value {
    let hosts: Vec<String> = (number..HOSTS)
        .step_by(AGGREGATES)
        .map(|host| format!("compute-{host:04}"))
        .collect();
    let zone = format!("az-{}", number % 4);
    json!({
        "id": number + 1, "uuid": id(3, number), "name": format!("rack-{number:02}"), "availability_zone": zone, "hosts": hosts,
        "metadata": {"availability_zone": zone, "ssd": "true"}, "created_at": "2016-12-27T23:47:32.911515", "updated_at": null,
        "deleted": false, "deleted_at": null,
    })
}

fn flavor(number: usize) -> Value {
    json!({
        "id": number.to_string(), "name": format!("m1.{number}"), "vcpus": number + 1, "ram": 2048 * (number + 1), "disk": 20,
        "description": null, "extra_specs": {"hw:cpu_policy": "dedicated"}, "os-flavor-access:is_public": true, "swap": 0,
    })
}

fn volume_type() -> Value {
    json!({"id": id(8, 0), "name": "__DEFAULT__", "description": "Default Volume Type", "extra_specs": {}, "is_public": true})
}

fn provider(hypervisor: &Value) -> Value {
    let id = hypervisor["id"].as_str().expect("hypervisors have ids");
    let link = |rel: &str, end: &str| json!({"rel": rel, "href": format!("/placement/resource_providers/{id}{end}")});
    json!({
        "uuid": id, "name": hypervisor["hypervisor_hostname"], "generation": 7, "root_provider_uuid": id,
        "parent_provider_uuid": null,
        "links": [link("self", ""), link("inventories", "/inventories"), link("usages", "/usages"), link("traits", "/traits")],
    })
}

fn inventories() -> Value {
    let of = |total: u64, reserved: u64, ratio: f64| json!({"total": total, "reserved": reserved, "allocation_ratio": ratio, "min_unit": 1, "max_unit": total, "step_size": 1});
    json!({"resource_provider_generation": 7, "inventories": {
        "VCPU": of(64, 2, 4.0), "MEMORY_MB": of(262_144, 4096, 1.0), "DISK_GB": of(1000, 50, 1.0),
    }})
}
