//! Two gateways change one release at the same time.

use futures::future::join;
use o2_core::{Error, ErrorKind};
use o2_dms::{DeploymentRequest, DeploymentStatus, DeploymentUpdate};
use serde_json::json;

use super::chart::demo;
use super::site::{PROGRAMS, Site, create, finished, peers, upload, values};
use crate::peer::context;

/// How often they try.
const ROUNDS: u32 = 3;

#[tokio::test]
async fn two_gateways_do_not_get_in_each_others_way() {
    let Some(_peers) = peers("two gateways with one release").await else {
        return;
    };
    for program in PROGRAMS {
        let site = Site::new(program).await;
        compete(&site).await;
        site.clear().await;
    }
}

async fn compete(site: &Site) {
    let (one, other, context) = (site.plugin(), site.plugin(), context());
    let package = upload(&*one, demo("1.0.0", "registry.example/demo:1.0")).await;
    let deployment = create(&*one, &package, 1).await;
    let id = &deployment.deployment_id;
    for round in 1..=ROUNDS {
        let before = finished(&*one, id, DeploymentStatus::Deployed).await;
        let asked = |who: &str| {
            let mut update = DeploymentUpdate::of(&before);
            update.values = values(json!({"replicaCount": 1, "note": format!("{who}-{round}")}));
            update
        };
        let (first, second) = (asked("one"), asked("other"));
        let (a, b) = join(
            one.update_deployment(&context, id, &first),
            other.update_deployment(&context, id, &second),
        )
        .await;
        let done = [(&a, &first), (&b, &second)];
        for (answer, _) in done {
            let lost = answer.as_ref().err().map(Error::kind);
            assert!(matches!(lost, None | Some(ErrorKind::Conflict)), "{answer:?}");
        }
        let won: Vec<_> = done.iter().filter(|(answer, _)| answer.is_ok()).collect();
        assert!(!won.is_empty(), "somebody is served: {a:?}, {b:?}");
        let after = finished(&*other, id, DeploymentStatus::Deployed).await;
        assert!(won.iter().any(|(_, update)| update.values == after.values), "{after:?}");
        assert_eq!(after.revision as usize, before.revision as usize + won.len());
        assert_eq!(finished(&*one, id, DeploymentStatus::Deployed).await, after);
        let kept = site.revisions("demo").await;
        let deployed: Vec<_> = kept.iter().filter(|(_, status)| status == "deployed").collect();
        assert_eq!(deployed, [&(after.revision, "deployed".to_owned())], "{kept:?}");
    }

    let request = |plugin: &str| {
        let mut request = DeploymentRequest::new("twin", package.clone());
        request.description = plugin.to_owned();
        request
    };
    let (first, second) = (request("one"), request("other"));
    let (a, b) = join(
        one.create_deployment(&context, &first),
        other.create_deployment(&context, &second),
    )
    .await;
    let (made, lost) = match (a, b) {
        (Ok(made), Err(lost)) | (Err(lost), Ok(made)) => (made, lost),
        both => panic!("one of the two: {both:?}"),
    };
    assert!(
        matches!(lost.kind(), ErrorKind::Conflict | ErrorKind::AlreadyExists),
        "{lost:?}"
    );
    let twin = finished(&*one, &made.deployment_id, DeploymentStatus::Deployed).await;
    assert_eq!(twin.description, made.description);
}
