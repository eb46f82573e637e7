//! Links to the next page: in the `Link` header (RFC 8288), or in the body.

use http::HeaderMap;
use http::header::LINK;
use serde_json::Value;

/// The target of `rel="next"` in the `Link` headers.
pub(super) fn in_headers(headers: &HeaderMap) -> Option<String> {
    let texts = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    texts
        .flat_map(links)
        .find(|link| link.is_next)
        .map(|link| link.target.to_owned())
}

/// The link in this part of a body: a text, an object with `href`, or a list of such with `"rel": "next"`.
pub(super) fn in_body(part: &Value) -> Option<&str> {
    let text = match part {
        Value::Array(links) => {
            let next = links.iter().find(|link| link["rel"].as_str() == Some("next"))?;
            next["href"].as_str()?
        }
        Value::Object(link) => link.get("href")?.as_str()?,
        other => other.as_str()?,
    };
    (!text.is_empty()).then_some(text)
}

struct Link<'t> {
    target: &'t str,
    is_next: bool,
}

/// The links of one header. A target ends at `>`, so commas and semicolons in it do no harm; what is not understood ends
/// the header.
fn links(mut text: &str) -> impl Iterator<Item = Link<'_>> {
    std::iter::from_fn(move || {
        let start = text.find('<')? + 1;
        let end = start + text[start..].find('>')?;
        let target = &text[start..end];
        let (parameters, rest) = split_unquoted(&text[end + 1..], ',');
        text = rest;
        Some(Link {
            target,
            is_next: is_next(parameters),
        })
    })
}

fn is_next(mut parameters: &str) -> bool {
    while !parameters.is_empty() {
        let (parameter, rest) = split_unquoted(parameters, ';');
        parameters = rest;
        if let Some((name, value)) = parameter.split_once('=')
            && name.trim().eq_ignore_ascii_case("rel")
        {
            let relations = value.trim().trim_matches('"');
            return relations
                .split_ascii_whitespace()
                .any(|relation| relation.eq_ignore_ascii_case("next"));
        }
    }
    false
}

/// What is before the first `separator` outside quotes, and what is after it.
fn split_unquoted(text: &str, separator: char) -> (&str, &str) {
    let mut quoted = false;
    for (at, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            _ if character == separator && !quoted => return (&text[..at], &text[at + separator.len_utf8()..]),
            _ => {}
        }
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn next(headers: &[&str]) -> Option<String> {
        let mut map = HeaderMap::new();
        for header in headers {
            map.append(LINK, header.parse().unwrap());
        }
        in_headers(&map)
    }

    #[test]
    fn the_next_page_is_found_among_other_links() {
        for (headers, target) in [
            (&[r#"<https://h/x?page=2>; rel="next""#][..], Some("https://h/x?page=2")),
            (
                &[r#"</a,b;c>; rel=prev, </d,e;f>; title="x, <y>; rel=next"; rel=next"#],
                Some("/d,e;f"),
            ),
            (&["</a>; rel=prev", "</b>; REL=\"last Next\""], Some("/b")),
            (&["</a>; rel=nextish"], None),
            (&["</a>; rev=next"], None),
            (&["</a>"], None),
            (&["nonsense"], None),
            (&["<unclosed"], None),
            (&[], None),
        ] {
            assert_eq!(next(headers).as_deref(), target, "{headers:?}");
        }
    }

    #[test]
    fn links_in_bodies_have_three_shapes() {
        for (part, target) in [
            (json!("/a"), Some("/a")),
            (json!({"href": "/b"}), Some("/b")),
            (
                json!([{"rel": "self", "href": "/c"}, {"rel": "next", "href": "/d"}]),
                Some("/d"),
            ),
            (json!([{"rel": "self", "href": "/c"}]), None),
            (json!([]), None),
            (json!(""), None),
            (json!(null), None),
            (json!({"href": null}), None),
        ] {
            assert_eq!(in_body(&part), target, "{part}");
        }
    }

    proptest! {
        #[test]
        fn a_written_link_is_read(target in "[a-z/?&=,;]{1,20}", title in "[a-z,;<> ]{0,20}") {
            let header = format!("</other>; rel=\"last\", <{target}>; title=\"{title}\"; rel=\"next\"");
            prop_assert_eq!(next(&[&header]), Some(target));
        }

        #[test]
        fn no_header_makes_it_fail(text in "[ -~]{0,60}") {
            let _ = next(&[&text]);
        }
    }
}
