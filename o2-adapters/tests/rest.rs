//! A small backend on the REST kit and the ready-made HTTP client, as somebody outside of this crate would write it: login,
//! a list in pages, an object, work that takes long.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use http::HeaderName;
use o2_adapters::http::{HttpOptions, ReqwestClient, Roots};
use o2_adapters::kit::auth::{Login, Placement, SessionToken};
use o2_adapters::kit::client::RestClient;
use o2_adapters::kit::endpoint::{BaseUrl, Endpoint};
use o2_adapters::kit::lenient::Lenient;
use o2_adapters::kit::operation::{Poller, States, monitor};
use o2_adapters::kit::paging::{Listing, Paging};
use o2_adapters::kit::status::StatusMap;
use o2_core::ports::{Ports, Secret};
use o2_core::{Context, ErrorKind};
use o2_testkit::ManualClock;
use serde_json::json;
use wiremock::matchers::{body_json, header, method, path, query_param, query_param_is_missing};
use wiremock::{Mock, MockBuilder, MockServer, ResponseTemplate};

#[derive(Debug, serde::Deserialize)]
struct Group {
    uuid: String,
}

struct Lab {
    server: MockServer,
    rest: RestClient,
    clock: Arc<ManualClock>,
}

async fn lab() -> Lab {
    let server = MockServer::start().await;
    let clock = ManualClock::new();
    // Any root will do, there is no TLS here; so the test does not need those of the machine.
    let root = rcgen::generate_simple_self_signed(["lab".to_owned()])
        .unwrap()
        .cert
        .pem();
    let http = ReqwestClient::new(&HttpOptions::default().with_roots(Roots::Only(root))).unwrap();
    let ports = Ports::new(clock.clone()).with_http(Arc::new(http));
    let base = BaseUrl::parse("endpoint", &server.uri()).unwrap();
    let plain = RestClient::new("lab", base, &ports);
    let password = Secret::new("s3cret");
    let login = Login::new(move || {
        let endpoint = Endpoint::post("/sessions").with_json(&json!({"password": password.expose()}));
        std::future::ready(Ok(endpoint)).boxed()
    });
    let session = SessionToken::new(
        plain.clone(),
        login.with_token_at("/token"),
        Placement::Header(HeaderName::from_static("x-lab-token")),
    );
    let statuses = StatusMap::new()
        .with_code_at("/code")
        .with_code("notEmpty", ErrorKind::Conflict);
    Lab {
        rest: plain.with_auth(Arc::new(session)).with_statuses(statuses),
        server,
        clock,
    }
}

impl Lab {
    async fn answers(&self, request: MockBuilder, answer: ResponseTemplate) {
        request.respond_with(answer).mount(&self.server).await;
    }

    /// Logins give `token`, each of these so many times.
    async fn logs_in(&self, token: &str, times: u64) {
        let login = Mock::given(method("POST"))
            .and(path("/sessions"))
            .and(body_json(json!({"password": "s3cret"})));
        let answer = ResponseTemplate::new(201).set_body_json(json!({"token": token}));
        login
            .respond_with(answer)
            .up_to_n_times(times)
            .mount(&self.server)
            .await;
    }
}

/// A request for `place` with this token.
fn get(place: &str, token: &str) -> MockBuilder {
    Mock::given(method("GET"))
        .and(path(place))
        .and(header("x-lab-token", token))
}

#[tokio::test]
async fn a_list_is_read_to_its_end_although_the_session_ends_in_the_middle() {
    let lab = lab().await;
    lab.logs_in("one", 1).await;
    lab.logs_in("two", 1).await;
    let page = |groups: serde_json::Value| ResponseTemplate::new(200).set_body_json(json!({"groups": groups}));
    let next = format!("<{}/groups?after=b>; rel=\"next\"", lab.server.uri());
    let first = page(json!([{"uuid": "a"}, {"odd": true}, {"uuid": "b"}])).insert_header("link", next.as_str());
    lab.answers(get("/groups", "one").and(query_param_is_missing("after")), first)
        .await;
    lab.answers(get("/groups", "one"), ResponseTemplate::new(401)).await;
    lab.answers(
        get("/groups", "two").and(query_param("after", "b")),
        page(json!([{"uuid": "c"}])),
    )
    .await;

    let groups = Listing::new(
        Endpoint::get("/groups"),
        Paging::link_header(),
        "/groups",
        Lenient::new("group"),
    );
    let read = lab.rest.all::<Group>(&Context::new("r"), &groups).await.unwrap();
    let uuids: Vec<_> = read.items.iter().map(|group| group.uuid.as_str()).collect();
    assert_eq!((uuids, read.skipped), (vec!["a", "b", "c"], 1));
}

#[tokio::test]
async fn answers_have_the_meaning_that_the_table_gives_them() {
    let lab = lab().await;
    lab.logs_in("one", 1).await;
    let refusal = ResponseTemplate::new(400).set_body_json(json!({"code": "notEmpty", "token": "s3cret"}));
    lab.answers(Mock::given(method("DELETE")).and(path("/groups/a%2Fb")), refusal)
        .await;
    let group = |endpoint: Endpoint| endpoint.with_segment("id", "a/b").about("resourcePool", "a/b");
    let context = Context::new("r");

    let error = lab
        .rest
        .call(&context, &group(Endpoint::delete("/groups/{id}")))
        .await
        .unwrap_err();
    assert!(
        error.is(ErrorKind::Conflict) && !format!("{error:?}").contains("s3cret"),
        "{error:?}"
    );
    let error = lab
        .rest
        .json::<Group>(&context, &group(Endpoint::get("/groups/{id}")))
        .await
        .unwrap_err();
    assert_eq!(error.message(), "there is no resourcePool 'a/b'");
}

#[tokio::test]
async fn work_that_takes_long_is_followed_to_its_end() {
    let lab = lab().await;
    lab.logs_in("one", 1).await;
    let begun = ResponseTemplate::new(202).insert_header("location", "/jobs/7");
    lab.answers(Mock::given(method("POST")).and(path("/groups")), begun)
        .await;
    let state = |state: &str| ResponseTemplate::new(200).set_body_json(json!({"state": state, "group": "g"}));
    get("/jobs/7", "one")
        .respond_with(state("Running"))
        .up_to_n_times(3)
        .mount(&lab.server)
        .await;
    lab.answers(get("/jobs/7", "one"), state("Done")).await;

    let context = Context::new("r");
    let answer = lab
        .rest
        .send(&context, &Endpoint::post("/groups").expecting([202]))
        .await
        .unwrap();
    let job = monitor(&answer, &["location"]).unwrap();
    let states = States::at("/state", ["done"], ["failed"]);
    let poller = Poller::new(lab.clock.clone()).with_interval(Duration::ZERO, Duration::ZERO);
    let done = lab.rest.finish(&context, &poller, &job, &states).await;
    assert_eq!(done.unwrap()["group"], "g");
}
