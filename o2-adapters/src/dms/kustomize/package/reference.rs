//! References: what a kustomization names, and whether that lies in the package.

use o2_core::error::Excerpt;

use super::flaw::Flaw;
use super::tree::{Tree, resolve};

/// Where a kustomization is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'t> {
    pub(super) tree: &'t Tree,
    pub(super) folder: &'t str,
}

impl Place<'_> {
    /// Checks what is a file of the package.
    pub(super) fn file(self, reference: &str) -> Result<(), Flaw> {
        let path = self.path(reference)?;
        match self.tree.get(&path) {
            Some(_) => Ok(()),
            None => Err(missing(reference)),
        }
    }

    /// Checks what is a file of the package, or a folder of it with a kustomization.
    pub(super) fn part(self, reference: &str) -> Result<(), Flaw> {
        let path = self.path(reference)?;
        if self.tree.get(&path).is_some() || self.tree.is_kustomized(&path) {
            return Ok(());
        }
        Err(missing(reference))
    }

    /// The path that is meant.
    ///
    /// Kustomize takes for the address of a repository what looks like one, even when there is a folder of that name.
    fn path(self, reference: &str) -> Result<String, Flaw> {
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '-' | '_' | '+' | ' ' | ',' | '=');
        if reference.is_empty() || reference.starts_with(['/', ' ']) || !reference.chars().all(allowed) {
            return Err(missing(reference));
        }
        let lower = reference.to_lowercase();
        if lower.contains(".git") || lower.contains("_git/") {
            return Err(Flaw::new(format!(
                "'{}' is like the name of a repository",
                Excerpt(reference)
            )));
        }
        let mut parts = reference.split('/').filter(|part| !matches!(*part, "" | "." | ".."));
        let first = parts.next().unwrap_or_default();
        if parts.next().is_some() && first.contains('.') {
            return Err(Flaw::new(format!(
                "'{}' begins like the name of a host",
                Excerpt(reference)
            )));
        }
        resolve(self.folder, reference)
    }
}

fn missing(reference: &str) -> Flaw {
    Flaw::new(format!("'{}' is not in the package", Excerpt(reference)))
}
