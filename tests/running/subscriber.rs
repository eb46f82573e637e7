//! [`Subscriber`]: somebody behind a real socket who is told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::Notify;

#[derive(Default)]
struct Heard {
    told: Mutex<Vec<(Instant, Value)>>,
    news: Notify,
}

pub(crate) struct Subscriber {
    address: SocketAddr,
    heard: Arc<Heard>,
}

impl Subscriber {
    pub(crate) async fn listen() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::<Heard>::default();
        let app = Router::new().route("/", post(take)).with_state(Arc::clone(&heard));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, heard }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// Everything that was told until now.
    pub(crate) fn all(&self) -> Vec<Value> {
        let told = self.heard.told.lock().unwrap();
        told.iter().map(|(_, told)| told.clone()).collect()
    }

    /// Waits until something that is `wanted` was told after it `began`. When that was.
    ///
    /// # Panics
    /// When it takes longer than `patience`.
    pub(crate) async fn told(&self, began: Instant, patience: Duration, wanted: impl Fn(&Value) -> bool) -> Instant {
        let wait = async {
            loop {
                let news = self.heard.news.notified();
                if let Some(at) = self.find(began, &wanted) {
                    return at;
                }
                news.await;
            }
        };
        match tokio::time::timeout(patience, wait).await {
            Ok(at) => at,
            Err(_) => panic!("not told within {patience:?}: {:#?}", self.all()),
        }
    }

    fn find(&self, began: Instant, wanted: &impl Fn(&Value) -> bool) -> Option<Instant> {
        let told = self.heard.told.lock().unwrap();
        let found = told.iter().find(|(at, told)| *at >= began && wanted(told));
        found.map(|(at, _)| *at)
    }
}

async fn take(State(heard): State<Arc<Heard>>, body: Bytes) -> StatusCode {
    let told = serde_json::from_slice(&body).unwrap();
    heard.told.lock().unwrap().push((Instant::now(), told));
    heard.news.notify_waiters();
    StatusCode::NO_CONTENT
}
