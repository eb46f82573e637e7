//! Layers that watch: trace and metrics.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use futures::executor::block_on;
use o2_core::layers::{MetricsLayer, TraceLayer};
use o2_core::metrics::Metrics;
use o2_core::{Error, ErrorKind, Fault};
use o2_testkit::ManualClock;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::fake::{Fake, ItemPlugin, SECOND, Step, context, fail, get, info, item};

/// Keeps the fields of every span and event, in order of their beginning.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Fields>>>);

#[derive(Clone, Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl Subscriber for Seen {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut seen = self.0.lock().unwrap();
        let mut fields = Fields([("name", span.metadata().name().to_owned())].into());
        span.record(&mut fields);
        seen.push(fields);
        Id::from_u64(seen.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let index = usize::try_from(span.into_u64()).unwrap() - 1;
        values.record(&mut self.0.lock().unwrap()[index]);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields([("level", event.metadata().level().to_string())].into());
        event.record(&mut fields);
        self.0.lock().unwrap().push(fields);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// The spans and events of what `work` does.
fn traced(script: impl IntoIterator<Item = Step>, work: impl AsyncFnOnce(&dyn ItemPlugin)) -> Vec<Fields> {
    let seen = Seen::default();
    let plugin = Fake::new(&ManualClock::auto(), script).layered(vec![Arc::new(TraceLayer)]);
    tracing::subscriber::with_default(seen.clone(), || block_on(work(&plugin)));
    let seen = seen.0.lock().unwrap();
    seen.clone()
}

#[test]
fn a_span_says_what_was_called_for_whom_and_how_it_ended() {
    let seen = traced([], async |plugin| {
        let context = context()
            .with_tenant("alpha".into())
            .with_trace_parent("00-4bf9-00f0-01");
        plugin.get_item(&context, &item().id).await.unwrap();
    });
    let expected = [
        ("name", "plugin_call"),
        ("category", "ims"),
        ("plugin", "lab"),
        ("operation", "get_item"),
        ("target", "i-1"),
        ("request_id", "req-1"),
        ("tenant", "alpha"),
        ("trace_parent", "00-4bf9-00f0-01"),
        ("outcome", "success"),
    ];
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].0, expected.map(|(name, value)| (name, value.to_owned())).into());
}

#[test]
fn failures_that_are_not_the_callers_are_reported_with_their_detail() {
    let broken = |fault| Step::Fail(Error::internal("row 7 is missing").with_fault(fault));
    for (step, outcome, level) in [
        (fail(ErrorKind::NotFound), "notFound", None),
        (broken(Fault::Gateway), "internal", Some("ERROR")),
        (broken(Fault::Backend), "internal", Some("WARN")),
    ] {
        let seen = traced([step], async |plugin| {
            get(plugin).await.unwrap_err();
        });
        assert_eq!(seen[0].0["outcome"], outcome);
        let event = seen.get(1).map(|event| &event.0);
        assert_eq!(event.map(|event| event["level"].as_str()), level);
        if let Some(event) = event {
            assert_eq!(event["message"], "plugin call failed");
            assert_eq!(event["detail"], "row 7 is missing");
            assert_eq!(
                (event["plugin"].as_str(), event["operation"].as_str()),
                ("lab", "get_item")
            );
        }
    }
}

#[test]
fn the_span_of_a_dropped_call_says_so() {
    let seen = traced([Step::Hang], async |plugin| {
        assert!(get(plugin).now_or_never().is_none());
    });
    assert_eq!(seen[0].0["outcome"], "cancelled");
}

#[tokio::test]
async fn calls_are_counted_and_measured_dropped_ones_too() {
    let clock = ManualClock::auto();
    let metrics = Metrics::new();
    let layer = MetricsLayer::new(metrics.plugin(&info()), Arc::clone(&clock) as _);
    let script = [Step::Take(SECOND * 3), fail(ErrorKind::Timeout), Step::Hang, Step::Hang];
    let plugin = Fake::new(&clock, script).layered(vec![Arc::new(layer)]);
    get(&plugin).await.unwrap();
    get(&plugin).await.unwrap_err();
    assert!(get(&plugin).now_or_never().is_none());
    let mut running = get(&plugin).boxed();
    assert!(futures::poll!(&mut running).is_pending());

    let text = metrics.render().unwrap();
    let labels = r#"category="ims",plugin="lab""#;
    for line in [
        format!(r#"o2_plugin_calls_total{{{labels},operation="get_item",outcome="success"}} 1"#),
        format!(r#"o2_plugin_calls_total{{{labels},operation="get_item",outcome="timeout"}} 1"#),
        format!(r#"o2_plugin_calls_total{{{labels},operation="get_item",outcome="cancelled"}} 1"#),
        format!(r#"o2_plugin_calls_in_flight{{{labels}}} 1"#),
        format!(r#"o2_plugin_call_duration_seconds_sum{{{labels},operation="get_item"}} 3.0"#),
        format!(r#"o2_plugin_call_duration_seconds_count{{{labels},operation="get_item"}} 3"#),
    ] {
        assert!(text.lines().any(|emitted| emitted == line), "{line} is not in\n{text}");
    }
}
