//! The OpenAPI document: valid, and about everything.

use std::collections::BTreeSet;
use std::process::Command;

use crate::support::World;
use crate::support::sample::{Sample, routes};

/// Runs the validator that `O2_OPENAPI_VALIDATOR` names, or `openapi-spec-validator` (from PyPI) if it is there.
#[test]
fn a_public_validator_finds_nothing_wrong() {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs the tests says where the validator is"
    )]
    let validator = std::env::var("O2_OPENAPI_VALIDATOR").unwrap_or_else(|_| "openapi-spec-validator".to_owned());
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("openapi.json");
    std::fs::write(&file, &World::new().get("/openapi.json").body).unwrap();
    #[expect(clippy::disallowed_methods, reason = "the validator is a program of its own")]
    let run = Command::new(&validator).arg(&file).output();
    match run {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("SKIPPED: the OpenAPI document is not validated, because {validator} is not installed");
        }
        run => {
            let run = run.unwrap();
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            assert!(run.status.success(), "{}{}", text(&run.stdout), text(&run.stderr));
        }
    }
}

#[test]
fn every_operation_is_described() {
    let document = Sample::new().document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for route in routes(&document) {
        let (path, operation) = (&route.path, &route.operation);
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
            "{operation}"
        );
        let summary = operation["summary"].as_str().unwrap();
        assert!(
            !summary.is_empty() && !summary.ends_with('.'),
            "{} {path}: {summary}",
            route.method
        );
        assert!(operation["responses"]["default"].is_object(), "{path}");
        let parameters = operation["parameters"].as_array().unwrap();
        let named: BTreeSet<_> = parameters
            .iter()
            .filter(|one| one["in"] == "path")
            .map(|one| one["name"].as_str())
            .collect();
        let in_path = path
            .split('/')
            .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
        assert_eq!(named, in_path.map(Some).collect(), "{path}");
        let all: BTreeSet<_> = parameters
            .iter()
            .map(|one| (one["in"].as_str(), one["name"].as_str()))
            .collect();
        assert_eq!(all.len(), parameters.len(), "{path}: a parameter is there twice");
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (field, property) in schema["properties"].as_object().unwrap() {
            let described = property["description"].as_str().is_some_and(|text| !text.is_empty());
            assert!(described, "{name}.{field}: {property}");
        }
    }
}

#[test]
fn the_document_shows_what_is_served() {
    let served = |yaml: &str| {
        let document = World::of(yaml).get("/openapi.json").expect(200);
        let roots = document["paths"].as_object().unwrap().keys().map(|path| {
            let segments: Vec<_> = path.split('/').skip(1).take(2).collect();
            segments.join("/")
        });
        roots.collect::<BTreeSet<_>>()
    };
    let all = served("");
    for root in ["o2ims/v1", "o2ims/v2", "admin/v1"] {
        assert!(all.contains(root), "{all:?}");
    }
    let less = served("gateway: {apiVersions: {imsV1: false, adminV1: false}}");
    assert!(
        !less.contains("o2ims/v1") && less.contains("o2ims/v2") && !less.contains("admin/v1"),
        "{less:?}"
    );
    let world = World::of("gateway: {apiVersions: {imsV1: false}}");
    assert_eq!(world.get("/o2ims/v1/resourcePools").problem().status, 404);
    world.get("/o2ims/v2/resourcePools").expect(200);
}

#[test]
fn the_page_needs_nobody_else() {
    let page = World::new().get("/docs");
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    let text = page.text();
    assert!(text.contains("openapi.json"));
    for outside in ["http://", "https://", "src=\"//", "@import"] {
        assert!(!text.contains(outside), "the page loads {outside}…");
    }
}
