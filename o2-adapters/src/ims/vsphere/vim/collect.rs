//! Property collectors of our own, which tell what changes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use o2_core::{Context, Error, Fault};

use super::calls::Vim;
use super::fault::{Called, Failure};
use super::retrieve::{Hidden, Kept, Read, hidden};
use super::session::Session;
use super::transport::Call;
use super::xml::{Element, Ref, escape};
use crate::kit::auth::Grant;

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
    hidden: BTreeMap<Ref, Hidden>,
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

    /// Adds what a first answer tells.
    pub(in super::super) fn add_to(mut self, read: &mut Read) {
        read.hidden.append(&mut self.hidden);
        self.apply(&mut read.kept);
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
        let objects = || set.all("filterSet").flat_map(|filter| filter.all("objectSet"));
        let told = |sent: &Element| Some((sent.child("obj")?.reference()?, hidden(sent)?));
        Ok(Round {
            truncated: set.text_at(&["truncated"]) == Some("true"),
            updates: objects().filter_map(|sent| self.update(sent)).collect(),
            hidden: objects().filter_map(told).collect(),
        })
    }

    /// Gives a collector back that is not asked again. What has ended with its session, or was never there, is no loss.
    pub(in super::super) async fn give_back(&self, context: &Context, of: &Collector) {
        let call = Call::new("DestroyPropertyCollector", &of.object, "");
        drop(self.sessions.call(context, &of.session, call).await);
    }

    fn update(&self, sent: &Element) -> Option<Update> {
        let object = sent.child("obj")?.reference()?;
        if sent.text_at(&["kind"]) == Some("leave") {
            return Some(Update::Left(object));
        }
        let (mut changes, hidden) = (Vec::new(), hidden(sent).unwrap_or_default());
        for change in sent.all("changeSet") {
            let name = change.text_at(&["name"])?;
            if hidden.contains_key(name) {
                continue;
            }
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
