//! A gateway over the nodes of one test.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use o2::Gateway;
use o2::core::config::Config;
use serde_json::{Value, json};

use crate::PATIENCE;
use crate::cluster::{Cluster, kubeconfig};

/// As an operator would write it; the receiver is on this machine.
const CONFIG: &str = "
plugins:
  ims:
    - name: edge
      type: kubernetes
      config:
        cluster: { kubeconfig: KUBECONFIG, context: admin }
        nodeSelector: SELECTOR
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
    pub(crate) fn new(cluster: &Cluster) -> Self {
        let text = CONFIG
            .replace("KUBECONFIG", &kubeconfig().display().to_string())
            .replace("SELECTOR", &cluster.selector());
        let config = Config::from_yaml(&text, "gateway.yaml", &|_| None).unwrap();
        Self {
            gateway: Gateway::builder().config(config).build().unwrap(),
        }
    }

    /// Runs the gateway, and `work` when it knows the cluster; then the gateway is told to end.
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
        let is_current = |list: &Value| {
            let collectors = list["items"].as_array().unwrap();
            collectors.iter().any(|collector| collector["state"] == "current")
        };
        while !is_current(&self.get("/admin/v1/collectors").await) {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }

    async fn send(&self, request: http::request::Builder, body: String) -> Response<Bytes> {
        let request = request.header("content-type", "application/json").body(body.into());
        self.gateway.handle(request.unwrap()).await
    }

    async fn get(&self, path: &str) -> Value {
        let response = self.send(Request::get(path), String::new()).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}: {response:?}");
        serde_json::from_slice(response.body()).unwrap()
    }

    /// Subscribes to everything.
    pub(crate) async fn subscribe(&self, callback: &str) {
        let body = json!({"callback": callback}).to_string();
        let response = self.send(Request::post("/o2ims/v2/subscriptions"), body).await;
        assert_eq!(response.status(), StatusCode::CREATED, "{response:?}");
    }
}
