//! What names, labels and annotations may look like.

use serde_json::{Value, json};

use super::object;
use super::resource::Resource;
use super::status::Cause;

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', \
    and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must \
    start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and \
    must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for \
    validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const KEY: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an \
    alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

/// What is wrong with the metadata of an object.
pub(super) fn metadata(resource: &Resource, object: &Value) -> Vec<Cause> {
    let metadata = &object["metadata"];
    let mut causes = Vec::new();
    let mut check = |field: &str, value: &str, wrong: Option<String>| {
        causes.extend(wrong.map(|why| Cause::invalid(field, &json!(value), &why)));
    };
    let name = object::name(object);
    let is_label = resource.is_namespace() || (resource.built_in && resource.kind == "Service");
    check(
        "metadata.name",
        name,
        if is_label { label(name) } else { subdomain(name) },
    );
    for (map, checks_values) in [("labels", true), ("annotations", false)] {
        let field = format!("metadata.{map}");
        for (name, content) in metadata[map].as_object().into_iter().flatten() {
            check(&field, name, key(name));
            let content = content.as_str().unwrap_or_default();
            check(&field, content, value(content).filter(|_| checks_values));
        }
    }
    causes
}

fn longer(text: &str, limit: usize) -> Option<String> {
    (text.len() > limit).then(|| format!("must be no more than {limit} bytes"))
}

fn is_lower(letter: char) -> bool {
    letter.is_ascii_lowercase() || letter.is_ascii_digit()
}

/// Whether a text begins and ends with such letters, and has these or some others between.
fn consists(text: &str, letter: impl Fn(char) -> bool, others: &str) -> bool {
    text.starts_with(&letter) && text.ends_with(&letter) && text.chars().all(|one| letter(one) || others.contains(one))
}

fn subdomain(text: &str) -> Option<String> {
    let is_one = text.split('.').all(|part| consists(part, is_lower, "-"));
    longer(text, 253).or_else(|| (!is_one).then(|| SUBDOMAIN.to_owned()))
}

fn label(text: &str) -> Option<String> {
    let is_one = consists(text, is_lower, "-");
    longer(text, 63).or_else(|| (!is_one).then(|| LABEL.to_owned()))
}

/// Of labels.
pub(super) fn value(text: &str) -> Option<String> {
    let is_one = text.is_empty() || consists(text, |letter| letter.is_ascii_alphanumeric(), "-_.");
    longer(text, 63).or_else(|| (!is_one).then(|| VALUE.to_owned()))
}

/// Of labels and annotations: `name` or `prefix/name`.
fn key(text: &str) -> Option<String> {
    let (prefix, name) = text
        .split_once('/')
        .map_or((None, text), |(prefix, name)| (Some(prefix), name));
    if let Some(wrong) = prefix.and_then(subdomain) {
        return Some(format!("prefix part {wrong}"));
    }
    let is_one = consists(name, |letter| letter.is_ascii_alphanumeric(), "-_.");
    longer(name, 63)
        .map(|wrong| format!("name part {wrong}"))
        .or_else(|| (!is_one).then(|| KEY.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_labels_are_what_kubernetes_takes() {
        let long = "a".repeat(64);
        type Check = fn(&str) -> Option<String>;
        let table: [(Check, &str, bool); 20] = [
            (subdomain, "a-b.c0", true),
            (subdomain, &long, true),
            (subdomain, "A", false),
            (subdomain, "a_b", false),
            (subdomain, "-a", false),
            (subdomain, "a..b", false),
            (subdomain, "", false),
            (label, "a-b", true),
            (label, "a.b", false),
            (label, &long, false),
            (value, "", true),
            (value, "My_value.1", true),
            (value, "a b", false),
            (value, "_a", false),
            (value, &long, false),
            (key, "a.b/C_d", true),
            (key, "name", true),
            (key, "a/b/c", false),
            (key, "A/b", false),
            (key, "a.b/", false),
        ];
        for (check, text, fits) in table {
            assert_eq!(check(text).is_none(), fits, "{text}");
        }
        assert!(subdomain(&"a".repeat(254)).is_some());
    }
}
