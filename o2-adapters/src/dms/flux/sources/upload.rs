//! [`Upload`]: a package that somebody wants to have, checked completely, and the objects that it becomes.

use o2_core::error::Excerpt;
use o2_core::query::Fingerprint;
use o2_core::{Context, Error, Result};
use o2_dms::PackageUpload;
use o2_dms::model::canonical_package_type;
use serde_json::{Map, Value, json};

use super::{CHART, PATH, PackageNotes, SOURCE, SourceKind};
use crate::kube::deployed::{archive, check_name, has_password, reference};

/// What a layer of a chart is called in registries.
const CHART_LAYER: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/// A package to make known.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Upload {
    pub(in super::super) notes: PackageNotes,
    pub(in super::super) parts: Parts,
}

/// The objects that a package becomes.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Parts {
    pub(in super::super) kind: SourceKind,
    pub(in super::super) spec: Map<String, Value>,
    /// The repository that a chart comes from.
    pub(in super::super) repository: Option<String>,
}

impl Upload {
    /// Reads what was sent.
    ///
    /// # Errors
    /// `InvalidInput` naming the attribute.
    pub(in super::super) fn check(upload: &PackageUpload) -> Result<Self> {
        if upload.content.is_some() {
            let reason = "Flux stores no content; put it in a repository or registry and give its packageUrl";
            return Err(Error::violation("content", reason));
        }
        let url = upload.package_url.as_deref().unwrap_or_default();
        check_url(url)?;
        let package_type = canonical_package_type(upload.package_type.trim());
        let found = match package_type {
            "helm-chart" => chart(url, upload)?,
            "git-repo" => git(url, upload)?,
            "kustomize" if url.starts_with("oci://") => registry(url, upload, false)?,
            "kustomize" => git(url, upload)?,
            other => {
                let reason = format!("'{}' must be helm-chart, git-repo or kustomize", Excerpt(other));
                return Err(Error::violation("packageType", reason));
            }
        };
        if upload.checksum.is_some() && found.parts.kind != SourceKind::OciRepository {
            let reason = "Flux compares digests of what comes from a registry only; give a commit as version instead";
            return Err(Error::violation("checksum", reason));
        }
        let path = text(upload, PATH)?;
        if path
            .as_deref()
            .is_some_and(|path| path.split('/').any(|part| part == ".."))
        {
            return Err(Error::violation(
                format!("extensions.{PATH}"),
                "must be within the source",
            ));
        }
        let mut extensions = upload.extensions.clone();
        extensions.retain(|key, _| ![CHART, PATH, SOURCE].contains(&key.as_str()));
        let notes = PackageNotes {
            name: check_name("name", upload.name.as_deref().unwrap_or(&found.name))?,
            version: check_name("version", upload.version.as_deref().unwrap_or(&found.version))?,
            description: upload.description.clone(),
            package_type: package_type.to_owned(),
            package_url: url.to_owned(),
            path,
            checksum: upload.checksum.as_ref().map(|checksum| checksum.to_ascii_lowercase()),
            extensions,
        };
        Ok(Self {
            notes,
            parts: found.parts,
        })
    }

    /// The name of the object: name and version are unique for each owner.
    pub(in super::super) fn object_name(&self, context: &Context) -> String {
        let tenant = context.tenant().map_or("", |tenant| tenant.as_str());
        let (name, version) = (&self.notes.name, &self.notes.version);
        let mark = Fingerprint::new().text(tenant).text(name).text(version).value();
        format!("o2-{mark:016x}")
    }
}

/// What an address and the rest of an upload say.
struct Read {
    name: String,
    version: String,
    parts: Parts,
}

fn check_url(url: &str) -> Result<()> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let known = ["http", "https", "oci", "ssh"].contains(&scheme);
    if !known || rest.is_empty() || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
        let reason = format!(
            "'{}' must be an address with http, https, ssh or oci before '://'",
            Excerpt(url)
        );
        return Err(Error::violation("packageUrl", reason));
    }
    if has_password(url) {
        return Err(Error::violation("packageUrl", "must not hold credentials"));
    }
    Ok(())
}

fn text(upload: &PackageUpload, key: &str) -> Result<Option<String>> {
    match upload.extensions.get(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(Error::violation(format!("extensions.{key}"), "must be a text")),
    }
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn chart(url: &str, upload: &PackageUpload) -> Result<Read> {
    if url.starts_with("oci://") {
        return registry(url, upload, true);
    }
    if !url.starts_with("http") {
        return Err(Error::violation(
            "packageUrl",
            "a chart is in a repository (https) or a registry (oci)",
        ));
    }
    let (repository, name, version) = match archive(url) {
        Some((repository, name, version)) => (repository, Some(name), Some(version)),
        None => (url, None, None),
    };
    let said = text(upload, CHART)?;
    let name = said.as_deref().or(name).or(upload.name.as_deref());
    let name = name.ok_or_else(|| Error::violation("name", "the name of the chart is missing"))?;
    let version = upload.version.as_deref().or(version);
    let version = version.ok_or_else(|| Error::violation("version", "the version of the chart is missing"))?;
    Ok(Read {
        name: name.to_owned(),
        version: version.to_owned(),
        parts: Parts {
            kind: SourceKind::HelmChart,
            spec: map(json!({"chart": name, "version": version})),
            repository: Some(repository.to_owned()),
        },
    })
}

/// `oci://registry.example/charts/web:1.2.0`, or without the tag and with a version beside it.
fn registry(url: &str, upload: &PackageUpload, of_helm: bool) -> Result<Read> {
    let (registry, name, tag) =
        reference(url).ok_or_else(|| Error::violation("packageUrl", "must say a registry and what lies there"))?;
    let repository = format!("{registry}/{name}");
    let tag = tag.or(upload.version.as_deref());
    let tag = tag.ok_or_else(|| Error::violation("version", "the tag is missing"))?;
    let at = match &upload.checksum {
        Some(checksum) => json!({"digest": digest(checksum)?}),
        None => json!({"tag": tag}),
    };
    let mut spec = map(json!({"url": repository, "ref": at}));
    if of_helm {
        let layer = json!({"mediaType": CHART_LAYER, "operation": "copy"});
        spec.insert("layerSelector".to_owned(), layer);
    }
    Ok(Read {
        name: name.to_owned(),
        version: tag.to_owned(),
        parts: Parts {
            kind: SourceKind::OciRepository,
            spec,
            repository: None,
        },
    })
}

fn digest(text: &str) -> Result<String> {
    let canonical = text.to_ascii_lowercase();
    let digits = canonical.strip_prefix("sha256:").unwrap_or_default();
    if digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit()) {
        return Ok(canonical);
    }
    let reason = format!("'{}' must be 'sha256:' and 64 hexadecimal digits", Excerpt(text));
    Err(Error::violation("checksum", reason))
}

/// A repository of Git at a commit, a tag or a branch, whichever the version looks like.
fn git(url: &str, upload: &PackageUpload) -> Result<Read> {
    if url.starts_with("oci") {
        return Err(Error::violation(
            "packageUrl",
            "a repository of Git is reached by https or ssh",
        ));
    }
    let version = upload.version.as_deref().unwrap_or("main");
    let is_commit = version.len() == 40 && version.chars().all(|c| c.is_ascii_hexdigit());
    let is_tag = version
        .trim_start_matches('v')
        .starts_with(|c: char| c.is_ascii_digit())
        && version.contains('.');
    let member = match (is_commit, is_tag) {
        (true, _) => "commit",
        (false, true) => "tag",
        (false, false) => "branch",
    };
    let last = url.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    Ok(Read {
        name: last.trim_end_matches(".git").to_owned(),
        version: version.to_owned(),
        parts: Parts {
            kind: SourceKind::GitRepository,
            spec: map(json!({"url": url, "ref": {member: version}})),
            repository: None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(value: Value) -> PackageUpload {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn addresses_say_what_is_meant() {
        let commit = "3a1f0c1c7b9c6d4be2f4fbb0b3f4b6dfcb0f3c11";
        let checksum = format!("sha256:{}", "0a".repeat(32));
        for (sent, kind, spec, repository) in [
            (
                json!({"packageType": "helm", "packageUrl": "https://charts.example/stable/o2-demo-v0.2.0.tgz"}),
                SourceKind::HelmChart,
                json!({"chart": "o2-demo", "version": "v0.2.0"}),
                Some("https://charts.example/stable"),
            ),
            (
                json!({"packageType": "helm", "packageUrl": "https://charts.example", "name": "web", "version": "1.x"}),
                SourceKind::HelmChart,
                json!({"chart": "web", "version": "1.x"}),
                Some("https://charts.example"),
            ),
            (
                json!({"packageType": "helm", "packageUrl": "oci://registry.example:5000/charts/web:1.2.0"}),
                SourceKind::OciRepository,
                json!({
                    "url": "oci://registry.example:5000/charts/web", "ref": {"tag": "1.2.0"},
                    "layerSelector": {"mediaType": CHART_LAYER, "operation": "copy"},
                }),
                None,
            ),
            (
                json!({"packageType": "kustomize", "packageUrl": "oci://registry.example/web", "version": "1", "checksum": checksum}),
                SourceKind::OciRepository,
                json!({"url": "oci://registry.example/web", "ref": {"digest": checksum}}),
                None,
            ),
            (
                json!({"packageType": "git", "packageUrl": "https://git.example/a.git", "version": commit}),
                SourceKind::GitRepository,
                json!({"url": "https://git.example/a.git", "ref": {"commit": commit}}),
                None,
            ),
            (
                json!({"packageType": "git", "packageUrl": "ssh://git@git.example/a.git", "version": "v1.2"}),
                SourceKind::GitRepository,
                json!({"url": "ssh://git@git.example/a.git", "ref": {"tag": "v1.2"}}),
                None,
            ),
            (
                json!({"packageType": "kustomize", "packageUrl": "https://git.example/a.git"}),
                SourceKind::GitRepository,
                json!({"url": "https://git.example/a.git", "ref": {"branch": "main"}}),
                None,
            ),
        ] {
            let found = Upload::check(&upload(sent.clone())).unwrap().parts;
            assert_eq!((found.kind, Value::Object(found.spec)), (kind, spec), "{sent}");
            assert_eq!(found.repository.as_deref(), repository);
        }
    }

    #[test]
    fn what_cannot_be_made_known_is_named() {
        for (sent, message) in [
            (json!({"packageType": "helm"}), "packageUrl: "),
            (
                json!({"packageType": "helm", "packageUrl": "charts.example"}),
                "packageUrl: ",
            ),
            (
                json!({"packageType": "helm", "packageUrl": "https://c.example", "content": "YQ=="}),
                "content: ",
            ),
            (
                json!({"packageType": "helm", "packageUrl": "https://c.example/a-1.0.0.tgz", "checksum": "sha256:0"}),
                "checksum: Flux compares",
            ),
            (
                json!({"packageType": "helm", "packageUrl": "oci://c.example/a:1", "checksum": "sha256:0"}),
                "checksum: 'sha256:0' must be",
            ),
            (
                json!({"packageType": "tosca", "packageUrl": "https://c.example"}),
                "packageType: 'tosca'",
            ),
            (
                json!({"packageType": "helm", "packageUrl": "https://c.example"}),
                "name: ",
            ),
            (
                json!({"packageType": "helm", "packageUrl": "oci://c.example/a"}),
                "version: ",
            ),
            (
                json!({"packageType": "git", "packageUrl": "https://u:p@c.example/a"}),
                "packageUrl: must not hold",
            ),
            (
                json!({"packageType": "git", "packageUrl": "oci://c.example/a"}),
                "packageUrl: a repository",
            ),
            (
                json!({"packageType": "git", "packageUrl": "https://c.example/a", "extensions": {"flux.path": "../x"}}),
                "extensions.flux.path: ",
            ),
        ] {
            let error = Upload::check(&upload(sent.clone())).unwrap_err();
            assert!(error.message().starts_with(message), "{sent}: {error}");
        }
    }
}
