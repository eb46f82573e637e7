//! Alarms of what is shown as resources.

use o2_core::Timestamp;
use o2_ims::Alarm;
use o2_ims::model::PerceivedSeverity;

use super::super::vim::{Element, Ref, Triggered};
use super::Site;
use super::thing::{note, value};
use crate::held::Drawn;

/// The triggered alarms of resources. Those of anything else have no object that O2 shows.
pub(in super::super) fn draw(site: Site<'_>, drawn: &Drawn, triggered: &Triggered) -> Vec<Alarm> {
    let states = triggered.states.iter();
    states
        .filter_map(|state| alarm(site, drawn, triggered, state))
        .collect()
}

fn alarm(site: Site<'_>, drawn: &Drawn, triggered: &Triggered, state: &Element) -> Option<Alarm> {
    let resource = drawn
        .resources
        .get(&resource_id(site, &state.child("entity")?.reference()?)?)?;
    let definition = state.child("alarm")?.reference()?;
    let colour = state.text_at(&["overallStatus"])?;
    let severity = severity(colour)?;
    let raised = time(state, "time")?;
    // The key says which alarm of which object: the time says which time.
    let key = format!("{}@{}", state.text_at(&["key"])?, raised.unix_seconds());
    let mut alarm = Alarm::new(
        format!("{}:{key}", site.about.uuid),
        resource,
        site.id(&definition),
        severity,
        raised,
    );
    alarm.alarm_acknowledged = state.text_at(&["acknowledged"]) == Some("true");
    alarm.alarm_acknowledge_time = time(state, "acknowledgedTime").filter(|_| alarm.alarm_acknowledged);
    note(&mut alarm.extensions, "overallStatus", Some(value(colour)));
    let definition = triggered.definitions.get(&definition);
    for (key, property) in [("alarmName", "info.name"), ("alarmDescription", "info.description")] {
        let text = definition.and_then(|definition| definition.get(property));
        note(&mut alarm.extensions, key, text.map(|text| value(&text.text)));
    }
    Some(alarm)
}

/// The id of the resource that an object is shown as.
fn resource_id(site: Site<'_>, entity: &Ref) -> Option<String> {
    match entity.kind.as_str() {
        "HostSystem" => Some(site.id(entity)),
        "VirtualMachine" => site.thing(entity)?.text("config.instanceUuid").map(str::to_owned),
        _ => None,
    }
}

/// What a colour says; nothing for one that says that all is well.
fn severity(colour: &str) -> Option<PerceivedSeverity> {
    match colour {
        "red" => Some(PerceivedSeverity::Critical),
        "yellow" => Some(PerceivedSeverity::Warning),
        "green" => None,
        _ => Some(PerceivedSeverity::Indeterminate),
    }
}

fn time(state: &Element, name: &str) -> Option<Timestamp> {
    Timestamp::parse(state.text_at(&[name])?).ok()
}
