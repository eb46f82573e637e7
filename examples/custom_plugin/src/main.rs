//! The plugin behind a gateway, asking the controller over a real socket.
//!
//! ```text
//! cargo run --manifest-path examples/custom_plugin/Cargo.toml
//! ```
#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

mod client;

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use custom_plugin::controller::Controller;
use custom_plugin::lab;
use o2::Gateway;
use o2::adapters::ims;
use o2::core::config::Config;
use tokio::net::TcpListener;

use client::SocketClient;

const TOKEN: &str = "for-demonstrations-only";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let endpoint = format!("http://{}", listener.local_addr()?);
    let serve = axum::serve(listener, controller());
    tokio::select! {
        served = serve => Err(served.err().map_or_else(|| "the controller has ended".into(), Into::into)),
        shown = show(&endpoint) => shown,
    }
}

/// The controller as a web service.
fn controller() -> Router {
    Router::new()
        .fallback(answer)
        .with_state(Arc::new(Controller::new(TOKEN)))
}

async fn answer(State(controller): State<Arc<Controller>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 1 << 20).await else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let request = http::Request::from_parts(head, body);
    controller.answer(&request).map(Into::into)
}

/// A gateway with the plugin, and a few requests.
async fn show(endpoint: &str) -> Result<(), Box<dyn Error>> {
    let text = "plugins: {ims: [{name: lab, type: lab, config: {endpoint: '${LAB}', token: '${LAB_TOKEN}'}}]}";
    let variable = |name: &str| match name {
        "LAB" => Some(endpoint.to_owned()),
        "LAB_TOKEN" => Some(TOKEN.to_owned()),
        _ => None,
    };
    let gateway = Gateway::builder()
        .config(Config::from_yaml(text, "example", &variable)?)
        .ims_catalog(ims::catalog().with(&lab::BACKEND))
        .http(Arc::new(SocketClient))
        .build()?;
    for (method, target, body) in [
        (
            "GET",
            "/o2ims/v1/resourcePools?filter=(cont,location,hall-a)&limit=2",
            "",
        ),
        ("GET", "/o2ims/v1/resources?limit=1", ""),
        (
            "POST",
            "/o2ims/v1/resourcePools",
            r#"{"name":"new","location":"hall-b/2","replicas":2}"#,
        ),
        ("POST", "/o2ims/v1/resourcePools", r#"{"name":"new"}"#),
        ("GET", "/o2ims/v1/resourcePools/nothing", ""),
    ] {
        let request = http::Request::builder().method(method).uri(target);
        let request = request
            .header("content-type", "application/json")
            .body(Bytes::from(body))?;
        let response = gateway.handle(request).await;
        let text = String::from_utf8_lossy(response.body());
        println!("{method} {target}\n  {} {text}", response.status());
    }
    Ok(())
}
