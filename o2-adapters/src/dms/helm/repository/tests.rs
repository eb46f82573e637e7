//! Packages are listed, found, fetched, stored and deleted in registries and museums.

use futures::executor::block_on;
use o2_core::Retry;
use o2_testkit::ManualClock;
use o2_testkit::conformance::Trouble;
use serde_json::json;

use super::testing::Played;
use super::*;
use crate::dms::helm::chart::testing::{archive, chart_yaml, demo, file};
use crate::dms::helm::config::RepositoryKind;

struct Scene {
    played: Arc<Played>,
    repositories: Repositories,
}

fn registry() -> RepositoryConfig {
    let mut config = RepositoryConfig::new("edge", RepositoryKind::Oci, "oci://registry.example/charts");
    config.charts = vec!["web".into(), "db".into(), "missing".into()];
    config.uploads = true;
    config
}

fn museum() -> RepositoryConfig {
    let mut config = RepositoryConfig::new("museum", RepositoryKind::ChartMuseum, "https://charts.example/stable");
    config.uploads = true;
    config
}

fn scene_of(configs: &[RepositoryConfig]) -> Scene {
    let played = Played::new(&ManualClock::new());
    let repositories = Repositories::new(configs, &played.ports()).unwrap();
    Scene { played, repositories }
}

fn context() -> Context {
    Context::new("test")
}

impl Scene {
    fn ids(&self, context: &Context, limit: u32) -> Vec<String> {
        let (mut ids, mut query) = (Vec::new(), ListQuery::new().with_limit(limit));
        loop {
            let page = block_on(self.repositories.page(context, &query)).unwrap();
            ids.extend(page.items.iter().map(|package| {
                let id = package.package_id.to_string();
                id.rsplit_once(':').unwrap().0.to_owned()
            }));
            match page.next {
                Some(next) => query.marker = Some(next),
                None => return ids,
            }
        }
    }

    fn store(&self, archive: Bytes, upload: &PackageUpload) -> Result<(Arc<DeploymentPackage>, bool)> {
        let chart = Chart::read(archive).unwrap();
        block_on(self.repositories.store(&context(), &chart, upload))
    }

    fn chart(&self, id: &PackageId) -> Result<Chart> {
        block_on(self.repositories.chart(&context(), id)).map(|(_, chart)| chart)
    }
}

/// Two repositories with some charts.
fn stocked() -> Scene {
    let scene = scene_of(&[museum(), registry()]);
    for version in ["0.1.0", "0.2.0", "0.3.0+b.1"] {
        scene.played.push("charts/web", &demo("web", version));
    }
    scene.played.push("charts/db", &demo("db", "1.0.0"));
    scene.played.exhibit(&demo("web", "0.1.0"));
    scene.played.exhibit(&demo("web", "0.9.0"));
    scene
}

#[test]
fn every_package_is_listed_once_whatever_the_size_of_pages() {
    let scene = stocked();
    let expected = [
        "edge:db:1.0.0",
        "edge:web:0.1.0",
        "edge:web:0.2.0",
        "edge:web:0.3.0+b.1",
        "museum:web:0.1.0",
        "museum:web:0.9.0",
    ];
    for limit in 1..8 {
        assert_eq!(scene.ids(&context(), limit), expected, "{limit}");
    }
    let wrong = ListQuery::new().with_marker("x");
    let error = block_on(scene.repositories.page(&context(), &wrong)).unwrap_err();
    assert!(error.is(ErrorKind::InvalidInput), "{error}");
}

#[test]
fn a_package_says_where_it_is_and_what() {
    let scene = stocked();
    let page = block_on(scene.repositories.page(&context(), &ListQuery::new())).unwrap();
    for package in page.items {
        let read = block_on(scene.repositories.get(&context(), &package.package_id)).unwrap();
        assert_eq!(read, package);
        let chart = scene.chart(&package.package_id).unwrap();
        assert_eq!(
            package.checksum.as_deref(),
            Some(format!("sha256:{}", chart.digest).as_str())
        );
        assert_eq!(
            (
                package.package_type.as_str(),
                package.extensions["helm.appVersion"].as_str()
            ),
            ("helm-chart", Some("1.0"))
        );
        assert!(package.uploaded_at.is_some() && !package.description.is_empty());
        let url = package.package_url.as_deref().unwrap();
        let found = block_on(scene.repositories.at(&context(), url)).unwrap();
        assert_eq!(found.as_ref(), Some(&package), "{url}");
    }
    for url in [
        "oci://registry.example/charts/web:0.1.1",
        "https://charts.example/stable/charts/web.tgz",
        "x",
        "",
    ] {
        assert_eq!(block_on(scene.repositories.at(&context(), url)).unwrap(), None, "{url}");
    }
    let like = block_on(scene.repositories.like(&context(), "web", "0.9.0")).unwrap();
    assert!(like.unwrap().as_str().starts_with("museum:web:0.9.0:"));
}

#[test]
fn ids_of_other_contents_are_not_found() {
    let scene = stocked();
    let digits = &crate::dms::helm::chart::digest(&demo("web", "0.1.0"))[..32];
    let good = format!("edge:web:0.1.0:{digits}");
    assert!(block_on(scene.repositories.get(&context(), &good.as_str().into())).is_ok());
    for id in [
        String::new(),
        "web".into(),
        format!("edge:web:0.1.0:{}", "0".repeat(32)),
        format!("other:web:0.1.0:{digits}"),
        format!("edge:web:0.1.1:{digits}"),
        format!("edge:nothing:0.1.0:{digits}"),
        format!("{good}x"),
    ] {
        let error = block_on(scene.repositories.get(&context(), &id.as_str().into())).unwrap_err();
        assert!(error.is(ErrorKind::NotFound), "{id}: {error}");
    }
}

#[test]
fn what_is_stored_is_there_and_can_be_deleted() {
    for config in [registry(), museum()] {
        let scene = scene_of(std::slice::from_ref(&config));
        let upload = PackageUpload::at("helm", "x");
        let archive = demo("new", "1.0.0+x");
        let (package, fresh) = scene.store(archive.clone(), &upload).unwrap();
        assert!(fresh);
        let id = &package.package_id;
        assert_eq!(block_on(scene.repositories.get(&context(), id)).unwrap(), package);
        assert_eq!(scene.chart(id).unwrap().archive, archive);
        // The same again is the same; another content is refused.
        assert_eq!(scene.store(archive, &upload).unwrap(), (Arc::clone(&package), false));
        let other = changed("new", "1.0.0+x");
        assert!(scene.store(other, &upload).unwrap_err().is(ErrorKind::AlreadyExists));

        assert_eq!(block_on(scene.repositories.delete(&context(), id)).unwrap(), package);
        for error in [
            block_on(scene.repositories.get(&context(), id)).unwrap_err(),
            block_on(scene.repositories.delete(&context(), id)).unwrap_err(),
        ] {
            assert!(error.is(ErrorKind::NotFound), "{error}");
        }
    }
}

/// The demo with another default.
fn changed(name: &str, version: &str) -> Bytes {
    archive(&[
        file(format!("{name}/Chart.yaml"), chart_yaml(name, version)),
        file(format!("{name}/values.yaml"), "replicaCount: 2\n"),
    ])
}

#[test]
fn a_registry_keeps_the_description_of_an_upload() {
    let scene = scene_of(&[registry()]);
    let mut upload = PackageUpload::at("helm", "x");
    upload.description = "ours".into();
    let (package, _) = scene.store(demo("web", "1.0.0"), &upload).unwrap();
    assert_eq!(package.description, "ours");
    let upper = archive(&[file("Web/Chart.yaml", chart_yaml("Web", "1.0.0"))]);
    assert!(scene.store(upper, &upload).unwrap_err().is(ErrorKind::InvalidInput));
}

#[test]
fn uploads_go_where_they_may() {
    let mut own = registry();
    own.name = "own".into();
    own.tenant = Some("red".into());
    let mut index = RepositoryConfig::new("index", RepositoryKind::Index, "https://charts.example/stable");
    index.uploads = false;
    let scene = scene_of(&[museum(), own, index]);
    let context = context().with_tenant("red".into());
    let blue = Context::new("test").with_tenant("blue".into());
    let upload = |to: Option<&str>| {
        let mut upload = PackageUpload::at("helm", "x");
        upload
            .extensions
            .extend(to.map(|to| ("helm.repository".to_owned(), json!(to))));
        upload
    };
    for (context, to, repository) in [
        (&context, None, Some("own")),
        (&context, Some("museum"), Some("museum")),
        (&blue, None, Some("museum")),
        (&blue, Some("own"), None),
        (&context, Some("index"), None),
        (&context, Some("no-such"), None),
    ] {
        let chosen = scene.repositories.for_upload(context, &upload(to));
        assert_eq!(
            chosen.as_ref().ok().map(|repository| repository.name.as_str()),
            repository,
            "{to:?}"
        );
        assert!(chosen.is_ok() || chosen.unwrap_err().is(ErrorKind::InvalidInput));
    }
    let none = scene_of(&[]);
    let error = none.store(demo("web", "1.0.0"), &upload(None)).unwrap_err();
    assert!(error.is(ErrorKind::Unsupported), "{error}");
}

#[test]
fn what_belongs_to_a_tenant_is_not_there_for_another() {
    let mut own = registry();
    own.tenant = Some("red".into());
    let scene = scene_of(&[own, museum()]);
    scene.played.push("charts/web", &demo("web", "0.1.0"));
    scene.played.exhibit(&demo("web", "0.2.0"));
    let (red, blue) = (
        context().with_tenant("red".into()),
        context().with_tenant("blue".into()),
    );
    assert_eq!(scene.ids(&red, 5), ["edge:web:0.1.0", "museum:web:0.2.0"]);
    assert_eq!(scene.ids(&blue, 5), ["museum:web:0.2.0"]);
    let page = block_on(scene.repositories.page(&red, &ListQuery::new())).unwrap();
    assert_eq!(page.items[0].tenant_id, red.tenant().cloned());
    let id = &page.items[0].package_id;
    let error = block_on(scene.repositories.get(&blue, id)).unwrap_err();
    assert!(error.is(ErrorKind::NotFound), "{error}");
}

#[test]
fn tokens_are_fetched_once_for_each_purpose_and_anew_when_refused() {
    let mut config = registry();
    config.username = Some("robot".into());
    config.password = Some(o2_core::ports::Secret::new("s3cret"));
    let scene = scene_of(&[config]);
    scene.played.require_login("robot", "s3cret");
    scene.played.push("charts/web", &demo("web", "0.1.0"));
    let tokens = |scene: &Scene| {
        scene
            .played
            .lines()
            .iter()
            .filter(|line| line.contains("auth.example"))
            .count()
    };
    assert_eq!(scene.ids(&context(), 5), ["edge:web:0.1.0"]);
    // One for each chart that was asked about.
    assert_eq!(tokens(&scene), 3);
    scene
        .store(demo("web", "0.2.0"), &PackageUpload::at("helm", "x"))
        .unwrap();
    assert_eq!(tokens(&scene), 4);
    assert_eq!(scene.ids(&context(), 5).len(), 2);
    assert_eq!(tokens(&scene), 4);
    scene.played.revoke_tokens();
    assert_eq!(scene.ids(&context(), 5).len(), 2);
    assert_eq!(tokens(&scene), 7);
    // The password goes to the server of tokens, and nowhere else.
    for call in scene.played.calls() {
        let basic = call
            .authorization
            .as_deref()
            .is_some_and(|shown| shown.starts_with("Basic"));
        assert_eq!(basic, call.line.contains("auth.example"), "{call:?}");
    }
    assert!(!format!("{:?}", scene.repositories).contains("s3cret"));
}

#[test]
fn refused_credentials_are_no_empty_list() {
    let scene = scene_of(&[registry()]);
    scene.played.require_login("robot", "other");
    let error = block_on(scene.repositories.page(&context(), &ListQuery::new())).unwrap_err();
    assert_eq!(
        (error.kind(), error.fault()),
        (ErrorKind::PermissionDenied, Fault::Backend),
        "{error}"
    );
}

#[test]
fn blobs_may_be_elsewhere_and_credentials_are_not_shown_there() {
    let mut config = registry();
    config.token = Some(o2_core::ports::Secret::new("s3cret"));
    let scene = scene_of(&[config]);
    scene.played.push("charts/web", &demo("web", "0.1.0"));
    scene.played.keep_blobs_elsewhere();
    let page = block_on(scene.repositories.page(&context(), &ListQuery::new())).unwrap();
    assert!(scene.chart(&page.items[0].package_id).is_ok());
    let calls = scene.played.calls();
    let elsewhere: Vec<_> = calls
        .iter()
        .filter(|call| call.line.contains("blobs.example"))
        .collect();
    assert_eq!(elsewhere.len(), 2);
    assert!(
        elsewhere.iter().all(|call| call.authorization.is_none()),
        "{elsewhere:?}"
    );
    let mut other = calls.iter().filter(|call| call.line.contains("registry.example"));
    assert!(other.all(|call| call.authorization.as_deref() == Some("Bearer s3cret")));
}

#[test]
fn another_content_than_was_announced_is_refused() {
    let scene = stocked();
    let page = block_on(scene.repositories.page(&context(), &ListQuery::new())).unwrap();
    scene.played.tamper();
    let error = scene.chart(&page.items[1].package_id).unwrap_err();
    assert_eq!(
        (error.kind(), error.fault()),
        (ErrorKind::Internal, Fault::Backend),
        "{error}"
    );
}

#[test]
fn trouble_of_a_repository_is_told_and_oddities_are_left_out() {
    let scene = stocked();
    let before = scene.ids(&context(), 5);
    scene.played.set_trouble(Some(Trouble::OddObject));
    assert_eq!(scene.ids(&context(), 5), before);
    scene.played.set_trouble(Some(Trouble::Down));
    let error = block_on(scene.repositories.page(&context(), &ListQuery::new())).unwrap_err();
    assert_eq!((error.kind(), error.retry()), (ErrorKind::Unavailable, Retry::Safe));
    let id = format!("edge:web:0.1.0:{}", "0".repeat(32));
    let error = block_on(scene.repositories.get(&context(), &id.as_str().into())).unwrap_err();
    assert!(error.is(ErrorKind::Unavailable), "{error}");
}

#[test]
fn an_index_is_read_again_only_when_it_has_changed() {
    let scene = scene_of(&[museum()]);
    scene.played.exhibit(&demo("web", "0.1.0"));
    assert_eq!(scene.ids(&context(), 5).len(), 1);
    scene.played.exhibit(&demo("web", "0.2.0"));
    assert_eq!(scene.ids(&context(), 5).len(), 2);
    let mut config = museum();
    config.url = "https://charts.example/nowhere".into();
    let nowhere = scene_of(&[config]);
    let error = block_on(nowhere.repositories.page(&context(), &ListQuery::new())).unwrap_err();
    assert_eq!(
        (error.kind(), error.fault()),
        (ErrorKind::Internal, Fault::Backend),
        "{error}"
    );
}
