//! What is measured of every cloud.

use std::time::{Duration, Instant};

use o2::Gateway;
use o2::core::config::Config;
use serde_json::{Value, json};

use crate::counting::Counting;
use crate::report::{Report, millis, percentile};
use crate::served::{Served, resident};

const ROUNDS: usize = 15;
/// How often a cloud that tells nothing by itself is listed.
const INTERVAL: &str = "15s";
/// How long one that tells is listened to.
const QUIET: Duration = Duration::from_secs(60);

/// Runs a gateway over a cloud. How many calls a poll without changes, or a minute without news, takes is at most `most`.
pub(crate) async fn measure(report: &mut Report, title: &str, kind: &str, config: &Value, most: usize) {
    let text = json!({
        "plugins": {"ims": [{"name": "cloud", "type": kind, "config": config, "timeout": "5m"}]},
        "collectors": {"interval": INTERVAL},
    });
    let config = Config::from_yaml(&text.to_string(), "bench", &|_| None).expect("the configuration is right");
    let http = Counting::new();
    let before = resident();
    let gateway = Gateway::builder().config(config).http(http.clone()).build();
    let served = Served::start(gateway.expect("the gateway can be built")).await;
    let took = served.until(|collector| collector["state"] == "current").await;
    let (first, grown) = (http.take(), resident() - before);
    let collector = served.json("/admin/v1/collectors").await["items"][0].clone();
    let (what, calm) = if collector["mode"] == "watch" {
        // The watch begins with reading everything.
        tokio::time::sleep(QUIET / 2).await;
        report.note(&format!("{title}, until it is quiet: {}", http.take().told()));
        tokio::time::sleep(QUIET).await;
        ("calls in a minute without news", http.take())
    } else {
        let since = &collector["lastSuccess"];
        served.until(|collector| collector["lastSuccess"] != *since).await;
        ("calls of a poll without changes", http.take())
    };
    let row = |what: &str, value: String| vec![what.to_owned(), value];
    report.table(
        title,
        &["", "measured"],
        &[
            row("objects", collector["objects"].to_string()),
            row("until all are known", millis(took)),
            row("calls until then", first.count().to_string()),
            row("bytes until then", format!("{:.1} MiB", first.bytes as f64 / 1048576.0)),
            row("growth of the process", format!("{:.1} MiB", grown as f64 / 1048576.0)),
            row(what, calm.count().to_string()),
            row("bytes of them", format!("{:.1} MiB", calm.bytes as f64 / 1048576.0)),
            row(
                "growth after them",
                format!("{:.1} MiB", (resident() - before) as f64 / 1048576.0),
            ),
        ],
    );
    report.note(&format!("first: {}", first.told()));
    report.note(&format!("then: {}", calm.told()));
    report.at_most(&format!("{kind}: {what}"), most as f64, "", calm.count() as f64);
    reads(report, kind, &served).await;
}

async fn reads(report: &mut Report, kind: &str, served: &Served) {
    let some = served.json("/o2ims/v2/resources?limit=1").await["items"][0].clone();
    let text = |field: &str| some[field].as_str().expect("resources have ids").to_owned();
    let (id, pool) = (text("resourceId"), text("resourcePoolId"));
    let reads = [
        ("list 500", "/o2ims/v2/resources?limit=500".to_owned()),
        (
            "filter: a pool",
            format!("/o2ims/v2/resources?limit=1000&filter=(eq,resourcePoolId,{pool})"),
        ),
        ("get", format!("/o2ims/v2/resources/{id}")),
    ];
    let mut rows = Vec::new();
    for (what, path) in reads {
        let (mut times, mut bytes) = (Vec::new(), 0);
        for _ in 0..ROUNDS {
            let began = Instant::now();
            bytes = served.get(&path).await.len();
            times.push(began.elapsed());
        }
        times.sort_unstable();
        let [best, median] = [0, 50].map(|percent| millis(percentile(&times, percent)));
        rows.push(vec![what.to_owned(), format!("{} KiB", bytes / 1024), best, median]);
    }
    report.table(
        &format!("Reads of {kind} through the gateway"),
        &["read", "answer", "best", "median"],
        &rows,
    );
}
