//! Logs of a cluster that has what a test gives it: one Deployment, its pods, and what their containers write.

mod cluster;

use std::time::Duration;

use futures::future::{Either, select};
use futures::{StreamExt, TryStreamExt};
use o2_core::{ErrorKind, Timestamp};

use super::*;
use cluster::Script;

fn texts(lines: &[LogLine]) -> Vec<String> {
    let text = |line: &LogLine| {
        format!(
            "{} {}/{}: {}",
            line.time.unix_seconds(),
            line.source,
            line.container,
            line.line
        )
    };
    lines.iter().map(text).collect()
}

async fn read(script: &Script, options: &LogOptions) -> Result<Vec<LogLine>> {
    let (cluster, of) = script.cluster();
    let stream = logs(&cluster, of, &Context::new("test"), options).await?;
    stream.try_collect().await
}

/// Two pods; the second has a container that has not begun, and one that was started anew.
fn script() -> Script {
    let script = Script::new();
    script.pod("web-1", &[("app", "running", 0)]);
    script.pod("web-2", &[("app", "running", 1), ("late", "waiting", 0)]);
    script.write_before_restart("web-2", "app", 1, "crashed");
    script.write("web-1", "app", 2, "one");
    script.write("web-2", "app", 3, "two");
    script.write("web-1", "app", 4, "three");
    script
}

#[tokio::test]
async fn lines_of_all_containers_are_in_their_order() {
    let script = script();
    let all = [
        "1 web-2/app: crashed",
        "2 web-1/app: one",
        "3 web-2/app: two",
        "4 web-1/app: three",
    ];
    let since = |seconds| LogOptions::new().with_since(Timestamp::from_unix_nanos(seconds));
    for (options, expected) in [
        (LogOptions::new(), &all[..]),
        (LogOptions::new().with_tail(0), &[]),
        (LogOptions::new().with_tail(3), &all[1..]),
        (LogOptions::new().with_tail(9), &all[..]),
        // The API server counts whole seconds only.
        (since(2_500_000_000), &all[2..]),
        (since(3_000_000_000).with_tail(1), &all[3..]),
        (LogOptions::new().with_container("late"), &[]),
    ] {
        assert_eq!(texts(&read(&script, &options).await.unwrap()), expected, "{options:?}");
    }
}

#[tokio::test]
async fn an_unknown_container_is_refused() {
    let error = read(&script(), &LogOptions::new().with_container("other"))
        .await
        .unwrap_err();
    assert!(error.is(ErrorKind::InvalidInput), "{error}");
    assert_eq!(error.message(), "container: there is no 'other' (known: app, late)");
}

#[tokio::test]
async fn refused_logs_are_told() {
    let script = script();
    script.forbid_logs();
    let error = read(&script, &LogOptions::new()).await.unwrap_err();
    assert!(error.is(ErrorKind::PermissionDenied), "{error}");
}

/// Follows while `work` is done; the lines, and whether there was an end.
async fn followed(script: &Script, options: LogOptions, work: impl Future<Output = ()>) -> (Vec<String>, bool) {
    let (cluster, of) = script.cluster();
    let options = options.with_follow(true);
    let mut stream = logs(&cluster, of, &Context::new("test"), &options).await.unwrap();
    let mut lines = Vec::new();
    let ended = {
        let reading = async {
            while let Some(line) = stream.next().await {
                lines.push(line.unwrap());
            }
        };
        let working = async {
            work.await;
            cluster.clock().sleep(Duration::from_secs(60)).await;
        };
        matches!(
            select(std::pin::pin!(reading), std::pin::pin!(working)).await,
            Either::Left(_)
        )
    };
    (texts(&lines), ended)
}

#[tokio::test]
async fn following_goes_on_with_what_is_written_and_with_pods_that_come() {
    let script = script();
    let (clock, writer) = (script.clock(), script.clone());
    let pause = move || {
        let clock = Arc::clone(&clock);
        async move { clock.sleep(Duration::from_secs(5)).await }
    };
    let work = async {
        pause().await;
        writer.write("web-1", "app", 4, "in the same second");
        writer.remove("web-2");
        writer.pod("web-3", &[("app", "running", 0)]);
        writer.write("web-3", "app", 5, "hello");
        pause().await;
        writer.restart("web-1", "app");
        writer.write("web-1", "app", 6, "again");
    };
    let (lines, ended) = followed(&script, LogOptions::new().with_tail(1), work).await;
    let expected = [
        "4 web-1/app: three",
        "4 web-1/app: in the same second",
        "5 web-3/app: hello",
        "6 web-1/app: again",
    ];
    assert_eq!((lines, ended), (expected.map(str::to_owned).to_vec(), false));
}

#[tokio::test]
async fn following_ends_with_the_deployment() {
    let script = script();
    let gone = script.clone();
    let (lines, ended) = followed(&script, LogOptions::new(), async move { gone.end() }).await;
    assert_eq!((lines.len(), ended), (4, true));
}
