//! Requests with a policy: where they do not go, whatever names, redirects, proxies and earlier connections say. Names are
//! resolved by the test; 127.0.0.2 plays a host that is allowed, 127.0.0.1 one that is not. (macOS has to be given the former.)

use std::collections::VecDeque;
use std::io;
use std::net::IpAddr;
use std::sync::Mutex;

use futures::future::join;
use o2_core::ErrorKind;
use o2_core::webhook::egress::{Access, EgressPolicy, Rule};
use tokio::io::AsyncWriteExt;

use super::*;

const NO_CONTENT: &str = "HTTP/1.1 204 No Content\r\n\r\n";

/// A name server with one answer after the other.
#[derive(Debug, Default)]
struct Names(Mutex<VecDeque<Vec<IpAddr>>>);

impl Names {
    fn answering<const N: usize>(answers: [&[&str]; N]) -> Arc<Self> {
        let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Arc::new(Self(Mutex::new(answers.into_iter().map(addresses).collect())))
    }

    fn left(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    fn answer(&self) -> io::Result<Vec<SocketAddr>> {
        let answer = self.0.lock().unwrap().pop_front();
        let addresses = answer.ok_or_else(|| io::Error::other("no such name"))?;
        Ok(addresses.into_iter().map(|address| (address, 0).into()).collect())
    }
}

fn resolving(options: HttpOptions, names: &Arc<Names>) -> ReqwestClient {
    let names = Arc::clone(names);
    let options = options.with_roots(Roots::Only(tls::authority().pem()));
    let lookup: Lookup = Arc::new(move |_| std::future::ready(names.answer()).boxed());
    ReqwestClient::resolving(&options, lookup).unwrap()
}

fn rule(text: &str) -> Rule {
    text.parse().unwrap()
}

/// HTTP to public addresses, and to 127.0.0.2.
fn policy() -> EgressPolicy {
    EgressPolicy::default()
        .with_http(Access::Allow)
        .with_allowed(rule("127.0.0.2"))
}

fn guarded(url: impl std::fmt::Display, policy: &EgressPolicy) -> HttpRequest {
    get(url).guarded_by(Arc::new(policy.clone()))
}

fn check_denied(outcome: Result<HttpResponse>, detail: &str) {
    let error = outcome.unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::InvalidInput, "the callback is not allowed"),
        "{error:?}"
    );
    assert!(error.detail().unwrap().ends_with(detail), "{error:?}");
}

/// Two listeners at the same port, of the host that is allowed and of the one that is not.
async fn both() -> (TcpListener, TcpListener, u16) {
    loop {
        let allowed = TcpListener::bind("127.0.0.2:0").await.unwrap();
        let port = allowed.local_addr().unwrap().port();
        if let Ok(denied) = TcpListener::bind(("127.0.0.1", port)).await {
            return (allowed, denied, port);
        }
    }
}

/// Whether nobody has connected. The system is asked, not the runtime, which may not have heard of it yet.
fn is_untouched(listener: TcpListener) -> bool {
    let accepted = listener.into_std().unwrap().accept();
    accepted.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
}

/// Answers every request of a connection with `text`.
async fn answer_all(mut stream: TcpStream, text: &str) {
    loop {
        head(&mut stream).await;
        stream.write_all(text.as_bytes()).await.unwrap();
    }
}

/// Answers one request, and hangs up.
async fn answer(mut stream: TcpStream, text: &str) {
    head(&mut stream).await;
    stream.write_all(text.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
}

#[tokio::test]
async fn addresses_in_urls_are_judged_though_nobody_resolves_them() {
    let (listener, address) = listener().await;
    let port = address.port();
    let client = client();
    for host in [
        "127.0.0.1",
        "2130706433",
        "0x7f.1",
        "0177.0.0.1",
        "127.1",
        "127.0.0.1.",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
    ] {
        let outcome = client.send(guarded(format!("http://{host}:{port}/"), &policy())).await;
        check_denied(outcome, "127.0.0.1 is a loopback address");
    }
    assert!(is_untouched(listener));
}

#[tokio::test]
async fn a_scheme_that_is_not_allowed_is_not_used() {
    let (listener, address) = listener().await;
    let policy = EgressPolicy::default().with_allowed(rule("127.0.0.0/8"));
    let error = client()
        .send(guarded(format!("http://{address}/"), &policy))
        .await
        .unwrap_err();
    assert_eq!(error.message(), "the callback is not allowed: the scheme must be https");
    assert!(is_untouched(listener));
}

#[tokio::test]
async fn a_name_that_leads_to_a_denied_address_leads_nowhere() {
    let (_allowed, denied, port) = both().await;
    let names = Names::answering([&["127.0.0.1"], &["::ffff:127.0.0.1", "169.254.169.254"]]);
    let client = resolving(HttpOptions::default(), &names);
    for _ in 0..2 {
        let url = format!("http://rebind.example:{port}/");
        check_denied(
            client.send(guarded(url, &policy())).await,
            "127.0.0.1 is a loopback address",
        );
    }
    assert!(is_untouched(denied));
}

#[tokio::test]
async fn of_several_addresses_only_those_that_are_allowed_are_tried() {
    let (allowed, denied, port) = both().await;
    let names = Names::answering([&["127.0.0.1", "127.0.0.2", "10.0.0.1"]]);
    let client = resolving(HttpOptions::default(), &names);
    let request = client.send(guarded(format!("http://smo.example:{port}/"), &policy()));
    let response = serving(&allowed, |stream| answer(stream, NO_CONTENT), request).await;
    assert_eq!(response.unwrap().status(), 204);
    assert!(is_untouched(denied));
}

#[tokio::test]
async fn a_name_is_resolved_once_per_connection_and_judged_each_time() {
    let (allowed, denied, port) = both().await;
    let names = Names::answering([&["127.0.0.2"], &["127.0.0.1"]]);
    let client = resolving(HttpOptions::default(), &names);
    let request = || client.send(guarded(format!("http://rebind.example:{port}/"), &policy()));
    let response = serving(&allowed, |stream| answer(stream, NO_CONTENT), request()).await;
    assert_eq!((response.unwrap().status().as_u16(), names.left()), (204, 1));
    check_denied(request().await, "rebind.example: 127.0.0.1 is a loopback address");
    assert_eq!(names.left(), 0);
    assert!(is_untouched(denied));
}

#[tokio::test]
async fn a_name_that_nobody_knows_is_an_error_of_its_own() {
    let client = resolving(HttpOptions::default(), &Names::answering([]));
    let error = client
        .send(guarded("http://smo.example/", &policy()))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.retry(), error.message()),
        (
            ErrorKind::Unavailable,
            o2_core::Retry::Safe,
            "the name of the host leads to no address"
        )
    );
    assert!(error.detail().unwrap().contains("no such name"), "{error:?}");
}

#[tokio::test]
async fn redirects_are_handed_out_and_not_followed() {
    let (allowed, denied, port) = both().await;
    let client = with(HttpOptions::default().with_redirects(5));
    for target in [format!("http://127.0.0.1:{port}/"), "/elsewhere".to_owned()] {
        let found = format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n");
        let request = client.send(guarded(format!("http://127.0.0.2:{port}/"), &policy()));
        let response = serving(&allowed, |stream| answer(stream, &found), request)
            .await
            .unwrap();
        assert_eq!(response.status(), 307);
        assert_eq!(response.headers()["location"], target.as_str());
    }
    assert!(is_untouched(denied));
}

#[tokio::test]
async fn connections_are_used_again_under_the_same_policy_and_no_other() {
    let (allowed, _denied, port) = both().await;
    let names = Names::answering([&["127.0.0.2"], &["127.0.0.2"]]);
    let client = resolving(HttpOptions::default(), &names);
    let request = |policy: &EgressPolicy| client.send(guarded(format!("http://smo.example:{port}/"), policy));
    let other = policy().with_denied(rule("127.0.0.2"));
    let requests = async {
        for _ in 0..2 {
            request(&policy()).await?;
        }
        assert_eq!(names.left(), 1, "the second request used the connection of the first");
        check_denied(
            request(&other).await,
            "smo.example: 127.0.0.2 is denied by the configuration",
        );
        request(&policy()).await
    };
    let response = serving(&allowed, |stream| answer_all(stream, NO_CONTENT), requests).await;
    assert_eq!(response.unwrap().status(), 204);
}

#[tokio::test]
async fn requests_without_a_policy_are_not_judged() {
    let (listener, address) = listener().await;
    let client = client();
    let request = client.send(get(format!("http://{address}/")));
    let response = serving(&listener, |stream| answer(stream, NO_CONTENT), request).await;
    assert_eq!(response.unwrap().status(), 204);
}

#[tokio::test]
async fn the_proxy_of_other_requests_is_not_used() {
    let (allowed, denied, port) = both().await;
    let client = with(HttpOptions::default().with_proxy(Proxy::through(format!("http://127.0.0.1:{port}"))));
    let request = client.send(guarded(format!("http://127.0.0.2:{port}/"), &policy()));
    let response = serving(&allowed, |stream| answer(stream, NO_CONTENT), request).await;
    assert_eq!(response.unwrap().status(), 204);
    assert!(is_untouched(denied));
}

#[tokio::test]
async fn an_egress_proxy_gets_names_but_no_address_that_is_denied() {
    let (listener, address) = listener().await;
    let proxy = Proxy::through(format!("http://{address}"));
    let client = resolving(HttpOptions::default().with_egress_proxy(proxy), &Names::answering([]));
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = head(&mut stream).await;
        stream.write_all(NO_CONTENT.as_bytes()).await.unwrap();
        head
    };
    let request = client.send(guarded("http://smo.example/x", &policy()));
    let (response, head) = join(request, server).await;
    assert_eq!(response.unwrap().status(), 204);
    assert!(head.starts_with("GET http://smo.example/x HTTP/1.1\r\n"), "{head}");
    let outcome = client.send(guarded("http://10.0.0.1/", &policy())).await;
    check_denied(outcome, "10.0.0.1: 10.0.0.1 is a private address");
}

#[tokio::test]
async fn policies_may_be_many_and_their_clients_stay_few() {
    let client = client();
    let url = "http://smo.example/".parse().unwrap();
    let clients = || client.0.guarded.policies();
    for port in 1..=100 {
        let policy = policy().with_denied(rule(&format!("10.0.0.{port}")));
        client.0.guarded.client(&policy, &url).unwrap();
        assert!(clients() <= 16);
    }
    for _ in 0..2 {
        client.0.guarded.client(&policy(), &url).unwrap();
    }
    assert_eq!(clients(), 16);
}
