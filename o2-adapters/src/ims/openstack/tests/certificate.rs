//! A certificate that nobody trusts, with the client that programs use.

use std::cell::Cell;
use std::sync::Arc;

use o2_core::plugin::HealthStatus;
use o2_core::query::ListQuery;
use o2_core::{Context, ErrorKind, Retry};

use super::{built, example};
use crate::http::ReqwestClient;
use crate::listening::{beside, own_certificate, trusting};
use crate::rt::TokioClock;

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_told_and_nothing_is_sent() {
    let ((_, tls), (other, _)) = (own_certificate(), own_certificate());
    let served = Cell::new(0);
    let serve = async |_| served.set(served.get() + 1);
    let (error, health) = beside(Some(tls), serve, async |url| {
        let mut config = example().unwrap();
        config["auth"]["authUrl"] = format!("{url}/v3").into();
        let http = Arc::new(ReqwestClient::new(&trusting(&other)).unwrap());
        let plugin = built(&config, http, Arc::new(TokioClock::new())).unwrap();
        let context = Context::new("test");
        let listed = plugin.list_resources(&context, &ListQuery::new()).await;
        (listed.unwrap_err(), plugin.health(&context).await)
    })
    .await;
    assert_eq!(
        (error.kind(), error.retry()),
        (ErrorKind::Unavailable, Retry::Never),
        "{error:?}"
    );
    assert!(error.message().contains("certificate"), "{error}");
    assert_eq!(health.status, HealthStatus::Unhealthy);
    assert_eq!(served.get(), 0);
}
