//! The definitions of Crossplane, as far as the backend writes objects and the played controllers do, and those that it makes
//! of a definition of composite resources. Other fields are refused, so that a misspelt one is found. After `cluster/crds` of
//! crossplane 1.20 and 2.3, and `pkg/xcrd/schemas.go` of crossplane-runtime.

use o2_testkit::kubernetes::Resource;
use serde_json::{Value, json};

pub(super) const GROUP: &str = "platform.example.org";

fn text() -> Value {
    json!({"type": "string"})
}

fn number() -> Value {
    json!({"type": "integer"})
}

fn free() -> Value {
    json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})
}

fn list(items: &Value) -> Value {
    json!({"type": "array", "items": items})
}

fn texts() -> Value {
    json!({"type": "object", "additionalProperties": text()})
}

fn object(properties: &Value) -> Value {
    json!({"type": "object", "properties": properties})
}

fn requiring(required: &[&str], properties: &Value) -> Value {
    json!({"type": "object", "required": required, "properties": properties})
}

fn named() -> Value {
    requiring(&["name"], &json!({"name": text()}))
}

fn conditions() -> Value {
    list(&requiring(
        &["lastTransitionTime", "reason", "status", "type"],
        &json!({
            "type": text(), "status": text(), "reason": text(), "message": text(), "lastTransitionTime": text(),
            "observedGeneration": number(),
        }),
    ))
}

fn schema(spec: &Value, status: &Value) -> Value {
    json!({"type": "object", "required": ["spec"], "properties": {"spec": spec, "status": status}})
}

/// The values of the sample.
fn values() -> Value {
    json!({
        "replicas": number(), "image": text(), "site": text(), "features": list(&text()),
        "rack": object(&json!({"row": number()})),
    })
}

fn extended(mut properties: Value, others: &Value) -> Value {
    let members = others.as_object().unwrap().clone();
    properties.as_object_mut().unwrap().extend(members);
    properties
}

/// What claims and composite resources of both generations have.
fn machinery() -> Value {
    let labels = requiring(&["matchLabels"], &json!({"matchLabels": texts()}));
    json!({
        "compositionRef": named(), "compositionSelector": labels,
        "compositionRevisionRef": named(), "compositionRevisionSelector": labels,
        "compositionUpdatePolicy": {"type": "string", "enum": ["Automatic", "Manual"]},
    })
}

fn composed() -> Value {
    let reference = json!({"apiVersion": text(), "kind": text(), "name": text(), "namespace": text()});
    list(&requiring(&["apiVersion", "kind"], &reference))
}

fn status() -> Value {
    object(&json!({
        "conditions": conditions(), "lastHandledReconcileAt": text(),
        "connectionDetails": object(&json!({"lastPublishedTime": text()})),
    }))
}

fn claims() -> Resource {
    let reference = requiring(
        &["apiVersion", "kind", "name"],
        &json!({"apiVersion": text(), "kind": text(), "name": text()}),
    );
    let own = json!({
        "compositeDeletePolicy": {"type": "string", "enum": ["Background", "Foreground"]},
        "resourceRef": reference, "writeConnectionSecretToRef": named(),
    });
    let spec = object(&extended(extended(values(), &machinery()), &own));
    Resource::new(GROUP, &["v1alpha1"], "EdgeAppClaim", "edgeappclaims").with_schema(schema(&spec, &status()))
}

fn legacy() -> Resource {
    let own = json!({
        "resourceRefs": composed(),
        "claimRef": requiring(
            &["apiVersion", "kind", "namespace", "name"],
            &json!({"apiVersion": text(), "kind": text(), "namespace": text(), "name": text()}),
        ),
        "writeConnectionSecretToRef": requiring(&["name", "namespace"], &json!({"name": text(), "namespace": text()})),
    });
    let spec = object(&extended(extended(values(), &machinery()), &own));
    Resource::new(GROUP, &["v1alpha1"], "XEdgeApp", "xedgeapps")
        .cluster_scoped()
        .with_schema(schema(&spec, &status()))
}

fn modern(kind: &str, plural: &str) -> Resource {
    let own = extended(machinery(), &json!({"resourceRefs": composed()}));
    let spec = object(&extended(values(), &json!({"crossplane": object(&own)})));
    Resource::new(GROUP, &["v1alpha1"], kind, plural).with_schema(schema(&spec, &status()))
}

fn definitions() -> Resource {
    let names = json!({
        "kind": text(), "plural": text(), "singular": text(), "listKind": text(), "shortNames": list(&text()),
    });
    let version = json!({
        "name": text(), "served": {"type": "boolean"}, "referenceable": {"type": "boolean"}, "schema": free(),
    });
    let spec = json!({
        "group": text(), "names": requiring(&["kind", "plural"], &names), "claimNames": object(&names),
        "scope": {"type": "string", "enum": ["LegacyCluster", "Namespaced", "Cluster"]},
        "versions": list(&object(&version)), "connectionSecretKeys": list(&text()),
        "defaultCompositionRef": named(), "enforcedCompositionRef": named(),
        "defaultCompositionUpdatePolicy": text(), "defaultCompositeDeletePolicy": text(),
    });
    let spec = requiring(&["group", "names", "versions"], &spec);
    let status = object(&json!({"conditions": conditions(), "controllers": free()}));
    Resource::new(
        "apiextensions.crossplane.io",
        &["v1", "v2"],
        "CompositeResourceDefinition",
        "compositeresourcedefinitions",
    )
    .cluster_scoped()
    .with_schema(schema(&spec, &status))
}

fn compositions(kind: &str, plural: &str, others: &Value) -> Resource {
    let of = requiring(&["apiVersion", "kind"], &json!({"apiVersion": text(), "kind": text()}));
    let spec = json!({"compositeTypeRef": of, "mode": text(), "pipeline": list(&free())});
    let spec = requiring(&["compositeTypeRef"], &extended(spec, others));
    let status = object(&json!({"conditions": conditions()}));
    Resource::new("apiextensions.crossplane.io", &["v1"], kind, plural)
        .cluster_scoped()
        .with_schema(schema(&spec, &status))
}

fn configurations() -> Resource {
    let spec = requiring(
        &["package"],
        &json!({
            "package": text(), "packagePullPolicy": text(), "packagePullSecrets": list(&named()),
            "revisionActivationPolicy": text(), "revisionHistoryLimit": number(), "commonLabels": texts(),
            "ignoreCrossplaneConstraints": {"type": "boolean"}, "skipDependencyResolution": {"type": "boolean"},
        }),
    );
    let status = object(&json!({
        "conditions": conditions(), "currentIdentifier": text(), "currentRevision": text(), "resolvedPackage": text(),
    }));
    Resource::new("pkg.crossplane.io", &["v1"], "Configuration", "configurations")
        .cluster_scoped()
        .with_schema(schema(&spec, &status))
}

/// Everything that Crossplane brings along, and makes of the definitions of the sample.
pub(super) fn all() -> Vec<Resource> {
    vec![
        definitions(),
        configurations(),
        compositions("Composition", "compositions", &json!({})),
        compositions(
            "CompositionRevision",
            "compositionrevisions",
            &json!({"revision": number()}),
        ),
        claims(),
        legacy(),
        modern("EdgeApp", "edgeapps"),
        modern("EdgeSite", "edgesites").cluster_scoped(),
        modern("XPlain", "xplains").cluster_scoped().with_schema(schema(
            &object(&extended(
                extended(values(), &machinery()),
                &json!({"resourceRefs": composed()}),
            )),
            &status(),
        )),
    ]
}

/// A definition that is established and offered.
pub(super) fn definition(plural: &str, kind: &str, scope: Option<&str>, claim: Option<(&str, &str)>) -> Value {
    let condition = |kind: &str, reason: &str| json!({"type": kind, "status": "True", "reason": reason, "lastTransitionTime": "2026-11-20T09:00:00Z"});
    let mut definition = json!({
        "apiVersion": "apiextensions.crossplane.io/v1", "kind": "CompositeResourceDefinition",
        "metadata": {"name": format!("{plural}.{GROUP}")},
        "spec": {
            "group": GROUP, "names": {"kind": kind, "plural": plural},
            "versions": [
                {"name": "v1alpha0", "served": true, "referenceable": false},
                {"name": "v1alpha1", "served": true, "referenceable": true},
            ],
        },
        "status": {"conditions": [condition("Established", "WatchingCompositeResource")]},
    });
    if let Some(scope) = scope {
        definition["spec"]["scope"] = json!(scope);
    }
    if let Some((kind, plural)) = claim {
        definition["spec"]["claimNames"] = json!({"kind": kind, "plural": plural});
        let offered = condition("Offered", "WatchingCompositeResourceClaim");
        definition["status"]["conditions"].as_array_mut().unwrap().push(offered);
    }
    definition
}
