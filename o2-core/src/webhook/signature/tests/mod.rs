//! Signatures that other implementations of Standard Webhooks made, and what must not pass for one.

mod verify;

use http::HeaderMap;
use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::{ErrorKind, Timestamp};

/// Made with the packages `standardwebhooks` 1.1.0 and `svix` 2.9.1 for Python, which agree.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    secret: SigningSecret,
    next_secret: SigningSecret,
    id: String,
    timestamp: i64,
    body: String,
    signature: String,
    next_signature: String,
    body_signature: OfBody,
}

#[derive(Deserialize)]
struct OfBody {
    secret: String,
    hex: String,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors.json")).unwrap()
}

fn seconds(seconds: i64) -> Timestamp {
    Timestamp::from_unix_seconds(seconds)
}

#[test]
fn signatures_are_those_of_other_implementations() {
    let vectors = vectors();
    let now = seconds(vectors.timestamp);
    let keys = SigningKeys::new(vectors.secret);
    let headers = sign(&keys, &vectors.id, now, vectors.body.as_bytes()).unwrap();
    assert_eq!(headers[ID], vectors.id.as_str());
    assert_eq!(headers[TIMESTAMP], vectors.timestamp.to_string().as_str());
    assert_eq!(headers[SIGNATURE], vectors.signature.as_str());

    let keys = keys.rotated(vectors.next_secret, seconds(vectors.timestamp + 1));
    let headers = sign(&keys, &vectors.id, now, vectors.body.as_bytes()).unwrap();
    let both = format!("{} {}", vectors.next_signature, vectors.signature);
    assert_eq!(headers[SIGNATURE], both.as_str());
}

#[test]
fn the_predecessors_signature_is_over_the_body_alone() {
    let vectors = vectors();
    let secret = SigningSecret::of_any_length(vectors.body_signature.secret);
    let headers = BodySignature {
        event_type: "o2ims.Resource.Created",
        notification_id: "evt-0001",
        subscription_id: "sub-7",
    };
    let headers = headers.sign(&secret, vectors.body.as_bytes()).unwrap();
    for (name, value) in [
        ("X-O2IMS-Signature", vectors.body_signature.hex.as_str()),
        ("X-O2IMS-Event-Type", "o2ims.Resource.Created"),
        ("X-O2IMS-Notification-ID", "evt-0001"),
        ("X-O2IMS-Subscription-ID", "sub-7"),
    ] {
        assert_eq!(headers[name], value);
    }
}

#[test]
fn the_previous_secret_signs_until_its_time_is_over() {
    let (old, new) = (SigningSecret::generate(), SigningSecret::generate());
    let keys = SigningKeys::new(SigningSecret::generate()).rotated(old.clone(), seconds(90));
    let keys = keys.rotated(new.clone(), seconds(100));
    for (now, active) in [(99, vec![&new, &old]), (100, vec![&new]), (101, vec![&new])] {
        assert_eq!(keys.active(seconds(now)).collect::<Vec<_>>(), active, "at {now}");
    }
}

#[test]
fn ids_that_would_blur_what_is_signed_are_not_signed() {
    let keys = SigningKeys::new(SigningSecret::generate());
    for id in ["", "a.b", "a\nb"] {
        let error = sign(&keys, id, seconds(0), b"").unwrap_err();
        assert!(error.is(ErrorKind::Internal), "{error:?}");
    }
}

#[test]
fn secrets_are_read_from_base64_and_from_plain_text() {
    let zeros = SigningSecret::from_bytes([0; 16]).unwrap();
    for (text, secret) in [
        ("whsec_AAAAAAAAAAAAAAAAAAAAAA==", zeros),
        (
            "sixteen bytes ok",
            SigningSecret::from_bytes(*b"sixteen bytes ok").unwrap(),
        ),
    ] {
        let read = SigningSecret::parse(text).unwrap();
        assert_eq!(read, secret, "{text}");
        assert_eq!(SigningSecret::parse(&read.expose()).unwrap(), read, "{text}");
    }
    assert_ne!(SigningSecret::generate(), SigningSecret::generate());
}

#[test]
fn a_wrong_secret_is_explained_and_not_repeated() {
    let long = "hunter2".repeat(20);
    for (text, reason) in [
        ("hunter2", "has 7 bytes"),
        ("", "has 0 bytes"),
        (&long, "has 140 bytes"),
        ("whsec_", "has 0 bytes"),
        ("whsec_aHVudGVyMg==", "has 7 bytes"),
        ("whsec_hunter2hunter2!", "must be base64"),
    ] {
        let error = SigningSecret::parse(text).unwrap_err();
        assert!(
            error.is(ErrorKind::InvalidInput) && error.message().contains(reason),
            "{text}: {error:?}"
        );
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn debug_output_shows_no_secret() {
    let secret = SigningSecret::parse("hunter2hunter2hunter2").unwrap();
    let keys = SigningKeys::new(secret.clone()).rotated(secret.clone(), seconds(0));
    let shown = format!("{secret:?} {keys:?} {:?}", Verifier::new(secret.clone()));
    assert!(
        !shown.contains("hunter2") && !shown.contains("104") && !shown.contains(&secret.expose()),
        "{shown}"
    );
}

fn secret() -> impl Strategy<Value = SigningSecret> {
    proptest::collection::vec(any::<u8>(), 16..=64).prop_map(|bytes| SigningSecret::from_bytes(bytes).unwrap())
}

proptest! {
    #[test]
    fn what_is_signed_is_accepted_and_what_is_changed_is_not(
        current in secret(),
        next in secret(),
        id in "[!-\\-/-~]{1,40}",
        body in proptest::collection::vec(any::<u8>(), 0..200),
        now in 0_i64..4_000_000_000,
        place in any::<prop::sample::Index>(),
    ) {
        let keys = SigningKeys::new(current.clone()).rotated(next.clone(), seconds(now + 1));
        let headers = sign(&keys, &id, seconds(now), &body).unwrap();
        for secret in [current, next] {
            let verifier = Verifier::new(secret);
            prop_assert_eq!(verifier.verify(&headers, &body, seconds(now)).unwrap(), &id);
            let mut longer = body.clone();
            longer.insert(place.index(body.len() + 1), 0);
            prop_assert!(verifier.verify(&headers, &longer, seconds(now)).is_err());
        }
    }

    #[test]
    fn no_header_makes_the_verifier_fall_over(
        values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..60), 3),
    ) {
        let mut headers = HeaderMap::new();
        for (name, value) in [ID, TIMESTAMP, SIGNATURE].into_iter().zip(values) {
            if let Ok(value) = HeaderValue::from_bytes(&value) {
                headers.insert(name, value);
            }
        }
        let refused = Verifier::new(SigningSecret::generate()).verify(&headers, b"", seconds(0));
        prop_assert!(refused.is_err());
    }
}
