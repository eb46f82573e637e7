//! What the gateway says about itself: is it alive, is it ready, how busy is it, what does it offer.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::StatusCode;
use http::header::CACHE_CONTROL;
use o2_core::admin::{AdminService, PluginHealth, op};
use o2_core::collect::CollectorView;
use o2_core::config::GatewayConfig;
use o2_core::http::openapi::{self, Info};
use o2_core::http::{Answer, Exchange, Mount, Reply, Route};
use o2_core::metrics::Metrics;
use o2_core::plugin::HealthStatus;
use o2_core::{Error, Result};
use serde::Serialize;

/// What the gateway says about itself.
#[derive(Debug)]
pub(crate) struct MetaService {
    admin: Arc<AdminService>,
    metrics: Metrics,
    info: Info,
    document: OnceLock<Bytes>,
}

impl MetaService {
    pub(crate) fn new(admin: Arc<AdminService>, metrics: Metrics, config: &GatewayConfig) -> Self {
        let description = format!(
            "O-RAN O2 interface of {}: infrastructure (`/o2ims`), deployments (`/o2dms`), integration with the \
             orchestrator above (`/o2smo`), administration (`/admin`). Errors are problem documents (RFC 9457).",
            config.name
        );
        let info = Info::new("O2 gateway", env!("CARGO_PKG_VERSION"), description);
        Self {
            admin,
            metrics,
            info,
            document: OnceLock::new(),
        }
    }

    /// Makes the OpenAPI document, once all mounts are known.
    pub(crate) fn describe(&self, mounts: &[Arc<dyn Mount>]) {
        let mounts: Vec<&dyn Mount> = mounts.iter().map(|mount| &**mount).collect();
        let document = openapi::document(&self.info, &mounts);
        self.document.get_or_init(|| Bytes::from(document.to_string()));
    }
}

pub(crate) fn routes() -> Vec<Route<MetaService>> {
    type R = Route<MetaService>;
    vec![
        R::get("/healthz", &op::READ_GATEWAY, |_, x| {
            Box::pin(std::future::ready(alive(&x)))
        })
        .summary("Say whether the process is alive")
        .answers(Answer::Json(StatusCode::OK))
        .public(),
        R::get("/readyz", &op::READ_GATEWAY, |s, x| Box::pin(ready(s, x)))
            .summary("Say whether every category has a plugin that works")
            .answers(Answer::Json(StatusCode::OK))
            .public(),
        R::get("/metrics", &op::READ_GATEWAY, |s, x| {
            Box::pin(std::future::ready(metrics(s, &x)))
        })
        .summary("Read the metrics in the Prometheus text format")
        .answers(Answer::Text(Metrics::CONTENT_TYPE))
        .public(),
        R::get("/openapi.json", &op::READ_GATEWAY, |s, x| {
            Box::pin(std::future::ready(document(s, &x)))
        })
        .summary("Read the description of this API")
        .answers(Answer::Json(StatusCode::OK))
        .public(),
        R::get("/docs", &op::READ_GATEWAY, |_, x| {
            Box::pin(std::future::ready(page(&x)))
        })
        .summary("Browse the description of this API")
        .answers(Answer::Text("text/html; charset=utf-8"))
        .public(),
    ]
}

#[derive(Serialize)]
struct Alive {
    status: &'static str,
}

fn alive(exchange: &Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    Reply::ok(&Alive { status: "alive" })
}

#[derive(Serialize)]
struct Ready {
    status: &'static str,
    plugins: Vec<PluginHealth>,
    /// The collectors that do not keep what is known up to date.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    collectors: Vec<CollectorView>,
}

/// Ready is a gateway whose every category with plugins has one that works.
async fn ready(service: &MetaService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let plugins = service.admin.check_health(&exchange.context).await;
    let works = |plugin: &PluginHealth| plugin.health.is_usable();
    let failed = |plugin: &PluginHealth| {
        !plugins
            .iter()
            .any(|other| other.category == plugin.category && works(other))
    };
    let degraded = |plugin: &PluginHealth| plugin.health.status != HealthStatus::Healthy;
    let mut collectors = service.admin.collectors(None);
    collectors.retain(|collector| !collector.is_well());
    let (status, code) = if plugins.iter().any(failed) {
        ("unavailable", StatusCode::SERVICE_UNAVAILABLE)
    } else if plugins.iter().any(degraded) || !collectors.is_empty() {
        ("degraded", StatusCode::OK)
    } else {
        ("ready", StatusCode::OK)
    };
    Reply::json(
        code,
        &Ready {
            status,
            plugins,
            collectors,
        },
    )
}

fn metrics(service: &MetaService, exchange: &Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    Ok(Reply::text(Metrics::CONTENT_TYPE, service.metrics.render()?))
}

fn document(service: &MetaService, exchange: &Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let document = service
        .document
        .get()
        .ok_or_else(|| Error::internal("the OpenAPI document was not made"))?;
    Ok(Reply::text("application/json", document.clone()))
}

fn page(exchange: &Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let page = Reply::text("text/html; charset=utf-8", include_str!("docs.html"));
    Ok(page.with_header(CACHE_CONTROL, "no-cache"))
}
