//! How much a tenant may ask for and have.

use std::time::Duration;

use serde_json::json;

use crate::support::{POOLS, World};

const LIMITED: &str = "
identity: {source: {type: trustedHeader, proxies: [10.0.0.1]}}
limits:
  default: {maxRequestsPerMinute: 4, maxResourcePools: 1}
  tenants: {a: {maxResourcePools: 2}, c: {maxRequestsPerMinute: 1000}}
";

#[test]
fn too_many_requests_have_to_wait() {
    let world = World::of(LIMITED);
    let ann = world.user("a", "owner");
    let many = |caller: &crate::support::caller::Caller<'_>| -> Vec<u16> {
        (0..6).map(|_| caller.get(POOLS).status).collect()
    };
    assert_eq!(many(&ann), [200, 200, 200, 200, 429, 429]);
    let refused = ann.get(POOLS);
    let problem = refused.problem();
    assert_eq!(
        (problem.error.as_str(), problem.detail.as_str()),
        ("rateLimited", "more than 4 requests per minute")
    );
    assert_eq!(refused.header("retry-after"), "15");
    // Other tenants have requests of their own, and so has everybody who belongs to none.
    assert_eq!(many(&world.user("b", "owner")), [200, 200, 200, 200, 429, 429]);
    assert_eq!(many(&world.user("c", "owner")), [200; 6]);
    assert_eq!(many(&world.user("", "auditor")), [200, 200, 200, 200, 429, 429]);
    assert_eq!(world.stranger().get("/healthz").status, 200);

    let wait = refused.header("retry-after").parse().unwrap();
    world.clock.advance(Duration::from_secs(wait));
    assert_eq!(many(&ann)[..2], [200, 429], "who waits as told is served");
    world.clock.advance(Duration::from_secs(600));
    assert_eq!(many(&ann), [200, 200, 200, 200, 429, 429], "nothing is saved up");
}

#[test]
fn a_waiting_time_is_long_enough() {
    let world = World::of(
        "{identity: {source: {type: trustedHeader, proxies: [10.0.0.1]}}, limits: {default: {maxRequestsPerMinute: 40}}}",
    );
    let ann = world.user("a", "owner");
    for _ in 0..40 {
        ann.get(POOLS);
    }
    let refused = ann.get(POOLS);
    assert_eq!(
        (refused.status, refused.header("retry-after")),
        (429, "2"),
        "1.5 s are more than one second"
    );
    world.clock.advance(Duration::from_secs(2));
    assert_eq!(ann.get(POOLS).status, 200);
}

#[test]
fn a_quota_is_given_back_by_whatever_ends() {
    let world = World::of(&LIMITED.replace("maxRequestsPerMinute: 4, ", ""));
    let ann = world.user("a", "owner");
    let create = |name: &str| ann.post(POOLS, &json!({"name": name}));
    let first = create("one");
    first.expect(201);
    assert_eq!(create("one").problem().status, 409, "what fails takes nothing");
    create("two").expect(201);
    let problem = create("three").problem();
    assert_eq!((problem.status, problem.error.as_str()), (429, "quotaExceeded"));
    assert_eq!(problem.detail, "quota 'resourcePools' is used up: limit 2, in use 2");
    ann.delete(first.header("location")).expect(204);
    assert_eq!(
        ann.delete(first.header("location")).status,
        404,
        "what is not there gives nothing back"
    );
    create("three").expect(201);
    assert_eq!(create("four").status, 429);
    let bob = world.user("b", "owner");
    bob.post(POOLS, &json!({"name": "one"})).expect(201);
    assert_eq!(
        bob.post(POOLS, &json!({"name": "two"})).status,
        429,
        "the default holds"
    );
    let root = world.user("", "platform-admin");
    for name in ["x", "y", "z"] {
        root.post(POOLS, &json!({"name": name})).expect(201);
    }
}
