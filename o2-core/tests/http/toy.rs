//! A small service with every kind of route.

use std::sync::Arc;

use http::{Method, StatusCode};
use o2_core::http::{Answer, Api, ApiVersion, BodyKind, Deprecation, Exchange, Parameter, QueryDoc, Reply, Route};
use o2_core::model::attribute::{AttributeKind as Kind, Field, Shape};
use o2_core::model::{Attribute, AttributeValue as Value, Attributes};
use o2_core::{Action, Category, Operation, Result};
use o2_testkit::http::Client;
use serde::Serialize;
use serde_json::json;

static READ: Operation = Operation::new(Category::Ims, "get_toy", "toy", "toys", Action::Read);
static WRITE: Operation = Operation::new(Category::Ims, "create_toy", "toy", "toys", Action::Create);

#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Toy {
    pub(crate) id: String,
    pub(crate) parts: Vec<Self>,
}

pub(crate) fn toy(id: &str) -> Toy {
    Toy {
        id: id.to_owned(),
        parts: Vec::new(),
    }
}

impl Attributes for Toy {
    const NAME: &'static str = "Toy";

    fn attributes() -> &'static [Attribute<Self>] {
        const PART: Kind = Kind::Object(Shape::of::<Toy>());
        static TABLE: &[Attribute<Toy>] = &[
            Attribute::required("id", Kind::String, "Its id.", |toy| Value::String(&toy.id)),
            Attribute::optional("parts", Kind::Array(&PART), "Its parts.", |toy| {
                Value::array(&toy.parts)
            }),
        ];
        TABLE
    }
}

const NEW: Shape = Shape::body(
    "NewToy",
    &[
        Field::required("name", Kind::String, "Its name."),
        Field::optional("colour", Kind::Enum(&["red", "blue"]), "Its colour."),
        Field::optional("sizes", Kind::Array(&Kind::Integer), "Its sizes."),
        Field::optional("weight", Kind::Number, "Its weight."),
        Field::optional("sold", Kind::Boolean, "Whether it is sold."),
        Field::optional("soldAt", Kind::DateTime, "When it was."),
        Field::optional("labels", Kind::Map, "Labels."),
        Field::optional("anything", Kind::Any, "Anything."),
    ],
);

#[derive(Debug)]
pub(crate) struct Shop;

/// Answers with what it was asked.
async fn echo(exchange: Exchange) -> Result<Reply> {
    let names = ["toyId", "partId", "any"];
    let path: Vec<_> = names
        .iter()
        .map(|name| exchange.path.get(name))
        .filter(|value| !value.is_empty())
        .collect();
    let body = String::from_utf8_lossy(&exchange.body);
    Reply::ok(&json!({"version": exchange.version.to_string(), "root": *exchange.root, "path": path, "body": body}))
}

fn route(method: Method, path: &'static str, operation: &'static Operation) -> Route<Shop> {
    Route::new(method, path, operation, |_, exchange| Box::pin(echo(exchange))).summary("Do it")
}

pub(crate) fn routes() -> Vec<Route<Shop>> {
    const FORCE: &[Parameter] = &[Parameter::new("force", "Really.")];
    vec![
        route(Method::GET, "/", &READ).answers(Answer::Json(StatusCode::OK)),
        route(Method::GET, "/toys", &READ)
            .query(QueryDoc::list::<Toy>())
            .answers(Answer::list::<Toy>()),
        route(Method::POST, "/toys", &WRITE)
            .takes(BodyKind::Json, NEW)
            .answers(Answer::created::<Toy>())
            .also(&[StatusCode::ACCEPTED]),
        route(Method::GET, "/toys/{toyId}", &READ)
            .query(QueryDoc::object::<Toy>())
            .answers(Answer::object::<Toy>()),
        route(Method::PUT, "/toys/{toyId}", &WRITE)
            .takes(BodyKind::OptionalJson, NEW)
            .answers(Answer::accepted::<Toy>())
            .deprecated(Deprecation::since(0)),
        route(Method::PATCH, "/toys/{toyId}", &WRITE).takes(BodyKind::MergePatch, NEW),
        route(Method::DELETE, "/toys/{toyId}", &WRITE).query(QueryDoc::Only(FORCE)),
        route(Method::GET, "/toys/special", &READ).answers(Answer::Text("text/plain")),
        route(Method::GET, "/toys/{toyId}/parts/{partId}", &READ)
            .answers(Answer::object::<Toy>())
            .since(ApiVersion::V2),
        route(Method::POST, "/toys/{toyId}/break", &WRITE)
            .answers(Answer::Empty(StatusCode::ACCEPTED))
            .also(&[StatusCode::OK]),
    ]
}

pub(crate) fn api() -> Api<Shop> {
    let versions = [ApiVersion::V1, ApiVersion::V2];
    Api::new(
        Arc::new(Shop),
        "/shop",
        &versions,
        routes(),
        &[("dolls", "toys"), ("puppets", "toys")],
    )
}

pub(crate) fn client() -> Client {
    Client::new(Arc::new(api()))
}
