//! [`Repository`]: a repository that is registered with Argo CD. Of its Secret, only what is none is looked at.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use kube::api::DynamicObject;
use o2_core::error::Excerpt;
use o2_core::{Error, Extensions, Result};
use o2_dms::DeploymentPackage;
use serde::Deserialize;
use serde_json::Value;

use super::{CHART, PATH, TARGET_REVISION};
use crate::dms::argocd::source::{Coordinates, What};
use crate::kube::{Cached, Kind, Meta};

pub(in super::super) static SECRETS: Kind = Kind::of_namespaces("", "v1", "Secret", "secrets");
/// The label of repositories.
pub(in super::super) const REPOSITORY_LABEL: &str = "argocd.argoproj.io/secret-type=repository";

/// A repository.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Repository {
    pub(in super::super) meta: Meta,
    pub(in super::super) url: String,
    /// `git`, `helm` or `oci`.
    kind: String,
    name: String,
}

/// Nothing of it is kept but a few members.
#[derive(Deserialize)]
struct Wire {
    data: BTreeMap<String, ByteString>,
}

impl Cached for Repository {
    fn read(_: &Kind, object: DynamicObject) -> Option<Self> {
        let wire: Wire = serde_json::from_value(object.data).ok()?;
        let text = |key: &str| {
            let bytes = wire.data.get(key)?;
            String::from_utf8(bytes.0.clone()).ok().filter(|text| !text.is_empty())
        };
        let mut meta = Meta::from(object.metadata);
        // `kubectl apply` leaves a copy of the Secret there.
        meta.annotations.clear();
        meta.resource_version.clear();
        Some(Self {
            meta,
            url: without_credentials(&text("url")?),
            kind: text("type").unwrap_or_else(|| "git".to_owned()),
            name: text("name").unwrap_or_default(),
        })
    }

    fn meta(&self) -> &Meta {
        &self.meta
    }
}

/// `https://user:password@host/path` as `https://host/path`; the user of SSH is no secret.
pub(super) fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://").filter(|(scheme, _)| *scheme != "ssh") else {
        return url.to_owned();
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

impl Repository {
    fn has_charts(&self) -> bool {
        self.kind == "helm"
    }

    pub(super) fn shown(&self, tenant_label: &str) -> DeploymentPackage {
        let (version, package_type) = match self.kind.as_str() {
            "git" => ("HEAD", "git-repo"),
            _ => ("*", "helm-chart"),
        };
        let name = if self.name.is_empty() { &self.url } else { &self.name };
        let mut package = DeploymentPackage::new(self.meta.uid.as_str(), name.as_str(), version, package_type);
        "A repository that is registered with Argo CD".clone_into(&mut package.description);
        package.package_url = Some(self.url.clone());
        package.uploaded_at = self.meta.created;
        package.tenant_id = self.meta.tenant(tenant_label);
        package
    }

    /// What of it a caller wants.
    pub(in super::super) fn coordinates(&self, said: &Extensions) -> Result<Coordinates> {
        let text = |key: &str| match said.get(key) {
            None => Ok(None),
            Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
            Some(other) => {
                let reason = format!("must be a text, not {}", Excerpt(&other.to_string()));
                Err(Error::violation(format!("extensions.{key}"), reason))
            }
        };
        let (chart, path, revision) = (text(CHART)?, text(PATH)?, text(TARGET_REVISION)?);
        let what = match (chart, path) {
            (Some(chart), None) if self.kind != "git" => What::Chart(chart),
            (None, path) if !self.has_charts() => What::Path(path.unwrap_or_else(|| ".".to_owned())),
            _ => {
                let reason = format!("the package is a repository: say {CHART} for one of charts, {PATH} for others");
                return Err(Error::violation("extensions", reason));
            }
        };
        let coordinates = Coordinates {
            repo_url: self.url.clone(),
            target_revision: revision.unwrap_or_else(|| match what {
                What::Chart(_) => "*".to_owned(),
                What::Path(_) => "HEAD".to_owned(),
            }),
            what,
        };
        coordinates.check()?;
        Ok(coordinates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_in_addresses_are_not_shown() {
        for (url, shown) in [
            ("https://git.example/a.git", "https://git.example/a.git"),
            ("https://bot:hunter2@git.example/a@b.git", "https://git.example/a@b.git"),
            ("https://token@git.example", "https://git.example"),
            ("ssh://git@git.example/a.git", "ssh://git@git.example/a.git"),
            ("git@git.example:a.git", "git@git.example:a.git"),
            ("registry.example/charts", "registry.example/charts"),
        ] {
            assert_eq!(without_credentials(url), shown);
        }
    }
}
