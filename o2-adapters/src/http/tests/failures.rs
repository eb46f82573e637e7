//! What goes wrong on the way, and whether the request may be sent again.

use o2_core::{ErrorKind, Fault, Retry};
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use super::*;

fn check(error: &Error, kind: ErrorKind, retry: Retry) {
    assert_eq!(
        (error.kind(), error.retry(), error.fault()),
        (kind, retry, Fault::Backend),
        "{error:?}"
    );
    assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
}

/// Answers with `text` and hangs up.
async fn hang_up(mut stream: TcpStream, text: &str) {
    head(&mut stream).await;
    stream.write_all(text.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
}

/// Answers with `text` and says no more. From then on time passes by itself.
async fn fall_silent(mut stream: TcpStream, text: &str) {
    head(&mut stream).await;
    stream.write_all(text.as_bytes()).await.unwrap();
    tokio::time::pause();
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn where_nobody_listens_nothing_is_sent() {
    let (listener, address) = listener().await;
    drop(listener);
    let error = client()
        .send(get(format!("http://{address}/?sig=s3cret")))
        .await
        .unwrap_err();
    check(&error, ErrorKind::Unavailable, Retry::Safe);
    assert!(error.detail().unwrap().contains("refused"), "{error:?}");
}

#[tokio::test]
async fn a_handshake_that_does_not_end_is_no_connection() {
    let (listener, address) = listener().await;
    let server = async {
        let _stream = listener.accept().await.unwrap();
        tokio::time::pause();
        std::future::pending::<()>().await;
    };
    let client = client();
    let began = Instant::now();
    let Either::Left((outcome, _)) = select(
        client.send(get(format!("https://{address}/?sig=s3cret"))),
        std::pin::pin!(server),
    )
    .await
    else {
        unreachable!("the server goes on for ever")
    };
    check(&outcome.unwrap_err(), ErrorKind::Unavailable, Retry::Safe);
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "the time to connect is over before that of the request"
    );
}

#[tokio::test]
async fn a_host_that_hangs_up_may_have_seen_the_request() {
    for text in [
        "",
        "HTTP/1.1 20",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n01234",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n012",
    ] {
        let error = against(|stream| hang_up(stream, text), 100).await.unwrap_err();
        check(&error, ErrorKind::Unavailable, Retry::IfIdempotent);
    }
}

#[tokio::test]
async fn what_is_not_http_is_an_error() {
    let error = against(|stream| hang_up(stream, "220 mail.example ESMTP\r\n"), 100)
        .await
        .unwrap_err();
    check(&error, ErrorKind::Unavailable, Retry::IfIdempotent);
}

#[tokio::test]
async fn a_host_that_falls_silent_is_given_up_when_the_time_is_over() {
    for text in [
        "",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n01234",
    ] {
        let began = Instant::now();
        let error = against(|stream| fall_silent(stream, text), 100).await.unwrap_err();
        check(&error, ErrorKind::Timeout, Retry::IfIdempotent);
        assert!(began.elapsed() >= Duration::from_secs(29), "{:?}", began.elapsed());
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_body_that_is_announced_as_too_long_is_not_read() {
    let text = "HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n";
    let error = against(|stream| fall_silent(stream, text), 10).await.unwrap_err();
    check(&error, ErrorKind::Internal, Retry::Never);
}

#[tokio::test]
async fn a_body_without_end_is_cut_off_while_it_comes() {
    let endless = |mut stream: TcpStream| async move {
        head(&mut stream).await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
            .await
            .unwrap();
        let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
        while stream.write_all(chunk.as_bytes()).await.is_ok() {}
    };
    let error = against(endless, 1_000_000).await.unwrap_err();
    check(&error, ErrorKind::Internal, Retry::Never);
    assert_eq!(error.detail(), Some("more than 1000000 bytes"));
}

#[tokio::test]
async fn a_url_with_a_password_is_not_sent() {
    let error = client().send(get("http://ann:s3cret@127.0.0.1:9/")).await.unwrap_err();
    assert!(
        error.is(ErrorKind::Internal) && !format!("{error:?}").contains("s3cret"),
        "{error:?}"
    );
}
