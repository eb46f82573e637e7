//! Charts of the tests. Their templates are such that Helm renders them, and the played one, too.

use bytes::Bytes;

use crate::dms::helm::chart::testing::{archive, chart_yaml, file};

/// An image that nobody can pull.
pub(super) const BROKEN: &str = "registry.example/broken:1.0";

/// Other settings make other pods, as in most charts: the annotation is for that.
const WORKLOAD: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels: {app: {{ .Release.Name }} }
spec:
  replicas: {{ .Values.replicaCount }}
  selector:
    matchLabels: {app: {{ .Release.Name }} }
  template:
    metadata:
      labels: {app: {{ .Release.Name }} }
      annotations:
        settings: {{ .Values.settings | toJson | quote }}
    spec:
      containers:
        - name: main
          image: {{ .Values.image | quote }}
";

const SETTINGS: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-settings
data:
  settings: {{ .Values.settings | toJson | quote }}
";

const SCHEMA: &str = r#"{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
  "properties": {"replicaCount": {"type": "integer", "minimum": 0}}}"#;

/// A workload with its settings, whose number of replicas and image are values.
pub(super) fn web(name: &str, version: &str, image: &str) -> Bytes {
    let values = format!("image: {image}\nreplicaCount: 1\nsettings: {{log: info, retries: 3}}\n");
    archive(&[
        file(format!("{name}/Chart.yaml"), chart_yaml(name, version)),
        file(format!("{name}/values.yaml"), values),
        file(format!("{name}/values.schema.json"), SCHEMA),
        file(format!("{name}/templates/settings.yaml"), SETTINGS),
        file(format!("{name}/templates/workload.yaml"), WORKLOAD),
    ])
}

/// The same that logs something else, so that its content is another one.
pub(super) fn other(name: &str, version: &str) -> Bytes {
    web(name, version, "registry.example/other:1.0")
}

/// One whose template refuses every password.
pub(super) fn failing(version: &str) -> Bytes {
    let refuses = "x: {{ fail (printf \"the password %s is refused\" .Values.adminPassword) }}\n";
    archive(&[
        file("nested/Chart.yaml", chart_yaml("nested", version)),
        file("nested/templates/refuses.yaml", refuses),
    ])
}

/// One with another chart in it, whose objects Helm does not keep with the release.
pub(super) fn nested(version: &str) -> Bytes {
    let part = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-part\ndata:\n  size: {{ .Values.size | quote }}\n";
    let yaml = format!(
        "{}dependencies:\n  - {{name: part, version: 1.0.0}}\n",
        chart_yaml("nested", version)
    );
    archive(&[
        file("nested/Chart.yaml", yaml),
        file(
            "nested/values.yaml",
            "image: registry.example/web:1.0\nreplicaCount: 1\nsettings: {}\n",
        ),
        file("nested/templates/workload.yaml", WORKLOAD),
        file("nested/charts/part/Chart.yaml", chart_yaml("part", "1.0.0")),
        file("nested/charts/part/values.yaml", "size: 7\n"),
        file("nested/charts/part/templates/part.yaml", part),
    ])
}
