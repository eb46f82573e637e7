//! The HTTP routes of administration, mounted at `/admin/v1`.

use http::StatusCode;
use serde::Serialize;

use super::{AdminService, ExplainRequest, PluginHealth, PluginView, op};
use crate::collect::CollectorView;
use crate::error::Excerpt;
use crate::http::{Answer, Exchange, Parameter, QueryDoc, Reply, Route};
use crate::operation::Category;
use crate::{Error, Result};

type R = Route<AdminService>;

const PLUGIN: &str = "/plugins/{category}/{pluginName}";
const LIST: &[Parameter] = &[Parameter::new("category", "Only plugins of this category.")];
const LIST_COLLECTORS: &[Parameter] = &[Parameter::new("category", "Only collectors of this category.")];
const EXPLAIN: &[Parameter] = &[
    Parameter::new("category", "`ims`, `dms` or `smo`."),
    Parameter::new(
        "object",
        "The object of the call, `resourcePool`; `*` when it does not matter.",
    ),
    Parameter::new("operation", "The operation of the call, `create_resource_pool`."),
    Parameter::new("packageType", "The type of the package, `helm-chart`."),
    Parameter::new("labels", "Labels, `key:value,key2:value2`."),
    Parameter::new("location", "The location, `dc-dallas-1`."),
    Parameter::new("tenant", "The tenant the call is for."),
    Parameter::new("extensions.<key>", "An extension: text, a number or a boolean."),
];

/// Every route.
#[must_use]
pub fn routes() -> Vec<R> {
    vec![
        R::get("/plugins", &op::LIST_PLUGINS, |s, x| {
            Box::pin(std::future::ready(list(s, &x)))
        })
        .summary("List plugins")
        .query(QueryDoc::Only(LIST))
        .answers(Answer::List(PluginView::SHAPE)),
        R::get(PLUGIN, &op::GET_PLUGIN, |s, x| Box::pin(std::future::ready(get(s, &x))))
            .summary("Read a plugin")
            .answers(Answer::Object(StatusCode::OK, PluginView::SHAPE)),
        R::post(
            "/plugins/{category}/{pluginName}/enable",
            &op::SET_PLUGIN_ENABLED,
            |s, x| Box::pin(std::future::ready(set_enabled(s, &x, true))),
        )
        .summary("Route calls to a plugin again")
        .answers(Answer::Object(StatusCode::OK, PluginView::SHAPE)),
        R::post(
            "/plugins/{category}/{pluginName}/disable",
            &op::SET_PLUGIN_ENABLED,
            |s, x| Box::pin(std::future::ready(set_enabled(s, &x, false))),
        )
        .summary("Route no more calls to a plugin")
        .answers(Answer::Object(StatusCode::OK, PluginView::SHAPE)),
        R::get(
            "/plugins/{category}/{pluginName}/health",
            &op::CHECK_PLUGIN_HEALTH,
            |s, x| Box::pin(health(s, x)),
        )
        .summary("Check the health of a plugin now")
        .answers(Answer::Object(StatusCode::OK, PluginHealth::SHAPE)),
        R::get("/plugins/{category}/{pluginName}/stats", &op::GET_PLUGIN, |s, x| {
            Box::pin(std::future::ready(stats(s, &x)))
        })
        .summary("Read how much a plugin is used")
        .answers(Answer::Json(StatusCode::OK)),
        R::get("/collectors", &op::LIST_COLLECTORS, |s, x| {
            Box::pin(std::future::ready(collectors(s, &x)))
        })
        .summary("List the collectors, which keep the objects of plugins up to date in memory")
        .query(QueryDoc::Only(LIST_COLLECTORS))
        .answers(Answer::List(CollectorView::SHAPE)),
        R::get("/routing/explain", &op::EXPLAIN_ROUTING, |s, x| {
            Box::pin(std::future::ready(explain(s, &x)))
        })
        .summary("Explain where a call would go, and why not elsewhere")
        .query(QueryDoc::Only(EXPLAIN))
        .answers(Answer::Json(StatusCode::OK)),
    ]
}

#[derive(Serialize)]
struct Items<T> {
    items: Vec<T>,
}

fn list(service: &AdminService, exchange: &Exchange) -> Result<Reply> {
    exchange.expect_params(&["category"])?;
    let category = exchange.params.get("category").map(category).transpose()?;
    Reply::ok(&Items {
        items: service.plugins(category),
    })
}

fn collectors(service: &AdminService, exchange: &Exchange) -> Result<Reply> {
    exchange.expect_params(&["category"])?;
    let category = exchange.params.get("category").map(category).transpose()?;
    Reply::ok(&Items {
        items: service.collectors(category),
    })
}

fn category(text: &str) -> Result<Category> {
    const ALL: [Category; 4] = [Category::Ims, Category::Dms, Category::Smo, Category::Observability];
    let found = ALL
        .into_iter()
        .find(|category| category.as_str().eq_ignore_ascii_case(text));
    found.ok_or_else(|| Error::violation("category", "must be ims, dms, smo or observability"))
}

fn get(service: &AdminService, exchange: &Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    Reply::ok(
        &service
            .directory(exchange.path.get("category"))?
            .plugin(exchange.path.get("pluginName"))?,
    )
}

fn set_enabled(service: &AdminService, exchange: &Exchange, enabled: bool) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let directory = service.directory(exchange.path.get("category"))?;
    Reply::ok(&directory.set_enabled(exchange.path.get("pluginName"), enabled)?)
}

fn stats(service: &AdminService, exchange: &Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let plugin = service
        .directory(exchange.path.get("category"))?
        .plugin(exchange.path.get("pluginName"))?;
    Reply::ok(&plugin.stats)
}

async fn health(service: &AdminService, exchange: Exchange) -> Result<Reply> {
    exchange.expect_params(&[])?;
    let (category, name) = (exchange.path.get("category"), exchange.path.get("pluginName"));
    Reply::ok(&service.check_health_of(&exchange.context, category, name).await?)
}

fn explain(service: &AdminService, exchange: &Exchange) -> Result<Reply> {
    let mut request = ExplainRequest {
        object: "*".to_owned(),
        ..ExplainRequest::default()
    };
    let mut category = None;
    for (name, value) in exchange.params.iter() {
        let text = || Some(value.to_owned());
        match name {
            "category" => category = Some(value),
            "object" => value.clone_into(&mut request.object),
            "operation" => request.operation = text(),
            "packageType" => request.package_type = text(),
            "location" => request.location = text(),
            "tenant" => request.tenant = Some(value.into()),
            "labels" => request.labels.extend(labels(value)?),
            _ => {
                let key = name
                    .strip_prefix("extensions.")
                    .filter(|key| !key.is_empty())
                    .ok_or_else(|| {
                        let known: Vec<_> = EXPLAIN.iter().map(|parameter| parameter.name).collect();
                        let reason = format!("unknown query parameter (known: {})", known.join(", "));
                        Error::violation(Excerpt(name).to_string(), reason)
                    })?;
                let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
                request.extensions.insert(key.to_owned(), value);
            }
        }
    }
    let category = category.ok_or_else(|| Error::violation("category", "is required: ims, dms or smo"))?;
    Reply::ok(&service.directory(category)?.explain(&request)?)
}

fn labels(text: &str) -> Result<Vec<(String, String)>> {
    let pair = |pair: &str| match pair.split_once(':') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err(Error::violation(
            "labels",
            format!("'{}' is not key:value", Excerpt(pair)),
        )),
    };
    text.split(',').map(pair).collect()
}
