//! What workloads and images there are in a manifest.

use std::collections::BTreeSet;

use serde_json::Value;

use super::Object;
use crate::dms::kustomize::package::Parts;

/// The kinds whose replicas kustomize sets.
const SCALABLE: [(&str, &str); 4] = [
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("apps", "ReplicaSet"),
    ("", "ReplicationController"),
];

/// Whether kustomize sets its replicas.
pub(super) fn is_scalable(object: &Object) -> bool {
    SCALABLE.contains(&(object.id.group.as_str(), object.id.kind.as_str()))
}

/// The workloads with replicas and the images of a manifest.
pub(super) fn parts(objects: &[Object]) -> Parts {
    let workloads = objects.iter().filter(|object| is_scalable(object));
    let workloads: BTreeSet<_> = workloads.map(|object| object.id.name.clone()).collect();
    let images: BTreeSet<_> = images(objects).map(|image| name(image).to_owned()).collect();
    Parts {
        workloads: workloads.into_iter().collect(),
        images: images.into_iter().collect(),
    }
}

/// The images of all containers, as they are written.
pub(super) fn images(objects: &[Object]) -> impl Iterator<Item = &str> {
    let pods = objects.iter().map(|object| pod(&object.value));
    let containers = pods.flat_map(|pod| ["initContainers", "containers"].map(|list| &pod[list]));
    let containers = containers.filter_map(Value::as_array).flatten();
    containers.filter_map(|container| container["image"].as_str())
}

/// The specification of the pods that an object makes; null for one that makes none.
fn pod(object: &Value) -> &Value {
    let spec = &object["spec"];
    match object["kind"].as_str() {
        Some("Pod") => spec,
        Some("CronJob") => &spec["jobTemplate"]["spec"]["template"]["spec"],
        _ => &spec["template"]["spec"],
    }
}

/// An image without tag and digest.
pub(super) fn name(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or_default();
    let last = image.rfind('/').map_or(0, |at| at + 1);
    image[last..].find(':').map_or(image, |at| &image[..last + at])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn images_have_names() {
        for (image, expected) in [
            ("nginx", "nginx"),
            ("nginx:1.27", "nginx"),
            ("registry:5000/edge/nginx", "registry:5000/edge/nginx"),
            ("registry:5000/edge/nginx:1", "registry:5000/edge/nginx"),
            ("nginx@sha256:00", "nginx"),
            ("r:5000/nginx:1@sha256:00", "r:5000/nginx"),
        ] {
            assert_eq!(name(image), expected);
        }
    }

    #[test]
    fn workloads_and_images_are_found() {
        let pod = |image: &str| json!({"initContainers": [{"image": "init:1"}], "containers": [{"image": image}, {"name": "x"}]});
        let objects = [
            json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"template": {"spec": pod("web:1")}}}),
            json!({"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "d"}, "spec": {"template": {"spec": pod("d:1")}}}),
            json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "c"}, "spec": {"jobTemplate": {"spec": {"template": {"spec": pod("c")}}}}}),
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": pod("p")}),
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {}}),
            json!({"apiVersion": "extensions/v1", "kind": "Deployment", "metadata": {"name": "other"}}),
        ];
        let objects: Vec<_> = objects.into_iter().map(|value| Object::of(value).unwrap()).collect();
        let parts = parts(&objects);
        assert_eq!(parts.workloads, ["web"]);
        assert_eq!(parts.images, ["c", "d", "init", "p", "web"]);
    }
}
