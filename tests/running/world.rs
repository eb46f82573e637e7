//! [`World`]: a gateway, and what is asked of it while it runs.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use o2::Gateway;
use o2::core::config::Config;
use serde_json::{Value, json};

use super::PATIENCE;

/// What all configurations end with: everybody may do everything, and receivers are on this machine.
const EVERYBODY: &str = "
identity:
  source: {type: anonymous, roles: [platform-admin]}
notifications:
  egress:
    http: allow
    allow: [127.0.0.1/32]
";

pub(crate) struct World {
    gateway: Gateway,
}

impl World {
    /// A gateway with this configuration, which says nothing about callers and receivers.
    pub(crate) fn of(config: &str) -> Self {
        let config = Config::from_yaml(&format!("{config}{EVERYBODY}"), "gateway.yaml", &|_| None).unwrap();
        Self {
            gateway: Gateway::builder().config(config).build().unwrap(),
        }
    }

    /// Runs the gateway, and `work` when it knows its backends; then the gateway is told to end.
    pub(crate) async fn while_running(&self, work: impl Future<Output = ()>) {
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let run = self.gateway.run(async {
            let _ = ended.await;
        });
        let work = async {
            tokio::time::timeout(PATIENCE, self.known()).await.unwrap();
            Box::pin(work).await;
            drop(end);
        };
        tokio::join!(Box::pin(run), Box::pin(work));
    }

    async fn known(&self) {
        let are_current = |list: &Value| {
            let collectors = list["items"].as_array().unwrap();
            !collectors.is_empty() && collectors.iter().all(|collector| collector["state"] == "current")
        };
        while !are_current(&self.collectors().await) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(crate) async fn send(&self, request: http::request::Builder, body: String) -> Response<Bytes> {
        let request = request.header("content-type", "application/json").body(body.into());
        self.gateway.handle(request.unwrap()).await
    }

    async fn collectors(&self) -> Value {
        let response = self.send(Request::get("/admin/v1/collectors"), String::new()).await;
        assert_eq!(response.status(), StatusCode::OK, "{response:?}");
        serde_json::from_slice(response.body()).unwrap()
    }

    /// Subscribes to everything.
    pub(crate) async fn subscribe(&self, callback: &str) {
        let body = json!({"callback": callback}).to_string();
        let response = self.send(Request::post("/o2ims/v2/subscriptions"), body).await;
        assert_eq!(response.status(), StatusCode::CREATED, "{response:?}");
    }
}
