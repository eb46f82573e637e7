//! [`Builder`]: runs the program.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use o2_core::ports::{ProcessOutput, ProcessRequest, ProcessRunner};
use o2_core::{Error, ErrorKind, Result};
use serde_json::Value;

use super::complaint::complaint;
use super::manifest::read;
use super::object::Object;
use super::overlay::overlay;
use super::pods::parts;
use super::values::Values;
use crate::dms::kustomize::package::{Parts, Stored, Tree};

/// The folder of the package, beside the overlay.
pub(super) const FOLDER: &str = "package";

/// Builds packages with the program `kustomize`, or with the one that is in `kubectl`.
///
/// It runs in a folder that has the package and nothing else, with an empty environment: it finds neither plugins nor a
/// home, and no other program by its name.
#[derive(Debug, Clone)]
pub(in super::super) struct Builder {
    process: Arc<dyn ProcessRunner>,
    program: PathBuf,
    timeout: Duration,
}

impl Builder {
    pub(in super::super) fn new(process: Arc<dyn ProcessRunner>, program: PathBuf, timeout: Duration) -> Self {
        Self {
            process,
            program,
            timeout,
        }
    }

    /// What the folder `path` of a package is made of.
    ///
    /// # Errors
    /// `InvalidInput` when it cannot be built.
    pub(in super::super) async fn look_into(&self, tree: &Tree, path: &str) -> Result<Parts> {
        let folder = if path.is_empty() {
            FOLDER.to_owned()
        } else {
            format!("{FOLDER}/{path}")
        };
        let objects = self.run(&folder, tree.below(FOLDER)).await?;
        objects
            .map(|objects| parts(&objects))
            .map_err(|reason| Error::violation("content", format!("cannot be built: {reason}")))
    }

    /// The objects that `values` make of a package in `namespace`.
    ///
    /// # Errors
    /// `InvalidInput` when they do not fit each other.
    pub(in super::super) async fn build(
        &self,
        tree: &Tree,
        stored: &Stored,
        values: &Values,
        namespace: &str,
    ) -> Result<Vec<Object>> {
        let overlay = overlay(values, stored, namespace)?;
        let mut files = tree.below(FOLDER);
        files.insert("kustomization.yaml".to_owned(), Bytes::from(overlay.to_string()));
        let objects = self.run(".", files).await?;
        let objects = objects.map_err(|reason| {
            let message = format!("the package cannot be built with these values: {reason}");
            Error::invalid(message)
        })?;
        values.check_images(&objects)?;
        Ok(objects)
    }

    /// The version of kustomize.
    pub(in super::super) async fn version(&self) -> Result<String> {
        let arguments: &[&str] = if self.is_kubectl() {
            &["version", "--client", "--output=json"]
        } else {
            &["version"]
        };
        let output = self.process.run(self.request(arguments.iter().copied())).await?;
        if output.code != Some(0) {
            return Err(
                Error::new(ErrorKind::Unavailable, "kustomize does not tell its version")
                    .with_detail(complaint(&output.stderr)),
            );
        }
        Ok(version(&String::from_utf8_lossy(&output.stdout)))
    }

    /// What is built in `folder`; the complaint when nothing is.
    async fn run(&self, folder: &str, files: Files) -> Result<Result<Vec<Object>, String>> {
        let command = if self.is_kubectl() { "kustomize" } else { "build" };
        let arguments = [command, "--load-restrictor=LoadRestrictionsRootOnly", folder];
        let mut request = self.request(arguments);
        request.files = files;
        let ProcessOutput {
            code, stdout, stderr, ..
        } = self.process.run(request).await?;
        match code {
            Some(0) => Ok(read(&stdout)),
            Some(_) => Ok(Err(complaint(&stderr))),
            None => Err(Error::new(
                ErrorKind::Unavailable,
                "kustomize was ended by somebody else",
            )),
        }
    }

    fn request<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> ProcessRequest {
        let mut request = ProcessRequest::new(&self.program, arguments);
        request.timeout = self.timeout;
        request
    }

    fn is_kubectl(&self) -> bool {
        self.program.file_stem().is_some_and(|name| name == "kubectl")
    }
}

type Files = std::collections::BTreeMap<String, Bytes>;

/// The version in what the program says: `v5.4.3`, or as older ones and kubectl say it.
fn version(said: &str) -> String {
    let said = said.trim();
    let of_kubectl = || {
        serde_json::from_str::<Value>(said).ok()?["kustomizeVersion"]
            .as_str()
            .map(str::to_owned)
    };
    let of_old = || {
        let version = said.split_once("Version:")?.1.split(' ').next()?;
        Some(version.rsplit('/').next()?.to_owned())
    };
    let version = of_kubectl().or_else(of_old).unwrap_or_else(|| said.to_owned());
    o2_core::error::Excerpt(&version).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_said_in_three_ways() {
        for (said, expected) in [
            ("v5.4.3\n", "v5.4.3"),
            (
                "{Version:kustomize/v4.5.4 GitCommit:cf3a452 BuildDate:2022-03-28T23:12:45Z GoOs:linux GoArch:amd64}\n",
                "v4.5.4",
            ),
            (
                r#"{"clientVersion": {"gitVersion": "v1.32.0"}, "kustomizeVersion": "v5.5.0"}"#,
                "v5.5.0",
            ),
        ] {
            assert_eq!(version(said), expected);
        }
    }
}
