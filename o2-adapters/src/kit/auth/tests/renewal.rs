//! Logins: one for many, renewed when the token is refused, and in nobody's way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use futures::FutureExt;
use futures::executor::block_on;
use futures::future::join_all;
use http::HeaderName;
use o2_core::ports::{Clock, HttpResponse};
use o2_core::{Context, ErrorKind, Result};
use o2_testkit::ManualClock;
use proptest::prelude::*;
use serde_json::json;

use super::super::*;
use super::context;
use crate::kit::client::RestClient;
use crate::kit::endpoint::Endpoint;
use crate::kit::testing::{Asked, Backend, answer, refused, with_header};

const SECOND: Duration = Duration::from_secs(1);

/// A backend whose tokens are numbers; it accepts those from `oldest` on.
#[derive(Default)]
struct Controller {
    logins: AtomicU32,
    oldest: AtomicU32,
}

impl Controller {
    fn answer(&self, asked: &Asked) -> Result<HttpResponse> {
        if asked.line == "POST /api/login" {
            let number = self.logins.fetch_add(1, Ordering::SeqCst) + 1;
            return with_header(
                answer(201, json!({"number": number})),
                "x-subject-token",
                &number.to_string(),
            );
        }
        let shown = asked
            .header("x-auth-token")
            .and_then(|token| token.parse().ok())
            .unwrap_or(0);
        if shown >= self.oldest.load(Ordering::SeqCst).max(1) {
            answer(200, shown)
        } else {
            answer(401, "stale")
        }
    }

    fn logins(&self) -> u32 {
        self.logins.load(Ordering::SeqCst)
    }
}

fn login() -> Login {
    Login::new(|| std::future::ready(Ok(Endpoint::post("/login"))).boxed())
        .with_token_in_header(HeaderName::from_static("x-subject-token"))
}

fn session(backend: &Arc<Backend>, login: Login) -> Arc<SessionToken> {
    let placement = Placement::Header(HeaderName::from_static("x-auth-token"));
    Arc::new(SessionToken::new(backend.client(), login, placement))
}

/// A client of a controller that takes a second for each answer.
fn slow(clock: &Arc<ManualClock>) -> (Arc<Controller>, RestClient) {
    let controller = Arc::new(Controller::default());
    let backend = Backend::slow(clock, SECOND, {
        let controller = Arc::clone(&controller);
        move |asked| controller.answer(asked)
    });
    let client = backend.client().with_auth(session(&backend, login()));
    (controller, client)
}

async fn ask(client: &RestClient) -> Result<u32> {
    client.json(&context(), &Endpoint::get("/x")).await
}

#[test]
fn many_callers_make_one_login() {
    let (controller, client) = slow(&ManualClock::auto());
    let answers = block_on(join_all((0..50).map(|_| ask(&client))));
    assert!(answers.into_iter().all(|answer| answer.unwrap() == 1));
    assert_eq!(controller.logins(), 1);
}

#[test]
fn many_callers_whose_token_is_refused_make_one_login() {
    let (controller, client) = slow(&ManualClock::auto());
    block_on(ask(&client)).unwrap();
    controller.oldest.store(2, Ordering::SeqCst);
    let answers = block_on(join_all((0..50).map(|_| ask(&client))));
    assert!(answers.into_iter().all(|answer| answer.unwrap() == 2));
    assert_eq!(controller.logins(), 2);
}

#[test]
fn a_late_refusal_of_an_old_token_does_not_cost_the_new_one() {
    let clock = ManualClock::auto();
    let (controller, client) = slow(&clock);
    block_on(ask(&client)).unwrap();
    let mut late = Box::pin(ask(&client));
    assert!((&mut late).now_or_never().is_none(), "sent with the first token");
    controller.oldest.store(2, Ordering::SeqCst);
    let other = async {
        clock.sleep(SECOND / 2).await;
        ask(&client).await
    };
    let (late, other) = block_on(futures::future::join(late, other));
    assert_eq!((late.unwrap(), other.unwrap()), (2, 2));
    assert_eq!(controller.logins(), 2);
}

#[test]
fn a_token_that_is_refused_after_a_new_login_is_given_up() {
    let (controller, client) = slow(&ManualClock::auto());
    controller.oldest.store(u32::MAX, Ordering::SeqCst);
    let error = block_on(ask(&client)).unwrap_err();
    assert!(error.is(ErrorKind::Unauthenticated), "{error:?}");
    assert_eq!(controller.logins(), 2);
}

#[test]
fn whoever_began_the_login_may_leave() {
    let clock = ManualClock::new();
    let (controller, client) = slow(&clock);
    let mut first = Box::pin(ask(&client));
    let mut second = Box::pin(ask(&client));
    assert!((&mut first).now_or_never().is_none() && (&mut second).now_or_never().is_none());
    drop(first);
    clock.advance(SECOND);
    assert!((&mut second).now_or_never().is_none(), "logged in, asking");
    clock.advance(SECOND);
    assert_eq!(second.now_or_never().unwrap().unwrap(), 1);
    assert_eq!(controller.logins(), 1);
}

#[test]
fn when_all_leave_the_login_is_given_up_and_the_next_one_begins_anew() {
    let clock = ManualClock::new();
    let (controller, client) = slow(&clock);
    let mut first = Box::pin(ask(&client));
    assert!((&mut first).now_or_never().is_none());
    drop(first);
    assert_eq!(clock.sleepers(), 0, "nothing goes on");
    let mut second = Box::pin(ask(&client));
    for _ in 0..2 {
        assert!((&mut second).now_or_never().is_none());
        clock.advance(SECOND);
    }
    assert_eq!(second.now_or_never().unwrap().unwrap(), 1);
    assert_eq!(controller.logins(), 1);
}

#[test]
fn nobody_waits_for_a_login_longer_than_its_deadline() {
    let clock = ManualClock::auto();
    let backend = Backend::slow(&clock, SECOND * 20, |_| answer(200, json!("t")));
    let client = backend.client().with_auth(session(
        &backend,
        Login::new(|| std::future::ready(Ok(Endpoint::post("/login"))).boxed()),
    ));
    let hurried = Context::new("r").with_deadline(SECOND * 2);
    let (hurried, patient) = block_on(futures::future::join(
        async {
            let outcome = client.call(&hurried, &Endpoint::get("/x")).await;
            (outcome, clock.monotonic())
        },
        client.call(&context(), &Endpoint::get("/x")),
    ));
    assert!(hurried.0.unwrap_err().is(ErrorKind::Timeout));
    assert_eq!(hurried.1, SECOND * 2);
    patient.unwrap();
}

#[test]
fn a_login_that_hangs_ends_after_a_minute() {
    let clock = ManualClock::auto();
    let backend = Backend::slow(&clock, SECOND * 1000, |_| answer(200, json!("t")));
    let client = backend.client().with_auth(session(&backend, login()));
    let error = block_on(ask(&client)).unwrap_err();
    assert!(error.is(ErrorKind::Timeout), "{error:?}");
    assert_eq!(clock.monotonic(), SECOND * 60);
}

#[test]
fn refused_credentials_are_not_tried_again_at_once_but_a_lost_connection_is() {
    let clock = ManualClock::new();
    let backend = Backend::scripted(&clock, [refused(), answer(401, "locked soon"), answer(401, "again")]);
    let client = backend.client().with_auth(session(&backend, login()));
    assert!(block_on(ask(&client)).unwrap_err().is(ErrorKind::Unavailable));
    for asked in [2, 2, 2, 3] {
        assert!(block_on(ask(&client)).unwrap_err().is(ErrorKind::Unauthenticated));
        assert_eq!(backend.lines().len(), asked);
        clock.advance(SECOND * 2);
    }
}

#[test]
fn the_end_of_a_session_is_read_where_the_backend_writes_it() {
    let end = |login: Login, body: serde_json::Value| {
        let clock = ManualClock::new();
        let backend = Backend::answering(&clock, move |asked| match asked.line.as_str() {
            "POST /api/login" => with_header(answer(200, body.clone()), "x-subject-token", "t"),
            _ => answer(204, ""),
        });
        let session = session(&backend, login);
        let mut logins = Vec::new();
        for _ in 0..4 {
            block_on(session.session(&context())).unwrap();
            logins.push(backend.lines().len());
            clock.advance(SECOND * 400);
        }
        logins
    };
    let thousand = json!({"left": "1000", "ends": "2026-01-01T00:16:40Z", "odd": "soon"});
    for (login, logins) in [
        (login(), [1, 1, 1, 1]),
        (login().with_lifetime(SECOND * 1000), [1, 1, 1, 2]),
        (login().with_lifetime_at("/left"), [1, 1, 1, 2]),
        (login().with_lifetime_at("/odd"), [1, 1, 1, 1]),
        (login().with_end_at("/ends"), [1, 1, 1, 2]),
        (login().with_end_at("/odd"), [1, 1, 1, 1]),
        (login().with_lifetime(SECOND * 300), [1, 2, 3, 4]),
    ] {
        assert_eq!(end(login, thousand.clone()), logins);
    }
}

#[test]
fn the_answer_to_the_login_can_be_read() {
    let backend = Backend::scripted(
        &ManualClock::new(),
        [answer(200, json!({"token": {"id": "s3cret"}, "catalog": [1]}))],
    );
    let session = session(&backend, login().with_token_at("/token/id"));
    let session = block_on(session.session(&context())).unwrap();
    assert_eq!(session.answer()["catalog"], json!([1]));
    assert_eq!(session.token().expose(), "s3cret");
    assert!(!format!("{session:?}").contains("s3cret"));
}

proptest! {
    /// Callers come, leave and lose their token in any order: nobody is left waiting, nobody sees a refusal.
    #[test]
    fn no_caller_is_stranded(moves in proptest::collection::vec(0_u8..5, 1..40)) {
        let clock = ManualClock::new();
        let (controller, client) = slow(&clock);
        let mut waiting = Vec::new();
        for next in moves {
            match next {
                0 | 1 => waiting.push(Box::pin(ask(&client))),
                2 => clock.advance(SECOND / 2),
                3 => drop((!waiting.is_empty()).then(|| waiting.remove(0))),
                _ => controller.oldest.store(controller.logins(), Ordering::SeqCst),
            }
            let mut still = Vec::new();
            for mut caller in waiting {
                match (&mut caller).now_or_never() {
                    Some(outcome) => prop_assert!(outcome.is_ok(), "{:?}", outcome),
                    None => still.push(caller),
                }
            }
            waiting = still;
        }
        for _ in 0..8 {
            clock.advance(SECOND);
            waiting.retain_mut(|caller| caller.now_or_never().is_none());
        }
        prop_assert!(waiting.is_empty(), "{} still wait", waiting.len());
    }
}
