//! Intervals, deadlines, failures while asking, and what the states of common backends mean.

use std::sync::Mutex;

use futures::FutureExt;
use futures::executor::block_on;
use o2_core::Fault;
use o2_testkit::ManualClock;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::kit::status::StatusMap;
use crate::kit::testing::{Backend, answer, with_header};

const SECOND: Duration = Duration::from_secs(1);

fn context() -> Context {
    Context::new("r")
}

/// Polls by a script and says when it was asked; the last entry stays.
fn run(poller: &Poller, context: &Context, script: &[Result<Progress<u8>, ErrorKind>]) -> (Result<u8>, Vec<Duration>) {
    let times = Mutex::new(Vec::new());
    let outcome = block_on(poller.wait(context, || {
        let mut times = times.lock().unwrap();
        let next = script.get(times.len()).or(script.last()).unwrap();
        times.push(poller.clock.monotonic());
        std::future::ready(match next {
            Ok(progress) => Ok(progress.clone()),
            Err(kind) => Err(Error::new(*kind, "asking failed")),
        })
    }));
    (outcome, times.into_inner().unwrap())
}

fn poller() -> Poller {
    Poller::new(ManualClock::auto())
        .with_interval(SECOND * 2, SECOND * 8)
        .with_limit(SECOND * 60)
}

const RUNNING: Result<Progress<u8>, ErrorKind> = Ok(Progress::Running(None));

#[test]
fn it_asks_at_growing_intervals_until_the_work_is_done() {
    let (outcome, times) = run(
        &poller(),
        &context(),
        &[RUNNING, RUNNING, RUNNING, RUNNING, RUNNING, Ok(Progress::Done(7))],
    );
    assert_eq!(outcome.unwrap(), 7);
    assert_eq!(times[0], Duration::ZERO);
    let waits: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    for (wait, longest) in waits.iter().zip([2, 4, 8, 8, 8].map(|seconds| SECOND * seconds)) {
        assert!(*wait >= longest / 2 && *wait <= longest, "{wait:?} of {longest:?}");
    }
}

#[test]
fn a_backend_that_says_when_to_ask_is_not_asked_earlier() {
    let later = Ok(Progress::Running(Some(SECOND * 20)));
    let (outcome, times) = run(&poller(), &context(), &[later, Ok(Progress::Done(1))]);
    outcome.unwrap();
    assert_eq!(times, [Duration::ZERO, SECOND * 20]);
}

#[test]
fn it_gives_up_when_the_time_is_over_and_does_not_want_to_be_repeated() {
    for (deadline, ends) in [(None, 60), (Some(30), 30), (Some(600), 60)] {
        let poller = poller();
        let context = deadline.map_or(context(), |deadline| context().with_deadline(SECOND * deadline));
        let (outcome, times) = run(&poller, &context, &[RUNNING]);
        let error = outcome.unwrap_err();
        assert_eq!((error.kind(), error.retry()), (ErrorKind::Timeout, Retry::Never));
        assert_eq!(
            (poller.clock.monotonic(), *times.last().unwrap()),
            (SECOND * ends, SECOND * ends)
        );
    }
    let poller = poller();
    let much_later = Ok(Progress::Running(Some(SECOND * 61)));
    let (outcome, times) = run(&poller, &context(), &[much_later]);
    assert!(outcome.unwrap_err().is(ErrorKind::Timeout));
    assert_eq!(
        (times.len(), poller.clock.monotonic()),
        (1, Duration::ZERO),
        "there is no use in waiting"
    );
}

#[test]
fn asking_may_fail_for_a_while_and_only_for_reasons_that_pass() {
    let (lost, wrong) = (Err(ErrorKind::Unavailable), Err(ErrorKind::NotFound));
    let done = Ok(Progress::Done(1));
    for (script, fails, asked) in [
        (vec![lost.clone(), lost.clone(), lost.clone(), done.clone()], None, 4),
        (
            vec![
                lost.clone(),
                lost.clone(),
                RUNNING,
                lost.clone(),
                lost.clone(),
                lost.clone(),
                done,
            ],
            None,
            7,
        ),
        (vec![lost], Some(ErrorKind::Unavailable), 4),
        (vec![RUNNING, wrong], Some(ErrorKind::NotFound), 2),
    ] {
        let (outcome, times) = run(&poller(), &context(), &script);
        assert_eq!(
            (outcome.err().map(|error| error.kind()), times.len()),
            (fails, asked),
            "{script:?}"
        );
    }
}

#[test]
fn a_poll_that_hangs_does_not_outlast_the_limit() {
    let poller = poller();
    let error = block_on(poller.wait(&context(), std::future::pending::<Result<Progress<u8>>>)).unwrap_err();
    assert!(error.is(ErrorKind::Timeout));
    assert_eq!(poller.clock.monotonic(), SECOND * 60);
}

#[test]
fn whoever_drops_it_stops_asking() {
    let clock = ManualClock::new();
    let poller = Poller::new(clock.clone());
    let context = context();
    let mut waiting = Box::pin(poller.wait(&context, || std::future::ready(Ok(Progress::<u8>::Running(None)))));
    assert!((&mut waiting).now_or_never().is_none());
    assert_eq!(clock.sleepers(), 1);
    drop(waiting);
    assert_eq!(clock.sleepers(), 0);
}

proptest! {
    #[test]
    fn it_never_asks_after_the_deadline(limit in 1_u64..100, asked in proptest::collection::vec(0_u64..30, 1..10)) {
        let poller = poller().with_limit(SECOND * u32::try_from(limit).unwrap());
        let script: Vec<_> = asked.into_iter().map(|s| Ok(Progress::Running(Some(Duration::from_secs(s))))).collect();
        let (outcome, times) = run(&poller, &context(), &script);
        prop_assert!(outcome.is_err());
        prop_assert!(times.iter().all(|time| *time <= Duration::from_secs(limit)));
    }
}

fn finish(
    script: impl IntoIterator<Item = o2_core::Result<o2_core::ports::HttpResponse>>,
    states: &States,
) -> (Result<Value>, Vec<String>) {
    let clock = ManualClock::auto();
    let backend = Backend::scripted(&clock, script);
    let statuses = StatusMap::new().with_code("QuotaExceeded", ErrorKind::QuotaExceeded);
    let client = backend.client().with_statuses(statuses);
    let endpoint = Endpoint::follow("https://lab/operations/7?v=1");
    let outcome = block_on(client.finish(&context(), &Poller::new(clock), &endpoint, states));
    (outcome, backend.lines())
}

#[test]
fn work_is_followed_to_its_end() {
    let azure = States::at("/status", ["Succeeded"], ["Failed", "Canceled"]).with_code_at("/error/code");
    let running = || with_header(answer(200, json!({"status": "InProgress"})), "retry-after", "1");
    let (outcome, lines) = finish(
        [
            running(),
            answer(200, json!({"status": "Odd"})),
            answer(200, json!({"status": "succeeded", "x": 1})),
        ],
        &azure,
    );
    assert_eq!(outcome.unwrap()["x"], 1);
    assert_eq!(lines, ["GET /operations/7?v=1"; 3]);
    let (outcome, lines) = finish(
        [answer(202, ""), answer(202, ""), answer(204, "")],
        &States::by_status(),
    );
    assert_eq!((outcome.unwrap(), lines.len()), (Value::Null, 3));
}

#[test]
fn failed_work_says_why() {
    let azure = || States::at("/status", ["Succeeded"], ["Failed", "Canceled"]).with_code_at("/error/code");
    for (states, body, kind) in [
        (
            azure(),
            json!({"status": "FAILED", "error": {"code": "QuotaExceeded"}}),
            ErrorKind::QuotaExceeded,
        ),
        (azure(), json!({"status": "Canceled"}), ErrorKind::Internal),
        (
            azure(),
            json!({"status": "Failed", "error": {"code": "Odd"}}),
            ErrorKind::Internal,
        ),
        (
            States::at("/status", ["DONE"], []).with_code_at("/error/0/code"),
            json!({"status": "DONE", "error": [{"code": "quotaexceeded"}]}),
            ErrorKind::QuotaExceeded,
        ),
    ] {
        let (outcome, _) = finish([answer(200, body.clone())], &states);
        let error = outcome.unwrap_err();
        assert_eq!(
            (error.kind(), error.fault(), error.retry()),
            (kind, Fault::Backend, Retry::Never),
            "{body}"
        );
        assert!(error.detail().unwrap().contains("status"), "{error:?}");
    }
}

#[test]
fn the_state_of_work_is_read_where_its_beginning_says() {
    let begun = with_header(answer(202, ""), "location", "/results/7");
    let begun = with_header(begun, "azure-asyncoperation", "https://lab/operations/7").unwrap();
    let base = crate::kit::endpoint::BaseUrl::parse("endpoint", "https://lab/api").unwrap();
    for (headers, leads_to) in [
        (
            &["azure-asyncoperation", "location"][..],
            Some("https://lab/operations/7"),
        ),
        (&["operation-location", "location"], Some("https://lab/results/7")),
        (&["operation-location"], None),
    ] {
        let uri = monitor(&begun, headers).map(|endpoint| endpoint.uri(&base).unwrap().to_string());
        assert_eq!(uri.as_deref(), leads_to, "{headers:?}");
    }
}
