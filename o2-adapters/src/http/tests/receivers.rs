//! Receivers of notifications that behave badly. Each way has its own error, and none holds the sender for longer or costs it
//! more than the request says.

use o2_core::webhook::egress::{Access, EgressPolicy};
use o2_core::{ErrorKind, Fault, Retry};
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, interval};
use tokio_rustls::TlsAcceptor;

use super::*;

const LIMIT: usize = 16 << 10;

/// A notification as it is sent: 30 s, and no more than 16 KiB of the answer.
fn notification(scheme: &str, address: SocketAddr) -> HttpRequest {
    let policy = EgressPolicy::default()
        .with_http(Access::Allow)
        .with_allowed("127.0.0.1".parse().unwrap());
    let request = request(http::Method::POST, format!("{scheme}://{address}/x?sig=s3cret"), "{}");
    request.guarded_by(Arc::new(policy)).discard_body_after(LIMIT)
}

/// What becomes of a notification to a receiver that is served by `serve`.
async fn notify<Fut>(serve: impl FnOnce(TcpStream) -> Fut) -> Result<HttpResponse>
where
    Fut: Future<Output = ()>,
{
    let (listener, address) = listener().await;
    let client = client();
    serving(&listener, serve, client.send(notification("http", address))).await
}

fn check(outcome: Result<HttpResponse>, kind: ErrorKind, retry: Retry, message: &str) {
    let error = outcome.unwrap_err();
    assert_eq!(
        (error.kind(), error.retry(), error.fault(), error.message()),
        (kind, retry, Fault::Backend, message),
        "{error:?}"
    );
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
}

#[tokio::test]
async fn one_that_never_answers() {
    let began = Instant::now();
    let outcome = notify(|mut stream| async move {
        head(&mut stream).await;
        tokio::time::pause();
        std::future::pending::<()>().await;
    })
    .await;
    check(
        outcome,
        ErrorKind::Timeout,
        Retry::IfIdempotent,
        "the host did not answer in time",
    );
    assert!(began.elapsed() >= Duration::from_secs(29));
}

#[tokio::test]
async fn one_that_answers_byte_by_byte() {
    for text in [
        "HTTP/1.1 200 OK\r\nx-y: ",
        "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n",
    ] {
        let began = Instant::now();
        let outcome = notify(|mut stream| async move {
            head(&mut stream).await;
            stream.write_all(text.as_bytes()).await.unwrap();
            tokio::time::pause();
            let mut tick = interval(Duration::from_secs(1));
            loop {
                tick.tick().await;
                stream.write_all(b"z").await.unwrap();
            }
        })
        .await;
        check(
            outcome,
            ErrorKind::Timeout,
            Retry::IfIdempotent,
            "the host did not answer in time",
        );
        assert!((29..60).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
        tokio::time::resume();
    }
}

#[tokio::test]
async fn one_that_sends_more_than_anybody_reads() {
    for (head_of_answer, status) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n", 200),
        ("HTTP/1.1 503 Busy\r\n\r\n", 503),
    ] {
        let mut sent = 0;
        let outcome = notify(|mut stream| {
            let sent = &mut sent;
            async move {
                head(&mut stream).await;
                stream.write_all(head_of_answer.as_bytes()).await.unwrap();
                while stream.write_all(&[b'x'; 4096]).await.is_ok() {
                    *sent += 4096;
                }
            }
        })
        .await;
        let response = outcome.unwrap();
        assert_eq!((response.status().as_u16(), response.body().len()), (status, LIMIT));
        assert!(sent < 64 << 20, "{sent} bytes were taken");
    }
}

#[tokio::test]
async fn one_whose_answer_is_just_as_long_as_is_read() {
    let outcome = notify(|mut stream| async move {
        head(&mut stream).await;
        let text = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {LIMIT}\r\n\r\n{}",
            "x".repeat(LIMIT)
        );
        stream.write_all(text.as_bytes()).await.unwrap();
    })
    .await;
    assert_eq!(outcome.unwrap().body().len(), LIMIT);
}

#[tokio::test]
async fn one_that_hangs_up() {
    for text in ["", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n01234"] {
        let outcome = notify(|mut stream| async move {
            head(&mut stream).await;
            stream.write_all(text.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
        })
        .await;
        check(
            outcome,
            ErrorKind::Unavailable,
            Retry::IfIdempotent,
            "the connection to the host broke off",
        );
    }
}

#[tokio::test]
async fn one_that_is_not_there() {
    let (listener, address) = listener().await;
    drop(listener);
    let outcome = client().send(notification("http", address)).await;
    check(
        outcome,
        ErrorKind::Unavailable,
        Retry::Safe,
        "the host cannot be reached",
    );
}

#[tokio::test]
async fn one_with_a_certificate_that_nobody_trusts() {
    let (listener, address) = listener().await;
    let acceptor = TlsAcceptor::from(Arc::new(tls::server_config("other.example", false)));
    let serve = |stream| async move {
        // The client breaks off.
        drop(acceptor.accept(stream).await);
    };
    let client = client();
    let outcome = serving(&listener, serve, client.send(notification("https", address))).await;
    check(
        outcome,
        ErrorKind::Unavailable,
        Retry::Never,
        "the certificate of the host is not accepted",
    );
}
