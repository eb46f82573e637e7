//! The client against servers on the loopback interface. No test waits: where a server stays silent, time is stopped, and
//! jumps to the end of the client's patience.

mod failures;
mod guarded;
mod options;
mod plain;
mod receivers;
mod tls;

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{Either, select};
use o2_core::Result;
use o2_core::ports::{HttpClient, HttpRequest, HttpResponse};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::net::{TcpListener, TcpStream};

use super::*;

fn client() -> ReqwestClient {
    with(HttpOptions::default())
}

/// A client that does not need the roots of the machine the tests run on, unless they say so.
fn with(options: HttpOptions) -> ReqwestClient {
    let options = match options.roots {
        Roots::System => options.with_roots(Roots::Only(tls::authority().pem())),
        _ => options,
    };
    ReqwestClient::new(&options).unwrap()
}

fn get(url: impl std::fmt::Display) -> HttpRequest {
    request(http::Method::GET, url, "")
}

fn request(method: http::Method, url: impl std::fmt::Display, body: &'static str) -> HttpRequest {
    let builder = http::Request::builder().method(method).uri(url.to_string());
    HttpRequest::new(builder.body(Bytes::from_static(body.as_bytes())).unwrap())
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Sends a request to `http://…/x` that is served by `serve`, and returns with the client; the server is then dropped.
async fn against<Fut>(serve: impl FnOnce(TcpStream) -> Fut, limit: usize) -> Result<HttpResponse>
where
    Fut: Future<Output = ()>,
{
    let (listener, address) = listener().await;
    let mut request = get(format!("http://{address}/x?sig=s3cret"));
    request.max_body = limit;
    request.timeout = Duration::from_secs(30);
    serving(&listener, serve, client().send(request)).await
}

/// What becomes of `request` while `serve` serves one connection to `listener`.
async fn serving<Fut>(
    listener: &TcpListener,
    serve: impl FnOnce(TcpStream) -> Fut,
    request: impl Future<Output = Result<HttpResponse>>,
) -> Result<HttpResponse>
where
    Fut: Future<Output = ()>,
{
    let server = async {
        let (stream, _) = listener.accept().await.unwrap();
        serve(stream).await;
        std::future::pending::<()>().await;
    };
    match select(std::pin::pin!(request), std::pin::pin!(server)).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(((), _)) => unreachable!("the server goes on for ever"),
    }
}

/// The head of a request.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(text).unwrap()
}
