//! Reading one object by its id, beside handlers that have the answer ready: called within the process, and served over
//! a connection.

use std::future::ready;

use axum::body::Body;
use axum::routing::get;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response};
use tower_service::Service;

use crate::support::world::{Get, SOME_ID, gateway};
use crate::support::{Bench, Case, Floor, Report, connection};

const ENOUGH: f64 = 25.0;
const JSON: HeaderValue = HeaderValue::from_static("application/json");

pub(crate) fn run(bench: &Bench, report: &mut Report) {
    let (small, large) = (gateway(1, bench.scale(10_000)), gateway(1, bench.scale(100_000)));
    for version in ["v1", "v2"] {
        let request = &Get::new(&format!("/o2ims/{version}/resources/{SOME_ID}"));
        let body = &request.answer(bench, &small).into_body();
        let title = format!("Get by id, {version}: {} bytes", body.len());
        let mut bare = axum::Router::new()
            .route("/o2ims/v1/resources/{id}", get(with_ready(body)))
            .route("/o2ims/v2/resources/{id}", get(with_ready(body)));
        let mut mounted = axum::Router::new().fallback_service(small.service());
        let figures = bench.measure([
            Case::awaiting(bench, "bare axum route with the bytes ready", || {
                bare.call(request.with(Body::empty()))
            }),
            Case::awaiting(bench, "gateway in axum, 10 000 resources", || {
                mounted.call(request.with(Body::empty()))
            }),
            Case::awaiting(bench, "`Gateway::handle`, 10 000 resources", || {
                small.handle(request.bytes())
            }),
            Case::awaiting(bench, "`Gateway::handle`, 100 000 resources", || {
                large.handle(request.bytes())
            }),
            Case::awaiting(bench, "plain `async fn` with the bytes ready", || {
                plain(request.bytes(), body)
            }),
        ]);
        report.table(&title, &figures);
        let path = format!("/o2ims/{version}/resources/{SOME_ID}");
        let served = bench.measure([
            connection::case(bench, "bare axum route with the bytes ready", bare, &path, body.len()),
            connection::case(bench, "gateway in axum, 10 000 resources", mounted, &path, body.len()),
        ]);
        report.table(&format!("{title}, over a connection"), &served);
        let [bare, gateway] = &served;
        report.floor(Floor::throughput(
            &format!("get by id, {version}, of a bare axum route, over a connection"),
            ENOUGH,
            gateway,
            bare,
        ));
    }
}

fn with_ready(
    body: &Bytes,
) -> impl Fn() -> std::future::Ready<([(http::HeaderName, HeaderValue); 1], Bytes)> + Clone + use<> {
    let body = body.clone();
    move || ready(([(CONTENT_TYPE, JSON)], body.clone()))
}

async fn plain(request: Request<Bytes>, body: &Bytes) -> Response<Bytes> {
    let mut response = Response::new(body.clone());
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    drop(request);
    response
}
