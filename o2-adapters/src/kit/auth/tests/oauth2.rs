//! Access tokens from an authorization server.

use std::sync::Arc;
use std::time::Duration;

use futures::executor::block_on;
use o2_core::ports::{HttpResponse, Secret};
use o2_core::{ErrorKind, Fault, Result};
use o2_testkit::ManualClock;
use serde_json::json;

use super::super::*;
use super::context;
use crate::kit::endpoint::Endpoint;
use crate::kit::testing::{Backend, answer};

const TOKEN_URL: &str = "https://login/tenant/token";

fn token(name: &str, expires_in: u64) -> Result<HttpResponse> {
    answer(
        200,
        json!({"access_token": name, "token_type": "Bearer", "expires_in": expires_in}),
    )
}

fn client() -> OAuth2Client {
    OAuth2Client::new("o2:gateway", Secret::new("s3cret/1"))
}

fn auth(backend: &Arc<Backend>, client: OAuth2Client) -> Arc<ClientCredentials> {
    Arc::new(ClientCredentials::new("tokenUrl", TOKEN_URL, client, &backend.ports()).unwrap())
}

#[test]
fn the_request_for_a_token_is_as_the_rfc_says() {
    let asking = client()
        .with_scope("a b")
        .with_audience("https://api")
        .with_resource("urn:r");
    let post = asking.clone().with_authentication(ClientAuthentication::Post);
    for (client, authorization, tail) in [
        (asking, Some("Basic bzIlM0FnYXRld2F5OnMzY3JldCUyRjE="), ""),
        (post, None, "&client_id=o2%3Agateway&client_secret=s3cret%2F1"),
    ] {
        let backend = Backend::scripted(&ManualClock::new(), [token("t1", 3600), answer(204, "")]);
        let rest = backend.client().with_auth(auth(&backend, client));
        block_on(rest.call(&context(), &Endpoint::get("/x"))).unwrap();
        let asked = backend.asked();
        assert_eq!(asked[0].line, "POST /tenant/token");
        assert_eq!(asked[0].header("authorization"), authorization);
        assert_eq!(
            asked[0].header("content-type"),
            Some("application/x-www-form-urlencoded")
        );
        let body = "grant_type=client_credentials&scope=a+b&audience=https%3A%2F%2Fapi&resource=urn%3Ar";
        assert_eq!(asked[0].body, format!("{body}{tail}"));
        assert_eq!(asked[1].header("authorization"), Some("Bearer t1"));
    }
}

#[test]
fn tokens_are_renewed_before_they_expire() {
    let clock = ManualClock::new();
    let logins = std::sync::atomic::AtomicU32::new(0);
    let backend = Backend::answering(&clock, move |asked| {
        if asked.line == "POST /tenant/token" {
            let number = logins.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            token(&format!("t{number}"), 600)
        } else {
            answer(200, json!(asked.header("authorization")))
        }
    });
    let rest = backend.client().with_auth(auth(&backend, client()));
    for (seconds, expected) in [(0, "t1"), (539, "t1"), (1, "t2"), (539, "t2"), (10_000, "t3")] {
        clock.advance(Duration::from_secs(seconds));
        let shown: String = block_on(rest.json(&context(), &Endpoint::get("/x"))).unwrap();
        assert_eq!(shown, format!("Bearer {expected}"), "after {seconds} s more");
    }
}

#[test]
fn errors_of_the_server_say_whose_fault_they_are() {
    for (status, body, kind, fault) in [
        (
            401,
            json!({"error": "invalid_client"}),
            ErrorKind::Unauthenticated,
            Fault::Backend,
        ),
        (
            400,
            json!({"error": "invalid_client"}),
            ErrorKind::Unauthenticated,
            Fault::Backend,
        ),
        (
            400,
            json!({"error": "unauthorized_client"}),
            ErrorKind::PermissionDenied,
            Fault::Backend,
        ),
        (
            400,
            json!({"error": "invalid_scope"}),
            ErrorKind::Config,
            Fault::Gateway,
        ),
        (400, json!("what"), ErrorKind::Config, Fault::Gateway),
        (503, json!(""), ErrorKind::Unavailable, Fault::Backend),
        (
            200,
            json!({"token_type": "Bearer"}),
            ErrorKind::Internal,
            Fault::Backend,
        ),
        (200, json!({"access_token": ""}), ErrorKind::Internal, Fault::Backend),
    ] {
        let backend = Backend::scripted(&ManualClock::new(), [answer(status, body.clone())]);
        let rest = backend.client().with_auth(auth(&backend, client()));
        let error = block_on(rest.call(&context(), &Endpoint::get("/x"))).unwrap_err();
        assert_eq!(
            (error.kind(), error.fault()),
            (kind, fault),
            "{status} {body}: {error:?}"
        );
        assert!(!format!("{error:?}").contains("s3cret"));
    }
}

#[test]
fn the_token_url_is_checked_when_it_is_configured() {
    let backend = Backend::scripted(&ManualClock::new(), []);
    let error = ClientCredentials::new("tokenUrl", "login", client(), &backend.ports()).unwrap_err();
    assert!(
        error.is(ErrorKind::Config) && error.message().starts_with("tokenUrl: "),
        "{error}"
    );
}
