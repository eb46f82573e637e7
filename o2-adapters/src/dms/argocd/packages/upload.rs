//! [`Upload`]: a package that somebody wants to register, checked completely.

use o2_core::error::Excerpt;
use o2_core::{Error, Result};
use o2_dms::PackageUpload;
use o2_dms::model::canonical_package_type;
use serde_json::Value;

use super::registered::Data;
use super::{CHART, PATH, TARGET_REVISION, TOOL};
use crate::dms::argocd::draw::PREFIX;
use crate::dms::argocd::source::{Coordinates, What};
use crate::dms::argocd::values::Tool;

/// The longest name and version.
const LONGEST: usize = 253;

/// A package to register.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Upload {
    pub(in super::super) data: Data,
    pub(in super::super) coordinates: Coordinates,
}

impl Upload {
    /// Reads what was sent.
    ///
    /// # Errors
    /// `InvalidInput` naming the attribute.
    pub(in super::super) fn check(upload: &PackageUpload) -> Result<Self> {
        if upload.content.is_some() {
            let reason = "Argo CD stores no content; put it in a repository and give its packageUrl";
            return Err(Error::violation("content", reason));
        }
        if upload.checksum.is_some() {
            let reason = "Argo CD compares no checksums; give a commit as version instead";
            return Err(Error::violation("checksum", reason));
        }
        let url = upload.package_url.as_deref().unwrap_or_default();
        if url.is_empty() || url.chars().any(|c| c.is_whitespace() || c.is_control()) {
            let reason = format!("'{}' is no address of a repository", Excerpt(url));
            return Err(Error::violation("packageUrl", reason));
        }
        if has_password(url) {
            return Err(Error::violation(
                "packageUrl",
                "must not hold credentials; register them with Argo CD",
            ));
        }
        let package_type = canonical_package_type(upload.package_type.trim());
        let said = Said::of(upload)?;
        let coordinates = match package_type {
            "helm-chart" => chart(url, upload, &said)?,
            "git-repo" | "kustomize" => directory(url, upload, &said),
            other => {
                let reason = format!("'{}' must be helm-chart, git-repo or kustomize", Excerpt(other));
                return Err(Error::violation("packageType", reason));
            }
        };
        coordinates.check()?;
        let (name, version) = (upload.name.as_deref(), upload.version.as_deref());
        let name = named("name", name.unwrap_or(coordinates.name()))?;
        let version = named("version", version.unwrap_or(coordinates.version()))?;
        let tool = said
            .tool
            .or_else(|| (package_type == "kustomize").then(|| "kustomize".to_owned()));
        let mut extensions = upload.extensions.clone();
        extensions.retain(|key, _| !key.starts_with(PREFIX) || key == TOOL);
        let data = Data {
            name,
            version,
            description: upload.description.clone(),
            package_type: package_type.to_owned(),
            package_url: url.to_owned(),
            coordinates: coordinates.value(),
            tool,
            extensions,
        };
        Ok(Self { data, coordinates })
    }
}

/// What the extensions say.
struct Said {
    chart: Option<String>,
    path: Option<String>,
    revision: Option<String>,
    tool: Option<String>,
}

impl Said {
    fn of(upload: &PackageUpload) -> Result<Self> {
        let text = |key: &str| match upload.extensions.get(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
            Some(_) => Err(Error::violation(format!("extensions.{key}"), "must be a text")),
        };
        let tool = text(TOOL)?;
        if tool.as_deref().is_some_and(|tool| Tool::named(tool).is_none()) {
            let reason = "must be helm, kustomize, directory or plugin";
            return Err(Error::violation(format!("extensions.{TOOL}"), reason));
        }
        Ok(Self {
            chart: text(CHART)?,
            path: text(PATH)?,
            revision: text(TARGET_REVISION)?,
            tool,
        })
    }
}

/// A chart: an archive in a repository, a reference to a registry, or a repository and a name.
fn chart(url: &str, upload: &PackageUpload, said: &Said) -> Result<Coordinates> {
    let (repo_url, name, version) = match (archive(url), reference(url)) {
        (Some((repository, name, version)), _) => (repository, Some(name), Some(version)),
        (None, Some((registry, name, version))) => (registry, Some(name), version),
        (None, None) => (url, None, None),
    };
    let name = said.chart.as_deref().or(name).or(upload.name.as_deref());
    let name = name.ok_or_else(|| Error::violation("name", "the name of the chart is missing"))?;
    let version = said.revision.as_deref().or(upload.version.as_deref()).or(version);
    let version = version.ok_or_else(|| Error::violation("version", "the version of the chart is missing"))?;
    Ok(Coordinates {
        repo_url: repo_url.to_owned(),
        what: What::Chart(name.to_owned()),
        target_revision: version.to_owned(),
    })
}

/// `https://charts.example/stable/web-1.2.0.tgz`: repository, name and version.
fn archive(url: &str) -> Option<(&str, &str, &str)> {
    let (repository, file) = url.strip_suffix(".tgz")?.rsplit_once('/')?;
    let mut dashes = file.match_indices('-');
    let at = dashes.find(|(at, _)| {
        file[at + 1..]
            .trim_start_matches('v')
            .starts_with(|c: char| c.is_ascii_digit())
    });
    let (at, _) = at?;
    Some((repository, &file[..at], &file[at + 1..]))
}

/// `oci://registry.example/charts/web:1.2.0`: registry without the scheme, as Argo CD wants it, name and version.
fn reference(url: &str) -> Option<(&str, &str, Option<&str>)> {
    let (registry, last) = url.strip_prefix("oci://")?.rsplit_once('/')?;
    match last.split_once(':') {
        Some((name, version)) => Some((registry, name, Some(version))),
        None => Some((registry, last, None)),
    }
}

fn directory(url: &str, upload: &PackageUpload, said: &Said) -> Coordinates {
    let revision = said.revision.as_deref().or(upload.version.as_deref());
    Coordinates {
        repo_url: url.to_owned(),
        what: What::Path(said.path.clone().unwrap_or_else(|| ".".to_owned())),
        target_revision: revision.unwrap_or("HEAD").to_owned(),
    }
}

fn has_password(url: &str) -> bool {
    let host = url
        .split_once("://")
        .map(|(_, rest)| rest.split('/').next().unwrap_or_default());
    host.is_some_and(|host| host.rsplit_once('@').is_some_and(|(user, _)| user.contains(':')))
}

fn named(attribute: &str, text: &str) -> Result<String> {
    let length = text.chars().count();
    if text.trim().is_empty() || length > LONGEST || text.chars().any(char::is_control) {
        let reason = format!("must have 1 to {LONGEST} characters, not {length}, and not only blanks");
        return Err(Error::violation(attribute, reason));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn upload(value: Value) -> PackageUpload {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn addresses_say_what_is_meant() {
        for (sent, expected) in [
            (
                json!({"packageType": "helm", "packageUrl": "https://charts.example/stable/o2-demo-v0.2.0.tgz"}),
                json!({"repoURL": "https://charts.example/stable", "chart": "o2-demo", "targetRevision": "v0.2.0"}),
            ),
            (
                json!({"packageType": "helm", "packageUrl": "oci://registry.example/charts/web:1.2.0"}),
                json!({"repoURL": "registry.example/charts", "chart": "web", "targetRevision": "1.2.0"}),
            ),
            (
                json!({"packageType": "helm-chart", "packageUrl": "https://charts.example", "name": "web", "version": "1"}),
                json!({"repoURL": "https://charts.example", "chart": "web", "targetRevision": "1"}),
            ),
            (
                json!({"packageType": "git", "packageUrl": "https://git.example/a.git", "version": "main",
                       "extensions": {"argocd.path": "deploy"}}),
                json!({"repoURL": "https://git.example/a.git", "path": "deploy", "targetRevision": "main"}),
            ),
            (
                json!({"packageType": "kustomize", "packageUrl": "git@git.example:a.git"}),
                json!({"repoURL": "git@git.example:a.git", "path": ".", "targetRevision": "HEAD"}),
            ),
        ] {
            let found = Upload::check(&upload(sent.clone())).unwrap();
            assert_eq!(found.coordinates.value(), expected, "{sent}");
        }
    }

    #[test]
    fn what_cannot_be_registered_is_named() {
        for (sent, message) in [
            (json!({"packageType": "helm"}), "packageUrl: "),
            (
                json!({"packageType": "helm", "packageUrl": "https://c.example", "content": "YQ=="}),
                "content: ",
            ),
            (
                json!({"packageType": "helm", "packageUrl": "https://c.example", "checksum": "x"}),
                "checksum: ",
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
                json!({"packageType": "helm", "packageUrl": "https://c.example", "name": "web"}),
                "version: ",
            ),
            (
                json!({"packageType": "git", "packageUrl": "https://u:p@c.example/a"}),
                "packageUrl: ",
            ),
            (
                json!({"packageType": "git", "packageUrl": "https://c.example/a", "extensions": {"argocd.path": "../x"}}),
                "extensions.argocd.path: ",
            ),
            (
                json!({"packageType": "git", "packageUrl": "https://c.example/a", "extensions": {"argocd.tool": "ksonnet"}}),
                "extensions.argocd.tool: ",
            ),
        ] {
            let error = Upload::check(&upload(sent.clone())).unwrap_err();
            assert!(error.message().starts_with(message), "{sent}: {error}");
        }
    }
}
