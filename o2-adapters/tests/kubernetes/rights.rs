//! What we may not see is left out, and the rest is shown.

use std::time::{Duration, Instant};

use o2_core::plugin::HealthStatus;
use o2_core::{ErrorKind, Fault};
use serde_json::json;

use crate::peer::{
    allow_everything, certificate_authority, config, context, name, plugin, ports, resources, server, server_url, tell,
};

#[tokio::test]
async fn what_may_not_be_listed_is_left_out() {
    let Some(_server) = server("rights").await else {
        return;
    };
    let plugin = plugin(config("limited", ""), &ports());
    assert!(resources(&*plugin).await.unwrap().len() >= 3);
    let health = plugin.health(&context()).await;
    assert_eq!(health.status, HealthStatus::Degraded, "{health:?}");
    assert!(format!("{health:?}").contains("persistentvolumes"), "{health:?}");
    let watched = plugin.watch_inventory(&context(), None).await;
    assert!(watched.is_ok(), "{:?}", watched.err());
}

#[tokio::test]
async fn who_may_see_nothing_is_told() {
    let Some(_server) = server("rights").await else {
        return;
    };
    let plugin = plugin(config("nobody", ""), &ports());
    let error = resources(&*plugin).await.unwrap_err();
    assert!(error.is(ErrorKind::PermissionDenied), "{error:?}");
    let watched = plugin.watch_inventory(&context(), None).await;
    assert!(watched.err().unwrap().is(ErrorKind::PermissionDenied));
}

#[tokio::test]
async fn a_token_that_has_expired_is_read_anew() {
    let Some(_server) = server("expired tokens").await else {
        return;
    };
    allow_everything("kube-system", "o2-test").await;
    let folder = std::env::temp_dir().join(name("o2-token"));
    std::fs::create_dir(&folder).unwrap();
    let (token, authority) = (folder.join("token"), folder.join("ca.pem"));
    // The server takes a token for a minute after its end.
    std::fs::write(&token, tell(&["token", "kube-system/o2-test", "-58"])).unwrap();
    std::fs::write(&authority, certificate_authority()).unwrap();
    let mut config = config("admin", "");
    config.cluster = serde_json::from_value(json!({
        "server": server_url(), "tokenFile": token, "certificateAuthority": authority,
    }))
    .unwrap();
    let plugin = plugin(config, &ports());
    assert!(resources(&*plugin).await.is_ok());
    let began = Instant::now();
    let error = loop {
        match resources(&*plugin).await {
            Err(error) => break error,
            Ok(_) => tokio::time::sleep(Duration::from_millis(500)).await,
        }
        assert!(began.elapsed() < Duration::from_secs(60), "the token never expires");
    };
    assert!(
        error.is(ErrorKind::PermissionDenied) && error.fault() == Fault::Backend,
        "{error:?}"
    );
    println!("refused after {:?}", began.elapsed());

    std::fs::write(&token, tell(&["token", "kube-system/o2-test", "600"])).unwrap();
    let listed = resources(&*plugin).await;
    assert!(listed.is_ok(), "{:?}", listed.err());
    std::fs::remove_dir_all(&folder).unwrap();
}
