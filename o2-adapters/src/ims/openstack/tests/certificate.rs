//! A certificate that nobody trusts, with the client that programs use.

use std::sync::Arc;

use super::{built, example};
use crate::http::ReqwestClient;
use crate::listening::check_that_it_must_be_trusted;
use crate::rt::TokioClock;

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_told_and_nothing_is_sent() {
    check_that_it_must_be_trusted(|url, options| {
        let mut config = example().unwrap();
        config["auth"]["authUrl"] = format!("{url}/v3").into();
        let http = Arc::new(ReqwestClient::new(options).unwrap());
        built(&config, http, Arc::new(TokioClock::new())).unwrap()
    })
    .await;
}
