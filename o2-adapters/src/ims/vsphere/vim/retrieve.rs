//! Reading: everything that is asked for, page by page.

use std::collections::{BTreeMap, BTreeSet};

use o2_core::{Context, Error, ErrorKind, Fault};

use super::calls::Vim;
use super::fault::{Called, Failure};
use super::session::Session;
use super::transport::Call;
use super::xml::{Element, Ref, escape};

/// More pages than this are no list any more.
const MOST_PAGES: usize = 10_000;

/// What was read of the inventory: of each object, the properties that it has and we may see.
pub(in super::super) type Kept = BTreeMap<Ref, BTreeMap<String, Element>>;

/// The properties of an object that the vCenter does not tell, with the type of the fault that is the reason.
pub(super) type Hidden = BTreeMap<String, String>;

/// What was read, and what was not to be had.
#[derive(Debug, Default)]
pub(in super::super) struct Read {
    pub(in super::super) kept: Kept,
    pub(super) hidden: BTreeMap<Ref, Hidden>,
}

impl Read {
    /// The types of objects of which our account may not see everything.
    pub(in super::super) fn forbidden(&self) -> BTreeSet<String> {
        let denied = |hidden: &Hidden| hidden.values().any(|fault| fault == "NoPermission");
        let objects = self.hidden.iter().filter(|(_, hidden)| denied(hidden));
        objects.map(|(object, _)| object.kind.clone()).collect()
    }

    /// What is there and not told stays as it was before: what may not be seen any more is not gone.
    pub(in super::super) fn fill(&mut self, before: &Kept) {
        for (object, hidden) in &self.hidden {
            let known = before.get(object).into_iter().flatten();
            for (path, value) in known.filter(|(path, _)| hidden.contains_key(*path)) {
                let properties = self.kept.entry(object.clone()).or_default();
                properties.entry(path.clone()).or_insert_with(|| value.clone());
            }
        }
    }
}

impl Vim {
    /// The whole inventory.
    pub(in super::super) async fn read(&self, context: &Context) -> Result<Read, Error> {
        self.retrieve(context, |session| self.spec(session)).await
    }

    /// What a specification asks for. When the session ends in the middle, or an object goes that it names, everything is
    /// read once more.
    pub(super) async fn retrieve(
        &self,
        context: &Context,
        spec: impl Fn(&Session) -> String + Send + Sync,
    ) -> Result<Read, Error> {
        let mut again = true;
        loop {
            let (session, grant) = self.sessions.get(context).await?;
            match self.pages(context, &session, &spec(&session)).await {
                Err(Failure::Lost) => {
                    self.sessions.forget(grant);
                    if !again {
                        return Err(Failure::Lost.into());
                    }
                }
                Err(Failure::Gone(error)) if !again => return Err(restless(&error)),
                Err(Failure::Gone(_)) => {}
                outcome => return Ok(outcome?),
            }
            again = false;
        }
    }

    async fn pages(&self, context: &Context, session: &Session, spec: &str) -> Called<Read> {
        let options = format!("<options><maxObjects>{}</maxObjects></options>", self.page_size);
        let arguments = format!("<specSet>{spec}</specSet>{options}");
        let mut call = Call::new("RetrievePropertiesEx", &session.collector, arguments);
        let mut read = Read::default();
        for _ in 0..MOST_PAGES {
            let answer = self.sessions.call(context, session, call).await?;
            let Some(page) = answer.child("returnval") else {
                return Ok(read);
            };
            for sent in page.all("objects") {
                let Some((object, properties)) = read_object(sent) else {
                    continue;
                };
                if let Some(hidden) = hidden(sent) {
                    read.hidden.insert(object.clone(), hidden);
                }
                read.kept.insert(object, properties);
            }
            let Some(token) = page.text_at(&["token"]) else {
                return Ok(read);
            };
            let token = format!("<token>{}</token>", escape(token));
            call = Call::new("ContinueRetrievePropertiesEx", &session.collector, token);
        }
        Err(Error::internal("the list of the vCenter does not end")
            .with_fault(Fault::Backend)
            .into())
    }

    /// What is read of which objects: of all below the root, and the definitions of custom attributes.
    pub(super) fn spec(&self, session: &Session) -> String {
        let properties = |(kind, paths): &(&str, &[&str])| {
            let paths: String = paths.iter().map(|path| format!("<pathSet>{path}</pathSet>")).collect();
            format!("<propSet><type>{kind}</type>{paths}</propSet>")
        };
        let mut spec: String = self.properties.iter().map(properties).collect();
        let fields = session.fields.as_ref();
        if fields.is_some() {
            spec.push_str(&properties(&("CustomFieldsManager", &["field"])));
        }
        let root = session.root.write("obj");
        spec.push_str(&format!("<objectSet>{root}<skip>false</skip>{}</objectSet>", paths()));
        if let Some(fields) = fields {
            spec.push_str(&format!(
                "<objectSet>{}<skip>false</skip></objectSet>",
                fields.write("obj")
            ));
        }
        spec
    }
}

/// A list is never absent: what went while it was read is not what the caller has asked for.
fn restless(gone: &Error) -> Error {
    Error::new(ErrorKind::Unavailable, "the vCenter changes while it is read")
        .with_fault(Fault::Backend)
        .with_detail(gone.detail().unwrap_or_default())
}

/// How one gets from an object to those below it: a name, the type that has the property, the property, and what follows.
const PATHS: &[(&str, &str, &str, &[&str])] = &[
    (
        "children",
        "Folder",
        "childEntity",
        &["children", "hosts", "machines", "host", "pool", "inVApp"],
    ),
    ("hosts", "Datacenter", "hostFolder", &["children"]),
    ("machines", "Datacenter", "vmFolder", &["children"]),
    ("host", "ComputeResource", "host", &[]),
    ("pool", "ComputeResource", "resourcePool", &["pools", "inVApp"]),
    ("pools", "ResourcePool", "resourcePool", &["pools", "inVApp"]),
    ("inVApp", "VirtualApp", "vm", &[]),
];

/// The whole inventory, by paths. A view would be shorter, but some servers never look into one again.
fn paths() -> String {
    let path = |(name, kind, property, next): &(&str, &str, &str, &[&str])| {
        let next = next
            .iter()
            .map(|next| format!(r#"<selectSet xsi:type="SelectionSpec"><name>{next}</name></selectSet>"#));
        let next: String = next.collect();
        format!(
            r#"<selectSet xsi:type="TraversalSpec"><name>{name}</name><type>{kind}</type><path>{property}</path><skip>false</skip>{next}</selectSet>"#
        )
    };
    PATHS.iter().map(path).collect()
}

/// An object of a page, with what it has and we may see.
pub(super) fn read_object(sent: &Element) -> Option<(Ref, BTreeMap<String, Element>)> {
    let object = sent.child("obj").and_then(Element::reference)?;
    let properties = sent.all("propSet").filter_map(|property| {
        let name = property.text_at(&["name"])?;
        Some((name.to_owned(), property.child("val")?.clone()))
    });
    Some((object, properties.collect()))
}

/// What of an object is not told; nothing when all of it is.
pub(super) fn hidden(sent: &Element) -> Option<Hidden> {
    let missing = sent.all("missingSet").filter_map(|missing| {
        let fault = missing.child("fault").and_then(|fault| fault.child("fault"));
        let kind = fault.and_then(|fault| fault.kind.clone());
        Some((missing.text_at(&["path"])?.to_owned(), kind.unwrap_or_default()))
    });
    Some(missing.collect()).filter(|hidden: &Hidden| !hidden.is_empty())
}
