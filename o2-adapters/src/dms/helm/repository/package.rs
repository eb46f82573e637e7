//! [`PackageRef`]: which package is meant, and [`Found`]: what a repository says about one.

use std::fmt;

use o2_core::{Extensions, TenantId, Timestamp};
use o2_dms::{DeploymentPackage, PackageId};
use serde_json::{Value, json};

use crate::dms::helm::chart::{Metadata, is_name, is_version};

/// How many digits of a digest an id has: enough that nobody finds another content for them, and few enough for a label.
const DIGITS: usize = 32;
/// The most characters of the name of a repository: it is part of a label, too.
pub(crate) const LONGEST_NAME: usize = 30;

/// The id of a package: `edge:o2demo:0.1.0:8c2c21b00755a6c02ff1a7821fa2bd66`. It names a content: when somebody puts another
/// one in the place of a version, that is another package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PackageRef {
    pub(crate) repository: String,
    pub(crate) chart: String,
    pub(crate) version: String,
    /// The first digits of the archive's SHA-256.
    pub(crate) digest: String,
}

impl PackageRef {
    pub(crate) fn new(repository: &str, chart: &str, version: &str, digest: &str) -> Self {
        Self {
            repository: repository.to_owned(),
            chart: chart.to_owned(),
            version: version.to_owned(),
            digest: digest.chars().take(DIGITS).collect(),
        }
    }

    /// Reads an id; `None` for a text that is the id of nothing.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let (repository, chart, version, digest) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let valid = parts.next().is_none()
            && is_repository_name(repository)
            && is_name(chart)
            && is_version(version)
            && is_digest(digest);
        valid.then(|| Self::new(repository, chart, version, digest))
    }

    /// What a release keeps of it: chart and version are in the release anyway.
    pub(crate) fn label(&self) -> String {
        format!("{}.{}", self.repository, self.digest)
    }

    /// The package that a release with this label and this chart has.
    pub(crate) fn of_label(label: &str, chart: &str, version: &str) -> Option<Self> {
        let (repository, digest) = label.rsplit_once('.')?;
        let valid = is_repository_name(repository) && is_digest(digest);
        valid.then(|| Self::new(repository, chart, version, digest))
    }

    pub(crate) fn id(&self) -> PackageId {
        PackageId::from(self.to_string())
    }
}

impl fmt::Display for PackageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}:{}", self.repository, self.chart, self.version, self.digest)
    }
}

/// What a release is called to be an instance of whose package nobody knows: somebody else has installed it.
pub(crate) fn unknown_package(chart: &str, version: &str) -> PackageId {
    PackageId::from(format!("{chart}:{version}"))
}

pub(crate) fn is_repository_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    (1..=LONGEST_NAME).contains(&text.len())
        && text.chars().all(|c| allowed(c) || c == '-')
        && text.starts_with(allowed)
        && text.ends_with(allowed)
}

fn is_digest(text: &str) -> bool {
    text.len() == DIGITS && text.chars().all(|c| c.is_ascii_digit() || matches!(c, 'a'..='f'))
}

/// A package as a repository has it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) metadata: Metadata,
    pub(crate) description: String,
    /// SHA-256 of the archive, all 64 digits.
    pub(crate) digest: String,
    pub(crate) created: Option<Timestamp>,
    /// Where others find it.
    pub(crate) url: String,
    /// How the repository finds it again: the digest of a manifest, the URL of an archive.
    pub(crate) handle: String,
}

impl Found {
    pub(crate) fn reference(&self, repository: &str) -> PackageRef {
        PackageRef::new(repository, &self.metadata.name, &self.metadata.version, &self.digest)
    }

    /// The package as O2 shows it.
    pub(crate) fn package(&self, repository: &str, tenant: Option<&TenantId>) -> DeploymentPackage {
        let metadata = &self.metadata;
        let id = self.reference(repository).id();
        let mut package = DeploymentPackage::new(id, metadata.name.as_str(), metadata.version.as_str(), PACKAGE_TYPE);
        package.description.clone_from(&self.description);
        package.package_url = Some(self.url.clone());
        package.checksum = Some(format!("sha256:{}", self.digest));
        package.uploaded_at = self.created;
        package.tenant_id = tenant.cloned();
        package.extensions = extensions(repository, metadata);
        package
    }
}

/// What every package here is.
pub(crate) const PACKAGE_TYPE: &str = "helm-chart";

fn extensions(repository: &str, metadata: &Metadata) -> Extensions {
    let mut extensions = Extensions::default();
    let mut say = |name: &str, value: Value| {
        extensions.insert(format!("helm.{name}"), value);
    };
    say("repository", repository.into());
    for (name, text) in [
        ("appVersion", &metadata.app_version),
        ("kubeVersion", &metadata.kube_version),
        ("type", &metadata.kind),
    ] {
        if !text.is_empty() {
            say(name, text.as_str().into());
        }
    }
    if metadata.deprecated {
        say("deprecated", true.into());
    }
    if !metadata.annotations.is_empty() {
        say("annotations", json!(metadata.annotations));
    }
    if !metadata.dependencies.is_empty() {
        say("dependencies", json!(metadata.dependencies));
    }
    extensions
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DIGEST: &str = "8c2c21b00755a6c02ff1a7821fa2bd66e6b845d79a477d1c0c071c6a1e814bb6";

    #[test]
    fn an_id_names_a_content() {
        let package = PackageRef::new("edge", "o2demo", "0.1.0+b.1", DIGEST);
        let id = "edge:o2demo:0.1.0+b.1:8c2c21b00755a6c02ff1a7821fa2bd66";
        assert_eq!(package.to_string(), id);
        assert_eq!(PackageRef::parse(id), Some(package.clone()));
        let label = package.label();
        assert_eq!(label, "edge.8c2c21b00755a6c02ff1a7821fa2bd66");
        assert_eq!(PackageRef::of_label(&label, "o2demo", "0.1.0+b.1"), Some(package));
    }

    #[test]
    fn other_texts_are_the_ids_of_nothing() {
        let digest = &DIGEST[..32];
        for text in [
            String::new(),
            "o2demo:0.1.0".into(),
            format!("edge:o2demo:0.1.0:{digest}x"),
            format!("edge:o2demo:0.1.0:{digest}:"),
            format!("edge:o2demo:latest:{digest}"),
            format!("Edge:o2demo:0.1.0:{digest}"),
            format!("edge:../x:0.1.0:{digest}"),
            format!("edge:o2demo:0.1.0:{}", digest.to_uppercase()),
            format!("{}:o2demo:0.1.0:{digest}", "x".repeat(31)),
        ] {
            assert_eq!(PackageRef::parse(&text), None, "{text}");
        }
        for label in ["", "edge", "edge.1234", &format!(".{digest}"), &format!("a.b.{digest}")] {
            assert_eq!(PackageRef::of_label(label, "a", "1.0.0"), None, "{label}");
        }
    }

    proptest! {
        #[test]
        fn every_label_fits(repository in "[a-z0-9]{1,30}") {
            let package = PackageRef::new(&repository, "chart", "1.0.0", DIGEST);
            let label = package.label();
            prop_assert!(label.len() <= 63);
            prop_assert_eq!(PackageRef::of_label(&label, "chart", "1.0.0"), Some(package));
        }

        #[test]
        fn no_text_breaks_the_reader(text in ".{0,80}") {
            let _ = (PackageRef::parse(&text), PackageRef::of_label(&text, "a", "1"));
        }
    }
}
