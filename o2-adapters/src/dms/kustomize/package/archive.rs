//! Archives: a tar, gzipped or not, unpacked in memory and within bounds.

use std::collections::BTreeMap;
use std::io::{self, Read};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use o2_core::error::Excerpt;
use tar::{Archive, EntryType};

use super::flaw::Flaw;
use super::tree::Tree;

use crate::kit::bounded::{Bounded, is_too_large};

/// The most bytes that an archive may have when it is unpacked.
const LARGEST: u64 = 32 << 20;
/// The most files, folders and remarks in it.
const MOST: usize = 5_000;
/// The longest path.
const LONGEST: usize = 500;

/// The files in an archive.
pub(in super::super) fn unpack(archive: &[u8]) -> Result<Tree, Flaw> {
    if archive.starts_with(b"PK") {
        return Err(Flaw::new("is a zip archive; send a tar, gzipped or not"));
    }
    let files = if archive.starts_with(&[0x1f, 0x8b]) {
        files(MultiGzDecoder::new(archive))
    } else {
        files(archive)
    }?;
    if files.is_empty() {
        return Err(Flaw::new("holds no files"));
    }
    Ok(Tree::of(files))
}

fn files(from: impl Read) -> Result<BTreeMap<String, Bytes>, Flaw> {
    let mut archive = Archive::new(Bounded { from, left: LARGEST });
    let mut files = BTreeMap::new();
    for (number, entry) in archive.entries().map_err(|error| unreadable(&error))?.enumerate() {
        if number >= MOST {
            return Err(Flaw::new(format!("holds more than {MOST} files and folders")));
        }
        let mut entry = entry.map_err(|error| unreadable(&error))?;
        let Some(path) = path(&entry)? else {
            continue;
        };
        let mut content = Vec::new();
        entry.read_to_end(&mut content).map_err(|error| unreadable(&error))?;
        if files.insert(path.clone(), Bytes::from(content)).is_some() {
            return Err(Flaw::of(&Excerpt(&path).to_string(), "is there twice"));
        }
    }
    // What one reader takes for a file, another one must not take for a folder.
    let through = |path: &&String| parents(path).any(|folder| files.contains_key(folder));
    if let Some(path) = files.keys().find(through) {
        return Err(Flaw::of(&Excerpt(path).to_string(), "is below a file"));
    }
    Ok(files)
}

/// The path of a file; `None` for folders and remarks.
fn path(entry: &tar::Entry<'_, impl Read>) -> Result<Option<String>, Flaw> {
    let bytes = entry.path_bytes();
    let text = std::str::from_utf8(&bytes).map_err(|_| Flaw::new("the name of a file is not UTF-8"))?;
    let shown = Excerpt(text).to_string();
    match entry.header().entry_type() {
        EntryType::Regular | EntryType::Continuous => {}
        EntryType::Directory | EntryType::XGlobalHeader | EntryType::XHeader => return Ok(None),
        // A sparse one is as large as it says, however little there is to unpack.
        _ => return Err(Flaw::of(&shown, "is a link, a device or a sparse file")),
    }
    if text.len() > LONGEST {
        return Err(Flaw::of(&shown, format!("has a path of more than {LONGEST} bytes")));
    }
    if text.starts_with('/') || text.contains(['\\', ':', '\0']) {
        return Err(Flaw::of(&shown, "is not a path within the package"));
    }
    let parts: Vec<_> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if parts.is_empty() || parts.contains(&"..") {
        return Err(Flaw::of(&shown, "is not a path within the package"));
    }
    Ok(Some(parts.join("/")))
}

fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..at])
}

fn unreadable(error: &io::Error) -> Flaw {
    if is_too_large(error) {
        Flaw::new(format!("is larger than {LARGEST} bytes when it is unpacked"))
    } else {
        Flaw::new("is no tar, gzipped or not, or is damaged")
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::super::testing::{tar, tar_gz};
    use super::*;

    fn paths(tree: &Tree) -> Vec<String> {
        tree.below("").into_keys().collect()
    }

    #[test]
    fn archives_are_unpacked_gzipped_or_not() {
        let files = [("./kustomization.yaml", "resources: []"), ("./base/web.yaml", "x")];
        for archive in [tar(&files), tar_gz(&files)] {
            let tree = unpack(&archive).unwrap();
            assert_eq!(paths(&tree), ["base/web.yaml", "kustomization.yaml"]);
            assert_eq!(tree.get("base/web.yaml").unwrap(), "x");
        }
    }

    #[test]
    fn what_is_no_archive_of_files_is_refused() {
        let linked = {
            let mut builder = tar::Builder::new(Vec::new());
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(EntryType::Symlink);
            header.set_size(0);
            builder.append_link(&mut header, "x", "/etc/passwd").unwrap();
            builder.into_inner().unwrap()
        };
        for (archive, reason) in [
            (b"".to_vec(), "no files"),
            (b"PK\x03\x04".to_vec(), "zip"),
            (b"kind: Kustomization".to_vec(), "no tar"),
            (b"\x1f\x8bnonsense".to_vec(), "no tar"),
            (tar_gz(&[("a", "x")])[..40].to_vec(), "no tar"),
            (linked, "is a link"),
            (tar(&[("../x", "")]), "not a path within"),
            (tar(&[("/etc/x", "")]), "not a path within"),
            (tar(&[("a\\b", "")]), "not a path within"),
            (tar(&[("a", ""), ("./a", "")]), "twice"),
            (tar(&[("a", ""), ("a/b", "")]), "below a file"),
            (tar(&[(&"x/".repeat(300), "")]), "more than 500 bytes"),
        ] {
            let flaw = unpack(&archive).unwrap_err();
            assert!(flaw.reason().contains(reason), "{reason}: {flaw:?}");
        }
    }

    #[test]
    fn bombs_do_not_go_off() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        let mut header = tar::Header::new_gnu();
        header.set_path("zeros").unwrap();
        header.set_size(LARGEST + 1);
        header.set_cksum();
        packed.write_all(header.as_bytes()).unwrap();
        let zeros = vec![0; 1 << 20];
        for _ in 0..=LARGEST >> 20 {
            packed.write_all(&zeros).unwrap();
        }
        let flaw = unpack(&packed.finish().unwrap()).unwrap_err();
        assert!(flaw.reason().contains("larger than"), "{flaw:?}");

        let many: Vec<_> = (0..=MOST).map(|number| (number.to_string(), "")).collect();
        let many: Vec<_> = many.iter().map(|(path, content)| (path.as_str(), *content)).collect();
        let flaw = unpack(&tar(&many)).unwrap_err();
        assert!(flaw.reason().contains("more than 5000"), "{flaw:?}");
    }
}
