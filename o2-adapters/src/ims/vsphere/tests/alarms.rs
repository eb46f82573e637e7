//! Alarms that are triggered, and what of them O2 shows.

use std::sync::Arc;

use o2_core::query::ListQuery;
use o2_core::{Context, ErrorKind, Fault, Model, Result, Timestamp};
use o2_ims::Alarm;
use o2_ims::model::PerceivedSeverity;
use serde_json::json;

use super::super::vim::Ref;
use super::stock::alarm;
use super::{Site, config};

impl Site {
    async fn alarms(&self) -> Result<Vec<Arc<Alarm>>> {
        let (context, query) = (Context::new("test"), ListQuery::new());
        Ok(self.plugin.list_alarms(&context, &query).await?.items)
    }
}

#[tokio::test]
async fn alarms_of_resources_are_shown() {
    let site = Site::new(&config());
    let alarms = site.alarms().await.unwrap();
    // Neither the one of a cluster, which is no resource, nor the one that is over.
    let shown: Vec<_> = alarms
        .iter()
        .map(|alarm| (alarm.object_id.as_str(), alarm.perceived_severity))
        .collect();
    let expected = [
        ("vc-1:host-11", PerceivedSeverity::Critical),
        ("vc-1:host-21", PerceivedSeverity::Indeterminate),
        ("vc-1:host-12", PerceivedSeverity::Warning),
    ];
    assert_eq!(shown, expected);
    let (first, acknowledged) = (&alarms[0], &alarms[2]);
    assert_eq!(first.id(), "vc-1:alarm-1.host-11@1767225600");
    assert_eq!(first.alarm_definition_id, "vc-1:alarm-1");
    assert_eq!(
        first.alarm_raised_time,
        Timestamp::parse("2026-01-01T00:00:00.5Z").unwrap()
    );
    assert_eq!(
        first.extensions["vsphere.alarmName"],
        json!("Host connection and power state")
    );
    assert_eq!(first.extensions["vsphere.overallStatus"], json!("red"));
    assert!(!first.alarm_acknowledged && acknowledged.alarm_acknowledged);
    let taken = Timestamp::parse("2026-01-01T00:10:00Z").unwrap();
    assert_eq!(
        (first.alarm_acknowledge_time, acknowledged.alarm_acknowledge_time),
        (None, Some(taken))
    );
}

#[tokio::test]
async fn the_same_alarm_at_another_time_is_another_one() {
    let site = Site::new(&config());
    let before = site.alarms().await.unwrap();
    let host = Ref::new("HostSystem", "host-11");
    let again = alarm("alarm-1", &host, "red", "").replace("2026-01-01", "2026-01-02");
    site.played.state().alarms = vec![again];
    let after = site.alarms().await.unwrap();
    assert_eq!(after.len(), 1);
    assert_eq!(after[0].object_id, before[0].object_id);
    assert_ne!(after[0].id(), before[0].id());
}

#[tokio::test]
async fn without_alarms_no_definition_is_asked_for() {
    let site = Site::new(&config());
    site.played.state().alarms.clear();
    assert!(site.alarms().await.unwrap().is_empty());
    // One for the alarms, and one for what they could be about.
    assert_eq!(site.calls("RetrievePropertiesEx"), 2);
}

#[tokio::test]
async fn a_definition_that_goes_meanwhile_is_told_as_trouble() {
    let site = Site::new(&config());
    site.played.state().definitions.remove(&Ref::new("Alarm", "alarm-2"));
    let error = site.alarms().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.fault()),
        (ErrorKind::Unavailable, Fault::Backend),
        "{error}"
    );
}

#[tokio::test]
async fn alarms_that_may_not_be_seen_are_not_none() {
    let site = Site::new(&config());
    site.played.state().hidden.insert("Folder".to_owned());
    let error = site.alarms().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.fault()),
        (ErrorKind::PermissionDenied, Fault::Backend),
        "{error}"
    );
    site.played.state().hidden.clear();
    // Definitions are only there to be named.
    site.played.state().hidden.insert("Alarm".to_owned());
    let alarms = site.alarms().await.unwrap();
    assert_eq!(alarms.len(), 3);
    assert!(
        alarms
            .iter()
            .all(|alarm| !alarm.extensions.contains_key("vsphere.alarmName"))
    );
}
