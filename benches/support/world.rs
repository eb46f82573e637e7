//! Gateways over in-memory backends, and requests as a server hands them on.

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use o2::Gateway;
use o2::core::config::{Config, PluginConfig};
use serde_json::json;

use super::Bench;

/// An id that every sample of the in-memory backend has.
pub(crate) const SOME_ID: &str = "node-000042";

/// A gateway over so many in-memory plugins, which have so many nodes together. Pages may hold all of them.
pub(crate) fn gateway(plugins: u32, nodes: u32) -> Gateway {
    let mut config = Config::default();
    let plugin = |number| {
        let mut plugin = PluginConfig::new(format!("memory-{number}"), "memory");
        plugin.default = number == 0;
        plugin.config = json!({"nodes": nodes / plugins});
        plugin
    };
    config.plugins.ims = (0..plugins).map(plugin).collect();
    config.gateway.max_page_size = nodes as usize;
    Gateway::builder()
        .config(config)
        .build()
        .expect("the configuration is right")
}

/// A request that a server has parsed already, to be handed out again and again.
pub(crate) struct Get(Parts);

impl Get {
    pub(crate) fn new(target: &str) -> Self {
        Self(
            Request::get(target)
                .body(())
                .expect("the target is right")
                .into_parts()
                .0,
        )
    }

    /// The request with this body, an empty one.
    pub(crate) fn with<B>(&self, body: B) -> Request<B> {
        Request::from_parts(self.0.clone(), body)
    }

    pub(crate) fn bytes(&self) -> Request<Bytes> {
        self.with(Bytes::new())
    }

    /// The gateway's answer, which must be good.
    pub(crate) fn answer(&self, bench: &Bench, gateway: &Gateway) -> Response<Bytes> {
        let response = bench.wait(gateway.handle(self.bytes()));
        assert_eq!(response.status(), 200, "{:?}", response.body());
        response
    }
}
