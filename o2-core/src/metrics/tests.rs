//! What is emitted, under which names and labels; the document says the same.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use http::{Method, StatusCode};

use super::Metrics;
use crate::ErrorKind;
use crate::layer::Outcome;
use crate::operation::{Action, Category, Operation};
use crate::plugin::PluginInfo;
use crate::time::Timestamp;

static GET: Operation = Operation::new(Category::Ims, "get_item", "item", "items", Action::Read);
static LIST: Operation = Operation::new(Category::Ims, "list_items", "item", "items", Action::Read);

/// Metrics in which every family has a series.
fn busy() -> Metrics {
    let metrics = Metrics::new();
    let plugin = metrics.plugin(&PluginInfo::new(Category::Ims, "memory", "lab", "1").unwrap());
    for (operation, outcome) in [
        (&GET, Outcome::Success),
        (&GET, Outcome::Success),
        (&GET, Outcome::Failure(ErrorKind::NotFound)),
        (&LIST, Outcome::Cancelled),
    ] {
        plugin.operation(operation).begin();
        plugin.operation(operation).end(outcome, Duration::from_millis(3));
    }
    plugin.operation(&LIST).begin();
    plugin.count_retry(&LIST);
    plugin.show_circuit(2);
    let collector = metrics.collector(Category::Ims, &"lab".into());
    collector.objects(&[("item", 3)].into());
    collector.told(1);
    collector.failure();
    collector.success(Timestamp::UNIX_EPOCH);
    let route = metrics.route("/o2ims/v1/items/{itemId}");
    route.record(&Method::GET, StatusCode::OK, Duration::from_millis(3));
    route.record(
        &Method::from_bytes(b"BREW").unwrap(),
        StatusCode::METHOD_NOT_ALLOWED,
        Duration::ZERO,
    );
    metrics.delivery().show_waiting(3, 7, Duration::from_secs(2));
    metrics
}

/// Name → (type, labels), as the text of `render` tells them.
fn emitted(text: &str) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let mut families = BTreeMap::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let (base, kind) = line.split_once(' ').unwrap();
        let name = if kind == "counter" {
            format!("{base}_total")
        } else {
            base.to_owned()
        };
        let sample = match kind {
            "histogram" => format!("{name}_count{{"),
            _ => format!("{name}{{"),
        };
        let labels = text.lines().find_map(|line| line.strip_prefix(&sample)).unwrap();
        let labels = labels.rsplit_once('}').unwrap().0;
        let names = labels
            .split("\",")
            .map(|label| label.split_once('=').unwrap().0.to_owned());
        families.insert(name, (kind.to_owned(), names.collect()));
    }
    families
}

/// The same, as the table of the document tells them.
fn documented(text: &str) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        let labels = cells[3].split(", ").map(|label| label.trim_matches('`').to_owned());
        let name = cells[1].trim_matches('`').to_owned();
        (name, (cells[2].to_owned(), labels.collect()))
    })
    .collect()
}

#[test]
fn the_document_lists_exactly_what_is_emitted() {
    let document = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/metrics.md"));
    assert_eq!(documented(document), emitted(&busy().render().unwrap()));
}

#[test]
fn calls_and_requests_are_counted_under_their_labels() {
    let text = busy().render().unwrap();
    let lab = r#"category="ims",plugin="lab""#;
    for line in [
        format!(r#"o2_plugin_calls_total{{{lab},operation="get_item",outcome="success"}} 2"#),
        format!(r#"o2_plugin_calls_total{{{lab},operation="get_item",outcome="notFound"}} 1"#),
        format!(r#"o2_plugin_calls_total{{{lab},operation="list_items",outcome="cancelled"}} 1"#),
        format!(r#"o2_plugin_call_duration_seconds_count{{{lab},operation="get_item"}} 3"#),
        format!(r#"o2_plugin_calls_in_flight{{{lab}}} 1"#),
        format!(r#"o2_retries_total{{{lab},operation="list_items"}} 1"#),
        format!(r#"o2_circuit_state{{{lab}}} 2"#),
        r#"o2_http_requests_total{method="GET",route="/o2ims/v1/items/{itemId}",status="200"} 1"#.to_owned(),
        r#"o2_http_requests_total{method="other",route="/o2ims/v1/items/{itemId}",status="405"} 1"#.to_owned(),
        r#"o2_http_request_duration_seconds_count{route="/o2ims/v1/items/{itemId}"} 2"#.to_owned(),
        r#"o2_notifications_total{outcome="delivered"} 0"#.to_owned(),
        r#"o2_notifications_waiting{shard="3"} 7"#.to_owned(),
        r#"o2_oldest_notification_age_seconds{shard="3"} 2"#.to_owned(),
        "# EOF".to_owned(),
    ] {
        assert!(text.lines().any(|emitted| emitted == line), "{line} is not in\n{text}");
    }
}

#[test]
fn two_values_count_apart_and_clones_count_together() {
    let (one, other) = (busy(), Metrics::new());
    assert!(!other.render().unwrap().contains("lab"));
    assert!(one.clone().render().unwrap().contains("lab"));
}

#[test]
fn plugins_of_the_same_name_share_their_series() {
    let metrics = Metrics::new();
    let info = PluginInfo::new(Category::Ims, "memory", "lab", "1").unwrap();
    for plugin in [metrics.plugin(&info), metrics.plugin(&info)] {
        plugin.operation(&GET).begin();
        plugin.operation(&GET).end(Outcome::Success, Duration::ZERO);
    }
    let text = metrics.render().unwrap();
    assert!(text.contains(r#"operation="get_item",outcome="success"} 2"#), "{text}");
}
