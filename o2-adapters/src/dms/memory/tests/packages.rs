//! Packages.

use bytes::Bytes;

use super::*;

fn upload(name: &str, version: &str, content: &'static [u8]) -> PackageUpload {
    let mut upload = PackageUpload::default();
    upload.package_type = "helm".into();
    upload.name = Some(name.into());
    upload.version = Some(version.into());
    upload.content = Some(Bytes::from_static(content));
    upload
}

#[tokio::test]
async fn a_package_is_what_was_uploaded() {
    let site = Site::start();
    let mut new = upload("vdu", "1.0.0", b"abc");
    new.description = "d".into();
    let package = site
        .dms
        .upload_deployment_package(&tenant("alpha"), &new)
        .await
        .unwrap();
    assert_eq!(package.package_id.as_str(), "pkg-000001");
    assert_eq!((package.name.as_str(), package.version.as_str()), ("vdu", "1.0.0"));
    assert_eq!(
        (package.package_type.as_str(), package.description.as_str()),
        ("helm-chart", "d")
    );
    assert!(package.checksum.as_ref().unwrap().starts_with("sha256:ba7816bf"));
    assert_eq!(package.extensions["memory.size"], json!(3));
    assert_eq!(package.uploaded_at, Some(site.clock.now()));
    let found = site
        .dms
        .get_deployment_package(&tenant("alpha"), &package.package_id)
        .await
        .unwrap();
    assert_eq!(found, package);
    let error = site
        .dms
        .get_deployment_package(&tenant("beta"), &package.package_id)
        .await
        .unwrap_err();
    check_error(&error, ErrorKind::NotFound, "there is no deploymentPackage");
}

#[tokio::test]
async fn a_version_has_one_content() {
    let site = Site::start();
    let store = async |context: Context, new: PackageUpload| site.dms.upload_deployment_package(&context, &new).await;
    let first = store(anybody(), upload("vdu", "1.0.0", b"abc")).await.unwrap();
    assert_eq!(store(anybody(), upload("vdu", "1.0.0", b"abc")).await.unwrap(), first);
    let error = store(anybody(), upload("vdu", "1.0.0", b"other")).await.unwrap_err();
    check_error(
        &error,
        ErrorKind::AlreadyExists,
        "deploymentPackage 'vdu:1.0.0' already exists",
    );
    for (context, new) in [
        (anybody(), upload("vdu", "1.0.1", b"other")),
        (anybody(), upload("cu", "1.0.0", b"other")),
        (tenant("alpha"), upload("vdu", "1.0.0", b"other")),
    ] {
        assert_ne!(store(context, new).await.unwrap().package_id, first.package_id);
    }
    let at = |url: &str| PackageUpload::at("helm", url);
    let referenced = store(anybody(), at("https://repo.example/du-1.0.0.tgz")).await.unwrap();
    assert_eq!(
        store(anybody(), at("https://repo.example/du-1.0.0.tgz")).await.unwrap(),
        referenced
    );
    let error = store(anybody(), at("https://elsewhere.example/du-1.0.0.tgz"))
        .await
        .unwrap_err();
    check_error(&error, ErrorKind::AlreadyExists, "'du:1.0.0'");
}

#[tokio::test]
async fn a_package_in_use_stays() {
    let site = Site::start();
    let id = site.deployed(json!({})).await;
    let (context, old) = (anybody(), site.get(&id).await.package_id.clone());
    let new = site.package("vdu", "2.2.0").await.package_id.clone();
    site.dms
        .upgrade_deployment(&context, &id, &o2_dms::UpgradeRequest::to(new.clone()))
        .await
        .unwrap();
    site.advance(STEP);
    for package in [&old, &new] {
        let error = site.dms.delete_deployment_package(&context, package).await.unwrap_err();
        check_error(
            &error,
            ErrorKind::Conflict,
            "is used by 1 deployments or their earlier revisions",
        );
    }
    site.dms.delete_deployment(&context, &id).await.unwrap();
    site.advance(STEP);
    for package in [&old, &new] {
        site.dms.delete_deployment_package(&context, package).await.unwrap();
        let error = site.dms.delete_deployment_package(&context, package).await.unwrap_err();
        check_error(&error, ErrorKind::NotFound, "there is no deploymentPackage");
    }
}

#[tokio::test]
async fn wrong_uploads_are_refused() {
    let site = Site::start();
    let mut new = upload("vdu", "1.0.0", b"abc");
    new.checksum = Some(format!("sha256:{}", "0".repeat(64)));
    let error = site.dms.upload_deployment_package(&anybody(), &new).await.unwrap_err();
    check_error(&error, ErrorKind::InvalidInput, "checksum: is sha256:0000");
    let packages = site
        .dms
        .list_deployment_packages(&anybody(), &ListQuery::new())
        .await
        .unwrap();
    assert_eq!(packages.total, Some(0));
}

#[tokio::test]
async fn packages_are_listed_filtered_and_paged() {
    let site = Site::start();
    for version in ["1.0.0", "1.1.0", "2.0.0"] {
        site.package("vdu", version).await;
    }
    site.dms
        .upload_deployment_package(&tenant("alpha"), &upload("own", "1", b"abc"))
        .await
        .unwrap();
    let list = async |context: Context, query: ListQuery| {
        let page = site.dms.list_deployment_packages(&context, &query).await.unwrap();
        (
            page.items
                .iter()
                .map(|package| package.version.clone())
                .collect::<Vec<_>>(),
            page.next,
        )
    };
    assert_eq!(
        list(anybody(), ListQuery::new()).await.0,
        ["1.0.0", "1.1.0", "2.0.0", "1"]
    );
    assert_eq!(list(tenant("beta"), ListQuery::new()).await.0.len(), 3);
    assert_eq!(
        list(anybody(), filtered("(cont,version,1.)")).await.0,
        ["1.0.0", "1.1.0"]
    );
    let (first, next) = list(anybody(), ListQuery::new().with_limit(3)).await;
    let (second, end) = list(anybody(), ListQuery::new().with_limit(3).with_marker(next.unwrap())).await;
    assert_eq!((first.len(), second.len(), end), (3, 1, None));
}
