//! An O2 gateway behind axum.
//!
//! ```text
//! cargo run --example gateway -- [--listen 127.0.0.1:8080] [--config FILE] [--nodes NUMBER] [--store STORE]
//! cargo run --example gateway --features http-reqwest,store-file -- --config examples/config/local.yaml --store file:/tmp/o2.db
//! ```
//!
//! Without a configuration it serves a sample O-Cloud from memory. The store is `memory`, `file:PATH` (feature `store-file`),
//! `redis://…` or `redis+sentinel://…` (feature `store-redis`). Subscribers are told of changes with the feature
//! `http-reqwest`; `examples/config/local.yaml` lets them be on this machine. Ends on Ctrl-C or SIGTERM, after the requests
//! under way.
#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::middleware::map_request;
use o2::Gateway;
use o2::adapters::rt::TokioClock;
use o2::adapters::store;
use o2::core::config::Config;
use o2::core::identity::PeerAddress;
use tokio::net::TcpListener;
use tokio::sync::watch;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .init();
    let options = Options::parse(std::env::args().skip(1))?;
    let config = options.config()?;
    let store = store::open(&options.store, Arc::new(TokioClock::new()));
    let store = store.await.map_err(|error| format!("--store: {}", error.message()))?;
    let gateway = Gateway::builder().config(config).store(store).build()?;

    let app = Router::new()
        .fallback_service(gateway.service())
        .layer(map_request(note_peer));
    let listener = TcpListener::bind(options.listen).await?;
    greet(listener.local_addr()?);

    // The gateway's own work goes on until the last request is answered.
    let (stop, stopped) = watch::channel(());
    let serve = async move {
        let service = app.into_make_service_with_connect_info::<SocketAddr>();
        let served = axum::serve(listener, service)
            .with_graceful_shutdown(told_to_stop())
            .await;
        drop(stop);
        served
    };
    let (served, ()) = tokio::join!(serve, gateway.run(until(stopped)));
    served?;
    println!("stopped");
    Ok(())
}

/// Tells the gateway who is at the other end of the connection.
async fn note_peer(mut request: Request) -> Request {
    if let Some(ConnectInfo(address)) = request.extensions().get::<ConnectInfo<SocketAddr>>().copied() {
        request.extensions_mut().insert(PeerAddress(address.ip()));
    }
    request
}

/// Ends on Ctrl-C, and where there are such signals, on SIGTERM.
async fn told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Ends when the sender is dropped.
async fn until(mut stopped: watch::Receiver<()>) {
    while stopped.changed().await.is_ok() {}
}

fn greet(address: SocketAddr) {
    println!("O2 gateway at http://{address}");
    println!("  infrastructure  http://{address}/o2ims/v1   http://{address}/o2ims/v2");
    println!("  deployments     http://{address}/o2dms/v1");
    println!("  orchestrator    http://{address}/o2smo/v1");
    println!("  administration  http://{address}/admin/v1");
    println!("  documentation   http://{address}/docs   http://{address}/openapi.json");
    println!("  health          http://{address}/healthz   http://{address}/readyz   http://{address}/metrics");
    println!();
    println!("Try:");
    println!("  curl 'http://{address}/o2ims/v1/resourcePools?limit=2'");
    println!(
        "  curl -G 'http://{address}/o2ims/v2/resources' --data-urlencode 'filter=(gte,extensions/cpu,32)' -d limit=1"
    );
    println!("  curl 'http://{address}/admin/v1/routing/explain?category=ims&object=resourcePool&location=dc-1'");
    println!();
    println!("Subscribe (first: cargo run --example notification_sink):");
    println!(
        "  curl 'http://{address}/o2ims/v1/subscriptions' -H 'Content-Type: application/json' \\
       -d '{{\"callback\":\"http://127.0.0.1:9000/notify\"}}'"
    );
    if !cfg!(feature = "http-reqwest") {
        println!("  (nobody is told of anything: this was built without the feature http-reqwest)");
    }
}

#[derive(Debug)]
struct Options {
    listen: SocketAddr,
    config: Option<String>,
    nodes: Option<u32>,
    store: String,
}

impl Options {
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            config: None,
            nodes: None,
            store: "memory".to_owned(),
        };
        while let Some(name) = arguments.next() {
            let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
            match name.as_str() {
                "--listen" => options.listen = value.parse()?,
                "--config" => options.config = Some(value),
                "--nodes" => options.nodes = Some(value.parse()?),
                "--store" => options.store = value,
                _ => {
                    let known = "--listen, --config, --nodes, --store";
                    return Err(format!("unknown option {name} (known: {known})").into());
                }
            }
        }
        Ok(options)
    }

    fn config(&self) -> Result<Config, Box<dyn Error>> {
        let mut config = match &self.config {
            None => Config::default(),
            Some(file) => Config::from_yaml(&std::fs::read_to_string(file)?, file, &variable)?,
        };
        if let Some(nodes) = self.nodes {
            for plugin in config.plugins.ims.iter_mut().filter(|plugin| plugin.kind == "memory") {
                plugin.config["nodes"] = nodes.into();
            }
        }
        Ok(config)
    }
}

/// A variable of the configuration, from the environment.
#[expect(clippy::disallowed_methods, reason = "the host decides where variables come from")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
