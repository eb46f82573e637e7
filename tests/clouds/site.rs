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
        let site = Self::beside(config).await;
        site.clear().await;
        site.world.subscribe(&site.subscriber.url()).await;
        site
    }

    /// Somebody else at the same clouds: a gateway that does not run, and tells nobody.
    pub(crate) async fn beside(config: &str) -> Self {
        Self {
            world: World::of(config),
            subscriber: Subscriber::listen().await,
        }
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
