//! The definitions of Flux, as far as the backend writes objects and the played controllers do. Other fields are refused, so
//! that a misspelt one is found. After `config/crd/bases` of helm-controller 1.6, kustomize-controller 1.9 and
//! source-controller 1.9.

use o2_testkit::kubernetes::Resource;
use serde_json::{Value, json};

fn text() -> Value {
    json!({"type": "string"})
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

fn number() -> Value {
    json!({"type": "integer"})
}

fn free() -> Value {
    json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}

fn list(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

fn object(properties: Value) -> Value {
    json!({"type": "object", "properties": properties})
}

fn reference() -> Value {
    let mut reference = object(json!({"kind": text(), "name": text(), "namespace": text()}));
    reference["required"] = json!(["kind", "name"]);
    reference
}

fn conditions() -> Value {
    list(object(json!({
        "type": text(), "status": text(), "reason": text(), "message": text(), "lastTransitionTime": text(),
        "observedGeneration": number(),
    })))
}

fn inventory() -> Value {
    object(json!({"entries": list(object(json!({"id": text(), "v": text()})))}))
}

fn kube_config() -> Value {
    object(json!({"secretRef": object(json!({"name": text(), "key": text()}))}))
}

fn resource(group: &str, version: &str, kind: &str, plural: &str, spec: &Value, status: &Value) -> Resource {
    let schema = json!({
        "type": "object",
        "required": ["metadata", "spec"],
        "properties": {"spec": spec, "status": status},
    });
    Resource::new(group, &[version], kind, plural).with_schema(schema)
}

fn releases() -> Resource {
    let action = object(json!({
        "createNamespace": flag(),
        "remediation": object(json!({"retries": number(), "remediateLastFailure": flag(), "strategy": text()})),
    }));
    let mut spec = object(json!({
        "interval": text(), "timeout": text(), "releaseName": text(), "targetNamespace": text(), "suspend": flag(),
        "serviceAccountName": text(), "kubeConfig": kube_config(), "maxHistory": number(),
        "chart": object(json!({"spec": object(json!({"chart": text(), "version": text(), "sourceRef": reference()}))})),
        "chartRef": reference(),
        "install": action, "upgrade": action,
        "driftDetection": object(json!({"mode": text()})),
        "values": free(),
        "valuesFrom": list(object(json!({"kind": text(), "name": text()}))),
    }));
    spec["required"] = json!(["interval"]);
    let status = object(json!({
        "observedGeneration": number(), "conditions": conditions(), "lastHandledReconcileAt": text(),
        "lastHandledForceAt": text(), "lastHandledResetAt": text(), "lastAttemptedRevision": text(),
        "lastAttemptedGeneration": number(), "lastAttemptedReleaseAction": text(), "helmChart": text(),
        "lastAttemptedRevisionDigest": text(), "lastAttemptedConfigDigest": text(),
        "storageNamespace": text(), "inventory": inventory(), "history": list(free()),
    }));
    resource(
        "helm.toolkit.fluxcd.io",
        "v2",
        "HelmRelease",
        "helmreleases",
        &spec,
        &status,
    )
}

fn kustomizations() -> Resource {
    let mut spec = object(json!({
        "interval": text(), "timeout": text(), "retryInterval": text(), "suspend": flag(), "prune": flag(), "wait": flag(),
        "path": text(), "sourceRef": reference(), "targetNamespace": text(), "deletionPolicy": text(),
        "serviceAccountName": text(), "kubeConfig": kube_config(),
        "postBuild": object(json!({"substitute": {"type": "object", "additionalProperties": text()}})),
        "images": list(object(json!({"name": text(), "newName": text(), "newTag": text(), "digest": text()}))),
        "components": list(text()),
        "patches": list(object(json!({
            "patch": text(), "target": object(json!({"kind": text(), "name": text(), "namespace": text()})),
        }))),
    }));
    spec["required"] = json!(["interval", "prune", "sourceRef"]);
    let status = object(json!({
        "observedGeneration": number(), "conditions": conditions(), "lastHandledReconcileAt": text(),
        "lastAttemptedRevision": text(), "lastAppliedRevision": text(), "inventory": inventory(), "history": list(free()),
    }));
    resource(
        "kustomize.toolkit.fluxcd.io",
        "v1",
        "Kustomization",
        "kustomizations",
        &spec,
        &status,
    )
}

/// Everything that Flux brings along and the backend touches.
pub(super) fn all() -> Vec<Resource> {
    let status = object(json!({"observedGeneration": number(), "conditions": conditions(), "artifact": free()}));
    let source = |kind: &str, plural: &str, mut spec: Value| {
        spec["interval"] = text();
        spec["suspend"] = flag();
        resource("source.toolkit.fluxcd.io", "v1", kind, plural, &object(spec), &status)
    };
    let git = json!({"branch": text(), "tag": text(), "commit": text(), "semver": text(), "name": text()});
    let oci = json!({"tag": text(), "digest": text(), "semver": text()});
    let layer = json!({"mediaType": text(), "operation": text()});
    let secret = || object(json!({"name": text()}));
    vec![
        releases(),
        kustomizations(),
        source("Bucket", "buckets", json!({"bucketName": text(), "endpoint": text()})),
        source(
            "GitRepository",
            "gitrepositories",
            json!({"url": text(), "ref": object(git), "secretRef": secret()}),
        ),
        source(
            "HelmChart",
            "helmcharts",
            json!({"chart": text(), "version": text(), "sourceRef": reference()}),
        ),
        source(
            "HelmRepository",
            "helmrepositories",
            json!({"url": text(), "type": text(), "secretRef": secret()}),
        ),
        source(
            "OCIRepository",
            "ocirepositories",
            json!({"url": text(), "ref": object(oci), "layerSelector": object(layer), "secretRef": secret()}),
        ),
    ]
}
