//! [`Host`]: a gateway over the cluster, behind a real socket, with a receiver that is told of changes.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use o2::Gateway;
use o2::adapters::http::{HttpOptions, ReqwestClient};
use o2::adapters::kube::Clusters;
use o2::core::config::Config;
use o2::core::ports::Shared;
use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::served::{Served, serve};

const CONFIG: &str = "
plugins:
  ims:
    - name: edge
      type: kubernetes
      config:
        cluster: { client: bench }
        nodeSelector: o2-bench=node
notifications:
  egress:
    http: allow
    allow: [127.0.0.0/8]
";

/// What the receiver was sent, and when.
pub(crate) type Heard = Arc<Mutex<Vec<(Instant, Bytes)>>>;

pub(crate) struct Host {
    pub(crate) heard: Heard,
    served: Served,
}

impl Host {
    pub(crate) async fn start(cluster: &Cluster) -> Self {
        let shared = Shared::default();
        shared
            .get_or_default::<Clusters>()
            .provide("bench", cluster.counting().await);
        let config = Config::from_yaml(CONFIG, "bench", &|_| None).expect("the configuration is right");
        let http = ReqwestClient::new(&HttpOptions::default()).expect("a client can be built");
        let gateway = Gateway::builder()
            .config(config)
            .shared(shared)
            .http(Arc::new(http))
            .build();
        let heard = Heard::default();
        let receiver = serve(Router::new().route("/", post(take)).with_state(Arc::clone(&heard))).await;
        let served = Served::start(gateway.expect("the gateway can be built")).await;
        let body = json!({"callback": format!("http://{receiver}/")}).to_string();
        let (agent, url) = (served.agent.clone(), served.url("/o2ims/v2/subscriptions"));
        let subscribe = move || agent.post(url).header("content-type", "application/json").send(body);
        let subscribed = tokio::task::spawn_blocking(subscribe).await.expect("it ends");
        assert_eq!(subscribed.expect("the gateway answers").status().as_u16(), 201);
        Self { heard, served }
    }

    pub(crate) async fn get(&self, path: &str) -> Bytes {
        self.served.get(path).await
    }

    /// Waits until the gateway's snapshot has so many resources. How long that took from its start.
    pub(crate) async fn until_known(&self, count: usize) -> Duration {
        self.served.until(|collector| known(collector) >= count).await
    }
}

/// How many resources the collector has.
fn known(collector: &Value) -> usize {
    let count = &collector["objects"]["resource"];
    usize::try_from(count.as_u64().unwrap_or_default()).unwrap_or_default()
}

async fn take(State(heard): State<Heard>, body: Bytes) -> StatusCode {
    heard.lock().expect("nobody panics here").push((Instant::now(), body));
    StatusCode::NO_CONTENT
}
