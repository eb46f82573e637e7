//! [`Manifest`]: the objects of a revision, as they are kept.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{Read, Write};

use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use o2_core::{Error, Result};
use serde_json::Value;

use super::object::Object;
use crate::kube::all_objects;

/// The most bytes that a manifest may have unpacked.
const LARGEST: u64 = 32 << 20;
/// The most bytes that it may have packed: objects of an API server have at most 1 MiB, and there is more to be kept.
const LARGEST_PACKED: usize = 700 << 10;

/// A manifest, packed.
#[derive(Clone, PartialEq, Eq)]
pub(in super::super) struct Manifest(Bytes);

impl Manifest {
    /// Packs objects.
    ///
    /// # Errors
    /// `InvalidInput` when they are too many to be kept.
    pub(in super::super) fn pack(objects: &[Object]) -> Result<Self> {
        let values: Vec<_> = objects.iter().map(|object| &object.value).collect();
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        let written = serde_json::to_vec(&values).map_err(std::io::Error::other);
        let packed = written
            .and_then(|text| packed.write_all(&text))
            .and_then(|()| packed.finish());
        let packed = packed.map_err(|source| Error::internal("a manifest cannot be packed").with_source(source))?;
        if packed.len() > LARGEST_PACKED {
            let reason = format!(
                "what is built of it has {} bytes packed, at most {LARGEST_PACKED} can be kept",
                packed.len()
            );
            return Err(Error::violation("packageId", reason));
        }
        Ok(Self(packed.into()))
    }

    /// A manifest as it was kept.
    pub(in super::super) fn of(packed: Bytes) -> Self {
        Self(packed)
    }

    pub(in super::super) fn packed(&self) -> &Bytes {
        &self.0
    }

    /// The objects.
    pub(in super::super) fn unpack(&self) -> Result<Vec<Object>> {
        let damaged = || Error::internal("a manifest that was kept cannot be read");
        let mut text = Vec::new();
        let mut bounded = GzDecoder::new(&self.0[..]).take(LARGEST);
        bounded
            .read_to_end(&mut text)
            .map_err(|source| damaged().with_source(source))?;
        let values: Vec<Value> = serde_json::from_slice(&text).map_err(|source| damaged().with_source(source))?;
        values
            .into_iter()
            .map(|value| Object::of(value).ok_or_else(damaged))
            .collect()
    }
}

/// It may hold secrets.
impl fmt::Debug for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Manifest({} bytes)", self.0.len())
    }
}

/// The objects that kustomize wrote; an error for who made the package when one has no kind or no name.
pub(super) fn read(stdout: &[u8]) -> Result<Vec<Object>, String> {
    let text = std::str::from_utf8(stdout).map_err(|_| "what is built is not UTF-8".to_owned())?;
    let values = all_objects(text)?;
    let objects = values.into_iter().map(Object::of).collect::<Option<Vec<_>>>();
    let objects = objects.ok_or("what is built has an object without kind or name")?;
    let mut seen = BTreeSet::new();
    for Object { id, .. } in &objects {
        if !seen.insert((&id.group, &id.kind, &id.namespace, &id.name)) {
            return Err(format!("what is built has {id} twice"));
        }
    }
    Ok(objects)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifests_are_kept_as_they_are() {
        let objects = read(b"kind: Service\napiVersion: v1\nmetadata: {name: web}\n---\nkind: Secret\napiVersion: v1\nmetadata: {name: x}\n").unwrap();
        let manifest = Manifest::pack(&objects).unwrap();
        assert_eq!(Manifest::of(manifest.packed().clone()).unpack().unwrap(), objects);
        assert!(format!("{manifest:?}").starts_with("Manifest("));
        for damaged in [&b""[..], b"nonsense", &manifest.packed()[..20]] {
            assert!(Manifest::of(Bytes::copy_from_slice(damaged)).unpack().is_err());
        }
    }

    #[test]
    fn what_is_built_is_whole_or_refused() {
        assert_eq!(read(b""), Ok(Vec::new()));
        for (built, reason) in [
            (&b"kind: Service\n"[..], "without kind or name"),
            (b"kind: A\napiVersion: v1\nmetadata: {generateName: x}\n", "without kind or name"),
            (b"kind: [\n", "cannot be read as YAML"),
            (b"kind: A\napiVersion: g/v1\nmetadata: {name: x}\n---\nkind: A\napiVersion: g/v2\nmetadata: {name: x}\n", "A x twice"),
            (b"\xff", "not UTF-8"),
        ] {
            let error = read(built).unwrap_err();
            assert!(error.contains(reason), "{reason}: {error}");
        }
    }
}
