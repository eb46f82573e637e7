//! How many subscriptions a tenant may have.

use o2_core::config::LimitsConfig;
use serde_json::json;

use super::{ROOT, is_problem, subscribe, to, world_with};

#[test]
fn a_tenant_has_at_most_as_many_as_it_may() {
    let quotas: LimitsConfig = serde_json::from_value(json!({
        "default": {"maxSubscriptions": 1}, "tenants": {"red": {"maxSubscriptions": 2}},
    }))
    .unwrap();
    let world = world_with(|subscriptions| subscriptions.with_quotas(quotas));
    for (tenant, most) in [("red", 2), ("blue", 1)] {
        let client = world.client.for_tenant(tenant);
        let paths: Vec<_> = (0..most)
            .map(|number| subscribe(&client, &to(&format!("h{number}"))))
            .collect();
        let answer = client.post(ROOT, &to("more"));
        is_problem(&answer, 429);
        assert_eq!(answer.body["error"], "quotaExceeded");
        is_problem(&client.post(ROOT, &to("h0")), 409);
        assert_eq!(client.delete(&paths[0]).status, 204);
        subscribe(&client, &to("more"));
    }
    for number in 0..5 {
        subscribe(&world.client, &to(&format!("above{number}")));
    }
}
