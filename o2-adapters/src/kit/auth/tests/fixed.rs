//! Bearer tokens, passwords and keys.

use futures::executor::block_on;
use http::HeaderName;
use o2_core::ErrorKind;
use o2_testkit::ManualClock;

use super::super::*;
use super::{Vault, context};
use crate::kit::endpoint::Endpoint;
use crate::kit::testing::{Asked, Backend, answer};
use o2_core::ports::Secret;

fn shown(auth: impl Auth) -> Asked {
    let backend = Backend::scripted(&ManualClock::new(), [answer(204, "")]);
    let client = backend.client().with_auth(Arc::new(auth));
    block_on(client.call(&context(), &Endpoint::get("/x").with_query("a", 1))).unwrap();
    backend.asked().remove(0)
}

use std::sync::Arc;

#[test]
fn credentials_stand_where_the_backend_looks_for_them() {
    let secret = || Secret::new("pass word");
    let bearer = shown(Bearer::new(secret()));
    assert_eq!(bearer.header("authorization"), Some("Bearer pass word"));
    let basic = shown(Basic::new("Aladdin", Secret::new("open sesame")));
    assert_eq!(
        basic.header("authorization"),
        Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    );
    let header = shown(ApiKey::new(
        secret(),
        Placement::Header(HeaderName::from_static("x-api-key")),
    ));
    assert_eq!(header.header("x-api-key"), Some("pass word"));
    let query = shown(ApiKey::new(secret(), Placement::Query("k&y".into())));
    assert_eq!(query.line, "GET /api/x?a=1&k%26y=pass+word");
    assert_eq!(shown(NoAuth).header("authorization"), None);
}

#[test]
fn a_secret_that_cannot_be_sent_is_a_mistake_of_the_configuration() {
    let backend = Backend::scripted(&ManualClock::new(), []);
    let client = backend
        .client()
        .with_auth(Arc::new(Bearer::new(Secret::new("s3cret\r\nx: y"))));
    let error = block_on(client.call(&context(), &Endpoint::get("/x"))).unwrap_err();
    assert!(
        error.is(ErrorKind::Config) && !format!("{error:?}").contains("s3cret"),
        "{error:?}"
    );
}

#[test]
fn a_given_secret_that_is_refused_is_not_tried_again() {
    let backend = Backend::scripted(&ManualClock::new(), [answer(401, "no")]);
    let client = backend.client().with_auth(Arc::new(Bearer::new(Secret::new("x"))));
    let error = block_on(client.call(&context(), &Endpoint::get("/x"))).unwrap_err();
    assert!(error.is(ErrorKind::Unauthenticated));
}

#[test]
fn a_named_secret_is_asked_for_once_and_again_when_it_is_refused() {
    let backend = Backend::answering(&ManualClock::new(), |asked| match asked.header("authorization") {
        Some("Bearer new") => answer(204, ""),
        _ => answer(401, ""),
    });
    let ports = backend.ports().with_secrets(Vault::with(["old", "new", "newer"]));
    let client = backend
        .client()
        .with_auth(Arc::new(Bearer::new(Credential::named("lab/token", &ports))));
    for _ in 0..3 {
        block_on(client.call(&context(), &Endpoint::get("/x"))).unwrap();
    }
    assert_eq!(
        backend.lines().len(),
        4,
        "one refusal, then the new secret for all three"
    );
}

#[test]
fn a_name_that_nobody_knows_is_a_mistake_of_the_configuration() {
    let backend = Backend::scripted(&ManualClock::new(), []);
    let ports = backend.ports().with_secrets(Vault::with(["x"]));
    let client = backend
        .client()
        .with_auth(Arc::new(Basic::new("ann", Credential::named("other", &ports))));
    let error = block_on(client.call(&context(), &Endpoint::get("/x"))).unwrap_err();
    assert!(error.is(ErrorKind::Config), "{error:?}");
}

#[test]
fn debug_output_shows_no_secret() {
    let auth = Basic::new("ann", Secret::new("s3cret"));
    assert!(!format!("{auth:?}").contains("s3cret"));
}
