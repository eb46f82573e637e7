//! An Application as Argo CD leaves it behind, and what is shown of it.

use kube::api::DynamicObject;
use o2_core::Timestamp;
use serde_json::{Value, json};

use crate::dms::argocd::ArgocdConfig;
use crate::dms::argocd::draw::{Drawn, draw, report};
use crate::dms::argocd::history::source_of;
use crate::dms::argocd::wire::{APPLICATIONS, Application};
use crate::kube::ClusterConfig;
use crate::kube::deployed::Found;

fn drawn(change: impl FnOnce(&mut Value)) -> Drawn {
    let mut object: Value = serde_saphyr::from_str(include_str!("application.yaml")).unwrap();
    change(&mut object);
    let object: DynamicObject = serde_json::from_value(object).unwrap();
    let application = Application::read(&APPLICATIONS, object).unwrap();
    let config = ArgocdConfig::of(ClusterConfig::default()).with_replicas_path("replicaCount");
    let now = Timestamp::parse("2026-11-20T10:00:00Z").unwrap();
    draw(&config, application, now).unwrap()
}

#[test]
fn an_application_is_a_deployment() {
    let drawn = drawn(|_| ());
    let shown = json!(*drawn.deployment);
    assert_eq!(
        shown,
        json!({
            "deploymentId": "6f1c2d8e-0000-4000-8000-000000000001",
            "name": "demo-1",
            "description": "",
            "namespace": "edge-a",
            "packageId": shown["packageId"],
            "packageVersion": "0.2.0",
            "status": "deployed",
            "statusMessage": "healthy",
            "replicas": 3,
            "revision": 3,
            "values": {"image": {"tag": "1.1"}, "replicaCount": 3},
            "tenantId": "acme",
            "labels": {"team": "edge"},
            "createdAt": "2026-11-20T08:59:59Z",
            "updatedAt": "2026-11-20T09:05:00Z",
            "extensions": {
                "argocd.application": "argocd/demo-1",
                "argocd.destination": "https://kubernetes.default.svc",
                "argocd.project": "default",
            },
        })
    );
    assert!(shown["packageId"].as_str().unwrap().starts_with("source-"));
    // The source that was rolled back to is not the one that the Application says.
    assert_eq!(drawn.record().backend_ref, None);
}

#[test]
fn its_report_has_a_condition_of_each_kind() {
    let drawn = drawn(|object| {
        object["status"]["conditions"] = json!([
            {"type": "OrphanedResourceWarning", "message": "one"},
            {"type": "OrphanedResourceWarning", "message": "two"},
        ]);
    });
    let now = Timestamp::parse("2026-11-20T10:00:00Z").unwrap();
    let report = report(&drawn, now);
    let conditions: Vec<_> = report
        .conditions
        .iter()
        .map(|c| (c.kind.as_str(), c.status.as_str()))
        .collect();
    assert_eq!(
        conditions,
        [
            ("Ready", "True"),
            ("Progressing", "False"),
            ("InSync", "False"),
            ("AutoSync", "False"),
            ("OrphanedResourceWarning", "True"),
        ]
    );
    assert_eq!(report.conditions[4].message, "one; two");
    assert_eq!((report.progress, report.replicas), (100, Some(3)));
}

#[test]
fn a_revision_comes_back_at_what_its_branch_stood_for() {
    let drawn = drawn(|object| {
        let source = json!({"repoURL": "https://git.example/a.git", "path": "deploy", "targetRevision": "main"});
        object["spec"]["source"] = source.clone();
        object["status"]["history"] =
            json!([{"id": 4, "revision": "3a1f0c1", "deployedAt": "2026-11-20T09:00:04Z", "source": source}]);
    });
    let record = drawn.record();
    assert_eq!((record.number, record.backend_ref.as_deref()), (5, Some("3a1f0c1")));
    assert_eq!(record.package_version, "main");
    let source = source_of(&record).unwrap();
    assert_eq!(source.spec()["source"]["targetRevision"], "3a1f0c1");
}
