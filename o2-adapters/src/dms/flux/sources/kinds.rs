//! [`SourceKind`]: the kinds of sources, and what each says about itself.
//!
//! <https://fluxcd.io/flux/components/source/>

use serde_json::{Map, Value};

use crate::kube::Kind;

/// A kind of source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum SourceKind {
    Bucket,
    GitRepository,
    HelmChart,
    HelmRepository,
    OciRepository,
}

const fn source(name: &'static str, plural: &'static str) -> Kind {
    Kind::of_namespaces("source.toolkit.fluxcd.io", "v1", name, plural)
}

/// The kinds, as the API server knows them.
pub(in super::super) static SOURCES: [Kind; 5] = [
    source("Bucket", "buckets"),
    source("GitRepository", "gitrepositories"),
    source("HelmChart", "helmcharts"),
    source("HelmRepository", "helmrepositories"),
    source("OCIRepository", "ocirepositories"),
];

const ALL: [SourceKind; 5] = [
    SourceKind::Bucket,
    SourceKind::GitRepository,
    SourceKind::HelmChart,
    SourceKind::HelmRepository,
    SourceKind::OciRepository,
];

impl SourceKind {
    pub(in super::super) fn kind(self) -> &'static Kind {
        let [bucket, git, chart, repository, oci] = &SOURCES;
        match self {
            Self::Bucket => bucket,
            Self::GitRepository => git,
            Self::HelmChart => chart,
            Self::HelmRepository => repository,
            Self::OciRepository => oci,
        }
    }

    pub(super) fn of(kind: &Kind) -> Option<Self> {
        ALL.into_iter().find(|source| source.kind() == kind)
    }

    /// The version that a source stands for: the first of what decides it.
    pub(super) fn version(self, spec: &Map<String, Value>) -> &str {
        let within = |members: &[&str]| {
            let reference = spec.get("ref");
            let found = |member: &&str| reference?.get(member)?.as_str().filter(|text| !text.is_empty());
            members.iter().find_map(found)
        };
        match self {
            Self::HelmChart => spec.get("version").and_then(Value::as_str).unwrap_or("*"),
            Self::HelmRepository => "*",
            Self::OciRepository => within(&["digest", "semver", "tag"]).unwrap_or("latest"),
            Self::GitRepository => within(&["commit", "name", "semver", "tag", "branch"]).unwrap_or("master"),
            Self::Bucket => "latest",
        }
    }

    pub(super) fn name<'s>(self, spec: &'s Map<String, Value>, object: &'s str) -> &'s str {
        match self {
            Self::HelmChart => spec.get("chart").and_then(Value::as_str).unwrap_or(object),
            _ => object,
        }
    }

    pub(super) fn package_type(self, spec: &Map<String, Value>) -> &'static str {
        match self {
            Self::HelmChart | Self::HelmRepository => "helm-chart",
            Self::GitRepository | Self::Bucket => "git-repo",
            Self::OciRepository => {
                let layer = spec.get("layerSelector").and_then(|layer| layer.get("mediaType"));
                let of_helm = layer
                    .and_then(Value::as_str)
                    .is_some_and(|layer| layer.contains("helm"));
                if of_helm { "helm-chart" } else { "kustomize" }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_decides_the_version_comes_first() {
        for (kind, spec, version) in [
            (
                SourceKind::GitRepository,
                json!({"ref": {"branch": "main", "commit": "3a1f"}}),
                "3a1f",
            ),
            (SourceKind::GitRepository, json!({"ref": {"branch": "main"}}), "main"),
            (SourceKind::GitRepository, json!({}), "master"),
            (
                SourceKind::OciRepository,
                json!({"ref": {"tag": "1", "digest": "sha256:0"}}),
                "sha256:0",
            ),
            (SourceKind::OciRepository, json!({"ref": {}}), "latest"),
            (SourceKind::HelmChart, json!({"version": "1.x"}), "1.x"),
            (SourceKind::HelmRepository, json!({}), "*"),
        ] {
            assert_eq!(kind.version(spec.as_object().unwrap()), version, "{spec}");
        }
    }
}
