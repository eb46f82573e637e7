//! [`Index`]: `index.yaml`, the list of everything in a repository.

use std::collections::BTreeMap;

use o2_core::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::dms::helm::chart::{Metadata, is_name, is_version};
use crate::dms::helm::repository::Found;
use crate::kit::endpoint::BaseUrl;
use crate::kit::yaml;

/// What a repository has, by name and version.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Index {
    pub(super) charts: BTreeMap<(String, String), Found>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    /// Every index has it, and hardly anything else that somebody answers with.
    api_version: String,
    #[serde(default)]
    entries: Option<BTreeMap<String, Vec<Value>>>,
}

/// What the index adds to a chart's own words.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Entry {
    urls: Option<Vec<String>>,
    created: Option<String>,
    digest: Option<String>,
    removed: Option<bool>,
}

impl Index {
    /// Reads an index of at most `bytes`. An entry that cannot be understood is left out, and so is one without a digest: nobody
    /// could tell whether it is still the same.
    ///
    /// # Errors
    /// Says what is wrong with the whole.
    pub(super) fn read(text: &str, bytes: usize, base: &BaseUrl) -> Result<Self, String> {
        let document: Document = yaml::read(text, bytes)?;
        if document.api_version.is_empty() {
            return Err("has no apiVersion".to_owned());
        }
        let mut index = Self::default();
        let mut odd = 0_usize;
        for (name, entries) in document.entries.unwrap_or_default() {
            for entry in entries {
                match found(&name, entry, base) {
                    // The first of two that are the same version is the later one, as Helm writes indexes.
                    Some(found) => {
                        let named = (name.clone(), found.metadata.version.clone());
                        index.charts.entry(named).or_insert(found);
                    }
                    None => odd += 1,
                }
            }
        }
        if odd > 0 {
            tracing::debug!(
                odd,
                "entries of an index are left out: removed, without digest, or not understood"
            );
        }
        Ok(index)
    }
}

fn found(name: &str, entry: Value, base: &BaseUrl) -> Option<Found> {
    let said = Entry::deserialize(&entry).ok()?;
    let metadata: Metadata = serde_json::from_value(entry).ok()?;
    let digest = said.digest?.to_ascii_lowercase();
    let digest = digest.strip_prefix("sha256:").unwrap_or(&digest).to_owned();
    let is_digest = digest.len() == 64 && digest.chars().all(|c| c.is_ascii_hexdigit());
    let known = metadata.name == name && is_name(name) && is_version(&metadata.version);
    if !is_digest || !known || said.removed == Some(true) {
        return None;
    }
    let url = absolute(base, said.urls?.first()?);
    Some(Found {
        description: metadata.description.clone(),
        digest,
        created: said.created.and_then(|time| Timestamp::parse(&time).ok()),
        handle: url.clone(),
        url,
        metadata,
    })
}

/// A URL of an index may be relative to the repository.
fn absolute(base: &BaseUrl, url: &str) -> String {
    if url.contains("://") {
        return url.to_owned();
    }
    match url.strip_prefix('/') {
        Some(path) => format!("{}/{path}", base.origin()),
        None => format!("{base}/{url}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Written by `helm repo index` 3.17.3 (helm-index.yaml of the captured samples).
    const CAPTURED: &str = r#"apiVersion: v1
entries:
  o2demo:
  - apiVersion: v2
    appVersion: "1.0"
    created: "2026-11-20T08:38:03.231919462Z"
    description: smallest chart used for the captured payloads
    digest: 8c2c21b00755a6c02ff1a7821fa2bd66e6b845d79a477d1c0c071c6a1e814bb6
    name: o2demo
    type: application
    urls:
    - https://charts.example/stable/o2demo-0.1.0.tgz
    version: 0.1.0
generated: "2026-11-20T08:38:03.231602987Z"
"#;

    fn base() -> BaseUrl {
        BaseUrl::parse("url", "https://charts.example/stable/").unwrap()
    }

    fn read(text: &str) -> Result<Vec<String>, String> {
        let index = Index::read(text, 10_000, &base())?;
        Ok(index
            .charts
            .keys()
            .map(|(name, version)| format!("{name}-{version}"))
            .collect())
    }

    #[test]
    fn an_index_of_helm_is_read() {
        let index = Index::read(CAPTURED, 10_000, &base()).unwrap();
        let found = &index.charts[&("o2demo".to_owned(), "0.1.0".to_owned())];
        assert_eq!(
            found.digest,
            "8c2c21b00755a6c02ff1a7821fa2bd66e6b845d79a477d1c0c071c6a1e814bb6"
        );
        assert_eq!(found.created.unwrap().to_string(), "2026-11-20T08:38:03.231919462Z");
        assert_eq!(
            (found.metadata.app_version.as_str(), found.url.as_str()),
            ("1.0", "https://charts.example/stable/o2demo-0.1.0.tgz")
        );
    }

    #[test]
    fn what_cannot_be_used_is_left_out() {
        let digest = "d".repeat(64);
        let entry = |more: &str| {
            format!(
                "apiVersion: v1\nentries: {{a: [{{apiVersion: v2, name: a, version: 1.0.0, digest: {digest}, urls: [a.tgz]}}, {more}]}}"
            )
        };
        for more in [
            "7".to_owned(),
            "{name: a, version: 2.0.0, urls: [a.tgz]}".to_owned(),
            format!("{{name: a, version: 2.0.0, digest: {digest}}}"),
            format!("{{name: a, version: 2.0.0, digest: {digest}, urls: []}}"),
            format!("{{name: a, version: 2.0.0, digest: {digest}, urls: [b.tgz], removed: true}}"),
            format!("{{name: b, version: 2.0.0, digest: {digest}, urls: [b.tgz]}}"),
            format!("{{name: a, version: newest, digest: {digest}, urls: [b.tgz]}}"),
            format!("{{name: a, version: 1.0.0, digest: {digest}, urls: [other.tgz]}}"),
            "{name: a, version: 2.0.0, digest: abc, urls: [a.tgz]}".to_owned(),
        ] {
            assert_eq!(read(&entry(&more)).unwrap(), ["a-1.0.0"], "{more}");
        }
        for empty in [
            "{apiVersion: v1, entries: {}}",
            "{apiVersion: v1, entries: ~}",
            "apiVersion: v1",
        ] {
            assert_eq!(read(empty).unwrap(), Vec::<String>::new());
        }
        for bad in [
            "",
            "[]",
            "entries: {}",
            "apiVersion: ''",
            "{apiVersion: v1, entries: 7}",
            "{apiVersion: v1, entries: {a: {}}}",
            "{",
            &" ".repeat(10_001),
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn urls_may_be_relative() {
        for (url, expected) in [
            ("a-1.tgz", "https://charts.example/stable/a-1.tgz"),
            ("/x/a-1.tgz", "https://charts.example/x/a-1.tgz"),
            ("https://other/a-1.tgz", "https://other/a-1.tgz"),
        ] {
            assert_eq!(absolute(&base(), url), expected);
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_the_reader(text in "[-a-z:{}\\[\\]\"\n ]{0,120}") {
            let _ = read(&text);
        }
    }
}
