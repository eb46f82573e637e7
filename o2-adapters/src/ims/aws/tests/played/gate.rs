//! Who asks, and when: what AWS looks at before anything else.

use bytes::Bytes;
use http::Request;
use o2_core::Timestamp;
use o2_core::ports::Secret;

use super::REGION;
use crate::ims::aws::Credentials;
use crate::ims::aws::sign::{Scope, sign};
use crate::ims::aws::tests::{KEY, SECRET};

/// A signature is good for so many seconds.
const GOOD_FOR: i64 = 300;

/// The code of the refusal, and why.
type Refusal = (&'static str, &'static str);

/// Refuses whom AWS does not know, a region or a time that is not its own, and what was signed otherwise.
pub(super) fn check(request: &Request<Bytes>, now: Timestamp, session: Option<&str>) -> Result<(), Refusal> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let authorization = header("authorization").ok_or(("MissingAuthenticationToken", "unsigned"))?;
    let scope = authorization
        .strip_prefix("AWS4-HMAC-SHA256 Credential=")
        .and_then(|rest| rest.split(',').next())
        .ok_or(("IncompleteSignature", "no scope"))?;
    let parts: Vec<_> = scope.split('/').collect();
    let [key, _, region, service, _] = parts[..] else {
        return Err(("IncompleteSignature", "an odd scope"));
    };
    if key != KEY {
        return Err(("InvalidClientTokenId", "nobody has this key"));
    }
    if region != REGION {
        return Err((
            "SignatureDoesNotMatch",
            "Credential should be scoped to a valid region.",
        ));
    }
    if header("x-amz-security-token") != session {
        return Err(("ExpiredToken", "The security token included in the request is expired"));
    }
    let signed_at = header("x-amz-date")
        .and_then(time)
        .ok_or(("IncompleteSignature", "no time"))?;
    if signed_at.unix_seconds().abs_diff(now.unix_seconds()) > GOOD_FOR.unsigned_abs() {
        return Err(("RequestExpired", "Request has expired."));
    }
    if signature(request, region, service, session, signed_at).as_deref() != Some(authorization) {
        return Err(("SignatureDoesNotMatch", "The signature does not match."));
    }
    Ok(())
}

/// What the header should be.
fn signature(
    request: &Request<Bytes>,
    region: &str,
    service: &str,
    session: Option<&str>,
    at: Timestamp,
) -> Option<String> {
    let service = ["ec2", "autoscaling", "eks", "sts"]
        .into_iter()
        .find(|known| *known == service)?;
    let scope = Scope {
        region: region.to_owned(),
        service,
    };
    let mut credentials = Credentials::new(KEY, Secret::new(SECRET));
    if let Some(token) = session {
        credentials = credentials.with_session(Secret::new(token), None);
    }
    let mut again = Request::new(request.body().clone());
    again.method_mut().clone_from(request.method());
    again.uri_mut().clone_from(request.uri());
    again.headers_mut().clone_from(request.headers());
    again.headers_mut().remove("authorization");
    sign(&mut again, &credentials, &scope, at).ok()?;
    again.headers().get("authorization")?.to_str().ok().map(str::to_owned)
}

/// `20260101T000000Z`.
fn time(text: &str) -> Option<Timestamp> {
    let part = |from: usize, to: usize| text.get(from..to);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(9, 11)?, part(11, 13)?, part(13, 15)?);
    Timestamp::parse(&format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z")).ok()
}
