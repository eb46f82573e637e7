//! What the receiver accepts, and what it says to the rest.

use super::*;

const GOOD: &str = "v1,7ds/A/iVRb22ZRaHd3SvZAGqPua6edrvkchvFldYUlQ=";

/// The headers of the vectors with another signature.
fn signed(signature: &str) -> HeaderMap {
    let vectors = vectors();
    let mut headers = HeaderMap::new();
    headers.insert(ID, vectors.id.parse().unwrap());
    headers.insert(TIMESTAMP, vectors.timestamp.into());
    headers.insert(SIGNATURE, HeaderValue::from_bytes(signature.as_bytes()).unwrap());
    headers
}

fn with(name: &'static str, value: &str) -> HeaderMap {
    let mut headers = signed(GOOD);
    headers.insert(name, value.parse().unwrap());
    headers
}

fn without(name: &str) -> HeaderMap {
    let mut headers = signed(GOOD);
    headers.remove(name);
    headers
}

fn verify(headers: &HeaderMap, body: &str) -> Result<String> {
    let vectors = vectors();
    let verifier = Verifier::new(vectors.secret);
    let id = verifier.verify(headers, body.as_bytes(), seconds(vectors.timestamp))?;
    Ok(id.to_owned())
}

#[test]
fn one_right_signature_among_others_will_do() {
    let body = vectors().body;
    for signatures in [
        GOOD.to_owned(),
        format!("v9,AAAA {GOOD}"),
        format!("v1a,AAAA {GOOD} v1,AAAA"),
        format!("nonsense v1 , v1,%% v1,AA  {GOOD}"),
        format!("{GOOD} "),
        format!("{} {GOOD}", "v1,AAAA ".repeat(100)),
    ] {
        assert_eq!(
            verify(&signed(&signatures), &body).unwrap(),
            vectors().id,
            "{signatures}"
        );
    }
    let mut in_two_lines = signed("v1,AAAA");
    in_two_lines.append(SIGNATURE, GOOD.parse().unwrap());
    assert!(verify(&in_two_lines, &body).is_ok());
}

#[test]
fn what_is_wrong_is_told() {
    let body = vectors().body;
    let no_fit = "no signature fits";
    let none = "has no signature of version 1";
    let bare = GOOD.strip_prefix("v1,").unwrap();
    for (headers, reason) in [
        (with(TIMESTAMP, "1795165201"), no_fit),
        (with(TIMESTAMP, "+1795165200"), no_fit),
        (with(ID, "msg_evt-0001_sub-7x"), no_fit),
        (signed("v1,AAAA"), no_fit),
        (signed("v1,7ds/A/iVRb22ZRaHd3SvZA=="), no_fit),
        (signed("v1,"), no_fit),
        (signed(&format!("v2,{bare}")), none),
        (signed(bare), none),
        (signed(&format!("v1={bare}")), none),
        (signed(&format!("v1, {bare}")), no_fit),
        (signed("v1,ü"), "must be plain text"),
        (signed(""), "header webhook-signature must be"),
        (with(TIMESTAMP, "yesterday"), "header webhook-timestamp must be seconds"),
        (
            with(TIMESTAMP, "1795165200.0"),
            "header webhook-timestamp must be seconds",
        ),
        (without(ID), "header webhook-id is missing"),
        (without(TIMESTAMP), "header webhook-timestamp is missing"),
        (without(SIGNATURE), "header webhook-signature is missing"),
    ] {
        let error = verify(&headers, &body).unwrap_err();
        assert!(error.is(ErrorKind::Unauthenticated), "{error:?}");
        assert!(error.message().contains(reason), "{headers:?}: {error}");
    }
}

#[test]
fn the_body_must_be_the_one_that_was_signed_byte_by_byte() {
    let body = vectors().body;
    for changed in [
        body.replace("evt-0001", "evt-0002"),
        body.replace(':', ": ").replace(',', ", "),
        format!("{body}\n"),
        String::new(),
    ] {
        let error = verify(&signed(GOOD), &changed).unwrap_err();
        assert!(error.is(ErrorKind::Unauthenticated), "{changed}: {error:?}");
    }
}

#[test]
fn a_notification_is_accepted_for_five_minutes_on_both_sides_of_its_time() {
    let vectors = vectors();
    let headers = signed(GOOD);
    let verifier = Verifier::new(vectors.secret);
    let at = |verifier: &Verifier, seconds_later: i64| {
        let now = seconds(vectors.timestamp + seconds_later);
        let outcome = verifier.verify(&headers, vectors.body.as_bytes(), now);
        outcome.map(drop).map_err(|error| error.message().to_owned())
    };
    for (later, outcome) in [
        (300, Ok(())),
        (-300, Ok(())),
        (301, Err("the notification was signed more than 300 s ago")),
        (
            -301,
            Err("the notification was signed more than 300 s ahead of this clock"),
        ),
    ] {
        assert_eq!(at(&verifier, later), outcome.map_err(ToOwned::to_owned), "{later}");
    }
    let strict = verifier.with_tolerance(std::time::Duration::ZERO);
    assert!(at(&strict, 0).is_ok() && at(&strict, 1).is_err());
}

#[test]
fn a_receiver_may_know_several_secrets() {
    let vectors = vectors();
    let now = seconds(vectors.timestamp);
    let (headers, body) = (signed(GOOD), vectors.body.as_bytes());
    let verifier = Verifier::new(vectors.next_secret);
    assert!(verifier.verify(&headers, body, now).is_err());
    assert!(verifier.with_secret(vectors.secret).verify(&headers, body, now).is_ok());
}
