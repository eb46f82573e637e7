//! The process that is killed: a gateway that watches the backend of its parent.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use o2::Gateway;
use o2::adapters::http::{HttpOptions, ReqwestClient};
use o2::adapters::rt::TokioClock;
use o2::core::config::Config;
use serde_json::Value;

use crate::flow::plugin::{LogPlugin, RemoteLog};
use crate::subscriptions;

/// The argument that makes a process a child.
pub(crate) const WORD: &str = "child";
/// What it prints when it has subscribed and knows the backend.
pub(crate) const READY: &str = "ready";

const CONFIG: &str = include_str!("gateway.yaml");

/// Runs until it is killed. The arguments: the store, the URL of the backend, those of the receivers.
pub(crate) async fn run(arguments: &[String]) -> Result<(), Box<dyn Error + Send + Sync>> {
    let [store, backend, receivers @ ..] = arguments else {
        return Err("a child needs a store, a backend and receivers".into());
    };
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .init();
    let clock = Arc::new(TokioClock::new());
    let http = Arc::new(ReqwestClient::new(&HttpOptions::default())?);
    let remote = RemoteLog {
        base: backend.clone(),
        http: http.clone(),
    };
    let plugin = LogPlugin::new(Arc::new(remote), clock.clone())?;
    let gateway = Gateway::builder()
        .config(Config::from_yaml(CONFIG, "gateway.yaml", &|_| None)?)
        .clock(clock.clone())
        .http(http)
        .store(o2::adapters::store::open(store, clock).await?)
        .ims_plugin(Arc::new(plugin))
        .build()?;
    let begin = async {
        subscribe(&gateway, receivers).await?;
        wait_for_the_backend(&gateway).await?;
        println!("{READY}");
        std::future::pending().await
    };
    tokio::select! {
        ended = begin => ended,
        () = gateway.run(std::future::pending()) => Ok(()),
    }
}

async fn subscribe(gateway: &Gateway, receivers: &[String]) -> Result<(), Box<dyn Error + Send + Sync>> {
    for (receiver, callback) in receivers.iter().enumerate() {
        let body = subscriptions::body(receiver, callback);
        let request = Request::post("/o2ims/v2/subscriptions").header("content-type", "application/json");
        let response = gateway.handle(request.body(Bytes::from(body.to_string()))?).await;
        // One that is there already is from an earlier life.
        if !matches!(response.status(), StatusCode::CREATED | StatusCode::CONFLICT) {
            return Err(format!("{}: {:?}", response.status(), response.body()).into());
        }
    }
    Ok(())
}

/// Waits until the collector has seen the backend, so that every later change is told.
async fn wait_for_the_backend(gateway: &Gateway) -> Result<(), Box<dyn Error + Send + Sync>> {
    loop {
        let response = gateway
            .handle(Request::get("/admin/v1/collectors").body(Bytes::new())?)
            .await;
        let list: Value = serde_json::from_slice(response.body())?;
        let current = |collector: &Value| collector["plugin"] == "log" && collector["state"] == "current";
        if list["items"].as_array().is_some_and(|items| items.iter().any(current)) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
