//! A gateway in front of a change log.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use o2::Gateway;
use o2::adapters::rt::TokioClock;
use o2::core::config::Config;
use o2::core::ports::Clock;
use o2::core::store::{MemoryStore, Store};
use serde_json::{Value, json};

use crate::flow::log::ChangeLog;
use crate::flow::plugin::LogPlugin;
use crate::until;

/// It may speak to 127.0.0.1 alone, and tries again soon.
const CONFIG: &str = r"
plugins: {}
identity:
  source: {type: anonymous, roles: [platform-admin]}
notifications:
  profiles:
    standard: [20ms, 20ms, 50ms, 50ms, 100ms, 100ms, 200ms, 1s, 1s, 5s]
  circuitBreaker: {failures: 1000, openFor: 100ms}
  lease: 3s
  drain: 200ms
  egress:
    http: allow
    allow: [127.0.0.1/32]
";

/// A gateway and what outlives it.
pub(crate) struct World {
    pub(crate) log: Arc<ChangeLog>,
    store: Arc<dyn Store>,
    gateway: Gateway,
}

impl World {
    pub(crate) fn new() -> Self {
        let store = MemoryStore::new(Arc::new(TokioClock::new()));
        Self::with(Arc::new(ChangeLog::new(5)), Arc::new(store))
    }

    /// The next process, with the same store and backend.
    pub(crate) fn again(&self) -> Self {
        Self::with(Arc::clone(&self.log), Arc::clone(&self.store))
    }

    fn with(log: Arc<ChangeLog>, store: Arc<dyn Store>) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(TokioClock::new());
        let plugin = LogPlugin::new(Arc::clone(&log) as _, Arc::clone(&clock)).unwrap();
        let gateway = Gateway::builder()
            .config(Config::from_yaml(CONFIG, "gateway.yaml", &|_| None).unwrap())
            .clock(clock)
            .store(Arc::clone(&store))
            .ims_plugin(Arc::new(plugin))
            .build()
            .unwrap();
        Self { log, store, gateway }
    }

    /// Runs the gateway, and `work` when it knows the backend; then the gateway is told to end.
    pub(crate) async fn while_running(&self, work: impl Future<Output = ()>) {
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let run = self.gateway.run(async {
            let _ = ended.await;
        });
        let work = async {
            until("the collector knows the backend", async || {
                let list = self.get("/admin/v1/collectors").await;
                list["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|collector| collector["state"] == "current")
            })
            .await;
            Box::pin(work).await;
            drop(end);
        };
        tokio::join!(Box::pin(run), Box::pin(work));
    }

    /// Waits until the store has so many entries under a prefix.
    pub(crate) async fn stored(&self, prefix: &str, count: usize) {
        until(&format!("{count} entries under {prefix}"), async || {
            self.store.scan(prefix, None, 1000).await.unwrap().len() == count
        })
        .await;
    }

    async fn send(&self, request: http::request::Builder, body: &Value) -> Response<Bytes> {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let request = request
            .header("content-type", "application/json")
            .body(body.into())
            .unwrap();
        self.gateway.handle(request).await
    }

    pub(crate) async fn try_subscribe(&self, callback: &str) -> Response<Bytes> {
        let post = Request::post("/o2ims/v2/subscriptions");
        self.send(post, &json!({"callback": callback})).await
    }

    /// Subscribes to everything; the id of the subscription.
    pub(crate) async fn subscribe(&self, callback: &str) -> String {
        let response = self.try_subscribe(callback).await;
        assert_eq!(response.status(), StatusCode::CREATED, "{response:?}");
        let subscription: Value = serde_json::from_slice(response.body()).unwrap();
        subscription["subscriptionId"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let response = self.send(Request::get(path), &Value::Null).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}: {response:?}");
        serde_json::from_slice(response.body()).unwrap()
    }

    pub(crate) async fn delete(&self, path: &str) {
        let response = self.send(Request::delete(path), &Value::Null).await;
        assert!(response.status().is_success(), "{path}: {response:?}");
    }
}
