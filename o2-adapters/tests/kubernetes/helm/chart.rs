//! Charts of these tests.

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, Header};

const WORKLOAD: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
spec:
  replicas: {{ .Values.replicaCount }}
  selector:
    matchLabels: {app: {{ .Release.Name | quote }}}
  template:
    metadata:
      labels: {app: {{ .Release.Name | quote }}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: main
          image: {{ .Values.image | quote }}
          env: [{name: NOTE, value: {{ .Values.note | quote }}}]
";

const SCHEMA: &str = r#"{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
  "properties": {"replicaCount": {"type": "integer", "minimum": 0}}}"#;

/// Something that is installed with the workload by a chart in the chart.
const PART: &str = "\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-part
data:
  size: {{ .Values.size | quote }}
";

/// What an upgrade waits for, and waits in vain: nobody can pull its image.
const HOOK: &str = "\
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-hook
  annotations: {helm.sh/hook: pre-upgrade}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: hook, image: registry.example/broken:1.0}]
";

fn described(name: &str, version: &str) -> String {
    format!("apiVersion: v2\nname: {name}\nversion: {version}\ndescription: a chart of a test\nappVersion: \"1.0\"\n")
}

/// A workload, its schema, and a chart in the chart.
pub(crate) fn demo(version: &str, image: &str) -> Vec<u8> {
    pack(&demo_files(version, image))
}

/// The same, whose upgrade never ends.
pub(crate) fn endless(version: &str) -> Vec<u8> {
    let mut files = demo_files(version, "registry.example/demo:1.0");
    files.push(("demo/templates/hook.yaml", HOOK.to_owned()));
    pack(&files)
}

fn demo_files(version: &str, image: &str) -> Vec<(&'static str, String)> {
    let chart = format!(
        "{}dependencies:\n  - {{name: part, version: 1.0.0}}\n",
        described("demo", version)
    );
    vec![
        ("demo/Chart.yaml", chart),
        (
            "demo/values.yaml",
            format!("image: {image}\nreplicaCount: 1\nnote: none\n"),
        ),
        ("demo/values.schema.json", SCHEMA.to_owned()),
        ("demo/templates/workload.yaml", WORKLOAD.to_owned()),
        ("demo/charts/part/Chart.yaml", described("part", "1.0.0")),
        ("demo/charts/part/values.yaml", "size: 7\n".to_owned()),
        ("demo/charts/part/templates/part.yaml", PART.to_owned()),
    ]
}

fn pack(files: &[(&str, String)]) -> Vec<u8> {
    let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, text) in files {
        let mut header = Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        tar.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}
