//! How fresh answers are, and what the gateway says about it: in-memory plugins, collected while requests come in.

use std::time::Duration;

use futures::executor::block_on;
use futures::future::{Either, pending, select};
use http::Method;
use http::header::CACHE_CONTROL;
use o2::core::ports::Clock;
use o2::{Error, ErrorKind};
use serde_json::json;

use crate::support::{Answer, Fault, POOL, POOLS, World, request};

impl World {
    /// Runs a script beside the work of the gateway.
    fn collecting<T>(&self, script: impl Future<Output = T>) -> T {
        match block_on(select(Box::pin(self.gateway.run(pending())), Box::pin(script))) {
            Either::Left(_) => panic!("the gateway ended"),
            Either::Right((value, _)) => value,
        }
    }

    async fn wait(&self, seconds: u64) {
        self.clock.sleep(Duration::from_secs(seconds)).await;
    }

    async fn read(&self, target: &str, cache_control: &str) -> Answer {
        let request = request(Method::GET, target).header(CACHE_CONTROL, cache_control);
        Answer::of(self.gateway.handle(request.body(bytes::Bytes::new()).unwrap()).await)
    }
}

fn down() -> Error {
    Error::new(ErrorKind::Unavailable, "the backend is down")
}

#[test]
fn answers_from_memory_say_how_old_they_are_and_others_do_not() {
    let world = World::new();
    let pool = format!("{POOLS}/{POOL}");
    assert_eq!(block_on(world.read(POOLS, "")).header("age"), "", "nobody collects yet");
    world.collecting(async {
        world.wait(10).await;
        for target in [POOLS, &pool, "/o2ims/v2/resources?sort=name", "/o2dms/v1/deployments"] {
            for (cache_control, age) in [("", "0"), ("max-age=30", "0"), ("no-cache", ""), ("max-age=0", "")] {
                let answer = world.read(target, cache_control).await;
                assert_eq!(
                    (answer.status, answer.header("age")),
                    (200, age),
                    "{target} {cache_control}"
                );
            }
        }
        assert_eq!(
            world.read("/o2ims/v1/alarms", "").await.header("age"),
            "",
            "alarms are not collected"
        );
    });
}

#[test]
fn the_configuration_says_how_old_answers_are_when_the_client_does_not() {
    let world = World::of("gateway: {reads: {maxAge: 0s}}");
    world.collecting(async {
        world.wait(10).await;
        assert_eq!(world.read(POOLS, "").await.header("age"), "");
        assert_eq!(world.read(POOLS, "max-age=5").await.header("age"), "0");
    });
    let switched_off = World::of("collectors: {enabled: false}");
    switched_off.collecting(async {
        switched_off.wait(10).await;
        assert_eq!(switched_off.read(POOLS, "max-age=5").await.header("age"), "");
    });
}

#[test]
fn a_backend_that_is_down_is_shown_as_it_was_known_and_the_answer_says_so() {
    let (world, faults) = World::misbehaving("collectors: {interval: 20s}");
    let pool = format!("{POOLS}/{POOL}");
    world.collecting(async {
        world.wait(10).await;
        faults.set("*", Fault::Fail(down));
        world.wait(700).await;
        world.wait(600).await;
        for target in [POOLS, &pool] {
            let answer = world.read(target, "").await;
            assert_eq!(
                (answer.status, answer.header("o2-partial")),
                (200, "memory=unavailable")
            );
            assert!(answer.header("age").parse::<u64>().unwrap() >= 600);
            assert_eq!(world.read(target, "no-cache").await.status, 503, "{target}");
        }
        let ready = world.read("/readyz", "").await.expect(200);
        assert_eq!(ready["status"], "degraded");
        let named = ready["collectors"].as_array().unwrap();
        assert!(
            named
                .iter()
                .all(|collector| collector["lastError"] == "the backend is down"),
            "{named:?}"
        );
    });
}

#[test]
fn writes_are_read_by_those_who_made_them() {
    let world = World::new();
    world.collecting(async {
        world.wait(10).await;
        let body = json!({"name": "new", "resourcePoolId": "new"}).to_string();
        let post = request(Method::POST, POOLS).header("content-type", "application/json");
        let created = world.gateway.handle(post.body(body.into()).unwrap()).await;
        assert_eq!(created.status(), 201);
        assert!(
            world
                .read(POOLS, "")
                .await
                .items("resourcePoolId")
                .contains(&"new".to_owned())
        );
        world.read(&format!("{POOLS}/new"), "").await.expect(200);
    });
}

#[test]
fn administration_shows_the_collectors() {
    let world = World::new();
    assert!(world.get("/admin/v1/collectors").items("plugin").is_empty());
    world.collecting(async {
        world.wait(10).await;
        let all = world.read("/admin/v1/collectors", "").await;
        assert_eq!(all.items("category"), ["ims", "dms"]);
        assert_eq!(all.items("state"), ["current", "current"]);
        assert_eq!(all.items("mode"), ["watch", "watch"]);
        let some = world.read("/admin/v1/collectors?category=dms", "").await;
        assert_eq!(some.items("category"), ["dms"]);
        let metrics = world.read("/metrics", "").await;
        assert!(
            metrics
                .text()
                .contains(r#"o2_collector_objects{category="ims",plugin="memory",object="resourcePool"}"#)
        );
        world.read("/readyz", "").await.expect(200);
    });
}

#[test]
fn an_index_of_what_there_is_not_is_a_mistake_of_the_configuration() {
    for (index, message) in [
        (
            "{resource: [nmae]}",
            "collectors.index.resource: unknown attribute 'nmae'; did you mean 'name'?",
        ),
        (
            "{resource: [labels]}",
            "collectors.index.resource: 'labels' has no index",
        ),
        ("{rack: [name]}", "collectors.index: 'rack' are not collected (known: "),
    ] {
        let config = crate::support::config(&format!("collectors: {{index: {index}}}"));
        let clock = o2_testkit::ManualClock::auto();
        let error = o2::Gateway::builder().clock(clock).config(config).build().unwrap_err();
        assert!(error.message().starts_with(message), "{error}");
    }
}
