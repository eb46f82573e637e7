//! Archives of charts, made for tests.

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

/// A file of an archive.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) kind: EntryType,
    pub(crate) content: Vec<u8>,
}

pub(crate) fn file(path: impl Into<String>, content: impl Into<Vec<u8>>) -> Entry {
    Entry {
        path: path.into(),
        kind: EntryType::Regular,
        content: content.into(),
    }
}

/// An archive with exactly these entries, whatever their names.
pub(crate) fn archive(entries: &[Entry]) -> Bytes {
    let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for entry in entries {
        let mut header = Header::new_gnu();
        // Not by way of a path: names that lead out of the archive are wanted, too.
        header.as_old_mut().name[..entry.path.len()].copy_from_slice(entry.path.as_bytes());
        header.set_entry_type(entry.kind);
        header.set_size(entry.content.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_cksum();
        tar.append(&header, &entry.content[..]).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap().into()
}

/// `Chart.yaml` of an application.
pub(crate) fn chart_yaml(name: &str, version: &str) -> String {
    format!("apiVersion: v2\nname: {name}\nversion: {version}\ndescription: the chart {name}\nappVersion: \"1.0\"\n")
}

/// The chart of the samples in other versions: one workload, whose number of replicas and image are values.
pub(crate) fn demo(name: &str, version: &str) -> Bytes {
    let values = "image: registry.example/o2demo:1.0\nreplicaCount: 1\n";
    archive(&[
        file(format!("{name}/Chart.yaml"), chart_yaml(name, version)),
        file(format!("{name}/values.yaml"), values),
        file(format!("{name}/templates/deployment.yaml"), "kind: Deployment\n"),
    ])
}
