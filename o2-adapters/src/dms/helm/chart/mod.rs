//! [`Chart`]: what is in the archive of a chart, as far as somebody who installs it has to know.
//!
//! An archive comes from whoever uploads it or from a registry, so it is read in memory, within bounds, and nothing of it is
//! ever written to a path that it names.

mod archive;
mod metadata;
mod schema;
#[cfg(test)]
pub(super) mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use bytes::Bytes;
use o2_core::Error;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::kit::yaml;
use archive::{Budget, Files};
pub(super) use metadata::{Metadata, is_name, is_version};

/// The most bytes that an archive may have.
pub(super) const LARGEST: usize = 32 << 20;
/// The most bytes that a file of a chart may have which is read.
const LARGEST_FILE: usize = 5 << 20;

/// A chart, with the archive that it was read from.
#[derive(Clone, PartialEq)]
pub(crate) struct Chart {
    pub(super) metadata: Metadata,
    /// The values that it has by default.
    pub(super) values: Map<String, Value>,
    /// Whether it says what values it takes.
    pub(super) has_schema: bool,
    /// SHA-256 of the archive, in hexadecimal digits.
    pub(super) digest: String,
    pub(super) archive: Bytes,
}

/// What is wrong with a chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flaw(String);

impl Flaw {
    pub(super) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    /// The error of a caller who gave this chart under `attribute`.
    pub(super) fn at(&self, attribute: &str) -> Error {
        Error::violation(attribute, format!("is no chart that can be used: {self}"))
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Chart {
    /// Reads an archive.
    ///
    /// # Errors
    /// When it is none, is too large, reaches out of itself, or lacks what a chart needs.
    pub(super) fn read(archive: Bytes) -> Result<Self, Flaw> {
        if archive.len() > LARGEST {
            return Err(Flaw::new(format!("it is larger than {LARGEST} bytes")));
        }
        let files = Files::unpack(&archive, Budget::default())?;
        let metadata: Metadata = read_yaml(&files, "Chart.yaml")?;
        metadata.check()?;
        check_dependencies(&files, &metadata)?;
        for file in files.ending_with(schema::NAME) {
            schema::check(file)?;
        }
        Ok(Self {
            values: values(&files)?,
            has_schema: files.get(schema::NAME).is_some(),
            digest: digest(&archive),
            metadata,
            archive,
        })
    }

    /// Checks that it is not just a library for other charts.
    pub(super) fn check_installable(&self) -> Result<(), Flaw> {
        if self.metadata.is_library() {
            return Err(Flaw::new(
                "it is a library for other charts and cannot be installed by itself",
            ));
        }
        Ok(())
    }
}

impl fmt::Debug for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chart")
            .field("name", &self.metadata.name)
            .field("version", &self.metadata.version)
            .field("digest", &self.digest)
            .field("bytes", &self.archive.len())
            .finish_non_exhaustive()
    }
}

/// SHA-256 in hexadecimal digits.
pub(super) fn digest(content: &[u8]) -> String {
    use fmt::Write as _;
    let mut digits = String::with_capacity(64);
    for byte in Sha256::digest(content) {
        // Writing into a text does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

fn read_yaml<T: serde::de::DeserializeOwned>(files: &Files, name: &str) -> Result<T, Flaw> {
    let content = files.get(name).ok_or_else(|| Flaw::new(format!("it has no {name}")))?;
    parse(name, content)
}

fn parse<T: serde::de::DeserializeOwned>(name: &str, content: &[u8]) -> Result<T, Flaw> {
    let text = std::str::from_utf8(content).map_err(|_| Flaw::new(format!("{name} is not UTF-8")))?;
    yaml::read(text, LARGEST_FILE).map_err(|reason| Flaw::new(format!("{name} {reason}")))
}

/// Its default values; a chart may have none.
fn values(files: &Files) -> Result<Map<String, Value>, Flaw> {
    const NAME: &str = "values.yaml";
    let Some(content) = files.get(NAME) else {
        return Ok(Map::new());
    };
    match parse(NAME, content)? {
        Value::Object(values) => Ok(values),
        Value::Null => Ok(Map::new()),
        _ => Err(Flaw::new("values.yaml holds no mapping")),
    }
}

/// Helm fetches nothing here, so what a chart depends on must be in it.
fn check_dependencies(files: &Files, metadata: &Metadata) -> Result<(), Flaw> {
    let mut there = BTreeSet::new();
    for content in files.subcharts() {
        let subchart: Metadata = parse("Chart.yaml of what it depends on", content)?;
        there.insert(subchart.name);
    }
    let missing: Vec<_> = metadata
        .dependencies
        .iter()
        .map(|dependency| dependency.name.as_str())
        .filter(|name| !there.contains(*name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Flaw::new(format!(
        "what it depends on is not in its folder charts/: {}; package it with 'helm dependency update'",
        o2_core::error::Excerpt(&missing.join(", "))
    )))
}
