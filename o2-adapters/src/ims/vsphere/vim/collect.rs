//! The property collector: everything at once, page by page, and what changes from then on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use o2_core::{Context, Error, Fault};

use super::calls::Vim;
use super::fault::{Called, Failure};
use super::session::Session;
use super::transport::Call;
use super::xml::{Element, Ref, escape};
use crate::kit::auth::Grant;

/// More pages than this are no list any more.
const MOST_PAGES: usize = 10_000;

/// What was read of the inventory: of each object, the properties that it has and we may see.
pub(in super::super) type Kept = BTreeMap<Ref, BTreeMap<String, Element>>;

/// A property collector of our own, which tells what changes.
#[derive(Debug, Clone)]
pub(in super::super) struct Collector {
    session: Arc<Session>,
    grant: Grant,
    object: Ref,
    version: String,
}

/// What a question for changes brought.
#[derive(Debug, Default)]
pub(in super::super) struct Round {
    /// Whether there is more, at once.
    pub(in super::super) truncated: bool,
    updates: Vec<Update>,
}

#[derive(Debug)]
enum Update {
    /// An object that is there now, or of which properties have changed.
    Changed(Ref, Vec<(String, Option<Element>)>),
    Left(Ref),
    /// A part of a property has changed, in a way that only reading it again tells.
    Inside,
}

impl Round {
    pub(in super::super) fn is_empty(&self) -> bool {
        self.updates.is_empty() && !self.truncated
    }

    /// Takes the changes in. `false` when the objects have to be read again.
    pub(in super::super) fn apply(self, kept: &mut Kept) -> bool {
        let mut known = true;
        for update in self.updates {
            match update {
                Update::Changed(object, changes) => {
                    let properties = kept.entry(object).or_default();
                    for (name, value) in changes {
                        match value {
                            Some(value) => properties.insert(name, value),
                            None => properties.remove(&name),
                        };
                    }
                }
                Update::Left(object) => {
                    kept.remove(&object);
                }
                Update::Inside => known = false,
            }
        }
        known
    }
}

impl Vim {
    /// The whole inventory. When the session ends in the middle, everything is read once more in a new one.
    pub(in super::super) async fn read(&self, context: &Context) -> Result<Kept, Error> {
        let (session, grant) = self.sessions.get(context).await?;
        match self.pages(context, &session).await {
            Err(Failure::Lost) => {
                self.sessions.forget(grant);
                let (session, _) = self.sessions.get(context).await?;
                Ok(self.pages(context, &session).await?)
            }
            outcome => Ok(outcome?),
        }
    }

    async fn pages(&self, context: &Context, session: &Session) -> Called<Kept> {
        let options = format!("<options><maxObjects>{}</maxObjects></options>", self.page_size);
        let arguments = format!("<specSet>{}</specSet>{options}", self.spec(session));
        let mut call = Call::new("RetrievePropertiesEx", &session.collector, arguments);
        let mut kept = Kept::new();
        for _ in 0..MOST_PAGES {
            let answer = self.sessions.call(context, session, call).await?;
            let Some(page) = answer.child("returnval") else {
                return Ok(kept);
            };
            kept.extend(page.all("objects").filter_map(read_object));
            let Some(token) = page.text_at(&["token"]) else {
                return Ok(kept);
            };
            let token = format!("<token>{}</token>", escape(token));
            call = Call::new("ContinueRetrievePropertiesEx", &session.collector, token);
        }
        Err(Error::internal("the list of the vCenter does not end")
            .with_fault(Fault::Backend)
            .into())
    }

    /// What is read of which objects: of all below the root, and the definitions of custom attributes.
    fn spec(&self, session: &Session) -> String {
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

    /// A collector that tells everything first, and then what changes.
    pub(in super::super) async fn collector(&self, context: &Context) -> Called<Collector> {
        let mut again = true;
        loop {
            let (session, grant) = self.sessions.get(context).await?;
            match self.collector_in(context, session, grant).await {
                Err(Failure::Lost) if again => {
                    self.sessions.forget(grant);
                    again = false;
                }
                outcome => return outcome,
            }
        }
    }

    async fn collector_in(&self, context: &Context, session: Arc<Session>, grant: Grant) -> Called<Collector> {
        let call = Call::new("CreatePropertyCollector", &session.collector, "");
        let made = self.sessions.call(context, &session, call).await?;
        let object = made.child("returnval").and_then(Element::reference);
        let object = object
            .ok_or_else(|| Error::internal("the vCenter has made no property collector").with_fault(Fault::Backend))?;
        let filter = format!(
            "<spec>{}</spec><partialUpdates>false</partialUpdates>",
            self.spec(&session)
        );
        let call = Call::new("CreateFilter", &object, filter);
        self.sessions.call(context, &session, call).await?;
        Ok(Collector {
            session,
            grant,
            object,
            version: String::new(),
        })
    }

    /// What has changed since the last round; waits for so many seconds until something does. When this future is dropped,
    /// the next round tells what this one would have told.
    pub(in super::super) async fn round(&self, context: &Context, of: &mut Collector, seconds: u32) -> Called<Round> {
        let arguments = format!(
            "<version>{}</version><options><maxWaitSeconds>{seconds}</maxWaitSeconds>\
             <maxObjectUpdates>{}</maxObjectUpdates></options>",
            escape(&of.version),
            self.page_size
        );
        let mut call = Call::new("WaitForUpdatesEx", &of.object, arguments);
        call.longer = Duration::from_secs(seconds.into());
        let answer = match self.sessions.call(context, &of.session, call).await {
            Err(Failure::Lost) => {
                self.sessions.forget(of.grant);
                return Err(Failure::Lost);
            }
            outcome => outcome?,
        };
        let Some(set) = answer.child("returnval") else {
            return Ok(Round::default());
        };
        let version = set
            .text_at(&["version"])
            .ok_or_else(|| Error::internal("changes of the vCenter have no version").with_fault(Fault::Backend))?;
        version.clone_into(&mut of.version);
        let filters = set.all("filterSet");
        Ok(Round {
            truncated: set.text_at(&["truncated"]) == Some("true"),
            updates: filters
                .flat_map(|filter| filter.all("objectSet"))
                .flat_map(|o| self.update(o))
                .collect(),
        })
    }

    fn update(&self, sent: &Element) -> Option<Update> {
        let object = sent.child("obj")?.reference()?;
        if sent.text_at(&["kind"]) == Some("leave") {
            return Some(Update::Left(object));
        }
        let mut changes = Vec::new();
        for change in sent.all("changeSet") {
            let name = change.text_at(&["name"])?;
            let whole = self.reads(&object.kind, name);
            match change.text_at(&["op"]) {
                Some("assign") if whole => changes.push((name.to_owned(), change.child("val").cloned())),
                Some("remove" | "indirectRemove") if whole => changes.push((name.to_owned(), None)),
                _ => return Some(Update::Inside),
            }
        }
        Some(Update::Changed(object, changes))
    }

    /// Whether the property is one that is read as a whole.
    fn reads(&self, kind: &str, name: &str) -> bool {
        if kind == "CustomFieldsManager" {
            return name == "field";
        }
        self.properties
            .iter()
            .any(|(of, paths)| *of == kind && paths.contains(&name))
    }
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

/// An object of a page. What we may not see of it is in `missingSet`, and simply not there.
pub(super) fn read_object(sent: &Element) -> Option<(Ref, BTreeMap<String, Element>)> {
    let object = sent.child("obj").and_then(Element::reference)?;
    let properties = sent.all("propSet").filter_map(|property| {
        let name = property.text_at(&["name"])?;
        Some((name.to_owned(), property.child("val")?.clone()))
    });
    Some((object, properties.collect()))
}
