//! What is asked of deployments, and what plugins report of them.

use bytes::Bytes;
use o2_dms::model::{Constraints, ParameterDefinition, ParameterType};
use o2_dms::{
    Condition, Deployment, DeploymentPackage, DeploymentRequest, DeploymentRevision, DeploymentTemplate,
    DeploymentUpdate, DesiredDeployment, HealRequest, InstantiateRequest, LogLine, LogOptions, NewDeploymentTemplate,
    PackageUpload, RollbackRequest, ScaleRequest, StatusReport, UpgradeRequest,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::strategies::{description, dns_label, extensions, id, model, name, native_id, tenant, time};

/// A package to upload or to make known.
pub fn package_upload() -> impl Strategy<Value = PackageUpload> {
    let content = vec(any::<u8>(), 1..32).prop_map(Bytes::from);
    (model::<DeploymentPackage>(), content, option::of(name())).prop_map(|(package, content, version)| {
        let mut upload = PackageUpload::default();
        upload.name = Some(package.name);
        upload.version = version;
        upload.description = package.description;
        upload.package_type = package.package_type;
        upload.content = package.package_url.is_none().then_some(content);
        upload.package_url = package.package_url;
        upload.extensions = package.extensions;
        upload
    })
}

/// A deployment to create.
pub fn deployment_request() -> impl Strategy<Value = DeploymentRequest> {
    (model::<Deployment>(), dns_label(), any::<bool>()).prop_map(|(deployment, name, namespaced)| {
        let mut request = DeploymentRequest::new(name, deployment.package_id);
        request.description = deployment.description;
        request.namespace = namespaced.then_some(deployment.namespace);
        request.resource_pool_id = deployment.resource_pool_id;
        request.values = deployment.values;
        request.labels = deployment.labels;
        request.extensions = deployment.extensions;
        request
    })
}

/// The new state of a deployment, whatever it was before.
pub fn deployment_update() -> impl Strategy<Value = DeploymentUpdate> {
    model::<Deployment>().prop_map(|deployment| DeploymentUpdate::of(&deployment))
}

/// What a caller wants a deployment to be, in part.
pub fn desired_deployment() -> impl Strategy<Value = DesiredDeployment> {
    (model::<Deployment>(), any::<[bool; 5]>()).prop_map(|(deployment, given)| {
        let mut desired = DesiredDeployment::of(&deployment);
        desired.package_id = desired.package_id.filter(|_| given[0]);
        desired.description = desired.description.filter(|_| given[1]);
        desired.values = desired.values.filter(|_| given[2]);
        desired.labels = desired.labels.filter(|_| given[3]);
        desired.extensions = desired.extensions.filter(|_| given[4]);
        desired
    })
}

/// Another number of replicas.
pub fn scale_request() -> impl Strategy<Value = ScaleRequest> {
    prop_oneof![4 => 0..6u32, 1 => 0..=10_000u32].prop_map(ScaleRequest::new)
}

/// An earlier revision, or the one before.
pub fn rollback_request() -> impl Strategy<Value = RollbackRequest> {
    option::of(1..6u32).prop_map(|revision| revision.map_or_else(RollbackRequest::default, RollbackRequest::to))
}

/// Another package.
pub fn upgrade_request() -> impl Strategy<Value = UpgradeRequest> {
    (native_id(), option::of(extensions())).prop_map(|(package, values)| {
        let mut request = UpgradeRequest::to(package);
        request.values = values;
        request
    })
}

/// A repair.
pub fn heal_request() -> impl Strategy<Value = HealRequest> {
    (option::of(description()), option::of(name())).prop_map(|(cause, component)| {
        let mut request = HealRequest::default();
        request.cause = cause;
        request.component = component;
        request
    })
}

/// A parameter of a template, with a default that is within its bounds.
pub fn parameter(key: String) -> impl Strategy<Value = ParameterDefinition> {
    use ParameterType::{Array, Boolean, Integer, Number, Object, String};
    let samples = select(vec![
        (String, serde_json::json!("ab")),
        (Integer, serde_json::json!(3)),
        (Number, serde_json::json!(1.5)),
        (Boolean, serde_json::json!(true)),
        (Array, serde_json::json!(["a", 1])),
        (Object, serde_json::json!({"a": 1})),
    ]);
    (samples, any::<[bool; 3]>()).prop_map(move |((kind, value), [required, bounded, with_default])| {
        let mut bounds = Constraints::default();
        match kind {
            Integer | Number => (bounds.min_value, bounds.max_value) = (Some(1.0), Some(10.0)),
            String | Array => (bounds.min_length, bounds.max_length) = (Some(1), Some(10)),
            _ => bounds.allowed_values = vec![value.clone()],
        }
        let mut definition = ParameterDefinition::new(key.clone(), kind);
        definition.required = required;
        definition.default_value = with_default.then_some(value);
        if bounded {
            definition.with_constraints(bounds)
        } else {
            definition
        }
    })
}

/// A template to create. Its parameters have names of their own that no value stands in the way of.
pub fn new_template() -> impl Strategy<Value = NewDeploymentTemplate> {
    let keys = subsequence(vec!["size", "image.tag", "image.name", "net.mtu"], 0..=4);
    let parameters = keys.prop_flat_map(|keys| {
        let each = keys.into_iter().map(|key| parameter(key.to_owned()).boxed());
        each.collect::<Vec<_>>()
    });
    (model::<Deployment>(), name(), any::<[bool; 2]>(), parameters).prop_map(
        |(deployment, version, [namespaced, placed], parameters)| {
            let mut new = NewDeploymentTemplate::new(deployment.name, version, deployment.package_id);
            new.description = deployment.description;
            new.namespace = namespaced.then_some(deployment.namespace);
            new.resource_pool_id = deployment.resource_pool_id.filter(|_| placed);
            new.values = deployment.values;
            new.parameters = parameters;
            new.labels = deployment.labels;
            new
        },
    )
}

/// A template that is kept.
pub fn template() -> impl Strategy<Value = DeploymentTemplate> {
    (new_template(), id(), option::of(tenant()), time())
        .prop_map(|(new, id, owner, now)| new.into_template(id, owner, now))
}

/// A deployment of a template, with values but without parameters, which depend on the template.
pub fn instantiate_request() -> impl Strategy<Value = InstantiateRequest> {
    deployment_request().prop_map(|asked| {
        let mut request = InstantiateRequest::new(asked.name);
        request.description = Some(asked.description).filter(|text| !text.is_empty());
        request.namespace = asked.namespace;
        request.resource_pool_id = asked.resource_pool_id;
        request.values = asked.values;
        request.labels = asked.labels;
        request.extensions = asked.extensions;
        request
    })
}

/// A revision of a deployment.
pub fn revision() -> impl Strategy<Value = DeploymentRevision> {
    (model::<Deployment>(), time()).prop_map(|(deployment, deployed_at)| {
        let Deployment {
            revision,
            status,
            description,
            package_id,
            package_version,
            ..
        } = deployment;
        let mut made = DeploymentRevision::new(revision.max(1), status, description, package_id, deployed_at);
        made.package_version = package_version;
        made
    })
}

/// A finding about a deployment.
pub fn condition() -> impl Strategy<Value = Condition> {
    let kinds = select(vec!["Ready", "Available", "Progressing"]);
    (kinds, any::<bool>(), "([A-Z][a-z]{1,6}){0,2}", description(), time()).prop_map(
        |(kind, holds, reason, message, since)| {
            let mut condition = Condition::new(kind, holds, reason, since);
            condition.message = message;
            condition
        },
    )
}

/// How a deployment is doing. No more replicas are ready than there are meant to be.
pub fn status_report() -> impl Strategy<Value = StatusReport> {
    (
        model::<Deployment>(),
        0..=100u8,
        0..6u32,
        vec(condition(), 0..3),
        time(),
    )
        .prop_map(|(deployment, progress, ready, conditions, time)| {
            let progress = if deployment.status.is_busy() { progress } else { 100 };
            let mut report = StatusReport::new(deployment.deployment_id, deployment.status, progress, time);
            report.status_message = deployment.status_message;
            report.replicas = deployment.replicas;
            report.ready_replicas = deployment.replicas.map(|wanted| wanted.min(ready));
            report.conditions = conditions;
            report
        })
}

/// A log line.
pub fn log_line() -> impl Strategy<Value = LogLine> {
    (time(), dns_label(), dns_label(), description())
        .prop_map(|(time, source, container, line)| LogLine::new(time, source, container, line))
}

/// Which log lines are wanted. None is followed, so that every answer ends.
pub fn log_options() -> impl Strategy<Value = LogOptions> {
    (option::of(0..5u32), option::of(dns_label()), option::of(time())).prop_map(|(tail, container, since)| {
        let mut options = LogOptions::new();
        options.tail = tail;
        options.container = container;
        options.since = since;
        options
    })
}
