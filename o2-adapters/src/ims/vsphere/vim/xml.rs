//! XML as a tree of elements. Prefixes are dropped: the local names of the VIM API are unambiguous.

use o2_core::error::Excerpt;
use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesStart, Event};

/// No answer is nested as deeply.
const DEEPEST: usize = 100;

/// A managed object: its type and its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) struct Ref {
    pub(in super::super) kind: String,
    pub(in super::super) id: String,
}

impl Ref {
    pub(in super::super) fn new(kind: &str, id: &str) -> Self {
        Self {
            kind: kind.to_owned(),
            id: id.to_owned(),
        }
    }

    /// The reference as an element of this name.
    pub(in super::super) fn write(&self, name: &str) -> String {
        format!(r#"<{name} type="{}">{}</{name}>"#, escape(&self.kind), escape(&self.id))
    }
}

/// An element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in super::super) struct Element {
    pub(in super::super) name: String,
    /// What `xsi:type` says; of references, what `type` says.
    pub(in super::super) kind: Option<String>,
    pub(in super::super) text: String,
    pub(in super::super) children: Vec<Self>,
}

impl Element {
    pub(in super::super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(in super::super) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the element that is reached by these names.
    pub(in super::super) fn text_at(&self, path: &[&str]) -> Option<&str> {
        let found = path.iter().try_fold(self, |element, name| element.child(name))?;
        Some(found.text.as_str()).filter(|text| !text.is_empty())
    }

    /// The object that this element refers to.
    pub(in super::super) fn reference(&self) -> Option<Ref> {
        let kind = self.kind.as_deref().filter(|kind| *kind != "ManagedObjectReference")?;
        (!self.text.is_empty()).then(|| Ref::new(kind, &self.text))
    }
}

/// Text as it is written in XML. What XML cannot hold is replaced.
pub(super) fn escape(text: &str) -> String {
    let allowed = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    let text: String = text.chars().map(|c| if allowed(c) { c } else { '\u{fffd}' }).collect();
    quick_xml::escape::escape(text.as_str()).into_owned()
}

/// The root of a document. Documents with a DTD are refused.
pub(in super::super) fn parse(document: &[u8]) -> Result<Element, String> {
    let text = std::str::from_utf8(document).map_err(|error| error.to_string())?;
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(start) => {
                if open.len() == DEEPEST {
                    return Err("it is nested too deeply".to_owned());
                }
                open.push(begin(&start));
            }
            Event::Empty(start) => {
                if let Some(root) = close(begin(&start), &mut open) {
                    return Ok(root);
                }
            }
            Event::End(_) => {
                let ended = open.pop().ok_or("an element ends that did not begin")?;
                if let Some(root) = close(ended, &mut open) {
                    return Ok(root);
                }
            }
            Event::Text(text) => append(&mut open, &text),
            Event::CData(text) => append(&mut open, &text),
            Event::GeneralRef(entity) => {
                if let Some(c) = entity.resolve_char_ref().map_err(|error| error.to_string())? {
                    append(&mut open, c.encode_utf8(&mut [0; 4]));
                    continue;
                }
                let name = entity.into_inner();
                let known = resolve_predefined_entity(&name);
                append(
                    &mut open,
                    known.ok_or_else(|| format!("unknown entity {}", Excerpt(&name)))?,
                );
            }
            Event::DocType(_) => return Err("it has a DTD".to_owned()),
            Event::Eof => return Err("it ends too early".to_owned()),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
}

fn begin(start: &BytesStart<'_>) -> Element {
    let mut element = Element {
        name: local(start.name().as_ref()),
        ..Element::default()
    };
    for attribute in start.attributes().flatten() {
        if local(attribute.key.as_ref()) == "type" {
            let said = local(&attribute.value);
            // A reference has both; what it refers to says more than that it is one.
            if element.kind.is_none() || said != "ManagedObjectReference" {
                element.kind = Some(said);
            }
        }
    }
    element
}

/// A name without its prefix.
fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or_default().to_owned()
}

fn append(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// Puts a finished element where it belongs; gives it back when it is the root.
fn close(mut element: Element, open: &mut [Element]) -> Option<Element> {
    // Between elements there is only space.
    if !element.children.is_empty() {
        element.text.clear();
    }
    match open.last_mut() {
        Some(parent) => {
            parent.children.push(element);
            None
        }
        None => Some(element),
    }
}
