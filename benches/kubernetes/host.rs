//! [`Host`]: a gateway over the cluster, behind a real socket, with a receiver that is told of changes.

use std::net::SocketAddr;
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
use tokio::net::TcpListener;

use crate::cluster::Cluster;

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
    pub(crate) address: SocketAddr,
    pub(crate) heard: Heard,
    agent: ureq::Agent,
    started: Instant,
}

impl Host {
    pub(crate) async fn start(cluster: &Cluster) -> Self {
        let shared = Shared::default();
        shared
            .get_or_default::<Clusters>()
            .provide("bench", cluster.counting().await);
        let config = Config::from_yaml(CONFIG, "bench", &|_| None).expect("the configuration is right");
        let http = ReqwestClient::new(&HttpOptions::default()).expect("a client can be built");
        let started = Instant::now();
        let gateway = Gateway::builder()
            .config(config)
            .shared(shared)
            .http(Arc::new(http))
            .build();
        let gateway = gateway.expect("the gateway can be built");
        let runs = gateway.clone();
        tokio::spawn(async move { runs.run(std::future::pending()).await });
        let heard = Heard::default();
        let receiver = serve(Router::new().route("/", post(take)).with_state(Arc::clone(&heard))).await;
        let host = Self {
            address: serve(Router::new().fallback_service(gateway.service())).await,
            heard,
            agent: ureq::Agent::new_with_defaults(),
            started,
        };
        let body = json!({"callback": format!("http://{receiver}/")}).to_string();
        let (agent, url) = (host.agent.clone(), host.url("/o2ims/v2/subscriptions"));
        let subscribe = move || agent.post(url).header("content-type", "application/json").send(body);
        let subscribed = tokio::task::spawn_blocking(subscribe).await.expect("it ends");
        assert_eq!(subscribed.expect("the gateway answers").status().as_u16(), 201);
        host
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn get(&self, path: &str) -> Bytes {
        let (agent, url) = (self.agent.clone(), self.url(path));
        let get = move || {
            agent
                .get(url)
                .call()
                .and_then(|mut answer| answer.body_mut().with_config().limit(1 << 28).read_to_vec())
        };
        let body = tokio::task::spawn_blocking(get).await.expect("it ends");
        Bytes::from(body.expect("the gateway answers"))
    }

    /// Waits until the gateway's snapshot has so many resources. How long that took from its start.
    pub(crate) async fn until_known(&self, count: usize) -> Duration {
        loop {
            let body = self.get("/admin/v1/collectors").await;
            let collectors: Value = serde_json::from_slice(&body).expect("collectors are JSON");
            if known(&collectors) >= count {
                return self.started.elapsed();
            }
            assert!(self.started.elapsed() < Duration::from_secs(300), "{collectors}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// How many resources the collectors have.
fn known(collectors: &Value) -> usize {
    let count = &collectors["items"][0]["objects"]["resource"];
    usize::try_from(count.as_u64().unwrap_or_default()).unwrap_or_default()
}

async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("there are free ports");
    let address = listener.local_addr().expect("it listens");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

async fn take(State(heard): State<Heard>, body: Bytes) -> StatusCode {
    heard.lock().expect("nobody panics here").push((Instant::now(), body));
    StatusCode::NO_CONTENT
}

/// The memory of this process that is in use, in bytes.
pub(crate) fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibi = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<i64>().ok());
    kibi.unwrap_or_default() * 1024
}
