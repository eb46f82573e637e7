//! Helm is killed in the middle of an upgrade, and the release is mended.

use std::time::Duration;

use o2_core::ErrorKind;
use o2_dms::{DeploymentStatus, HealRequest, ScaleRequest, UpgradeRequest};

use super::chart::{demo, endless};
use super::site::{PROGRAMS, Site, create, finished, gone, peers, upload};
use crate::peer::context;

#[tokio::test]
async fn an_interrupted_upgrade_is_mended() {
    let Some(_peers) = peers("interrupted upgrades").await else {
        return;
    };
    for program in PROGRAMS {
        let site = Site::new(program).await;
        interrupt(&site).await;
        site.clear().await;
    }
}

async fn interrupt(site: &Site) {
    let (plugin, context) = (site.plugin(), context());
    let first = upload(&*plugin, demo("1.0.0", "registry.example/demo:1.0")).await;
    let second = upload(&*plugin, endless("2.0.0")).await;
    let deployment = create(&*plugin, &first, 1).await;
    let id = &deployment.deployment_id;
    let upgrade = UpgradeRequest::to(second);
    let upgrading = plugin.upgrade_deployment(&context, id, &upgrade).await.unwrap();
    assert_eq!(upgrading.status, DeploymentStatus::Updating);

    // The gateway goes away, and takes what it has started with it.
    drop(plugin);
    let plugin = site.plugin();
    let seen = plugin.get_deployment(&context, id).await.unwrap();
    assert_eq!(
        seen.status,
        DeploymentStatus::Updating,
        "somebody may be at work: {seen:?}"
    );
    let error = plugin
        .heal_deployment(&context, id, &HealRequest::default())
        .await
        .unwrap_err();
    assert!(error.is(ErrorKind::Conflict), "{error:?}");
    let failed = finished(&*plugin, id, DeploymentStatus::Failed).await;
    assert!(failed.status_message.contains("interrupted"), "{failed:?}");
    let kept = site.revisions("demo").await;
    assert_eq!(kept.last().unwrap(), &(2, "pending-upgrade".to_owned()));
    let error = plugin
        .scale_deployment(&context, id, &ScaleRequest::new(2))
        .await
        .unwrap_err();
    assert!(
        error.is(ErrorKind::Conflict) && error.message().contains("heal"),
        "{error:?}"
    );

    plugin
        .heal_deployment(&context, id, &HealRequest::default())
        .await
        .unwrap();
    let healed = finished(&*plugin, id, DeploymentStatus::Deployed).await;
    assert_eq!((&healed.package_id, healed.revision), (&first, 3));
    assert_eq!(healed.values, deployment.values);
    plugin
        .scale_deployment(&context, id, &ScaleRequest::new(2))
        .await
        .unwrap();
    let scaled = finished(&*plugin, id, DeploymentStatus::Deployed).await;
    assert_eq!((scaled.revision, scaled.replicas), (4, Some(2)));
    // Nothing was left behind that keeps the next gateway from anything.
    tokio::time::sleep(Duration::from_millis(100)).await;
    plugin.delete_deployment(&context, id).await.unwrap();
    gone(&*plugin, id).await;
}
