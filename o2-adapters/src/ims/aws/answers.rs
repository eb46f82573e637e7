//! Answers in XML, as JSON: so that everything that reads, judges and quotes answers is the same for all services.
//!
//! An element with text is a text, one with elements is an object, one whose elements are all `item` or `member` is a list,
//! and an empty one is left out, as AWS writes nothing, empty texts and empty lists alike.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use o2_core::ports::{HttpClient, HttpRequest, HttpResponse};
use o2_core::{Error, ErrorKind, Fault, Result};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, Event};
use serde_json::{Map, Value};

use super::clock::Skew;

/// Elements may be so deep within each other. AWS's are less than twelve.
const DEPTH: usize = 64;

/// The host's client, whose answers in XML become JSON. It also looks at the time in refusals, see [`Skew`].
#[derive(Debug)]
pub(super) struct Answers {
    pub(super) http: Arc<dyn HttpClient>,
    pub(super) skew: Arc<Skew>,
}

impl HttpClient for Answers {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        async move {
            let mut response = self.http.send(request).await?;
            if !response.status().is_success() {
                self.skew.learn(response.headers());
                add_code(&mut response);
            }
            if response.body().trim_ascii_start().starts_with(b"<") {
                match json(response.body()) {
                    Ok(value) => *response.body_mut() = Bytes::from(value.to_string()),
                    // A page of a proxy is a refusal like others; a torn answer is none at all.
                    Err(error) if response.status().is_success() => return Err(error),
                    Err(_) => {}
                }
            }
            Ok(response)
        }
        .boxed()
    }
}

/// Services that send JSON say in a header what went wrong; with this the body says it too.
fn add_code(response: &mut HttpResponse) {
    let said = response.headers().get("x-amzn-errortype");
    // Some add an address after the code.
    let code = said
        .and_then(|said| said.to_str().ok())
        .and_then(|said| said.split(':').next())
        .map(str::to_owned);
    let (Some(code), Ok(Value::Object(mut body))) = (code, serde_json::from_slice(response.body())) else {
        return;
    };
    body.insert("__type".to_owned(), Value::String(code));
    *response.body_mut() = Bytes::from(Value::Object(body).to_string());
}

/// One element that is being read.
#[derive(Default)]
struct Open {
    name: String,
    text: String,
    children: Vec<(String, Value)>,
}

/// What is in the root element.
pub(super) fn json(xml: &[u8]) -> Result<Value> {
    let text = std::str::from_utf8(xml).map_err(|error| torn(&error.to_string()))?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Open> = Vec::new();
    loop {
        match reader.read_event().map_err(|error| torn(&error.to_string()))? {
            Event::Start(start) if open.len() < DEPTH => open.push(Open {
                name: start.local_name().into_inner().to_owned(),
                ..Open::default()
            }),
            Event::Start(_) => return Err(torn("its elements are too deep within each other")),
            Event::Text(text) => write(&mut open, &text.xml10_content()),
            Event::CData(text) => write(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => write(&mut open, &character(&reference)?),
            Event::End(_) => {
                let Some(done) = open.pop() else {
                    return Err(torn("an element ends that has not begun"));
                };
                let name = done.name.clone();
                let value = done.value();
                match open.last_mut() {
                    None => return Ok(value),
                    Some(_) if value.is_null() => {}
                    Some(parent) => parent.children.push((name, value)),
                }
            }
            // An empty element says nothing, and a whole answer may be one.
            Event::Empty(_) if open.is_empty() => return Ok(Value::Null),
            Event::Eof => return Err(torn("it ends in the middle")),
            _ => {}
        }
    }
}

fn write(open: &mut [Open], text: &str) {
    if let Some(open) = open.last_mut() {
        open.text.push_str(text);
    }
}

fn character(reference: &BytesRef<'_>) -> Result<String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|error| torn(&error.to_string()))? {
        return Ok(character.to_string());
    }
    match &*reference.xml10_content() {
        "lt" => Ok("<".to_owned()),
        "gt" => Ok(">".to_owned()),
        "amp" => Ok("&".to_owned()),
        "apos" => Ok("'".to_owned()),
        "quot" => Ok("\"".to_owned()),
        _ => Err(torn("it refers to something that XML does not have")),
    }
}

impl Open {
    fn value(self) -> Value {
        if self.children.is_empty() {
            return if self.text.trim().is_empty() {
                Value::Null
            } else {
                Value::String(self.text)
            };
        }
        if self.children.iter().all(|(name, _)| name == "item" || name == "member") {
            return Value::Array(self.children.into_iter().map(|(_, value)| value).collect());
        }
        Value::Object(self.children.into_iter().collect::<Map<_, _>>())
    }
}

fn torn(detail: &str) -> Error {
    Error::new(ErrorKind::Unavailable, "an answer of AWS is not whole")
        .with_fault(Fault::Backend)
        .with_detail(detail)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn xml_becomes_json() {
        for (xml, expected) in [
            (
                r#"<?xml version="1.0"?><R xmlns="u"><set><item><id>i-1</id></item></set><none/></R>"#,
                json!({"set": [{"id": "i-1"}]}),
            ),
            (
                "<R><Tags>\n <member><Key>a&amp;b</Key><Value>&#x41;&lt;</Value></member>\n</Tags></R>",
                json!({"Tags": [{"Key": "a&b", "Value": "A<"}]}),
            ),
            (
                "<Response><Errors><Error><Code>X</Code></Error></Errors></Response>",
                json!({"Errors": {"Error": {"Code": "X"}}}),
            ),
            ("<R><a><![CDATA[<x>]]></a></R>", json!({"a": "<x>"})),
            ("<R/>", json!(null)),
        ] {
            assert_eq!(super::json(xml.as_bytes()).unwrap(), expected, "{xml}");
        }
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let deep = "<a>".repeat(100);
        for xml in ["", "<R><a>", "<R></b></R>", "<R>&undefined;</R>", deep.as_str()] {
            let error = super::json(xml.as_bytes()).unwrap_err();
            assert!(error.is(ErrorKind::Unavailable), "{xml}: {error}");
        }
    }
}
