//! [`Upload`]: a Configuration that somebody wants to have, checked completely.

use o2_core::error::Excerpt;
use o2_core::{Error, Result};
use o2_dms::PackageUpload;

use super::part::{OBJECT, PackageNotes};
use crate::kube::deployed::{check_label, check_name, has_password};

/// A Configuration to make known.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Upload {
    /// The name of the object.
    pub(in super::super) name: String,
    /// Registry and name, `registry.example/platform/edge`.
    pub(in super::super) repository: String,
    /// What Crossplane shall install, `registry.example/platform/edge:v1.2.0`.
    pub(in super::super) package: String,
    pub(in super::super) notes: PackageNotes,
}

/// Repository, tag and digest of what lies in a registry.
pub(in super::super) fn split(package: &str) -> (&str, Option<&str>, Option<&str>) {
    let (rest, digest) = match package.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (package, None),
    };
    // A colon before a slash is that of a port.
    match rest.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')) {
        Some((repository, tag)) => (repository, Some(tag), digest),
        None => (rest, None, digest),
    }
}

impl Upload {
    /// Reads what was sent.
    ///
    /// # Errors
    /// `InvalidInput` naming the attribute.
    pub(in super::super) fn check(upload: &PackageUpload) -> Result<Self> {
        if upload.content.is_some() {
            let reason = "Crossplane stores no content; push it to a registry and give its packageUrl";
            return Err(Error::violation("content", reason));
        }
        let package_type = upload.package_type.trim();
        if !["crossplane", "crossplane-configuration"].contains(&package_type) {
            let reason = format!("'{}' must be crossplane-configuration", Excerpt(package_type));
            return Err(Error::violation("packageType", reason));
        }
        let url = upload.package_url.as_deref().unwrap_or_default();
        let (repository, tag, digest) = split(address(url)?);
        let checksum = upload.checksum.as_deref().map(str::to_ascii_lowercase);
        if let (Some(said), Some(digest)) = (&checksum, digest)
            && said != digest
        {
            return Err(Error::violation("checksum", "is not the digest in packageUrl"));
        }
        let digest = checksum.as_deref().or(digest);
        if digest.is_some_and(|digest| !is_digest(digest)) {
            return Err(Error::violation(
                "checksum",
                "must be 'sha256:' and 64 hexadecimal digits",
            ));
        }
        let version = version(upload.version.as_deref(), tag, digest)?;
        let package = match digest {
            Some(digest) => format!("{repository}@{digest}"),
            None => format!("{repository}:{version}"),
        };
        let last = repository.rsplit('/').next().unwrap_or(repository);
        let name = upload.name.as_deref().unwrap_or(last);
        check_label("name", name)?;
        let mut extensions = upload.extensions.clone();
        extensions.retain(|key, _| key != OBJECT);
        Ok(Self {
            name: name.to_owned(),
            repository: repository.to_owned(),
            package,
            notes: PackageNotes {
                version,
                description: upload.description.clone(),
                extensions,
            },
        })
    }
}

/// A reference to a package as Crossplane writes it: with a registry, and without a scheme.
fn address(url: &str) -> Result<&str> {
    let wrong = |reason: &str| Err(Error::violation("packageUrl", format!("'{}' {reason}", Excerpt(url))));
    let package = url.strip_prefix("oci://").unwrap_or(url);
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._/:@".contains(c);
    let registry = package.split_once('/').map(|(registry, _)| registry);
    let has_registry = registry.is_some_and(|registry| registry.contains(['.', ':']) || registry == "localhost");
    if package.contains("://") || !has_registry || package.ends_with('/') || !package.chars().all(allowed) {
        return wrong("must be registry, name and tag, such as 'oci://registry.example/platform/edge:v1.2.0'");
    }
    if has_password(url) || registry.is_some_and(|registry| registry.contains('@')) {
        return Err(Error::violation("packageUrl", "must not hold credentials"));
    }
    Ok(package)
}

fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit())
}

/// The version: the tag, unless a digest says what is meant.
fn version(said: Option<&str>, tag: Option<&str>, digest: Option<&str>) -> Result<String> {
    if digest.is_none()
        && let (Some(said), Some(tag)) = (said, tag)
        && said != tag
    {
        let reason = format!("'{}' is not the tag in packageUrl, {}", Excerpt(said), Excerpt(tag));
        return Err(Error::violation("version", reason));
    }
    let version = said.or(tag).or(digest);
    let version = version.ok_or_else(|| Error::violation("version", "say it, or the tag in packageUrl"))?;
    let version = check_name("version", version)?;
    let is_tag = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
    if digest.is_none() && !(version.len() <= 128 && version.chars().all(is_tag)) {
        return Err(Error::violation(
            "version",
            "must be a tag: letters, digits, '-', '_' and '.'",
        ));
    }
    Ok(version)
}
