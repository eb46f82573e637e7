//! A played cloud: Keystone, Nova, Placement and Cinder in memory, with what the real ones refuse.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use http::Method;
use o2_testkit::conformance::Trouble;
use serde_json::{Value, json};

/// What a token begins with.
pub(super) const TOKEN: &str = "gAAAAA-token";

#[derive(Debug)]
pub(super) struct Aggregate {
    uuid: String,
    name: String,
    pub(super) hosts: Vec<String>,
    metadata: BTreeMap<String, String>,
}

/// Something that happens to the cloud.
pub(super) type Happening = fn(&mut State);

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) aggregates: BTreeMap<u64, Aggregate>,
    pub(super) hypervisors: Vec<Value>,
    pub(super) servers: Vec<Value>,
    made: u64,
    pub(super) tokens: u64,
    /// The number of the only token that is good.
    pub(super) good: u64,
    pub(super) trouble: Option<Trouble>,
    /// The beginnings of paths that are forbidden.
    pub(super) forbidden: Vec<&'static str>,
    /// The next answers to requests whose line begins so.
    pub(super) next: Vec<(&'static str, u16, Value)>,
    /// What happens after so many requests more.
    pub(super) then: Option<(usize, Happening)>,
    /// Aggregates have names that nobody can read.
    pub(super) odd_names: bool,
    /// The lines of the requests.
    pub(super) asked: Vec<String>,
}

/// The cloud.
#[derive(Debug, Default)]
pub(super) struct Cloud(Mutex<State>);

impl Cloud {
    /// Two hosts in a zone, one in none, and one of Ironic.
    pub(super) fn new() -> Arc<Self> {
        let cloud = Self::default();
        {
            let mut state = cloud.state();
            for name in ["host-a", "host-b", "host-c"] {
                state.add_host(name);
            }
            let id = state.add_aggregate("edge");
            let edge = state.aggregates.get_mut(&id).unwrap();
            edge.hosts = vec!["host-a".into(), "host-b".into()];
            edge.metadata.insert("availability_zone".into(), "dallas".into());
            edge.metadata.insert("ssd".into(), "true".into());
        }
        Arc::new(cloud)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    pub(super) fn add_host(&mut self, name: &str) {
        let number = self.number();
        self.hypervisors.push(json!({
            "id": format!("0ed09b23-92cb-42d8-830d-{number:012}"),
            "hypervisor_hostname": format!("{name}.example.com"), "state": "up", "status": "enabled",
            "hypervisor_type": "QEMU", "hypervisor_version": 8_000_000, "host_ip": "192.0.2.1",
            "service": {"id": "452ca272-3842-4d9f-9241-192b1fe001fe", "host": name, "disabled_reason": null},
            "vcpus": 64, "memory_mb": 262_144, "local_gb": 1000, "vcpus_used": 0, "free_ram_mb": null, "cpu_info": {},
        }));
    }

    fn add_aggregate(&mut self, name: &str) -> u64 {
        let id = self.number();
        let aggregate = Aggregate {
            uuid: format!("6ba28ba7-f29b-45cc-a30b-{id:012}"),
            name: name.to_owned(),
            hosts: Vec::new(),
            metadata: BTreeMap::new(),
        };
        self.aggregates.insert(id, aggregate);
        id
    }

    pub(super) fn uuid_of(&self, name: &str) -> String {
        let mut aggregates = self.aggregates.values();
        let aggregate = aggregates.find(|aggregate| aggregate.name == name).unwrap();
        aggregate.uuid.clone()
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.aggregates
            .values()
            .map(|aggregate| aggregate.name.as_str())
            .collect()
    }

    fn zone_of(&self, host: &str) -> Option<&String> {
        let mut with = self.aggregates.values().filter(|a| a.hosts.iter().any(|h| h == host));
        with.find_map(|aggregate| aggregate.metadata.get("availability_zone"))
    }

    fn show(&self, id: u64) -> Value {
        let a = &self.aggregates[&id];
        json!({
            "id": id, "uuid": a.uuid, "name": a.name, "hosts": a.hosts, "metadata": a.metadata,
            "availability_zone": a.metadata.get("availability_zone"),
            "created_at": "2016-12-27T23:47:32.911515", "updated_at": null, "deleted": false, "deleted_at": null,
        })
    }

    pub(super) fn answer(&mut self, asked: &Asked<'_>) -> (u16, Value) {
        let service = asked.path.split('/').nth(1);
        match service {
            Some("placement") => self.placement(asked),
            Some("v3") => self.page(
                asked,
                "volume_types",
                vec![json!({
                    "id": "7a56b996-b73f-4233-9f00-dd6a68b49b27", "name": "__DEFAULT__", "extra_specs": {"a": "b"},
                    "description": "Default Volume Type", "is_public": true,
                })],
            ),
            _ => self.nova(asked),
        }
    }

    fn nova(&mut self, asked: &Asked<'_>) -> (u16, Value) {
        let segments: Vec<&str> = asked.path.trim_start_matches("/v2.1/").split('/').collect();
        match (asked.method.as_str(), segments.as_slice()) {
            ("GET", ["flavors", ..]) => self.page(
                asked,
                "flavors",
                vec![
                    json!({"id": "1", "name": "m1.tiny", "vcpus": 1, "ram": 512, "disk": 1, "description": null}),
                    json!({"id": "7", "name": "m1.small", "vcpus": 1, "ram": 2048, "disk": 20,
                           "extra_specs": {"hw:cpu_policy": "shared"}}),
                ],
            ),
            ("GET", ["os-hypervisors", "detail"]) => self.page(asked, "hypervisors", self.hypervisors.clone()),
            ("GET", ["servers", "detail"]) => self.page(asked, "servers", self.servers.clone()),
            ("GET", ["os-aggregates"]) => {
                let mut all: Vec<Value> = self.aggregates.keys().map(|id| self.show(*id)).collect();
                if self.odd_names {
                    all.iter_mut().for_each(|aggregate| aggregate["name"] = json!(["?"]));
                }
                (200, json!({"aggregates": self.odd(all)}))
            }
            ("POST", ["os-aggregates"]) => self.create(&asked.body["aggregate"]),
            (_, ["os-aggregates", id, ..]) => match id.parse().ok().filter(|id| self.aggregates.contains_key(id)) {
                Some(id) => self.change(asked, id),
                None => fault(404, "itemNotFound", &format!("Aggregate {id} could not be found.")),
            },
            _ => fault(404, "itemNotFound", "The resource could not be found."),
        }
    }

    fn create(&mut self, wanted: &Value) -> (u16, Value) {
        let name = wanted["name"].as_str().unwrap();
        if self.aggregates.values().any(|aggregate| aggregate.name == name) {
            return fault(409, "conflictingRequest", &format!("Aggregate {name} already exists."));
        }
        let id = self.add_aggregate(name);
        if let Some(zone) = wanted["availability_zone"].as_str() {
            let aggregate = self.aggregates.get_mut(&id).unwrap();
            aggregate.metadata.insert("availability_zone".into(), zone.into());
        }
        let mut shown = self.show(id);
        shown
            .as_object_mut()
            .unwrap()
            .retain(|key, _| key != "hosts" && key != "metadata");
        (200, json!({"aggregate": shown}))
    }

    fn change(&mut self, asked: &Asked<'_>, id: u64) -> (u16, Value) {
        let body = &asked.body;
        if *asked.method == Method::DELETE {
            if !self.aggregates[&id].hosts.is_empty() {
                return fault(
                    400,
                    "badRequest",
                    "Cannot remove host from aggregate. Reason: Host aggregate is not empty.",
                );
            }
            self.aggregates.remove(&id);
            return (200, Value::Null);
        }
        if let Some(host) = body["add_host"]["host"].as_str() {
            return self.add(id, host);
        }
        let aggregate = self.aggregates.get_mut(&id).unwrap();
        if let Some(host) = body["remove_host"]["host"].as_str() {
            if !aggregate.hosts.iter().any(|known| known == host) {
                return fault(
                    404,
                    "itemNotFound",
                    &format!("Cannot remove host {host} in aggregate {id}"),
                );
            }
            aggregate.hosts.retain(|known| known != host);
        }
        for (key, value) in body["set_metadata"]["metadata"].as_object().into_iter().flatten() {
            match value.as_str() {
                Some(value) => aggregate.metadata.insert(key.clone(), value.to_owned()),
                None => aggregate.metadata.remove(key),
            };
        }
        if let Some(zone) = body["aggregate"]["availability_zone"].as_str() {
            aggregate.metadata.insert("availability_zone".into(), zone.into());
        }
        if let Some(name) = body["aggregate"]["name"].as_str() {
            name.clone_into(&mut aggregate.name);
        }
        (200, json!({"aggregate": self.show(id)}))
    }

    fn add(&mut self, id: u64, host: &str) -> (u16, Value) {
        if !self.hypervisors.iter().any(|known| known["service"]["host"] == host) {
            return fault(404, "itemNotFound", &format!("Compute host {host} could not be found."));
        }
        let zone = self.aggregates[&id].metadata.get("availability_zone");
        if zone.is_some() && self.zone_of(host).is_some_and(|of| Some(of) != zone) {
            let why = "One or more hosts already in availability zone(s)";
            return fault(
                409,
                "conflictingRequest",
                &format!("Cannot add host to aggregate {id}. Reason: {why}"),
            );
        }
        self.aggregates.get_mut(&id).unwrap().hosts.push(host.to_owned());
        (200, json!({"aggregate": self.show(id)}))
    }

    fn placement(&self, asked: &Asked<'_>) -> (u16, Value) {
        let providers = self
            .hypervisors
            .iter()
            .map(|host| json!({"uuid": host["id"], "generation": 7}));
        match asked.path.rsplit('/').next() {
            Some("resource_providers") => (200, json!({"resource_providers": providers.collect::<Vec<_>>()})),
            Some("inventories") => (
                200,
                json!({"resource_provider_generation": 7, "inventories": {
                    "VCPU": {"allocation_ratio": 16.0, "max_unit": 4, "min_unit": 1, "reserved": 0, "step_size": 1, "total": 4},
                    "MEMORY_MB": {"allocation_ratio": 1.5, "reserved": 512, "total": 5825},
                }}),
            ),
            Some("usages") => (
                200,
                json!({"resource_provider_generation": 7, "usages": {"VCPU": 1, "MEMORY_MB": 512}}),
            ),
            _ => (
                404,
                json!({"errors": [{"status": 404, "title": "Not Found", "code": "placement.undefined_code"}]}),
            ),
        }
    }

    /// A page behind a marker, as Nova makes it: a full one has a link to the next, and a marker that is no more is refused.
    fn page(&self, asked: &Asked<'_>, name: &str, all: Vec<Value>) -> (u16, Value) {
        let parameter = |name: &str| {
            let mut pairs = asked.query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find_map(|(key, value)| (key == name).then(|| value.to_owned()))
        };
        let limit = parameter("limit").map_or(1000, |limit| limit.parse().unwrap());
        let begin = match parameter("marker") {
            None => Some(0),
            Some(marker) => all.iter().position(|item| item["id"] == *marker).map(|at| at + 1),
        };
        let Some(begin) = begin else {
            return fault(400, "badRequest", "Marker could not be found.");
        };
        let page: Vec<Value> = all.into_iter().skip(begin).take(limit).collect();
        let full = page.len() == limit;
        let mut answer = json!({name: if begin == 0 { self.odd(page) } else { page }});
        if full {
            let next = json!([{"rel": "next", "href": "http://behind.a.proxy/"}]);
            answer[format!("{name}_links")] = next;
        }
        (200, answer)
    }

    fn odd(&self, mut list: Vec<Value>) -> Vec<Value> {
        if self.trouble == Some(Trouble::OddObject) {
            list.insert(
                0,
                json!({"id": "odd", "uuid": [], "name": {}, "service": 7, "flavor": "?"}),
            );
        }
        list
    }
}

pub(super) struct Asked<'a> {
    pub(super) method: &'a Method,
    pub(super) path: &'a str,
    pub(super) query: &'a str,
    pub(super) body: Value,
}

pub(super) fn fault(status: u16, name: &str, message: &str) -> (u16, Value) {
    (status, json!({name: {"code": status, "message": message}}))
}

pub(super) fn unauthorized() -> (u16, Value) {
    (
        401,
        json!({"error": {"code": 401, "title": "Unauthorized", "message": "requires authentication"}}),
    )
}
