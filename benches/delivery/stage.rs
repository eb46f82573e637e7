//! The stage of a measurement: a backend, receivers, a store, and one or more gateways that tell the ones of the other.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{Request, StatusCode};
use o2::Gateway;
use o2::adapters::http::{HttpOptions, ReqwestClient};
use o2::adapters::rt::TokioClock;
use o2::core::config::Config;
use serde_json::json;
use tokio::task::JoinHandle;

use crate::flow::log::{ChangeLog, What};
use crate::flow::plugin::LogPlugin;
use crate::flow::receiver::Receivers;

/// How much is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// Enough for figures that can be trusted.
    Measure,
    /// Just enough to show that it works.
    Try,
}

impl Effort {
    pub(crate) fn of(self, measure: u64, attempt: u64) -> u64 {
        match self {
            Self::Measure => measure,
            Self::Try => attempt,
        }
    }
}

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct Stage {
    pub(crate) log: Arc<ChangeLog>,
    pub(crate) receivers: Arc<Receivers>,
    callbacks: Vec<String>,
    servers: JoinHandle<()>,
    store: String,
    gateways: Vec<JoinHandle<()>>,
}

/// A store for one measurement: a new file, or a new name in the Redis that the environment tells.
pub(crate) fn new_file() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = format!(
        "delivery-{}-{}.o2",
        std::process::id(),
        COUNT.fetch_add(1, Ordering::Relaxed)
    );
    format!(
        "file:{}",
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name).display()
    )
}

pub(crate) fn new_redis() -> Option<String> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let url = std::env::var("O2_REDIS").ok()?;
    let joint = if url.contains('?') { '&' } else { '?' };
    let name = format!("bench-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    Some(format!("{url}{joint}name={name}"))
}

impl Stage {
    /// So many receivers, of which some never answer, all subscribed to everything.
    pub(crate) async fn new(store: String, pools: u64, receivers: usize, silent: Vec<usize>) -> Self {
        let log = Arc::new(ChangeLog::new(pools));
        let receivers = Receivers::new(receivers, silent, 1);
        let (addresses, serve) = Arc::clone(&receivers).serve().await.expect("there are free ports");
        let callbacks = addresses.iter().map(|address| format!("http://{address}/")).collect();
        Self {
            log,
            receivers,
            callbacks,
            servers: tokio::spawn(serve),
            store,
            gateways: Vec::new(),
        }
    }

    /// One more gateway. Returns when it knows the backend.
    pub(crate) async fn start_gateway(&mut self) {
        let clock = Arc::new(TokioClock::new());
        let plugin = LogPlugin::new(self.log.clone(), clock.clone()).expect("the plugin has a good name");
        let config = Config::from_yaml(include_str!("../../tests/crash/gateway.yaml"), "gateway.yaml", &|_| {
            None
        });
        let http = ReqwestClient::new(&HttpOptions::default()).expect("a client can be built");
        let gateway = Gateway::builder()
            .config(config.expect("the configuration is right"))
            .clock(clock.clone())
            .http(Arc::new(http))
            .store(
                o2::adapters::store::open(&self.store, clock)
                    .await
                    .expect("the store opens"),
            )
            .ims_plugin(Arc::new(plugin))
            .build()
            .expect("the gateway can be built");
        for callback in &self.callbacks {
            subscribe(&gateway, callback).await;
        }
        let runs = gateway.clone();
        self.gateways
            .push(tokio::spawn(async move { runs.run(std::future::pending()).await }));
        let began = Instant::now();
        while !knows_the_backend(&gateway).await {
            assert!(
                began.elapsed() < PATIENCE,
                "the gateway does not get to know the backend"
            );
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Ends a gateway as a crash does.
    pub(crate) fn crash_gateway(&mut self, index: usize) {
        self.gateways.remove(index).abort();
    }

    /// Makes so many changes, at this rate if there is one.
    pub(crate) async fn change(&self, pools: u64, changes: u64, per_second: Option<u64>) {
        let began = Instant::now();
        for number in 0..changes {
            if let Some(rate) = per_second {
                let due = Duration::from_secs_f64(number as f64 / rate as f64);
                let wait = due.saturating_sub(began.elapsed());
                if wait > Duration::from_millis(1) {
                    tokio::time::sleep(wait).await;
                }
            } else if number % 256 == 0 {
                tokio::task::yield_now().await;
            }
            self.log.change(number % pools, false);
        }
    }

    /// Waits until each of these receivers has been told so many changes.
    pub(crate) async fn told(&self, receivers: impl Iterator<Item = usize> + Clone, changes: usize) {
        let began = Instant::now();
        while receivers
            .clone()
            .any(|receiver| self.receivers.count(receiver) < changes)
        {
            let counts: Vec<_> = receivers
                .clone()
                .map(|receiver| self.receivers.count(receiver))
                .collect();
            assert!(
                began.elapsed() < PATIENCE,
                "not everything arrives: {counts:?} of {changes}"
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// How long it took from the changes to these receivers, sorted.
    pub(crate) fn delays(&self, receivers: impl Iterator<Item = usize>) -> Vec<Duration> {
        let arrivals = receivers.flat_map(|receiver| self.receivers.arrivals(receiver));
        let mut delays: Vec<_> = arrivals
            .filter(|arrival| arrival.told.what != What::Deleted)
            .filter_map(|arrival| Some(arrival.at - self.log.time(arrival.told.number)?))
            .collect();
        delays.sort_unstable();
        delays
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.gateways.iter().for_each(JoinHandle::abort);
        self.servers.abort();
        if let Some(file) = self.store.strip_prefix("file:") {
            // What is left behind lies in the target folder.
            let _ = std::fs::remove_file(file);
        }
    }
}

async fn subscribe(gateway: &Gateway, callback: &str) {
    let body = json!({"callback": callback}).to_string();
    let request = Request::post("/o2ims/v2/subscriptions").header("content-type", "application/json");
    let request = request.body(Bytes::from(body)).expect("the request is right");
    let status = gateway.handle(request).await.status();
    assert!(matches!(status, StatusCode::CREATED | StatusCode::CONFLICT), "{status}");
}

async fn knows_the_backend(gateway: &Gateway) -> bool {
    let request = Request::get("/admin/v1/collectors")
        .body(Bytes::new())
        .expect("the request is right");
    let response = gateway.handle(request).await;
    let list: serde_json::Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let current = |collector: &serde_json::Value| collector["state"] == "current";
    list["items"]
        .as_array()
        .is_some_and(|items| !items.is_empty() && items.iter().all(current))
}
