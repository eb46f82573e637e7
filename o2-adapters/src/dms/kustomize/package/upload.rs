//! Uploads: from what a caller sends to a package that is kept.

use std::sync::Arc;

use bytes::Bytes;
use o2_core::ports::Clock;
use o2_core::{Context, Error, ErrorKind, Model, Result};
use o2_dms::model::canonical_package_type;
use o2_dms::{DeploymentPackage, PackageUpload};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::archive::unpack;
use super::screen::screen;
use super::store::Packages;
use super::stored::{Choice, Stored};
use crate::dms::kustomize::build::Builder;

/// The type of packages that are kept here.
const TYPE: &str = "kustomize";
/// The longest name and version, in characters.
const LONGEST: usize = 255;

/// Stores packages.
#[derive(Debug)]
pub(in super::super) struct Uploading<'a> {
    pub(in super::super) packages: &'a Packages,
    pub(in super::super) builder: &'a Builder,
    pub(in super::super) clock: &'a dyn Clock,
    /// The most bytes that the content of a package may have.
    pub(in super::super) largest: u64,
}

impl Uploading<'_> {
    /// Stores a package, unless it is there already.
    pub(in super::super) async fn upload(
        &self,
        context: &Context,
        upload: &PackageUpload,
    ) -> Result<Arc<DeploymentPackage>> {
        let (package, content) = self.package(context, upload)?;
        let choice = Choice::read(&upload.extensions)?;
        if let Some(known) = self.packages.named(context, &package).await? {
            return same(&known, &package, &choice);
        }
        let mut tree = unpack(&content)?;
        choice.check_tree(&tree)?;
        screen(&mut tree)?;
        let parts = self.builder.look_into(&tree, &choice.path).await?;
        choice.check_parts(&parts)?;
        let stored = Stored::new(package, choice, parts, content.len());
        match self.packages.add(context, &stored, content).await {
            Err(error) if error.is(ErrorKind::PreconditionFailed) => {
                let known = self.packages.named(context, &stored.package).await?;
                // Whoever was faster may have removed it again.
                let known = known.ok_or_else(|| Error::conflict("the package is being removed; try again"))?;
                same(&known, &stored.package, &stored.choice)
            }
            added => added.map(|()| Arc::new(stored.package)),
        }
    }

    /// What the upload says, without what its content tells; and the content.
    fn package(&self, context: &Context, upload: &PackageUpload) -> Result<(DeploymentPackage, Bytes)> {
        if canonical_package_type(upload.package_type.trim()) != TYPE {
            return Err(Error::violation("packageType", format!("must be '{TYPE}'")));
        }
        let name = given("name", upload.name.as_deref())?;
        let version = given("version", upload.version.as_deref())?;
        let content = upload.content.clone().ok_or_else(|| {
            let reason = "is needed: what lies elsewhere is not fetched";
            Error::violation("content", reason)
        })?;
        if content.len() as u64 > self.largest {
            let reason = format!("has {} bytes, at most {} are allowed", content.len(), self.largest);
            return Err(Error::violation("content", reason));
        }
        let mut package = DeploymentPackage::new(Uuid::new_v4().to_string(), name, version, TYPE);
        package.description.clone_from(&upload.description);
        package.package_url.clone_from(&upload.package_url);
        package.checksum = Some(checksum(upload.checksum.as_deref(), &content)?);
        package.uploaded_at = Some(self.clock.now());
        package.tenant_id = context.tenant().cloned();
        package.extensions.clone_from(&upload.extensions);
        Ok((package, content))
    }
}

/// The package that is there, if it is the one that was sent.
fn same(known: &Stored, sent: &DeploymentPackage, choice: &Choice) -> Result<Arc<DeploymentPackage>> {
    if known.package.checksum == sent.checksum && known.choice == *choice {
        return Ok(Arc::new(known.package.clone()));
    }
    let version = format!("{}:{}", sent.name, sent.version);
    Err(Error::already_exists(DeploymentPackage::OBJECT, &version))
}

fn given<'t>(attribute: &str, text: Option<&'t str>) -> Result<&'t str> {
    let text = text.ok_or_else(|| Error::violation(attribute, "is needed: the content does not say it"))?;
    if text.trim().is_empty() || text.chars().count() > LONGEST {
        let reason = format!("must have 1 to {LONGEST} characters, and not only blanks");
        return Err(Error::violation(attribute, reason));
    }
    Ok(text)
}

/// The digest of the content, which is the one that was given if one was.
fn checksum(given: Option<&str>, content: &[u8]) -> Result<String> {
    let digits: String = Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let found = format!("sha256:{digits}");
    match given {
        Some(given) if !given.eq_ignore_ascii_case(&found) => {
            let reason = format!("the content has {found}");
            Err(Error::violation("checksum", reason))
        }
        _ => Ok(found),
    }
}
