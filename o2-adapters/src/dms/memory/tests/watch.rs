//! Watching packages and deployments.

use futures::future::{FutureExt, join};
use futures::stream::{BoxStream, StreamExt};
use o2_core::model::ChangeKind;
use o2_dms::{DeploymentChange, DeploymentObject};

use super::*;

type Watch = BoxStream<'static, Result<DeploymentChange>>;

async fn watch(site: &Site, context: &Context, resume: Option<&str>) -> Watch {
    site.dms.watch_deployments(context, resume).await.unwrap()
}

/// What the stream has ready, without waiting.
fn ready(watch: &mut Watch) -> Vec<DeploymentChange> {
    std::iter::from_fn(|| watch.next().now_or_never().flatten())
        .map(Result::unwrap)
        .collect()
}

/// Kind, time and state or package name of every change.
fn story(changes: &[DeploymentChange]) -> Vec<(ChangeKind, String, &str)> {
    let word = |object: &'_ DeploymentObject| match object {
        DeploymentObject::Deployment(deployment) => deployment.status.as_str(),
        _ => "package",
    };
    changes
        .iter()
        .map(|change| {
            (
                change.kind,
                change.time.to_string()[14..19].to_owned(),
                word(change.object().unwrap()),
            )
        })
        .collect()
}

fn told(kind: ChangeKind, time: &str, word: &'static str) -> (ChangeKind, String, &'static str) {
    (kind, time.to_owned(), word)
}

#[tokio::test]
async fn every_step_is_told_with_the_time_it_was_taken() {
    use ChangeKind::{Created, Deleted, Updated};
    let site = Site::start();
    let mut changes = watch(&site, &anybody(), None).await;
    let id = site.deployed(json!({})).await;
    site.advance(60);
    assert_eq!(
        story(&ready(&mut changes)),
        [
            told(Created, "00:00", "package"),
            told(Created, "00:00", "pending"),
            told(Updated, "00:10", "instantiating"),
            told(Updated, "00:20", "deployed"),
        ]
    );
    site.dms.delete_deployment(&anybody(), &id).await.unwrap();
    site.advance(STEP);
    site.dms
        .delete_deployment_package(&anybody(), &"pkg-000001".into())
        .await
        .unwrap();
    assert_eq!(
        story(&ready(&mut changes)),
        [
            told(Updated, "01:20", "terminating"),
            told(Deleted, "01:30", "terminating"),
            told(Deleted, "01:30", "package"),
        ]
    );
}

#[tokio::test]
async fn a_sleeping_watcher_wakes_when_a_step_is_due() {
    let site = Site::start();
    let package = site.package("vdu", "2.1.0").await.package_id.clone();
    site.dms
        .create_deployment(&anybody(), &DeploymentRequest::new("n", package))
        .await
        .unwrap();
    let mut changes = watch(&site, &anybody(), None).await;
    let waiting = async {
        while site.clock.sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        assert!(site.clock.advance_to_next());
    };
    let (change, ()) = join(changes.next(), waiting).await;
    assert_eq!(
        story(&[change.unwrap().unwrap()]),
        [told(ChangeKind::Updated, "00:10", "instantiating")]
    );
}

#[tokio::test]
async fn a_watch_goes_on_where_another_ended() {
    let site = Site::start();
    let mut first = watch(&site, &anybody(), None).await;
    site.deployed(json!({})).await;
    let all = ready(&mut first);
    for (index, change) in all.iter().enumerate() {
        let mut later = watch(&site, &anybody(), Some(&change.resume)).await;
        assert_eq!(ready(&mut later), all[index + 1..]);
    }
    let error = site.dms.watch_deployments(&anybody(), Some("0-9")).await.err().unwrap();
    check_error(&error, ErrorKind::Conflict, "read everything and watch from now on");
}

#[tokio::test]
async fn changes_of_others_are_not_told() {
    let site = Site::start();
    let package = site.package("vdu", "2.1.0").await.package_id.clone();
    let mut alpha = watch(&site, &tenant("alpha"), None).await;
    let mut beta = watch(&site, &tenant("beta"), None).await;
    site.dms
        .create_deployment(&tenant("alpha"), &DeploymentRequest::new("n", package))
        .await
        .unwrap();
    site.advance(60);
    assert_eq!((ready(&mut alpha).len(), ready(&mut beta).len()), (3, 0));
}
