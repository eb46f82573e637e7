//! Reads the body of a response, and stops at the limit.

use bytes::{Bytes, BytesMut};
use o2_core::{Error, ErrorKind, Fault, Result};
use reqwest::Response;

use super::failure;

/// Room that is made before anything is read, whatever length is announced.
const FIRST_ROOM: usize = 64 << 10;

/// What becomes of a body that is longer than the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Longer {
    /// It is an error.
    Refuse,
    /// Its beginning will do.
    Cut,
}

/// The body, up to `limit` bytes. Of a longer one nothing is read that is not needed to know it.
pub(super) async fn read(mut response: Response, limit: usize, longer: Longer) -> Result<Bytes> {
    let announced = response.content_length().unwrap_or(0);
    let announced = usize::try_from(announced).unwrap_or(usize::MAX);
    if announced > limit && longer == Longer::Refuse {
        return Err(too_long(limit));
    }
    let mut body = BytesMut::with_capacity(announced.min(limit).min(FIRST_ROOM));
    while let Some(chunk) = response.chunk().await.map_err(failure::in_body)? {
        let room = limit - body.len();
        if chunk.len() > room {
            if longer == Longer::Refuse {
                return Err(too_long(limit));
            }
            body.extend_from_slice(&chunk[..room]);
            break;
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
