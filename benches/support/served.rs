//! [`Served`]: a gateway that runs behind a real socket, and what is asked of it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use o2::Gateway;
use serde_json::Value;
use tokio::net::TcpListener;

/// Nothing takes longer to become known.
const LONGEST: Duration = Duration::from_secs(900);

pub(crate) struct Served {
    pub(crate) agent: ureq::Agent,
    address: SocketAddr,
    started: Instant,
}

impl Served {
    pub(crate) async fn start(gateway: Gateway) -> Self {
        let (started, runs) = (Instant::now(), gateway.clone());
        tokio::spawn(async move { runs.run(std::future::pending()).await });
        Self {
            agent: ureq::Agent::new_with_defaults(),
            address: serve(Router::new().fallback_service(gateway.service())).await,
            started,
        }
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

    pub(crate) async fn json(&self, path: &str) -> Value {
        serde_json::from_slice(&self.get(path).await).expect("the gateway answers in JSON")
    }

    /// Waits until the only collector is `so`. How long that took from the start.
    pub(crate) async fn until(&self, so: impl Fn(&Value) -> bool) -> Duration {
        loop {
            let collectors = self.json("/admin/v1/collectors").await;
            if so(&collectors["items"][0]) {
                return self.started.elapsed();
            }
            assert!(self.started.elapsed() < LONGEST, "{collectors}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

pub(crate) async fn serve(app: Router) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("there are free ports");
    let address = listener.local_addr().expect("it listens");
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

/// The memory of this process that is in use, in bytes.
pub(crate) fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibi = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<i64>().ok());
    kibi.unwrap_or_default() * 1024
}
