//! Ids: unknown ones, and ones that are hard to write.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::json;

use super::refuse;
use crate::support::{POOLS, World, request};

fn get(target: &str) -> Request<Bytes> {
    request(Method::GET, target).body(Bytes::new()).unwrap()
}

#[test]
fn an_unknown_id_is_not_found_wherever_it_stands() {
    let world = World::new();
    let document = world.get("/openapi.json").expect(200);
    let mut checked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let Some((before, rest)) = path.split_once('{') else {
            continue;
        };
        let (_, after) = rest.split_once('}').unwrap();
        if !methods["get"].is_object() || path.starts_with("/admin/") {
            continue;
        }
        let after = after.replace(['{', '}'], "");
        for id in [
            "nothing",
            "memory~nothing",
            "elsewhere~nothing",
            "~",
            "n%C3%B6",
            "a%2Fb",
            "100%25",
            "%00",
            "..",
        ] {
            let problem = refuse(
                &world,
                get(&format!("{before}{id}{after}")),
                (404, "notFound", "", "there is no "),
            );
            assert!(!problem.detail.contains('\0'), "{}", problem.detail);
            checked += 1;
        }
    }
    assert!(checked > 50, "only {checked}");
}

#[test]
fn paths_that_lead_nowhere_are_not_found() {
    let world = World::new();
    for path in [
        "/",
        "/nothing",
        "/o2ims",
        "/o2ims/v3/resourcePools",
        "/o2ims/v1/resourcepools",
        "/o2ims/v1//",
        "/o2ims/v1x",
    ] {
        refuse(
            &world,
            get(path),
            (404, "notFound", "", &format!("there is nothing at {path}")),
        );
    }
    for path in [
        "/o2ims/v1/resourcePools//resources",
        "/o2ims/v1/resourcePools/a/b/c/d",
        "/O2IMS/v1/resourcePools",
    ] {
        refuse(&world, get(path), (404, "notFound", "", "there is nothing at"));
    }
    let long = format!("/{}", "x".repeat(5000));
    let problem = refuse(&world, get(&long), (404, "notFound", "", "there is nothing at /xxx"));
    assert!(problem.detail.len() < 200);
}

#[test]
fn broken_percent_escapes_are_the_callers_fault() {
    let world = World::new();
    for id in ["%", "%4", "%zz", "%ff", "%C3", "x%"] {
        let says = "is not percent-encoded UTF-8";
        refuse(&world, get(&format!("{POOLS}/{id}")), (400, "invalidInput", "", says));
    }
}

#[test]
fn ids_with_difficult_characters_survive_the_way_through_paths_and_markers() {
    let world = World::new();
    let ids = [
        "a/b", "100%", "größe", "a b+c", "?#&=;", "(eq,x,y)", "..", "'quoted'", "日本",
    ];
    for id in ids {
        let answer = world.post(POOLS, &json!({"name": id, "resourcePoolId": id}));
        assert_eq!(answer.expect(201)["resourcePoolId"], id);
        let location = answer.header("location").to_owned();
        assert!(
            location.starts_with(&format!("{POOLS}/")) && location.is_ascii(),
            "{location}"
        );
        assert_eq!(location.matches('/').count(), 4, "{location}");
        assert_eq!(world.get(&location).expect(200)["name"], id);
        assert_eq!(
            world.get(&format!("{location}/resources")).items("resourceId"),
            Vec::<String>::new()
        );
    }
    let mut target = format!("{POOLS}?limit=1");
    let mut seen = Vec::new();
    while !target.is_empty() {
        let answer = world.get(&target);
        seen.extend(answer.items("resourcePoolId"));
        target = answer.expect(200)["pagination"]["nextPage"]
            .as_str()
            .unwrap_or("")
            .to_owned();
    }
    for id in ids {
        assert_eq!(seen.iter().filter(|known| *known == id).count(), 1, "{id}");
        let answer = world.get(&format!("{POOLS}?resourcePoolId={}", escape(id)));
        assert_eq!(answer.items("resourcePoolId"), [id]);
        world.delete(&format!("{POOLS}/{}", escape(id))).expect(204);
    }
}

#[test]
fn the_default_plugin_may_be_named_in_an_id() {
    let world = World::new();
    let plain = world.get(&format!("{POOLS}/pool-compute-1")).expect(200);
    assert_eq!(world.get(&format!("{POOLS}/memory~pool-compute-1")).expect(200), plain);
    assert_eq!(
        world.get(&format!("{POOLS}/memory%7Epool-compute-1")).expect(200),
        plain
    );
    let post = |id: &str| {
        let body = json!({"name": "x", "resourcePoolId": id});
        crate::support::json(request(Method::POST, POOLS), &body)
    };
    let says = "must not contain '~', which separates plugin and id";
    refuse(
        &world,
        post("memory~x"),
        (400, "invalidInput", "body.resourcePoolId", says),
    );
    refuse(
        &world,
        post(""),
        (400, "invalidInput", "body.resourcePoolId", "must not be empty"),
    );
    refuse(
        &world,
        post("a\nb"),
        (
            400,
            "invalidInput",
            "body.resourcePoolId",
            "must not contain control characters",
        ),
    );
    refuse(
        &world,
        post(&"x".repeat(256)),
        (
            400,
            "invalidInput",
            "body.resourcePoolId",
            "has more than 255 characters",
        ),
    );
}

/// Percent-encodes every byte.
fn escape(id: &str) -> String {
    id.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
