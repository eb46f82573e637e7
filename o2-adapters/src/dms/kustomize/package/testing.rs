//! Archives for tests.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

/// A tar of these files, whatever their paths.
pub(in super::super) fn tar(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        if path.len() < 100 {
            // Not with `set_path`, which refuses the odd ones.
            header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        } else {
            let mut long = tar::Header::new_gnu();
            long.set_entry_type(tar::EntryType::GNULongName);
            long.set_size(path.len() as u64 + 1);
            long.set_cksum();
            builder.append(&long, format!("{path}\0").as_bytes()).unwrap();
        }
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, content.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

pub(in super::super) fn tar_gz(files: &[(&str, &str)]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&tar(files)).unwrap();
    packed.finish().unwrap()
}
