//! What is sent and what comes back when nothing goes wrong.

use http::Method;
use tokio::io::AsyncWriteExt;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;

async fn server(answers: impl IntoIterator<Item = ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    for answer in answers {
        let mock = Mock::given(any()).respond_with(answer);
        mock.up_to_n_times(1).mount(&server).await;
    }
    server
}

#[tokio::test]
async fn requests_and_responses_pass_unchanged() {
    let server = server([ResponseTemplate::new(418)
        .insert_header("x-y", "z")
        .set_body_string("short and stout")])
    .await;
    let mut request = request(Method::PATCH, format!("{}/a%2Fb?c=d+e&f", server.uri()), "{\"g\":1}");
    request.request.headers_mut().insert("x-h", "i".parse().unwrap());
    let response = client().send(request).await.unwrap();
    assert_eq!(
        (response.status().as_u16(), &response.body()[..]),
        (418, &b"short and stout"[..])
    );
    assert_eq!(response.headers()["x-y"], "z");
    let seen = &server.received_requests().await.unwrap()[0];
    assert_eq!(
        (seen.method.as_str(), seen.url.path(), seen.url.query()),
        ("PATCH", "/a%2Fb", Some("c=d+e&f"))
    );
    assert_eq!(
        (&seen.body[..], seen.headers["x-h"].to_str().unwrap()),
        (&b"{\"g\":1}"[..], "i")
    );
}

#[tokio::test]
async fn the_client_says_who_it_is_and_nothing_else() {
    let server = server([ResponseTemplate::new(204), ResponseTemplate::new(204)]).await;
    client().send(get(server.uri())).await.unwrap();
    with(HttpOptions::default().with_user_agent("lab/1"))
        .send(get(server.uri()))
        .await
        .unwrap();
    let seen = server.received_requests().await.unwrap();
    let agent = seen[0].headers["user-agent"].to_str().unwrap();
    assert!(agent.starts_with("oran-o2/"), "{agent}");
    assert_eq!(seen[1].headers["user-agent"], "lab/1");
    let mut names: Vec<_> = seen[0].headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "host", "user-agent"]);
}

#[tokio::test]
async fn cookies_are_not_kept() {
    let server = server([
        ResponseTemplate::new(200).insert_header("set-cookie", "a=b"),
        ResponseTemplate::new(200),
    ])
    .await;
    let client = client();
    for _ in 0..2 {
        client.send(get(server.uri())).await.unwrap();
    }
    let seen = server.received_requests().await.unwrap();
    assert!(seen.iter().all(|request| !request.headers.contains_key("cookie")));
}

#[tokio::test]
async fn redirects_are_handed_out() {
    let server = server([ResponseTemplate::new(302).insert_header("location", "/elsewhere")]).await;
    let response = client().send(get(server.uri())).await.unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            response.headers()["location"].to_str().unwrap()
        ),
        (302, "/elsewhere")
    );
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn redirects_are_followed_only_when_it_is_wanted_and_only_to_the_same_origin() {
    let other = server([ResponseTemplate::new(200)]).await;
    let there = format!("{}/x", other.uri());
    let found = |to: &str| ResponseTemplate::new(307).insert_header("location", to);
    for (answers, status, requests) in [
        (vec![found("/b"), ResponseTemplate::new(200)], 200, 2),
        (vec![found("/b"), found("/c"), ResponseTemplate::new(200)], 200, 3),
        (vec![found("/b"), found("/c"), found("/d")], 307, 3),
        (vec![found(&there)], 307, 1),
    ] {
        let server = server(answers).await;
        let client = with(HttpOptions::default().with_redirects(2));
        let response = client.send(get(server.uri())).await.unwrap();
        assert_eq!(response.status().as_u16(), status);
        assert_eq!(server.received_requests().await.unwrap().len(), requests);
    }
    assert!(other.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_body_may_be_as_long_as_the_limit() {
    let server = server([
        ResponseTemplate::new(200).set_body_string("0123456789"),
        ResponseTemplate::new(200),
    ])
    .await;
    let mut request = get(server.uri());
    request.max_body = 10;
    assert_eq!(client().send(request).await.unwrap().body().len(), 10);
    let head = request_head(&server).await;
    assert!(head.body().is_empty());
}

async fn request_head(server: &MockServer) -> HttpResponse {
    client().send(request(Method::HEAD, server.uri(), "")).await.unwrap()
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let (listener, address) = listener().await;
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        loop {
            head(&mut stream).await;
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                .await
                .unwrap();
        }
    };
    let client = client();
    let requests = async {
        for _ in 0..3 {
            client.send(get(format!("http://{address}/"))).await.unwrap();
        }
    };
    let (requests, server) = (std::pin::pin!(requests), std::pin::pin!(server));
    let is_done = matches!(select(requests, server).await, Either::Left(_));
    assert!(is_done, "all three came over the one connection that is served");
}
