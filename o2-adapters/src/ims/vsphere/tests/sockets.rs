//! Trouble below HTTP, with the client that programs use: a body that breaks off, and a certificate that nobody trusts.

use std::sync::Arc;

use o2_core::plugin::HealthStatus;
use o2_core::ports::{HttpClient, HttpRequest};
use o2_core::query::ListQuery;
use o2_core::{Context, ErrorKind, Fault, Result, Retry};
use o2_ims::IMSPlugin;
use o2_testkit::ManualClock;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

use super::played::Played;
use super::{built, config};
use crate::http::{HttpOptions, ReqwestClient};
use crate::listening::{Connection, beside, check_that_it_must_be_trusted, length_of_body, own_certificate, trusting};
use crate::rt::TokioClock;

/// Answers one request after the other as the played vCenter does; of a page that goes on, only half arrives.
async fn serve(played: &Played, mut stream: impl Connection) {
    while let Some(request) = request(&mut stream).await {
        let half = request.windows(28).any(|text| text == b"ContinueRetrievePropertiesEx");
        let sent = http::Request::post("/sdk").header("cookie", "vmware_soap_session=\"session-1\"");
        let answer = played
            .answer(HttpRequest::new(sent.body(request.into()).unwrap()))
            .await
            .unwrap();
        let cookie = answer
            .headers()
            .get("set-cookie")
            .map_or("", |cookie| cookie.to_str().unwrap());
        let (status, body) = (answer.status(), answer.body());
        let head = format!(
            "HTTP/1.1 {status}\r\nset-cookie: {cookie}\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let length = if half { body.len() / 2 } else { body.len() };
        stream.write_all(&body[..length]).await.unwrap();
        if half {
            return;
        }
    }
}

/// The body of the next request; nothing when the client has gone.
async fn request(stream: &mut (impl AsyncRead + Unpin)) -> Option<Vec<u8>> {
    let mut body = vec![0; length_of_body(stream).await?];
    stream.read_exact(&mut body).await.ok()?;
    Some(body)
}

/// A plugin whose vCenter is at this URL.
fn plugin(url: &str, options: &HttpOptions) -> Arc<dyn IMSPlugin> {
    let mut config = config();
    config["endpoint"] = url.into();
    let http: Arc<dyn HttpClient> = Arc::new(ReqwestClient::new(options).unwrap());
    built(&config, http, Arc::new(TokioClock::new())).unwrap()
}

/// What `act` comes to on a plugin whose vCenter listens here, with or without TLS.
async fn on<T>(
    played: &Played,
    tls: Option<TlsAcceptor>,
    options: HttpOptions,
    act: impl AsyncFnOnce(Arc<dyn IMSPlugin>) -> T,
) -> T {
    let act = async |url: String| act(plugin(&url, &options)).await;
    beside(tls, async |stream| serve(played, stream).await, act).await
}

fn played() -> Arc<Played> {
    Played::new(ManualClock::auto())
}

async fn list(plugin: Arc<dyn IMSPlugin>) -> Result<usize> {
    let listed = plugin.list_resources(&Context::new("test"), &ListQuery::new()).await;
    Ok(listed?.items.len())
}

#[tokio::test]
async fn half_a_page_is_trouble_of_the_backend_and_no_list() {
    let (certificate, _) = own_certificate();
    let error = on(&played(), None, trusting(&certificate), list).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.fault()),
        (ErrorKind::Unavailable, Fault::Backend),
        "{error:?}"
    );
    assert_eq!(error.retry(), Retry::IfIdempotent);
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_told_and_nothing_is_sent() {
    check_that_it_must_be_trusted(plugin).await;
}

#[tokio::test]
async fn a_certificate_that_signs_itself_can_be_trusted() {
    let (certificate, tls) = own_certificate();
    let health = on(&played(), Some(tls), trusting(&certificate), async |plugin| {
        plugin.health(&Context::new("test")).await
    })
    .await;
    assert_eq!(health.status, HealthStatus::Healthy, "{health:?}");
}
