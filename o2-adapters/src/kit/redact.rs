//! What a backend wrote, for the detail of an error: cut, cleaned, and without what looks like a secret.

use serde_json::Value;

/// The most characters that are shown.
const LENGTH: usize = 500;

/// A longer body is not searched as JSON; its beginning is shown as text.
const LONGEST_JSON: usize = 64 << 10;

const HIDDEN: &str = "…";

/// The shortest text that is hidden wherever it stands.
#[cfg(feature = "helm")]
const SHORTEST: usize = 4;

/// Members and parameters whose names contain one of these are hidden.
const SECRET: [&str; 11] = [
    "password",
    "passwd",
    "secret",
    "token",
    "authorization",
    "credential",
    "signature",
    "cookie",
    "apikey",
    "accesskey",
    "privatekey",
];

/// `body` as the detail of an error may hold it.
#[must_use]
pub fn excerpt(body: &[u8]) -> String {
    let json = (body.len() <= LONGEST_JSON).then(|| serde_json::from_slice::<Value>(body).ok());
    match json.flatten() {
        Some(mut value) => {
            hide_members(&mut value);
            clean(&value.to_string())
        }
        None => {
            let beginning = &body[..body.len().min(LENGTH * 4)];
            clean(&hide_words(&String::from_utf8_lossy(beginning)))
        }
    }
}

/// `text` without the values that stand under the name of a secret in `values`, however they are written: a program repeats
/// what it was given.
#[cfg(feature = "helm")]
pub(crate) fn without_secrets_of(text: &str, values: &serde_json::Map<String, Value>) -> String {
    let mut secrets = Vec::new();
    values
        .iter()
        .for_each(|(name, value)| collect(value, is_secret(name), &mut secrets));
    // A secret may be part of another one.
    secrets.sort_by_key(|secret: &String| std::cmp::Reverse(secret.len()));
    secrets
        .iter()
        .fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), HIDDEN))
}

#[cfg(feature = "helm")]
fn collect(value: &Value, secret: bool, into: &mut Vec<String>) {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    match value {
        Value::Object(members) => members
            .iter()
            .for_each(|(name, value)| collect(value, secret || is_secret(name), into)),
        Value::Array(items) => items.iter().for_each(|item| collect(item, secret, into)),
        // What is shorter protects nothing, and stands in every text.
        Value::String(text) if secret && text.chars().count() >= SHORTEST => {
            let quoted = value.to_string();
            into.extend([
                text.clone(),
                quoted[1..quoted.len() - 1].to_owned(),
                STANDARD.encode(text),
            ]);
        }
        _ => {}
    }
}

/// What serde says about a text it cannot read, without the values that it repeats from the text.
pub(super) fn complaint(error: &impl ToString) -> String {
    let text = error.to_string();
    let shown = match (text.find('"'), text.rfind('"')) {
        (Some(first), Some(last)) => format!("{}{HIDDEN}{}", &text[..first], &text[last + 1..]),
        _ => text,
    };
    clean(&shown)
}

fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    SECRET.iter().any(|secret| plain.contains(secret))
}

fn hide_members(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                // A message about a token is a text; the token itself, or what it consists of, is hidden whole.
                if is_secret(name) {
                    *member = Value::from(HIDDEN);
                } else {
                    hide_members(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hide_members),
        Value::String(text) => *text = hide_words(text),
        _ => {}
    }
}

/// Hides the word after `Bearer`, `Basic` and the like, and after `name=` and `name:` where the name tells of a secret.
fn hide_words(text: &str) -> String {
    let mut hide_next = false;
    let words = text.split_inclusive(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '&'));
    words.map(|word| hide_word(word, &mut hide_next)).collect()
}

fn hide_word(word: &str, hide_next: &mut bool) -> String {
    let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
    let scheme = ["bearer", "basic", "negotiate", "digest"]
        .iter()
        .any(|scheme| bare.eq_ignore_ascii_case(scheme));
    let (name, value) = word.split_once(['=', ':']).unwrap_or(("", ""));
    let named = is_secret(name);
    let hidden = std::mem::replace(hide_next, scheme || (named && value.trim().is_empty()));
    match (named && !value.trim().is_empty(), hidden && !scheme) {
        (true, _) => format!("{name}={HIDDEN} "),
        (false, true) => format!("{HIDDEN} "),
        (false, false) => word.to_owned(),
    }
}

/// Without control characters and at most so long.
fn clean(text: &str) -> String {
    let mut shown: String = text
        .trim()
        .chars()
        .take(LENGTH)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.trim().chars().nth(LENGTH).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn secrets_are_hidden_and_explanations_stay() {
        for (body, shows) in [
            (r#"{"error":{"code":404,"message":"no such server"}}"#, "no such server"),
            (r#"{"access_token":"s3cret","reason":"late"}"#, "late"),
            (
                r#"{"auth":{"identity":{"Password":{"user":"s3cret"}}},"title":"Bad"}"#,
                "Bad",
            ),
            (r#"{"list":[{"api-key":"s3cret"}],"why":"x1"}"#, "x1"),
            (
                r#"{"message":"header Authorization: Bearer s3cret is wrong"}"#,
                "is wrong",
            ),
            ("denied for password=s3cret&user=ann", "user=ann"),
            ("token: s3cret was refused", "was refused"),
            ("Basic s3cret; sorry", "sorry"),
            ("plain text", "plain text"),
        ] {
            let shown = excerpt(body.as_bytes());
            assert!(!shown.contains("s3cret") && shown.contains(shows), "{body} -> {shown}");
        }
    }

    #[cfg(feature = "helm")]
    #[test]
    fn values_of_secrets_are_hidden_wherever_they_stand() {
        let values = serde_json::json!({
            "db": {"password": "s3cret\"x", "user": "anna"}, "tokens": ["abcd", "abcdef", "abc"], "size": "abcd-not",
            "apiKey": {"value": "k3yk3y"},
        });
        let values = values.as_object().unwrap();
        for (text, shown) in [
            (r#"pattern: got s3cret"x, of anna"#, "pattern: got …, of anna"),
            (r#"{"password": "s3cret\"x"}"#, r#"{"password": "…"}"#),
            ("data: czNjcmV0Ing=", "data: …"),
            ("abcdef and abcd and abc", "… and … and abc"),
            ("k3yk3y!", "…!"),
        ] {
            assert_eq!(without_secrets_of(text, values), shown, "{text}");
        }
    }

    #[test]
    fn long_and_strange_bodies_are_cut_and_cleaned() {
        let shown = excerpt("a\u{7}\nb".as_bytes());
        assert_eq!(shown, "a  b");
        assert_eq!(excerpt(&[b'x'; 100_000]).chars().count(), LENGTH + 1);
        assert_eq!(excerpt(b""), "");
        assert_eq!(excerpt(&[0xff, b'a']), "\u{fffd}a");
    }

    #[test]
    fn complaints_do_not_repeat_values() {
        let error = serde_json::from_str::<u32>(r#""s3c\"ret""#).unwrap_err();
        let shown = complaint(&error);
        assert!(
            shown.contains("invalid type") && shown.contains("expected u32") && !shown.contains("ret"),
            "{shown}"
        );
        assert_eq!(complaint(&"missing field `id`"), "missing field `id`");
    }

    proptest! {
        #[test]
        fn no_member_with_a_secret_name_is_shown(prefix in "[a-z]{0,4}", at in 0..SECRET.len(), value in "[a-z]{8}[0-9]{8}") {
            let name = format!("{prefix}{}", SECRET[at]);
            let body = serde_json::json!({"x": [{name: value.clone()}]}).to_string();
            prop_assert!(!excerpt(body.as_bytes()).contains(&value));
        }
    }
}
