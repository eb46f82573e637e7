//! The alarms that are triggered now.

use std::collections::BTreeSet;

use o2_core::{Context, Error, ErrorKind, Fault, Result};

use super::calls::Vim;
use super::retrieve::Kept;
use super::session::Session;
use super::xml::{Element, Ref, escape};

const STATES: &str = "triggeredAlarmState";

/// Alarms that are triggered, and how they are defined.
#[derive(Debug, Default)]
pub(in super::super) struct Triggered {
    /// Each an `AlarmState`.
    pub(in super::super) states: Vec<Element>,
    pub(in super::super) definitions: Kept,
}

impl Vim {
    /// The alarms of the root, which are those of everything below it. They are read whenever somebody asks: a vCenter does
    /// not tell when this property changes.
    pub(in super::super) async fn alarms(&self, context: &Context) -> Result<Triggered> {
        let spec = |session: &Session| {
            let (kind, root) = (escape(&session.root.kind), session.root.write("obj"));
            format!(
                "<propSet><type>{kind}</type><pathSet>{STATES}</pathSet></propSet>\
                 <objectSet>{root}<skip>false</skip></objectSet>"
            )
        };
        let mut read = self.retrieve(context, spec).await?;
        if !read.forbidden().is_empty() {
            let message = "our account at the vCenter may not see the alarms of the root folder";
            return Err(Error::new(ErrorKind::PermissionDenied, message).with_fault(Fault::Backend));
        }
        let root = read.kept.values_mut();
        let states: Vec<_> = root
            .filter_map(|root| root.remove(STATES))
            .flat_map(|states| states.children)
            .collect();
        let definitions = self.definitions(context, &states).await?;
        Ok(Triggered { states, definitions })
    }

    /// What the definitions of these alarms say about themselves, as far as our account may see it.
    async fn definitions(&self, context: &Context, states: &[Element]) -> Result<Kept> {
        let named = states.iter().filter_map(|state| state.child("alarm")?.reference());
        let named: BTreeSet<Ref> = named.collect();
        if named.is_empty() {
            return Ok(Kept::new());
        }
        let objects = named.iter().map(|alarm| alarm.write("obj"));
        let objects: String = objects
            .map(|alarm| format!("<objectSet>{alarm}<skip>false</skip></objectSet>"))
            .collect();
        let spec = |_: &Session| {
            format!(
                "<propSet><type>Alarm</type><pathSet>info.name</pathSet><pathSet>info.description</pathSet></propSet>{objects}"
            )
        };
        Ok(self.retrieve(context, spec).await?.kept)
    }
}
