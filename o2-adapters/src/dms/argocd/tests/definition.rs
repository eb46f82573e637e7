//! The definition of Applications, as far as the backend writes them and the played controller does. Other fields are
//! refused, so that a misspelt one is found. After `manifests/crds/application-crd.yaml` of Argo CD 3.5.

use o2_testkit::kubernetes::Resource;
use serde_json::{Value, json};

fn text() -> Value {
    json!({"type": "string"})
}

fn texts() -> Value {
    list(text())
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

fn source() -> Value {
    object(json!({
        "repoURL": text(), "chart": text(), "path": text(), "targetRevision": text(), "ref": text(), "name": text(),
        "helm": object(json!({
            "releaseName": text(), "values": text(), "valuesObject": free(), "valueFiles": texts(), "skipCrds": flag(),
            "parameters": list(object(json!({"name": text(), "value": text(), "forceString": flag()}))),
        })),
        "kustomize": object(json!({
            "commonAnnotations": free(), "commonLabels": free(), "components": texts(), "images": texts(),
            "namePrefix": text(), "nameSuffix": text(), "namespace": text(), "version": text(),
            "patches": list(free()),
            "replicas": list(object(json!({"name": text(), "count": {"x-kubernetes-int-or-string": true}}))),
        })),
        "directory": object(json!({"recurse": flag(), "include": text(), "exclude": text()})),
        "plugin": free(),
    }))
}

fn destination() -> Value {
    object(json!({"server": text(), "name": text(), "namespace": text()}))
}

fn initiator() -> Value {
    object(json!({"username": text(), "automated": flag()}))
}

fn retry() -> Value {
    let backoff = object(json!({"duration": text(), "factor": number(), "maxDuration": text()}));
    object(json!({"limit": number(), "backoff": backoff}))
}

fn resource() -> Value {
    json!({"group": text(), "version": text(), "kind": text(), "namespace": text(), "name": text()})
}

fn operation() -> Value {
    object(json!({
        "initiatedBy": initiator(),
        "info": list(object(json!({"name": text(), "value": text()}))),
        "retry": retry(),
        "sync": object(json!({
            "prune": flag(), "dryRun": flag(), "revision": text(), "syncOptions": texts(),
            "source": source(), "resources": list(object(resource())),
            "syncStrategy": object(json!({"hook": object(json!({"force": flag()})), "apply": object(json!({"force": flag()}))})),
        })),
    }))
}

fn status() -> Value {
    let health = || object(json!({"status": text(), "message": text(), "lastTransitionTime": text()}));
    let mut own = resource();
    own["status"] = text();
    own["health"] = health();
    own["hook"] = flag();
    own["requiresPruning"] = flag();
    let mut synced = resource();
    synced["status"] = text();
    synced["message"] = text();
    synced["hookPhase"] = text();
    synced["syncPhase"] = text();
    object(json!({
        "sync": object(json!({
            "status": text(), "revision": text(), "revisions": texts(),
            "comparedTo": object(json!({"source": source(), "sources": list(source()), "destination": destination()})),
        })),
        "health": health(),
        "history": list(object(json!({
            "id": number(), "revision": text(), "revisions": texts(), "deployStartedAt": text(), "deployedAt": text(),
            "initiatedBy": initiator(), "source": source(), "sources": list(source()),
        }))),
        "operationState": object(json!({
            "phase": text(), "message": text(), "startedAt": text(), "finishedAt": text(), "operation": operation(),
            "syncResult": object(json!({"revision": text(), "source": source(), "resources": list(object(synced))})),
        })),
        "conditions": list(object(json!({"type": text(), "message": text(), "lastTransitionTime": text()}))),
        "resources": list(object(own)),
        "reconciledAt": text(), "sourceType": text(), "summary": free(), "controllerNamespace": text(),
    }))
}

/// Applications; they have no part of their own for the status.
pub(super) fn applications() -> Resource {
    let spec = object(json!({
        "project": text(), "destination": destination(), "source": source(), "sources": list(source()),
        "revisionHistoryLimit": number(), "info": list(free()), "ignoreDifferences": list(free()),
        "syncPolicy": object(json!({
            "automated": object(json!({"enabled": flag(), "prune": flag(), "selfHeal": flag(), "allowEmpty": flag()})),
            "syncOptions": texts(),
            "retry": retry(),
        })),
    }));
    let schema = json!({
        "type": "object",
        "required": ["metadata", "spec"],
        "properties": {"spec": spec, "operation": operation(), "status": status()},
    });
    Resource::new("argoproj.io", &["v1alpha1"], "Application", "applications")
        .without_status()
        .with_schema(schema)
}
