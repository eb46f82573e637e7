//! Releases as Helm keeps them, made for tests.

use std::io::{Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde_json::Value;

/// `data.release` of a Secret with this record.
pub(crate) fn gzipped(record: &Value) -> String {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(record.to_string().as_bytes()).unwrap();
    STANDARD.encode(STANDARD.encode(gzip.finish().unwrap()))
}

/// The same without gzip, which Helm takes, too.
pub(crate) fn plain(record: &Value) -> String {
    STANDARD.encode(STANDARD.encode(record.to_string()))
}

/// The record in `data.release` of a Secret, all of it.
pub(crate) fn unpacked(data: &str) -> Value {
    let packed = STANDARD.decode(STANDARD.decode(data).unwrap()).unwrap();
    let mut json = Vec::new();
    GzDecoder::new(&packed[..]).read_to_end(&mut json).unwrap();
    serde_json::from_slice(&json).unwrap()
}
