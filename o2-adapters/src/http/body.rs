//! Reads the body of a response, and stops at the limit.

use bytes::{Bytes, BytesMut};
use o2_core::{Error, ErrorKind, Fault, Result};
use reqwest::Response;

use super::failure;

/// Room that is made before anything is read, whatever length is announced.
const FIRST_ROOM: usize = 64 << 10;

/// The body, if it has at most `limit` bytes. Of a longer one nothing is read that is not needed to know it.
pub(super) async fn read(mut response: Response, limit: usize) -> Result<Bytes> {
    let announced = response.content_length().unwrap_or(0);
    let announced = usize::try_from(announced).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(too_long(limit));
    }
    let mut body = BytesMut::with_capacity(announced.min(FIRST_ROOM));
    while let Some(chunk) = response.chunk().await.map_err(failure::in_body)? {
        if chunk.len() > limit - body.len() {
            return Err(too_long(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn too_long(limit: usize) -> Error {
    Error::new(ErrorKind::Internal, "the answer is longer than is accepted")
        .with_fault(Fault::Backend)
        .with_detail(format!("more than {limit} bytes"))
}
