//! Definitions of both generations, and what deployments of them are.

use kube::api::DynamicObject;
use o2_core::{ErrorKind, Fault};
use serde_json::{Value, json};

use super::definition::{GROUP, definition};
use crate::dms::crossplane::content::Content;
use crate::dms::crossplane::shape::{Layout, Shape};

fn read(definition: &Value) -> o2_core::Result<Shape> {
    let object: DynamicObject = serde_json::from_value(definition.clone()).unwrap();
    Shape::of(object)
}

#[test]
fn the_shape_of_deployments_is_read_from_definitions() {
    let claim = Some(("EdgeAppClaim", "edgeappclaims"));
    for (scope, claim, layout, kind, namespaced, bound) in [
        (None, claim, Layout::Claim, "EdgeAppClaim", true, Some("XEdgeApp")),
        (
            Some("LegacyCluster"),
            claim,
            Layout::Claim,
            "EdgeAppClaim",
            true,
            Some("XEdgeApp"),
        ),
        (None, None, Layout::Legacy, "XEdgeApp", false, None),
        (Some("LegacyCluster"), None, Layout::Legacy, "XEdgeApp", false, None),
        (Some("Namespaced"), None, Layout::Modern, "XEdgeApp", true, None),
        (Some("Cluster"), None, Layout::Modern, "XEdgeApp", false, None),
    ] {
        let shape = read(&definition("xedgeapps", "XEdgeApp", scope, claim)).unwrap();
        assert_eq!(
            (shape.layout, shape.kind.name.as_ref(), shape.kind.namespaced),
            (layout, kind, namespaced),
            "{scope:?} {claim:?}"
        );
        assert_eq!(shape.bound().map(|kind| kind.name.as_ref()), bound);
        // The referenceable version, not the first one.
        assert_eq!(shape.kind.api_version(), format!("{GROUP}/v1alpha1"));
        assert!(shape.composes(&format!("{GROUP}/v1alpha1"), "XEdgeApp"));
        assert!(!shape.composes("other.example/v1alpha1", "XEdgeApp"));
    }
}

#[test]
fn what_is_not_established_is_named() {
    let good = definition("xedgeapps", "XEdgeApp", None, Some(("EdgeAppClaim", "edgeappclaims")));
    let refused = json!([
        {"type": "Established", "status": "True", "reason": "WatchingCompositeResource"},
        {"type": "Offered", "status": "False", "reason": "TerminatingCompositeResourceClaim", "message": "gone soon"},
    ]);
    for (change, expected) in [
        (json!({"status": {"conditions": []}}), "is not offered"),
        (
            json!({"status": {"conditions": refused}}),
            "is not offered (TerminatingCompositeResourceClaim: gone soon)",
        ),
        (
            json!({"spec": {"group": GROUP, "names": {"kind": "A", "plural": "as"}, "versions": []}}),
            "has no referenceable version",
        ),
        (json!({"spec": {"group": GROUP}}), "cannot be understood"),
    ] {
        let mut bad = good.clone();
        bad.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let error = read(&bad).unwrap_err();
        let said = error.message().contains("xedgeapps.platform.example.org") && error.message().contains(expected);
        assert!(said && error.is(ErrorKind::Unavailable), "{error}");
        assert_eq!(error.fault(), Fault::Backend);
    }
}

#[test]
fn values_are_what_is_not_of_crossplane() {
    let reference = json!({"name": "edgeapp-6f2a1c9"});
    let own = json!({
        "compositionRef": {"name": "edgeapp"}, "compositionRevisionRef": reference,
        "compositionUpdatePolicy": "Automatic", "resourceRefs": [{"name": "a"}],
    });
    let flat = json!({
        "replicas": 3, "crossplane": {"mine": true}, "resourceRef": {"name": "x"}, "claimRef": {"name": "y"},
        "compositeDeletePolicy": "Foreground", "writeConnectionSecretToRef": {"name": "z"},
        "compositionSelector": {"matchLabels": {}}, "publishConnectionDetailsTo": {"name": "p"},
    });
    let mut flat = flat.as_object().unwrap().clone();
    flat.extend(own.as_object().unwrap().clone());
    let nested = json!({"replicas": 3, "resourceRef": {"mine": true}, "crossplane": own});
    for (layout, spec, values) in [
        (
            Layout::Claim,
            flat.clone(),
            json!({"replicas": 3, "crossplane": {"mine": true}}),
        ),
        (
            Layout::Legacy,
            flat,
            json!({"replicas": 3, "crossplane": {"mine": true}}),
        ),
        (
            Layout::Modern,
            nested.as_object().unwrap().clone(),
            json!({"replicas": 3, "resourceRef": {"mine": true}}),
        ),
    ] {
        let mut content = Content::of(layout, &spec);
        assert_eq!(json!(content.values()), values, "{layout:?}");
        assert_eq!(
            (content.composition(), content.revision()),
            (Some("edgeapp"), Some("edgeapp-6f2a1c9"))
        );
        let (all, package) = (content.fingerprint(), content.package_fingerprint());
        let refused = if layout.is_flat() { "claimRef" } else { "crossplane" };
        let given = json!({refused: {}}).as_object().unwrap().clone();
        let error = content.set_values(given).unwrap_err();
        assert!(error.message().starts_with(&format!("values.{refused}: ")), "{error}");
        content.pin("edgeapp", "edgeapp-2");
        assert_ne!((all, package), (content.fingerprint(), content.package_fingerprint()));
        let spec = content.value();
        let own = if layout.is_flat() { &spec } else { &spec["crossplane"] };
        assert_eq!(own["compositionRevisionRef"], json!({"name": "edgeapp-2"}));
        assert_eq!(own["compositionUpdatePolicy"], "Manual");
        // What it does not know, it does not say.
        assert!(own.get("resourceRefs").is_none());
        let back = Content::of_record(layout, &spec).unwrap();
        assert_eq!(back, content);
    }
    assert!(Content::of_record(Layout::Modern, &json!({"replicas": 3})).is_err());
}
