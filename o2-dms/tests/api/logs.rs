//! Logs.

use std::time::Duration;

use o2_core::ports::Clock;
use o2_core::{ErrorKind, Result, Timestamp};
use o2_dms::LogLine;
use serde_json::json;

use crate::world::World;

fn line(second: u64, container: &str, text: &str) -> Result<LogLine, ErrorKind> {
    let time = Timestamp::parse("2026-01-01T00:00:00Z")
        .unwrap()
        .plus(Duration::from_secs(second));
    Ok(LogLine::new(time, "pod-1", container, text))
}

/// A deployment that has logged these lines, one after the other with a pause before each.
async fn logging(lines: Vec<(u64, Result<LogLine, ErrorKind>)>) -> World {
    let world = World::waiting();
    world
        .post("/deployments?wait=1m", json!({"name": "vdu-1", "packageId": "vdu-1.0"}))
        .await
        .expect(201);
    let lines = lines
        .into_iter()
        .map(|(pause, line)| (Duration::from_secs(pause), line));
    world.helm.script().logs = lines.collect();
    world
}

async fn three() -> World {
    logging(vec![
        (0, line(0, "du", "up")),
        (0, line(1, "init", "done")),
        (0, line(2, "du", "a\nb")),
    ])
    .await
}

#[tokio::test]
async fn logs_are_text() {
    let world = three().await;
    let answer = world.get("/deployments/vdu-1/logs").await.expect(200);
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(
        answer.text,
        "2026-01-01T00:00:00Z pod-1/du up\n2026-01-01T00:00:01Z pod-1/init done\n2026-01-01T00:00:02Z pod-1/du a b\n"
    );
    assert!(!answer.headers.contains_key("o2-truncated"));
    for (query, lines) in [
        ("tail=1", 1),
        ("tail=0", 0),
        ("container=du", 2),
        ("container=du&tail=1", 1),
        ("since=2026-01-01T00:00:01Z", 2),
        ("since=2026-01-01T01:00:01%2B01:00", 2),
    ] {
        let answer = world.get(&format!("/deployments/vdu-1/logs?{query}")).await.expect(200);
        assert_eq!(answer.text.lines().count(), lines, "{query}");
    }
}

#[tokio::test]
async fn logs_are_json_for_those_who_ask() {
    let world = three().await;
    let ask = |accept: &'static str| {
        world
            .request("GET", "/deployments/vdu-1/logs")
            .header("accept", accept)
            .send()
    };
    let answer = ask("application/json").await.expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.each("line"), ["up", "done", "a\nb"]);
    let answer = ask("application/x-ndjson").await.expect(200);
    let lines: Vec<LogLine> = answer
        .text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!((lines.len(), lines[2].line.as_str()), (3, "a\nb"));
}

#[tokio::test]
async fn following_ends_when_its_time_is_over() {
    let world = logging(vec![
        (0, line(0, "du", "a")),
        (2, line(2, "du", "b")),
        (2, line(4, "du", "c")),
        (2, line(6, "du", "d")),
    ])
    .await;
    let start = world.clock.monotonic();
    let answer = world.get("/deployments/vdu-1/logs?follow").await.expect(200);
    assert_eq!(answer.text.lines().count(), 3);
    assert_eq!(world.clock.monotonic() - start, Duration::from_secs(5));
    assert!(!answer.headers.contains_key("o2-truncated"));
    let answer = world
        .get("/deployments/vdu-1/logs?follow=true&timeout=1m")
        .await
        .expect(200);
    assert_eq!(answer.text.lines().count(), 4);
    assert_eq!(world.clock.monotonic() - start, Duration::from_secs(65));
}

#[tokio::test]
async fn a_slow_backend_is_not_waited_for_for_ever() {
    let world = logging(vec![(0, line(0, "du", "a")), (20, line(1, "du", "b"))]).await;
    let answer = world.get("/deployments/vdu-1/logs?timeout=10s").await.expect(200);
    assert_eq!(
        (answer.text.lines().count(), answer.header("o2-truncated")),
        (1, "timeout")
    );
}

#[tokio::test]
async fn a_stream_that_breaks_shows_what_came() {
    let world = logging(vec![(0, line(0, "du", "a")), (0, Err(ErrorKind::Unavailable))]).await;
    let answer = world.get("/deployments/vdu-1/logs").await.expect(200);
    assert_eq!(
        (answer.text.lines().count(), answer.header("o2-truncated")),
        (1, "unavailable")
    );
    world.helm.script().logs = vec![(Duration::ZERO, Err(ErrorKind::Unavailable))];
    world.get("/deployments/vdu-1/logs").await.expect(503);
}

#[tokio::test]
async fn logs_are_bounded() {
    let endless = |length: usize| vec![(0, line(0, "du", &"x".repeat(length))); 10_005];
    let world = logging(endless(10)).await;
    let last = world.get("/deployments/vdu-1/logs").await.expect(200);
    assert_eq!(last.text.lines().count(), 10_000);
    assert!(!last.headers.contains_key("o2-truncated"));
    let followed = world.get("/deployments/vdu-1/logs?follow").await.expect(200);
    assert_eq!(
        (followed.text.lines().count(), followed.header("o2-truncated")),
        (10_000, "full")
    );

    let world = logging(endless(1000)).await;
    let long = world.get("/deployments/vdu-1/logs").await.expect(200);
    assert_eq!((long.text.lines().count(), long.header("o2-truncated")), (4165, "full"));
}

#[tokio::test]
async fn wrong_questions_name_the_parameter() {
    let world = three().await;
    for (query, at) in [
        ("tail=-1", "tail"),
        ("tail=10001", "tail"),
        ("tail=all", "tail"),
        ("since=yesterday", "since"),
        ("container=", "container"),
        ("follow=maybe", "follow"),
        ("timeout=61s", "timeout"),
        ("timeout=1", "timeout"),
        ("lines=1", "lines"),
    ] {
        world
            .get(&format!("/deployments/vdu-1/logs?{query}"))
            .await
            .expect_violation(at);
    }
    world.get("/deployments/nothing/logs").await.expect(404);
}
