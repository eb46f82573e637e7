//! The API server goes away for a while.

use std::time::{Duration, Instant};

use futures::StreamExt;
use o2_core::ErrorKind;
use o2_core::model::ChangeKind;
use serde_json::json;

use crate::peer::{Changes, Nodes, config, context, next, plugin, ports, resources, server, tell};

const OUTAGE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn an_outage_deletes_nothing_and_loses_nothing() {
    let Some(_server) = server("outage").await else {
        return;
    };
    let nodes = Nodes::new().await;
    let plugin = plugin(config("admin", &nodes.selector()), &ports());
    let mut changes = plugin.watch_inventory(&context(), None).await.unwrap();
    let kept = nodes.add(&json!({})).await;
    let mut mark = next(&mut changes, "resource", Duration::from_secs(5)).await.resume;

    tell(&["kill-api"]);
    let error = resources(&*plugin).await.unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout),
        "{error:?}"
    );
    let end = Instant::now() + OUTAGE;
    let failed = loop {
        match tokio::time::timeout(OUTAGE, changes.next())
            .await
            .expect("an outage of 20 s is told")
        {
            Some(Ok(change)) => {
                assert_ne!(change.kind, ChangeKind::Deleted, "an outage deletes nothing");
                mark = change.resume;
            }
            Some(Err(error)) => break error,
            None => panic!("the stream ended"),
        }
    };
    assert!(
        matches!(failed.kind(), ErrorKind::Unavailable | ErrorKind::Timeout),
        "{failed:?}"
    );
    tokio::time::sleep(end.saturating_duration_since(Instant::now())).await;

    tell(&["start"]);
    nodes.merge(&kept, json!({"spec": {"unschedulable": true}})).await;
    let mut changes = resumed(&*plugin, &mark).await;
    let added = nodes.add(&json!({})).await;
    let began = Instant::now();
    let (mut cordoned, mut seen) = (false, false);
    while !(cordoned && seen) {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "cordoned {cordoned}, seen {seen}"
        );
        match changes.next().await {
            Some(Ok(change)) => {
                let object = format!("{:?}", change.after);
                assert_ne!(change.kind, ChangeKind::Deleted, "{object}");
                cordoned |= object.contains(&kept) && object.contains("\"kubernetes.unschedulable\": Bool(true)");
                seen |= object.contains(&added);
                mark = change.resume;
            }
            _ => changes = resumed(&*plugin, &mark).await,
        }
    }
    println!("caught up {:?} after the server was back", began.elapsed());
    nodes.clear().await;
}

/// The changes behind `mark`, as soon as they can be had.
async fn resumed(plugin: &dyn o2_ims::IMSPlugin, mark: &str) -> Changes {
    loop {
        match plugin.watch_inventory(&context(), Some(mark)).await {
            Ok(changes) => return changes,
            Err(error) => {
                assert_ne!(error.kind(), ErrorKind::Conflict, "{error:?}");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}
