//! Where identity comes from, and what roles permit.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use http::Method;
use o2::core::identity::{IdentitySource, Principal, RequestHead};
use o2::core::ports::Clock;
use serde_json::json;

use super::proxied;
use crate::support::caller::PROXY;
use crate::support::{Answer, POOL, POOLS, World};

#[track_caller]
fn unknown(answer: &Answer, says: &str) {
    let problem = answer.problem();
    assert_eq!((problem.status, problem.error.as_str()), (401, "unauthenticated"));
    assert!(problem.detail.contains(says), "{}", problem.detail);
    assert!(!answer.header("www-authenticate").is_empty());
}

#[test]
fn identity_headers_are_believed_from_the_proxy_only() {
    let world = proxied();
    let ann = world
        .stranger()
        .with("x-remote-user", "ann")
        .with("x-tenant-id", "a")
        .with("x-remote-roles", "owner");
    unknown(&ann.get(POOLS), "from the configured proxies only");
    unknown(
        &ann.clone().from("10.0.0.2").get(POOLS),
        "from the configured proxies only",
    );
    let proxy = world.stranger().from(PROXY);
    unknown(&proxy.get(POOLS), "header x-remote-user is missing");
    unknown(
        &proxy.with("x-remote-user", "").get(POOLS),
        "header x-remote-user is empty or not text",
    );
    unknown(
        &ann.clone().from(PROXY).with("x-tenant-id", "b").get(POOLS),
        "header x-tenant-id is given twice",
    );
    unknown(&world.user("a", "king").get(POOLS), "unknown role 'king'");
    ann.from(PROXY).get(POOLS).expect(200);
    let viewer = world
        .stranger()
        .from(PROXY)
        .with("x-remote-user", "ann")
        .with("x-tenant-id", "a");
    viewer.get(POOLS).expect(200);
    assert_eq!(
        viewer.post(POOLS, &json!({"name": "x"})).problem().status,
        403,
        "viewer is the default role"
    );
}

#[test]
fn a_certificate_names_user_and_tenant() {
    let world = World::of(
        "
plugins: {ims: [{name: memory, type: memory, config: {tenants: [a, b]}}]}
identity: {source: {type: certificate, domain: o2.example.com, role: operator}}
",
    );
    let with = |name: &str| world.stranger().certified(name);
    unknown(&world.stranger().get(POOLS), "a client certificate is required");
    for wrong in [
        "ann",
        "ann.a",
        "ann.a.evil.com",
        "ann.a.o2.example.com.evil.com",
        ".a.o2.example.com",
    ] {
        unknown(&with(wrong).get(POOLS), "is not user.tenant.o2.example.com");
    }
    let tenants = with("ann.a.o2.example.com").get(POOLS).items("tenantId");
    assert!(
        tenants.contains(&"a".to_owned()) && !tenants.contains(&"b".to_owned()),
        "{tenants:?}"
    );
    let forged = with("ann.a.o2.example.com")
        .with("x-tenant-id", "b")
        .get(POOLS)
        .items("tenantId");
    assert_eq!(forged, tenants, "the header says nothing here");
    let created = with("ann.a.o2.example.com")
        .post(POOLS, &json!({"name": "mine"}))
        .expect(201);
    assert_eq!(created["tenantId"], "a");
}

#[test]
fn everybody_may_be_the_same_person() {
    let config = "
plugins: {ims: [{name: memory, type: memory, config: {tenants: [a, b]}}]}
identity: {source: {type: anonymous, roles: [viewer], tenant: a}}
";
    let world = World::of(config);
    assert!(!world.get(POOLS).items("tenantId").contains(&"b".to_owned()));
    let problem = world.post(POOLS, &json!({"name": "x"})).problem();
    assert_eq!((problem.status, problem.error.as_str()), (403, "permissionDenied"));
    assert_eq!(problem.detail, "permission resourcePools:create is required");
}

#[test]
fn some_routes_are_for_everybody_and_no_others() {
    let world = proxied();
    let stranger = world.stranger();
    for public in ["/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"] {
        assert_eq!(stranger.get(public).status, 200, "{public}");
        assert_eq!(stranger.ask(Method::HEAD, public).status, 200, "{public}");
    }
    let document = stranger.get("/openapi.json").expect(200);
    for path in document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .filter(|path| path.matches('/').count() > 1)
    {
        let target = path.replace(['{', '}'], "");
        for method in [
            Method::GET,
            Method::POST,
            Method::DELETE,
            Method::OPTIONS,
            Method::TRACE,
        ] {
            assert_eq!(stranger.ask(method.clone(), &target).status, 401, "{method} {target}");
        }
    }
    // Nobody finds out what there is.
    unknown(&stranger.get("/o2ims/v1/nothing"), "configured proxies");
    unknown(&stranger.get("/nothing"), "configured proxies");
}

#[test]
fn roles_permit_what_they_say() {
    let read = (Method::GET, format!("{POOLS}/{POOL}"));
    let write = (Method::PATCH, format!("{POOLS}/{POOL}"));
    let subscribe = (Method::POST, "/o2ims/v1/subscriptions".to_owned());
    let deploy = (Method::POST, "/o2dms/v1/deployments".to_owned());
    let workflows = (Method::GET, "/o2smo/v1/workflows".to_owned());
    let plugins = (Method::GET, "/admin/v1/plugins".to_owned());
    let disable = (Method::POST, "/admin/v1/plugins/ims/memory/disable".to_owned());
    let asks = [read, write, subscribe, deploy, workflows, plugins, disable];
    for (tenant, role, permitted) in [
        ("", "platform-admin", [true; 7]),
        ("", "auditor", [true, false, false, false, true, true, false]),
        ("a", "owner", [true, true, true, true, true, false, false]),
        ("a", "admin", [true, true, true, true, true, false, false]),
        ("a", "operator", [true, true, true, true, true, false, false]),
        ("a", "viewer", [true, false, false, false, true, false, false]),
        ("a", "pool-keeper", [true, true, false, false, false, false, false]),
        (
            "a",
            "pool-keeper, viewer",
            [true, true, false, false, true, false, false],
        ),
        ("a", "tenant-admin", [false; 7]),
        ("a", "custom", [false; 7]),
        ("", "owner", [false; 7]),
    ] {
        for ((method, target), permitted) in asks.iter().zip(permitted) {
            let world = proxied();
            let user = world.user(tenant, role);
            let answer = match *method {
                Method::PATCH => user.patch(target, &json!({"description": "x"})),
                Method::POST if !target.ends_with("disable") => user.post(target, &json!({})),
                _ => user.ask(method.clone(), target),
            };
            assert_eq!(
                answer.status != 403,
                permitted,
                "{role} of '{tenant}' {method} {target}: {}",
                answer.text()
            );
            if !permitted {
                let problem = answer.problem();
                assert!(problem.detail.starts_with("permission ") && problem.detail.ends_with(" is required"));
            }
        }
    }
}

/// A source that does not answer, or breaks.
#[derive(Debug)]
struct Broken {
    panics: bool,
}

impl IdentitySource for Broken {
    fn identify<'a>(&'a self, _: RequestHead<'a>) -> BoxFuture<'a, o2::Result<Arc<Principal>>> {
        Box::pin(async move {
            assert!(!self.panics, "the source was told to panic");
            std::future::pending().await
        })
    }
}

#[test]
fn a_source_of_identities_may_hang_or_panic() {
    for (panics, status) in [(false, 504), (true, 500)] {
        let world = World::with(|builder| builder.identity(Arc::new(Broken { panics })));
        for _ in 0..3 {
            let began = world.clock.monotonic();
            assert_eq!(world.get(POOLS).problem().status, status);
            assert!(world.clock.monotonic() - began <= Duration::from_secs(60));
        }
        assert_eq!(world.get("/healthz").status, 200);
    }
}
