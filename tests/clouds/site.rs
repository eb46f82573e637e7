//! [`Site`]: a gateway over clouds, somebody who asks it, and somebody who is told.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use http::{Method, Request};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::answer::Answer;
use crate::running::{PATIENCE, Subscriber, World};

pub(crate) const POOLS: &str = "/o2ims/v2/resourcePools";

pub(crate) struct Site {
    pub(crate) world: World,
    pub(crate) subscriber: Subscriber,
}

impl Site {
    /// With this configuration.
    pub(crate) async fn new(config: &str) -> Self {
        let site = Self {
            world: World::of(config),
            subscriber: Subscriber::listen().await,
        };
        site.clear().await;
        site.world.subscribe(&site.subscriber.url()).await;
        site
    }

    /// Takes away what tests before have left because they failed.
    async fn clear(&self) {
        let left = self.get(&format!("{POOLS}?filter=(eq,labels/made-for,tests)")).await;
        for id in left.items("resourcePoolId") {
            let deleted = self.delete(&format!("{POOLS}/{}?force=true", encoded(&id))).await;
            assert!([204, 404].contains(&deleted.status), "{}", deleted.text());
        }
    }

    async fn ask(&self, method: Method, target: &str, cache: &str, body: Option<&Value>) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(target)
            .header("cache-control", cache);
        let body = body.map_or_else(String::new, Value::to_string);
        Answer::of(self.world.send(request, body).await)
    }

    /// The backend's own word.
    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.ask(Method::GET, target, "no-cache", None).await
    }

    /// What the gateway remembers, unless it is older than a second and the backend answers.
    pub(crate) async fn remembered(&self, target: &str) -> Answer {
        self.ask(Method::GET, target, "max-age=1", None).await
    }

    pub(crate) async fn delete(&self, target: &str) -> Answer {
        self.ask(Method::DELETE, target, "", None).await
    }

    pub(crate) async fn post(&self, target: &str, body: &Value) -> Answer {
        self.ask(Method::POST, target, "", Some(body)).await
    }

    pub(crate) async fn put(&self, target: &str, body: &Value) -> Answer {
        self.ask(Method::PUT, target, "", Some(body)).await
    }

    pub(crate) async fn patch(&self, target: &str, body: &Value) -> Answer {
        self.ask(Method::PATCH, target, "", Some(body)).await
    }

    /// Waits until the subscriber was told of an event of this kind, after it `began`, about an object that is `wanted`.
    pub(crate) async fn told(&self, began: Instant, kind: &str, wanted: impl Fn(&Value) -> bool) {
        let is_it = |told: &Value| told["eventType"] == kind && wanted(object(told));
        let at = self.subscriber.told(began, PATIENCE, is_it).await;
        println!("{kind}: told after {:?}", at - began);
    }

    /// The ids of all resources of which the subscriber was told this, of the pool with this id.
    pub(crate) fn resources_told(&self, kind: &str, pool: &str) -> Vec<String> {
        let all = self.subscriber.all();
        let told = all.iter().filter(|told| told["eventType"] == kind).map(object);
        let of_pool = told.filter(|resource| resource["resourcePoolId"] == pool);
        of_pool.map(|resource| text(resource, "resourceId")).collect()
    }

    /// How often each plugin was asked for one pool.
    pub(crate) async fn asked_for_a_pool(&self) -> BTreeMap<String, u64> {
        let metrics = self.get("/metrics").await;
        let mut asked = BTreeMap::new();
        for line in metrics.text().lines() {
            let is_it = line.starts_with("o2_plugin_calls_total{") && line.contains("operation=\"get_resource_pool\"");
            if let (true, Some((_, rest))) = (is_it, line.split_once("plugin=\"")) {
                let plugin = rest.split('"').next().unwrap().to_owned();
                let calls: u64 = rest.rsplit(' ').next().unwrap().parse().unwrap();
                *asked.entry(plugin).or_default() += calls;
            }
        }
        asked
    }
}

/// An id as a part of a path.
pub(crate) fn encoded(id: &str) -> String {
    form_urlencoded::byte_serialize(id.as_bytes()).collect()
}

/// The labels of pools that tests make.
pub(crate) fn made_here() -> Value {
    json!({"made-for": "tests"})
}

/// What a notification is about, as it is, or as it was.
fn object(told: &Value) -> &Value {
    let now = &told["postObjectState"];
    if now.is_null() { &told["priorObjectState"] } else { now }
}

pub(crate) fn text(object: &Value, attribute: &str) -> String {
    let text = object[attribute].as_str();
    text.unwrap_or_else(|| panic!("no {attribute} in {object}")).to_owned()
}

/// Waits until `holds`.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    if tokio::time::timeout(PATIENCE, wait).await.is_err() {
        panic!("not within {PATIENCE:?}: {what}");
    }
}

/// A pool that was made through the gateway.
pub(crate) struct Pool<'s> {
    site: &'s Site,
    pub(crate) id: String,
    pub(crate) path: String,
}

impl<'s> Pool<'s> {
    /// A new one, of which the subscriber was told.
    pub(crate) async fn created(site: &'s Site, body: &Value) -> Self {
        let began = Instant::now();
        let answer = site.post(POOLS, body).await;
        let made = answer.expect(201);
        let pool = Self {
            site,
            id: text(&made, "resourcePoolId"),
            path: answer.header("location").to_owned(),
        };
        for attribute in body.as_object().unwrap().keys().filter(|key| *key != "extensions") {
            assert_eq!(made[attribute], body[attribute], "{attribute}: {made}");
        }
        assert_eq!(pool.shown().await["name"], body["name"]);
        pool.told(began, "ResourcePoolCreated", |told| told["name"] == body["name"])
            .await;
        pool
    }

    /// As the backend shows it, alone and in the list.
    pub(crate) async fn shown(&self) -> Value {
        let pool = self.site.get(&self.path).await.expect(200);
        let filter = format!("{POOLS}?filter=(eq,resourcePoolId,'{}')", self.id);
        let listed = self.site.get(&filter).await.expect(200);
        assert_eq!(listed["items"], json!([pool]));
        pool
    }

    async fn told(&self, began: Instant, kind: &str, wanted: impl Fn(&Value) -> bool) {
        let is_it = |told: &Value| told["resourcePoolId"] == *self.id && wanted(told);
        self.site.told(began, kind, is_it).await;
    }

    /// Changes parts of it; the subscriber was told of what is `shown` then.
    pub(crate) async fn patched(&self, patch: &Value, shown: impl Fn(&Value) -> bool) {
        let began = Instant::now();
        let answered = self.site.patch(&self.path, patch).await.expect(200);
        assert!(shown(&answered), "{answered}");
        assert!(shown(&self.shown().await));
        self.told(began, "ResourcePoolUpdated", shown).await;
    }

    /// Replaces it with itself, but for this attribute.
    pub(crate) async fn replaced(&self, attribute: &str, value: &Value) {
        let mut body = self.shown().await;
        body[attribute] = value.clone();
        let began = Instant::now();
        let answered = self.site.put(&self.path, &body).await.expect(200);
        assert_eq!(answered[attribute], *value);
        assert_eq!(self.shown().await[attribute], *value);
        self.told(began, "ResourcePoolUpdated", |told| told[attribute] == *value)
            .await;
    }

    pub(crate) async fn resources(&self) -> Vec<String> {
        let listed = self.site.get(&format!("{}/resources", self.path)).await;
        assert!(listed.items("resourcePoolId").iter().all(|pool| *pool == self.id));
        listed.items("resourceId")
    }

    /// Waits until the subscriber was told this about `count` resources of the pool.
    pub(crate) async fn resources_told(&self, kind: &str, count: usize) -> Vec<String> {
        let told = || self.site.resources_told(kind, &self.id);
        until(&format!("{count} times {kind}"), async || told().len() >= count).await;
        let told = told();
        assert_eq!(told.len(), count, "{kind}: {told:?}");
        told
    }

    /// What has resources goes with force only.
    pub(crate) async fn kept_without_force(&self) {
        let problem = self.site.delete(&self.path).await.problem();
        assert_eq!((problem.status, problem.error.as_str()), (409, "conflict"));
        assert!(self.shown().await.is_object());
    }

    pub(crate) async fn deleted(self, force: bool) {
        let target = format!("{}?force={force}", self.path);
        let began = Instant::now();
        self.site.delete(&target).await.expect(204);
        let problem = self.site.get(&self.path).await.problem();
        assert_eq!((problem.status, problem.error.as_str()), (404, "notFound"));
        self.told(began, "ResourcePoolDeleted", |_| true).await;
    }

    /// This change is refused, because of this part of the request.
    pub(crate) async fn refuses(&self, patch: &Value, at: &str) {
        let problem = self.site.patch(&self.path, patch).await.problem();
        assert_eq!(
            (problem.status, problem.error.as_str()),
            (400, "invalidInput"),
            "{patch}"
        );
        assert_eq!(problem.at, [at], "{}", problem.detail);
    }

    /// What no backend of a cloud knows of a pool.
    pub(crate) async fn has_no_metrics_and_events(&self, plugin: &str) {
        for (what, operation) in [
            ("metrics", "get_resource_pool_metrics"),
            ("events", "list_resource_pool_events"),
        ] {
            let problem = self.site.get(&format!("{}/{what}", self.path)).await.problem();
            assert_eq!((problem.status, problem.error.as_str()), (501, "unsupported"), "{what}");
            assert_eq!(problem.plugin.as_deref(), Some(plugin));
            assert_eq!(problem.operation.as_deref(), Some(operation));
        }
    }
}
