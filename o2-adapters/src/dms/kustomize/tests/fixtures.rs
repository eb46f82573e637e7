//! Packages of the tests: a workload with its settings and its service, in three releases.

use bytes::Bytes;
use o2_dms::PackageUpload;
use serde_json::json;

use crate::dms::kustomize::package::testing::tar_gz;

/// The image of all releases.
pub(super) const IMAGE: &str = "registry.example/web";

/// The files of a release.
pub(super) fn files(release: &str) -> Vec<(&'static str, String)> {
    let web = json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"release": release}},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {"containers": [{
                    "name": "main", "image": format!("{IMAGE}:1.0"), "env": [{"name": "RELEASE", "value": release}],
                }]},
            },
        },
    });
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"},
        "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "protocol": "TCP"}]},
    });
    let kustomization = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
        "resources": ["web.yaml"],
        "configMapGenerator": [{"name": "settings", "literals": [format!("release={release}")]}],
    });
    vec![
        ("web/kustomization.yaml", kustomization.to_string()),
        ("web/web.yaml", format!("---\n{web}\n---\n{service}\n")),
    ]
}

/// An archive of files.
pub(super) fn archive(files: &[(&str, String)]) -> Bytes {
    let files: Vec<_> = files.iter().map(|(path, text)| (*path, text.as_str())).collect();
    tar_gz(&files).into()
}

/// A package of these files.
pub(super) fn package(name: &str, version: &str, files: &[(&str, String)]) -> PackageUpload {
    let mut upload = PackageUpload::default();
    upload.package_type = "kustomize".to_owned();
    upload.name = Some(name.to_owned());
    upload.version = Some(version.to_owned());
    upload.description = format!("release {version} of {name}");
    upload.content = Some(archive(files));
    upload
}

/// The package of a release.
pub(super) fn release(release: &str) -> PackageUpload {
    package("web", release, &files(release))
}
