//! [`Files`]: a gzipped tar, unpacked in memory, within bounds.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Component, Path};

use flate2::read::MultiGzDecoder;
use o2_core::error::Excerpt;
use tar::{Archive, EntryType};

use super::{Flaw, LARGEST_FILE, schema};

use crate::kit::bounded::{Bounded, is_too_large};

/// The most bytes that everything in an archive may have when it is unpacked, what is packed in it included.
const LARGEST_UNPACKED: u64 = 100 << 20;
/// The most entries.
const MOST_ENTRIES: usize = 10_000;
/// How deep charts may be packed in charts.
const LEVELS: u8 = 8;

/// The files of a chart that somebody looks at, by their paths in the folder that all of it is in. Charts that are packed in
/// it are unpacked, too.
#[derive(Debug, Default)]
pub(super) struct Files {
    files: BTreeMap<String, Vec<u8>>,
}

/// What may still be unpacked.
pub(super) struct Budget {
    pub(super) bytes: u64,
    pub(super) entries: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            bytes: LARGEST_UNPACKED,
            entries: MOST_ENTRIES,
        }
    }
}

impl Files {
    pub(super) fn unpack(archive: &[u8], mut budget: Budget) -> Result<Self, Flaw> {
        let mut files = Self::default();
        files.add(archive, "", LEVELS, &mut budget)?;
        Ok(files)
    }

    pub(super) fn get(&self, path: &str) -> Option<&[u8]> {
        self.files.get(path).map(Vec::as_slice)
    }

    /// The files of this name, of the chart itself and of those in it.
    pub(super) fn ending_with(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let named = move |path: &str| path.rsplit('/').next() == Some(name);
        let files = self.files.iter();
        files
            .filter(move |(path, _)| named(path))
            .map(|(_, content)| content.as_slice())
    }

    /// The `Chart.yaml` of each chart that it brings along itself.
    pub(super) fn subcharts(&self) -> impl Iterator<Item = &[u8]> {
        let files = self.files.iter();
        files
            .filter(|(path, _)| is_subchart(path))
            .map(|(_, content)| content.as_slice())
    }

    /// Adds what is in `archive`, below `folder`.
    fn add(&mut self, archive: &[u8], folder: &str, levels: u8, budget: &mut Budget) -> Result<(), Flaw> {
        let unpacked = Bounded {
            from: MultiGzDecoder::new(archive),
            left: budget.bytes,
        };
        let mut tar = Archive::new(unpacked);
        let mut packed = Vec::new();
        let mut top = None;
        for entry in tar.entries().map_err(unreadable)? {
            let mut entry = entry.map_err(unreadable)?;
            budget.entries = budget
                .entries
                .checked_sub(1)
                .ok_or_else(|| Flaw::new("it has too many files"))?;
            let Some(path) = path(&mut entry, &mut top)? else {
                continue;
            };
            let is_packed = is_packed_chart(&path);
            if !is_packed && !is_wanted(&path) {
                continue;
            }
            let content = content(&mut entry, if is_packed { super::LARGEST } else { LARGEST_FILE })?;
            if is_packed {
                packed.push((format!("{folder}{}/", path.trim_end_matches(".tgz")), content));
            } else {
                self.files.insert(format!("{folder}{path}"), content);
            }
        }
        if top.is_none() {
            return Err(Flaw::new("its archive is empty"));
        }
        budget.bytes = tar.into_inner().left;
        for (folder, archive) in packed {
            let levels = levels
                .checked_sub(1)
                .ok_or_else(|| Flaw::new("too many charts are packed in charts"))?;
            self.add(&archive, &folder, levels, budget)?;
        }
        Ok(())
    }
}

/// The path of a file within the one folder that everything is in; `None` for folders and what says something about others.
fn path(entry: &mut tar::Entry<'_, impl Read>, top: &mut Option<String>) -> Result<Option<String>, Flaw> {
    let bytes = entry.path_bytes().into_owned();
    let text = std::str::from_utf8(&bytes).map_err(|_| Flaw::new("the name of a file is not UTF-8"))?;
    match entry.header().entry_type() {
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => {}
        EntryType::Directory | EntryType::XGlobalHeader | EntryType::XHeader => return Ok(None),
        _ => return Err(Flaw::new(format!("'{}' is a link or a device", Excerpt(text)))),
    }
    let out = || Flaw::new(format!("'{}' leads out of it", Excerpt(text)));
    if text.contains('\\') {
        return Err(out());
    }
    let mut parts = Vec::new();
    for component in Path::new(text).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str().ok_or_else(out)?),
            Component::CurDir => {}
            _ => return Err(out()),
        }
    }
    let (folder, file) = match parts.split_first() {
        Some((folder, file)) if !file.is_empty() => (*folder, file.join("/")),
        _ => {
            return Err(Flaw::new(format!(
                "'{}' is not in the folder of the chart",
                Excerpt(text)
            )));
        }
    };
    if top.get_or_insert_with(|| folder.to_owned()) != folder {
        return Err(Flaw::new("its archive has more than one folder"));
    }
    Ok(Some(file))
}

fn content(entry: &mut tar::Entry<'_, impl Read>, limit: usize) -> Result<Vec<u8>, Flaw> {
    let mut content = Vec::new();
    let mut bounded = entry.take(limit as u64 + 1);
    bounded.read_to_end(&mut content).map_err(unreadable)?;
    if content.len() > limit {
        return Err(Flaw::new("one of its files is too large"));
    }
    Ok(content)
}

/// What of a chart is looked at.
fn is_wanted(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    matches!(name, "Chart.yaml" | "values.yaml") || name == schema::NAME
}

/// `charts/redis-1.0.0.tgz`, also of a chart in `charts/`.
fn is_packed_chart(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    parts.next().is_some_and(|name| name.ends_with(".tgz")) && parts.next() == Some("charts")
}

/// `charts/redis/Chart.yaml`
fn is_subchart(path: &str) -> bool {
    let name = path
        .strip_prefix("charts/")
        .and_then(|name| name.strip_suffix("/Chart.yaml"));
    name.is_some_and(|name| !name.contains('/'))
}

fn unreadable(error: io::Error) -> Flaw {
    if is_too_large(&error) {
        Flaw::new("it is too large when it is unpacked")
    } else {
        Flaw::new("its archive is no gzipped tar, or is damaged")
    }
}
