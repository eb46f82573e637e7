//! Logs.

use futures::future::FutureExt;
use futures::stream::StreamExt;
use o2_core::Plugin;
use o2_dms::{LogOptions, ScaleRequest};

use super::*;

async fn lines(site: &Site, id: &DeploymentId, options: LogOptions) -> Vec<String> {
    let logs = site.dms.get_deployment_logs(&anybody(), id, &options).await.unwrap();
    logs.map(|line| {
        let line = line.unwrap();
        format!(
            "{} {} {}: {}",
            line.time.to_string().replace("2026-01-01T00:", ""),
            line.source,
            line.container,
            line.line
        )
    })
    .collect()
    .await
}

#[tokio::test]
async fn the_log_tells_the_story() {
    let site = Site::start();
    let id = site.deployed(json!({"replicaCount": 2})).await;
    assert_eq!(
        lines(&site, &id, LogOptions::new()).await,
        [
            "00:00Z vdu-1 controller: installation of revision 1 has begun",
            "00:10Z vdu-1-0 app: pulling the image (pkg-000001 2.1.0)",
            "00:10Z vdu-1-1 app: pulling the image (pkg-000001 2.1.0)",
            "00:20Z vdu-1-0 app: ready (pkg-000001 2.1.0)",
            "00:20Z vdu-1-1 app: ready (pkg-000001 2.1.0)",
            "00:20Z vdu-1 controller: 2 of 2 replicas are ready",
        ]
    );
}

#[tokio::test]
async fn options_choose_lines() {
    let site = Site::start();
    let id = site.deployed(json!({"replicaCount": 2})).await;
    let at_20 = site.clock.now();
    for (options, count) in [
        (LogOptions::new().with_tail(2), 2),
        (LogOptions::new().with_tail(0), 0),
        (LogOptions::new().with_tail(99), 6),
        (LogOptions::new().with_container("controller"), 2),
        (LogOptions::new().with_container("app").with_tail(3), 3),
        (LogOptions::new().with_since(at_20), 3),
        (LogOptions::new().with_since(at_20).with_container("app"), 2),
        (LogOptions::new().with_since(at_20.plus(Duration::from_nanos(1))), 0),
    ] {
        assert_eq!(lines(&site, &id, options.clone()).await.len(), count, "{options:?}");
    }
    let options = LogOptions::new().with_container("kitchen");
    let error = site
        .dms
        .get_deployment_logs(&anybody(), &id, &options)
        .await
        .err()
        .unwrap();
    check_error(
        &error,
        ErrorKind::InvalidInput,
        "container: there is no 'kitchen' (known: controller, app)",
    );
}

#[tokio::test]
async fn following_goes_on_until_the_deployment_is_gone() {
    let site = Site::start();
    let id = site.deployed(json!({})).await;
    let options = LogOptions::new()
        .with_follow(true)
        .with_container("controller")
        .with_tail(1);
    let mut log = site.dms.get_deployment_logs(&anybody(), &id, &options).await.unwrap();
    let mut next = || {
        log.next()
            .now_or_never()
            .map(|line| line.map(|line| line.unwrap().line))
    };
    assert_eq!(next(), Some(Some("1 of 1 replicas are ready".into())));
    assert_eq!(next(), None);
    site.dms
        .scale_deployment(&anybody(), &id, &ScaleRequest::new(2))
        .await
        .unwrap();
    assert_eq!(next(), Some(Some("scaling of revision 2 has begun".into())));
    assert_eq!(next(), None);
    site.advance(STEP);
    assert_eq!(next(), Some(Some("2 of 2 replicas are ready".into())));
    site.dms.delete_deployment(&anybody(), &id).await.unwrap();
    assert_eq!(next(), Some(Some("termination of revision 2 has begun".into())));
    assert_eq!(next(), None);
    site.advance(STEP);
    assert_eq!(next(), Some(None));
}

#[tokio::test]
async fn following_ends_when_the_plugin_is_closed() {
    let site = Site::start();
    let id = site.deployed(json!({})).await;
    let options = LogOptions::new().with_follow(true).with_tail(0);
    let mut log = site.dms.get_deployment_logs(&anybody(), &id, &options).await.unwrap();
    assert!(log.next().now_or_never().is_none());
    site.dms.close().await.unwrap();
    check_error(
        &log.next().await.unwrap().unwrap_err(),
        ErrorKind::Unavailable,
        "closed",
    );
    assert!(log.next().await.is_none());
}

#[tokio::test]
async fn only_the_newest_lines_are_kept() {
    let mut config = config();
    config.log_lines = 4;
    let site = Site::new(config);
    let id = site.deployed(json!({"replicaCount": 3})).await;
    let kept = lines(&site, &id, LogOptions::new()).await;
    assert_eq!(kept.len(), 4);
    assert!(kept[3].ends_with("3 of 3 replicas are ready"));
}
