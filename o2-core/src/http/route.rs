//! Routes are data: method, path, operation, handler, and what the OpenAPI document says about them.

use std::fmt;

use futures::future::BoxFuture;
use http::{Method, StatusCode};

use super::{ApiVersion, BodyKind, Deprecation, Exchange, Reply};
use crate::Result;
use crate::model::attribute::{Attributes, Shape};
use crate::operation::Operation;

/// Serves one route of a service `S`.
pub type Handler<S> = for<'a> fn(&'a S, Exchange) -> BoxFuture<'a, Result<Reply>>;

/// One line of an API's route table.
///
/// ```ignore
/// Route::get("/resourcePools/{resourcePoolId}", &op::GET_RESOURCE_POOL, |s, x| Box::pin(get(s, x)))
///     .summary("Read a resource pool")
///     .answers(Answer::object::<ResourcePool>())
/// ```
pub struct Route<S: 'static> {
    /// What there is to know about it.
    pub info: RouteInfo,
    /// What serves it.
    pub handler: Handler<S>,
}

/// What there is to know about a route without its service.
#[derive(Debug)]
#[non_exhaustive]
pub struct RouteInfo {
    /// The method.
    pub method: Method,
    /// The path below the API's root, with `{names}`.
    pub path: &'static str,
    /// The operation whose permission it needs.
    pub operation: &'static Operation,
    /// One sentence about it.
    pub summary: &'static str,
    /// The body it takes.
    pub body: BodyKind,
    /// The shape of that body.
    pub body_shape: Option<Shape>,
    /// The query parameters it takes.
    pub query: QueryDoc,
    /// What it answers.
    pub answer: Answer,
    /// Other statuses it may answer on success, with the same body.
    pub also: &'static [StatusCode],
    /// What else it may answer on success, with other statuses.
    pub others: &'static [Answer],
    /// The first version of the API that has it.
    pub since: ApiVersion,
    /// Whether and when it goes away.
    pub deprecation: Option<Deprecation>,
    /// Whether everybody may ask it, without identity and permission.
    pub public: bool,
}

impl<S> Route<S> {
    /// A route without body that answers 204; the other methods say more.
    pub fn new(method: Method, path: &'static str, operation: &'static Operation, handler: Handler<S>) -> Self {
        let info = RouteInfo {
            method,
            path,
            operation,
            summary: "",
            body: BodyKind::None,
            body_shape: None,
            query: QueryDoc::None,
            answer: Answer::Empty(StatusCode::NO_CONTENT),
            also: &[],
            others: &[],
            since: ApiVersion::V1,
            deprecation: None,
            public: false,
        };
        Self { info, handler }
    }

    /// `GET`.
    pub fn get(path: &'static str, operation: &'static Operation, handler: Handler<S>) -> Self {
        Self::new(Method::GET, path, operation, handler)
    }

    /// `POST`.
    pub fn post(path: &'static str, operation: &'static Operation, handler: Handler<S>) -> Self {
        Self::new(Method::POST, path, operation, handler)
    }

    /// `PUT`.
    pub fn put(path: &'static str, operation: &'static Operation, handler: Handler<S>) -> Self {
        Self::new(Method::PUT, path, operation, handler)
    }

    /// `PATCH`.
    pub fn patch(path: &'static str, operation: &'static Operation, handler: Handler<S>) -> Self {
        Self::new(Method::PATCH, path, operation, handler)
    }

    /// `DELETE`.
    pub fn delete(path: &'static str, operation: &'static Operation, handler: Handler<S>) -> Self {
        Self::new(Method::DELETE, path, operation, handler)
    }

    /// One sentence about it.
    #[must_use]
    pub fn summary(mut self, summary: &'static str) -> Self {
        self.info.summary = summary;
        self
    }

    /// Takes a body.
    #[must_use]
    pub fn takes(mut self, body: BodyKind, shape: Shape) -> Self {
        self.info.body = body;
        self.info.body_shape = Some(shape);
        self
    }

    /// Takes query parameters.
    #[must_use]
    pub fn query(mut self, query: QueryDoc) -> Self {
        self.info.query = query;
        self
    }

    /// Says what it answers.
    #[must_use]
    pub fn answers(mut self, answer: Answer) -> Self {
        self.info.answer = answer;
        self
    }

    /// Says which other statuses it may answer on success, with the same body.
    #[must_use]
    pub fn also(mut self, statuses: &'static [StatusCode]) -> Self {
        self.info.also = statuses;
        self
    }

    /// Says what else it may answer on success, with other statuses.
    #[must_use]
    pub fn or(mut self, others: &'static [Answer]) -> Self {
        self.info.others = others;
        self
    }

    /// Says which version of the API has it first.
    #[must_use]
    pub fn since(mut self, version: ApiVersion) -> Self {
        self.info.since = version;
        self
    }

    /// Lets everybody ask it, without identity and permission.
    #[must_use]
    pub fn public(mut self) -> Self {
        self.info.public = true;
        self
    }

    /// Says that it will go away.
    #[must_use]
    pub fn deprecated(mut self, deprecation: Deprecation) -> Self {
        self.info.deprecation = Some(deprecation);
        self
    }
}

impl<S> fmt::Debug for Route<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({})", self.info.method, self.info.path, self.info.operation)
    }
}

/// The query parameters of a route.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum QueryDoc {
    /// None.
    None,
    /// Filter, selectors, sort and page of a list of this shape, and these.
    List(Shape, &'static [Parameter]),
    /// Selectors of one object of this shape, and these.
    Object(Shape, &'static [Parameter]),
    /// Only these.
    Only(&'static [Parameter]),
}

impl QueryDoc {
    /// The parameters of a list of `T`.
    #[must_use]
    pub const fn list<T: Attributes>() -> Self {
        Self::List(Shape::of::<T>(), &[])
    }

    /// The parameters of one `T`.
    #[must_use]
    pub const fn object<T: Attributes>() -> Self {
        Self::Object(Shape::of::<T>(), &[])
    }
}

/// One query parameter.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// One sentence about it.
    pub doc: &'static str,
}

impl Parameter {
    /// A parameter.
    #[must_use]
    pub const fn new(name: &'static str, doc: &'static str) -> Self {
        Self { name, doc }
    }
}

/// What a route answers.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Answer {
    /// A status without body.
    Empty(StatusCode),
    /// One object.
    Object(StatusCode, Shape),
    /// A list, `{"items": […]}`.
    List(Shape),
    /// Text of this content type.
    Text(&'static str),
    /// Any JSON.
    Json(StatusCode),
}

impl Answer {
    /// 200 with one `T`.
    #[must_use]
    pub const fn object<T: Attributes>() -> Self {
        Self::Object(StatusCode::OK, Shape::of::<T>())
    }

    /// 201 with one `T`.
    #[must_use]
    pub const fn created<T: Attributes>() -> Self {
        Self::Object(StatusCode::CREATED, Shape::of::<T>())
    }

    /// 202 with one `T`.
    #[must_use]
    pub const fn accepted<T: Attributes>() -> Self {
        Self::Object(StatusCode::ACCEPTED, Shape::of::<T>())
    }

    /// 200 with a list of `T`.
    #[must_use]
    pub const fn list<T: Attributes>() -> Self {
        Self::List(Shape::of::<T>())
    }

    /// The status of success.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Empty(status) | Self::Object(status, _) | Self::Json(status) => *status,
            Self::List(_) | Self::Text(_) => StatusCode::OK,
        }
    }
}
