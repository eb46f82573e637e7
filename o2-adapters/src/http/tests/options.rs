//! Options that are wrong, and proxies.

use o2_core::ErrorKind;
use o2_core::ports::Secret;
use tokio::io::AsyncWriteExt;

use super::*;

#[test]
fn a_wrong_option_is_named_and_secrets_are_not_repeated() {
    let authority = || HttpOptions::default().with_roots(Roots::Only(tls::authority().pem()));
    let certificate =
        |chain: String, key: &str| authority().with_client_certificate(ClientCertificate::new(chain, Secret::new(key)));
    let own = || tls::authority().pem();
    for (options, named) in [
        (
            HttpOptions::default().with_roots(Roots::Only("nonsense".into())),
            "roots: ",
        ),
        (
            HttpOptions::default().with_roots(Roots::SystemAnd(String::new())),
            "roots: ",
        ),
        (certificate("nonsense".into(), "s3cret"), "client certificate: "),
        (certificate(own(), "s3cret"), "client certificate: its key"),
        (authority().with_proxy(Proxy::through("proxy:3128")), "proxy: "),
        (authority().with_proxy(Proxy::through("socks5://proxy")), "proxy: "),
        (
            authority().with_proxy(Proxy::through("http://ann:s3cret@proxy")),
            "proxy: ",
        ),
        (authority().with_user_agent("a\nb"), "the HTTP client"),
        (authority().with_egress_proxy(Proxy::Environment), "egress proxy: "),
        (
            authority().with_egress_proxy(Proxy::through("http://proxy").except("10.0.0.0/8")),
            "egress proxy: ",
        ),
    ] {
        let error = ReqwestClient::new(&options).unwrap_err();
        assert!(
            error.is(ErrorKind::Config) && error.message().starts_with(named),
            "{named}: {error:?}"
        );
        assert!(!format!("{error:?}").contains("s3cret"), "{error:?}");
    }
}

#[test]
fn debug_output_shows_no_secret() {
    let proxy = Proxy::through("http://proxy").with_credentials("ann", Secret::new("s3cret"));
    let options = HttpOptions::default()
        .with_proxy(proxy)
        .with_client_certificate(ClientCertificate::new("", Secret::new("s3cret")));
    assert!(!format!("{options:?}").contains("s3cret"));
}

#[tokio::test]
async fn a_proxy_gets_the_requests_but_for_exceptions() {
    let (listener, address) = listener().await;
    let proxy = Proxy::through(format!("http://{address}"))
        .with_credentials("ann", Secret::new("s3cret"))
        .except("localhost,127.0.0.1");
    let client = with(HttpOptions::default().with_proxy(proxy));
    let server = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let head = head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        head
    };
    let (response, head) = futures::future::join(client.send(get("http://lab.example/x?y=z")), server).await;
    assert_eq!(response.unwrap().status(), 204);
    assert!(head.starts_with("GET http://lab.example/x?y=z HTTP/1.1\r\n"), "{head}");
    assert!(
        head.to_lowercase()
            .contains("proxy-authorization: basic yw5uonmzy3jlda=="),
        "{head}"
    );
    let direct = wiremock::MockServer::start().await;
    assert_eq!(client.send(get(direct.uri())).await.unwrap().status(), 404);
}
