//! That strategies make what is valid, all of it, and often enough what matters.

use std::collections::{BTreeSet, HashSet};
use std::fmt::Debug;

use o2_core::model::{AttributeValue, Attributes, ChangeKind, Model};
use o2_core::query::{Filter, Operator, Path};
use o2_core::subscription::Subscription;
use o2_core::validate;
use o2_dms::{Deployment, DeploymentPackage, DeploymentTemplate, OperationRecord};
use o2_ims::model::ObjectHealth;
use o2_ims::{Alarm, DeploymentManager, OCloudInfo, PoolEvent, PoolMetrics, Resource, ResourcePool, ResourceType};
use o2_smo::{PolicyStatus, ServiceModel, WorkflowExecution};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{chosen_id, dns_label, id, inputs, model, models, name, native_id, query, url};

/// So many values, the same in each run.
fn samples<T: Debug>(strategy: impl Strategy<Value = T>, count: usize) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    let sample = |_| strategy.new_tree(&mut runner).unwrap().current();
    (0..count).map(sample).collect()
}

/// Every attribute is there in some samples, and absent in some if it may be; the wire keeps all of them.
fn check_model<T: Attributes + Serialize + DeserializeOwned + PartialEq + Debug>(strategy: impl Strategy<Value = T>) {
    let samples = samples(strategy, 60);
    for row in T::attributes() {
        let absent = |sample: &&T| matches!((row.get)(sample), AttributeValue::Absent);
        let missing = samples.iter().filter(absent).count();
        assert!(missing < samples.len(), "{}.{} is never there", T::NAME, row.name);
        // A table cannot say that a map which is always there may be empty.
        assert!(!row.required || missing == 0, "{}.{} is missing", T::NAME, row.name);
    }
    for sample in &samples {
        let text = serde_json::to_string(sample).unwrap();
        assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), sample, "{text}");
    }
}

/// Filters, orders, selectors and queries of the type are valid, and every operator occurs.
fn check_queries<T: Attributes + Debug>() {
    let mut operators = HashSet::new();
    for filter in samples(query::filter::<T>(), 200) {
        filter.bind::<T>().unwrap_or_else(|error| panic!("{filter}: {error}"));
        assert_eq!(Filter::parse(&filter.to_string()).unwrap(), filter);
        operators.extend(filter.predicates().iter().map(|clause| clause.operator));
    }
    assert_eq!(operators.len(), Operator::ALL.len(), "{}", T::NAME);
    for asked in samples(query::query::<T>(), 60) {
        assert!(asked.sort.bind::<T>().is_ok() && asked.filter.bind::<T>().is_ok());
    }
    for asked in samples(query::list_query::<T>(), 20) {
        assert!(asked.filter.bind::<T>().is_ok() && asked.limit != Some(0) && asked.marker.is_none());
    }
}

fn check<T: Attributes + Serialize + DeserializeOwned + PartialEq + Debug>() {
    check_model(model::<T>());
    check_queries::<T>();
}

#[test]
fn models_of_infrastructure_are_complete_and_valid() {
    check::<DeploymentManager>();
    check::<ResourcePool>();
    check::<Resource>();
    check::<ResourceType>();
    check::<Alarm>();
    check::<OCloudInfo>();
    check::<PoolEvent>();
    check_model(model::<PoolMetrics>());
    check_model(model::<ObjectHealth>());
}

#[test]
fn models_of_deployments_are_complete_and_valid() {
    check::<DeploymentPackage>();
    check::<Deployment>();
    check::<OperationRecord>();
    check_model(inputs::template());
    check_queries::<DeploymentTemplate>();
}

#[test]
fn models_of_orchestrators_and_subscriptions_are_complete_and_valid() {
    check::<ServiceModel>();
    check::<WorkflowExecution>();
    check::<PolicyStatus>();
    check::<Subscription>();
}

#[test]
fn lists_have_different_ids() {
    for pools in samples(models::<ResourcePool>(5..20), 20) {
        let ids: HashSet<_> = pools.iter().map(Model::id).collect();
        assert!(ids.len() == pools.len() && !pools.is_empty());
    }
}

#[test]
fn filters_about_objects_hit_some_and_miss_some() {
    let pools = samples(models::<ResourcePool>(10..11), 1).remove(0);
    let (mut some, mut none) = (0, 0);
    for filter in samples(query::filter_about(&pools), 200) {
        let matcher = filter
            .bind::<ResourcePool>()
            .unwrap_or_else(|error| panic!("{filter}: {error}"));
        let hits = pools.iter().filter(|pool| matcher.matches(pool)).count();
        some += usize::from(hits > 0 && hits < pools.len());
        none += usize::from(hits == 0);
    }
    assert!(some > 40 && none > 5, "{some} hit some, {none} hit none");
}

#[test]
fn paths_go_into_objects_lists_and_maps() {
    let paths: BTreeSet<_> = samples(query::predicate::<Resource>(), 600)
        .iter()
        .map(|clause| clause.path.to_string())
        .collect();
    for path in [
        "tags",
        "health/status",
        "elements/name",
        "elements/elements/tags",
        "labels/a",
        "extensions/@key",
    ] {
        let path = Path::parse(path).unwrap().to_string();
        assert!(paths.contains(&path), "{path} is not among {paths:?}");
    }
}

#[test]
fn ids_are_awkward() {
    let ids = samples(native_id(), 300);
    assert!(ids.iter().all(|id| validate::name("id", id).is_ok()));
    let has = |what: fn(&str) -> bool| ids.iter().any(|id| what(id));
    assert!(has(|id| id.contains('~')) && has(|id| id.contains('/')) && has(|id| id.contains('%')));
    assert!(has(|id| !id.is_ascii()) && has(|id| id == "~"));
    let typed = samples(id::<Resource>(), 300);
    assert!(typed.iter().any(|id| id.as_str().contains('~')));
    for text in samples(chosen_id(), 100) {
        validate::id("id", &text).unwrap();
    }
}

#[test]
fn words_are_what_they_are_called() {
    for text in samples(name(), 200) {
        validate::name("name", &text).unwrap();
    }
    for text in samples(dns_label(), 200) {
        validate::dns_label("name", &text).unwrap();
    }
    for text in samples(url(), 100) {
        url::Url::parse(&text).unwrap();
    }
}

#[test]
fn inputs_pass_the_checks_there_are() {
    for template in samples(inputs::new_template(), 200) {
        template
            .validate()
            .unwrap_or_else(|error| panic!("{template:?}: {error}"));
    }
    for subscription in samples(inputs::new_subscription(), 100) {
        subscription
            .validate()
            .unwrap_or_else(|error| panic!("{subscription:?}: {error}"));
    }
    for upload in samples(inputs::package_upload(), 50) {
        assert!(upload.content.is_some() != upload.package_url.is_some());
    }
    for report in samples(inputs::status_report(), 50) {
        assert!(report.ready_replicas <= report.replicas && report.progress <= 100);
    }
}

/// What callers send survives the wire.
fn check_input<T: Serialize + DeserializeOwned + PartialEq + Debug>(strategy: impl Strategy<Value = T>) {
    for sample in samples(strategy, 40) {
        let text = serde_json::to_string(&sample).unwrap();
        assert_eq!(serde_json::from_str::<T>(&text).unwrap(), sample, "{text}");
    }
}

#[test]
fn inputs_survive_the_wire() {
    check_input(inputs::new_resource_pool());
    check_input(inputs::resource_pool_update());
    check_input(inputs::new_resource());
    check_input(inputs::package_upload());
    check_input(inputs::deployment_request());
    check_input(inputs::deployment_update());
    check_input(inputs::desired_deployment());
    check_input(inputs::scale_request());
    check_input(inputs::rollback_request());
    check_input(inputs::upgrade_request());
    check_input(inputs::heal_request());
    check_input(inputs::new_template());
    check_input(inputs::instantiate_request());
    check_input(inputs::revision());
    check_input(inputs::status_report());
    check_input(inputs::log_line());
    check_input(inputs::infrastructure_inventory());
    check_input(inputs::deployment_inventory());
    check_input(inputs::infrastructure_event());
    check_input(inputs::deployment_event());
    check_input(inputs::workflow_request());
    check_input(inputs::new_service_model());
    check_input(inputs::policy());
    check_input(inputs::sync_report());
    check_input(inputs::new_subscription());
}

#[test]
fn changes_have_the_objects_of_their_kind() {
    let check = |kind: ChangeKind, before: bool, after: bool| {
        let expected = match kind {
            ChangeKind::Created => (false, true),
            ChangeKind::Deleted => (true, false),
            _ => (true, true),
        };
        assert_eq!((before, after), expected, "{kind:?}");
    };
    let inventory = samples(inputs::inventory_change(), 60);
    for change in &inventory {
        check(change.kind, change.before.is_some(), change.after.is_some());
        if let (Some(before), Some(after)) = (&change.before, &change.after) {
            assert_eq!(before.id(), after.id());
        }
    }
    assert!(
        inventory
            .iter()
            .any(|change| change.kind == ChangeKind::Updated && change.before != change.after)
    );
    let kinds: HashSet<_> = inventory
        .iter()
        .filter_map(|change| Some(change.object()?.object()))
        .collect();
    assert_eq!(kinds.len(), 4);
    for change in samples(inputs::deployment_change(), 30) {
        check(change.kind, change.before.is_some(), change.after.is_some());
    }
}

#[test]
fn what_is_observed_is_in_order() {
    check_input(inputs::metric_series());
    check_input(inputs::trace());
    check_input(inputs::stored_log_line());
    for series in samples(inputs::metric_series(), 40) {
        assert!(series.samples.is_sorted_by(|one, next| one.time < next.time));
    }
    for trace in samples(inputs::trace(), 40) {
        assert!(trace.spans.is_sorted_by_key(|span| span.start));
        let root = Some(trace.spans[0].span_id.clone());
        assert!(trace.spans[1..].iter().all(|span| span.parent_span_id == root));
    }
    let ranges = samples(inputs::metric_query(), 20).into_iter().map(|query| query.range);
    let ranges = ranges.chain(samples(inputs::log_query(), 20).into_iter().map(|query| query.range));
    let mut ranges = ranges.chain(samples(inputs::trace_query(), 20).into_iter().map(|query| query.range));
    assert!(ranges.all(|range| range.start < range.end));
}

#[test]
fn options_have_all_their_parts() {
    let deletions = samples(inputs::delete_options(), 40);
    assert!(
        deletions
            .iter()
            .any(|options| options.force && options.expected.is_some())
    );
    let logs = samples(inputs::log_options(), 40);
    assert!(
        logs.iter()
            .any(|options| options.tail.is_some() && options.since.is_some())
    );
    assert!(logs.iter().all(|options| !options.follow));
}
