//! Work that somebody begins and somebody else brings to its end.

use std::time::Duration;

use o2_core::{Context, ErrorKind};
use o2_dms::{DMSPlugin, DeploymentId, DeploymentStatus, RollbackRequest, UpgradeRequest};
use o2_testkit::conformance::World;
use o2_testkit::exchange::SeenRequest;
use o2_testkit::kubernetes::{ApiTrouble, Status};

use super::world::Edge;

/// Longer than somebody is waited for who has died at work.
const LEASE: Duration = Duration::from_secs(121);

fn context() -> Context {
    Context::new("test")
}

fn applies_service(request: &SeenRequest) -> bool {
    request.method == "PATCH" && request.path().contains("/services/") && !request.uri.to_string().contains("dryRun")
}

async fn status(plugin: &dyn DMSPlugin, id: &DeploymentId) -> DeploymentStatus {
    plugin.get_deployment(&context(), id).await.unwrap().status
}

/// How many objects of a kind there are.
fn count(edge: &Edge, kind: &str, id: &DeploymentId) -> usize {
    let all = edge.server().list(kind);
    let label = "o2ims.oran.org/deployment-id";
    let ours = |object: &&serde_json::Value| object["metadata"]["labels"][label].as_str() == Some(id.as_str());
    all.iter().filter(ours).count()
}

#[tokio::test]
async fn an_apply_that_is_cut_short_goes_on_when_somebody_looks() {
    let edge = Edge::full().await.unwrap();
    edge.server()
        .fail_next(1, applies_service, Status::service_unavailable("restarting"));
    let begun = edge.plugin.create_deployment(&context(), &edge.request("web")).await;
    let id = begun.unwrap().deployment_id.clone();
    assert_eq!(
        (count(&edge, "ConfigMap", &id), count(&edge, "Deployment", &id)),
        (1, 0)
    );
    assert_eq!(status(&*edge.plugin, &id).await, DeploymentStatus::Instantiating);
    assert_eq!((count(&edge, "Service", &id), count(&edge, "Deployment", &id)), (1, 1));
    edge.settle().await;
    assert_eq!(status(&*edge.plugin, &id).await, DeploymentStatus::Deployed);
}

#[tokio::test]
async fn another_gateway_goes_on_when_the_first_one_has_died_and_not_before() {
    let edge = Edge::full().await.unwrap();
    edge.server()
        .fail_next(1, applies_service, Status::service_unavailable("restarting"));
    let begun = edge.plugin.create_deployment(&context(), &edge.request("web")).await;
    let id = begun.unwrap().deployment_id.clone();
    let other = edge.another().unwrap();
    assert_eq!(status(&*other, &id).await, DeploymentStatus::Instantiating);
    assert_eq!(count(&edge, "Deployment", &id), 0, "the first one may still be at it");
    let refused = other
        .rollback_deployment(&context(), &id, &RollbackRequest::default())
        .await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Conflict);
    edge.clock.sleep(LEASE).await;
    assert_eq!(status(&*other, &id).await, DeploymentStatus::Instantiating);
    assert_eq!(count(&edge, "Deployment", &id), 1);
    edge.settle().await;
    assert_eq!(status(&*edge.plugin, &id).await, DeploymentStatus::Deployed);
}

#[tokio::test]
async fn a_call_that_is_given_up_has_begun_or_has_not_and_nothing_between() {
    let edge = Edge::full().await.unwrap();
    let made = edge.plugin.create_deployment(&context(), &edge.request("web")).await;
    let id = made.unwrap().deployment_id.clone();
    edge.settle().await;
    let mut begun = 0;
    for polls in 1..200 {
        let before = edge.plugin.get_deployment(&context(), &id).await.unwrap().revision;
        let number = usize::from(begun % 2 == 0);
        let request = UpgradeRequest::to(edge.package(number));
        let ours = context();
        {
            let mut call = edge.plugin.upgrade_deployment(&ours, &id, &request);
            for _ in 0..polls {
                if futures::poll!(&mut call).is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        }
        // Whoever was at it is dead; somebody else looks.
        let other = edge.another().unwrap();
        edge.clock.sleep(LEASE).await;
        edge.settle().await;
        other.get_deployment(&context(), &id).await.unwrap();
        edge.settle().await;
        let after = other.get_deployment(&context(), &id).await.unwrap();
        assert_eq!(after.status, DeploymentStatus::Deployed, "after {polls} polls");
        if after.revision == before {
            continue;
        }
        begun += 1;
        assert_eq!(after.package_id, edge.package(number), "after {polls} polls");
        let revisions = other.list_deployment_revisions(&context(), &id).await.unwrap();
        let numbers: Vec<_> = revisions.iter().map(|revision| revision.revision).collect();
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), numbers.len(), "{numbers:?}");
        if begun == 3 {
            return;
        }
    }
    panic!("no call has begun anything");
}

#[tokio::test]
async fn a_deletion_that_is_cut_short_is_brought_to_its_end() {
    let edge = Edge::full().await.unwrap();
    let made = edge.plugin.create_deployment(&context(), &edge.request("web")).await;
    let id = made.unwrap().deployment_id.clone();
    edge.settle().await;
    status(&*edge.plugin, &id).await;
    edge.server().fail_next(
        1,
        |request| request.method == "DELETE" && request.path().contains("/services/"),
        Status::service_unavailable("restarting"),
    );
    edge.plugin.delete_deployment(&context(), &id).await.unwrap();
    assert_eq!(status(&*edge.plugin, &id).await, DeploymentStatus::Terminating);
    edge.settle().await;
    let error = edge.plugin.get_deployment(&context(), &id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    for kind in ["Deployment", "Service", "ConfigMap", "Secret"] {
        assert_eq!(count(&edge, kind, &id), 0, "{kind}");
    }
}

#[tokio::test]
async fn of_two_gateways_that_change_a_deployment_one_does() {
    let edge = Edge::full().await.unwrap();
    let made = edge.plugin.create_deployment(&context(), &edge.request("web")).await;
    let id = made.unwrap().deployment_id.clone();
    edge.settle().await;
    let other = edge.another().unwrap();
    let (ours, theirs) = (context(), context());
    let (one, two) = (UpgradeRequest::to(edge.package(1)), UpgradeRequest::to(edge.package(0)));
    let calls = [
        edge.plugin.upgrade_deployment(&ours, &id, &one),
        other.upgrade_deployment(&theirs, &id, &two),
    ];
    let results = futures::future::join_all(calls).await;
    let refused: Vec<_> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    assert_eq!(refused.len(), 1, "{results:?}");
    assert_eq!(refused[0].kind(), ErrorKind::Conflict, "{refused:?}");
    edge.settle().await;
    let deployment = edge.plugin.get_deployment(&context(), &id).await.unwrap();
    assert_eq!(
        (deployment.status, deployment.revision),
        (DeploymentStatus::Deployed, 2)
    );
}

#[tokio::test]
async fn nothing_is_taken_for_gone_while_the_server_is_down() {
    let edge = Edge::full().await.unwrap();
    let made = edge.plugin.create_deployment(&context(), &edge.request("web")).await;
    let id = made.unwrap().deployment_id.clone();
    edge.server().set_trouble(Some(ApiTrouble::Down));
    let error = edge.plugin.get_deployment(&context(), &id).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    edge.server().set_trouble(None);
    edge.settle().await;
    assert_eq!(status(&*edge.plugin, &id).await, DeploymentStatus::Deployed);
}
