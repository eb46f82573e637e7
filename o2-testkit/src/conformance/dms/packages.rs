//! Packages are uploaded, used and deleted.

use futures::future::join_all;
use o2_core::{ErrorKind, Model, Operation};
use o2_dms::model::canonical_package_type;
use o2_dms::{DeploymentPackage, PackageUpload, op};

use super::scene::{Scene, told};
use super::{DmsCase, case};
use crate::conformance::laws::at_every_await;
use crate::conformance::{Trouble, Verdict, fails, holds, same, skip};

const UPLOAD: &str = "Stores a package, or makes one that lies elsewhere known.";
const AGAIN: &str = "The same content again is the same package.";
const OTHER: &str = "`AlreadyExists` when this version is there with other content.";
const BROKEN: &str = "`InvalidInput` when the content is not a package of this type or does not have this checksum";
const TENANT: &str =
    "An object that does not exist, or belongs to a tenant other than `context.tenant()`, is `NotFound`.";
const OUTAGE: &str = "A backend that does not answer is `Unavailable` or `Timeout`, by the backend's fault; it is never \
                      an empty list and never `NotFound`.";
const DROPPED: &str = "Futures may be dropped at any await. What was asked for is then done completely or not at all.";
const DELETE: &str = "Removes a package.";
const UPLOADS: [&Operation; 3] = [
    &op::UPLOAD_DEPLOYMENT_PACKAGE,
    &op::GET_DEPLOYMENT_PACKAGE,
    &op::LIST_DEPLOYMENT_PACKAGES,
];
const DELETES: [&Operation; 4] = [
    &op::UPLOAD_DEPLOYMENT_PACKAGE,
    &op::GET_DEPLOYMENT_PACKAGE,
    &op::LIST_DEPLOYMENT_PACKAGES,
    &op::DELETE_DEPLOYMENT_PACKAGE,
];
/// Uploads at the same time.
const RIVALS: usize = 8;

pub(super) fn cases() -> Vec<DmsCase> {
    vec![
        case(
            "upload_deployment_package/what_is_uploaded_is_there",
            UPLOAD,
            &UPLOADS,
            |s| Box::pin(what_is_uploaded_is_there(s)),
        ),
        case(
            "upload_deployment_package/what_is_uploaded_can_be_deployed",
            UPLOAD,
            &UPLOADS,
            |s| Box::pin(what_is_uploaded_can_be_deployed(s)),
        )
        .needing(&[&op::CREATE_DEPLOYMENT, &op::GET_DEPLOYMENT]),
        case(
            "upload_deployment_package/the_same_again_is_the_same",
            AGAIN,
            &UPLOADS,
            |s| Box::pin(the_same_again_is_the_same(s)),
        ),
        case("upload_deployment_package/many_at_once_are_one", AGAIN, &UPLOADS, |s| {
            Box::pin(many_at_once_are_one(s))
        }),
        case(
            "upload_deployment_package/other_content_is_refused",
            OTHER,
            &UPLOADS,
            |s| Box::pin(other_content_is_refused(s)),
        ),
        case(
            "upload_deployment_package/broken_packages_are_refused",
            BROKEN,
            &UPLOADS,
            |s| Box::pin(broken_packages_are_refused(s)),
        ),
        case(
            "upload_deployment_package/foreign_packages_are_not_found",
            TENANT,
            &DELETES,
            |s| Box::pin(foreign_packages_are_not_found(s)),
        ),
        case("upload_deployment_package/an_outage_is_told", OUTAGE, &UPLOADS, |s| {
            Box::pin(an_outage_is_told(s))
        }),
        case(
            "upload_deployment_package/can_be_dropped_anywhere",
            DROPPED,
            &UPLOADS,
            |s| Box::pin(can_be_dropped_anywhere(s)),
        ),
        case(
            "delete_deployment_package/what_is_deleted_is_gone",
            DELETE,
            &DELETES,
            |s| Box::pin(what_is_deleted_is_gone(s)),
        ),
        case("delete_deployment_package/what_is_used_stays", DELETE, &DELETES, |s| {
            Box::pin(what_is_used_stays(s))
        })
        .needing(&[&op::CREATE_DEPLOYMENT, &op::GET_DEPLOYMENT, &op::DELETE_DEPLOYMENT]),
        case(
            "delete_deployment_package/unknown_packages_are_not_found",
            TENANT,
            &DELETES,
            |s| Box::pin(unknown_packages_are_not_found(s)),
        ),
        case("delete_deployment_package/an_outage_is_told", OUTAGE, &DELETES, |s| {
            Box::pin(an_outage_of_delete_is_told(s))
        }),
    ]
}

type Package = std::sync::Arc<DeploymentPackage>;

impl Scene<'_> {
    fn new_package(&self, name: &str) -> Verdict<PackageUpload> {
        let upload = self.world.new_package(name);
        upload.map_or_else(|| skip("the world has no package to upload"), Ok)
    }

    async fn uploaded(&self, name: &str) -> Verdict<Package> {
        let upload = self.new_package(name)?;
        Ok(self.plugin.upload_deployment_package(&self.context, &upload).await?)
    }

    async fn package_ids(&self) -> Verdict<Vec<String>> {
        let packages = self.packages().await?;
        Ok(packages.iter().map(|package| package.package_id.to_string()).collect())
    }
}

fn check_uploaded(package: &DeploymentPackage, upload: &PackageUpload) -> Verdict {
    let kind = canonical_package_type(&upload.package_type);
    same("the type", package.package_type.as_str(), kind)?;
    same("the description", &package.description, &upload.description)?;
    if let Some(name) = &upload.name {
        same("the name", &package.name, name)?;
    }
    if let Some(version) = &upload.version {
        same("the version", &package.version, version)?;
    }
    if upload.checksum.is_some() {
        same("the checksum", &package.checksum, &upload.checksum)?;
    }
    holds("the name", !package.name.is_empty(), "a text", &package.name)?;
    holds("the version", !package.version.is_empty(), "a text", &package.version)
}

async fn what_is_uploaded_is_there(scene: Scene<'_>) -> Verdict {
    let upload = scene.new_package("conformance-uploaded")?;
    let before = scene.package_ids().await?;
    let uploaded = scene.plugin.upload_deployment_package(&scene.context, &upload).await?;
    check_uploaded(&uploaded, &upload)?;
    let id = &uploaded.package_id;
    let read = scene.plugin.get_deployment_package(&scene.context, id).await?;
    same("the package when it is read", &read, &uploaded)?;
    let mut expected = [before, vec![id.to_string()]].concat();
    let mut after = scene.package_ids().await?;
    expected.sort();
    after.sort();
    same("the ids of the packages", after, expected)
}

async fn what_is_uploaded_can_be_deployed(scene: Scene<'_>) -> Verdict {
    let package = scene.uploaded("conformance-deployable").await?;
    // A backend may first have to fetch it.
    scene.world.settle().await;
    let mut request = scene.request("conformance-of-upload")?;
    request.package_id = package.package_id.clone();
    let created = scene.create(&request).await?;
    let running = scene.deployed(&created.deployment_id).await?;
    same(
        "the package of the deployment",
        &running.package_id,
        &package.package_id,
    )?;
    same("its version", &running.package_version, &package.version)
}

async fn the_same_again_is_the_same(scene: Scene<'_>) -> Verdict {
    let first = scene.uploaded("conformance-again").await?;
    let before = scene.package_ids().await?;
    let second = scene.uploaded("conformance-again").await?;
    same("the package when it is uploaded again", &second, &first)?;
    same("the ids of the packages", scene.package_ids().await?, before)
}

async fn many_at_once_are_one(scene: Scene<'_>) -> Verdict {
    let upload = scene.new_package("conformance-contended")?;
    let before = scene.package_ids().await?.len();
    let rivals = (0..RIVALS).map(|_| scene.plugin.upload_deployment_package(&scene.context, &upload));
    for result in join_all(rivals).await {
        if let Err(error) = result {
            let kind = error.kind();
            let lost = matches!(kind, ErrorKind::AlreadyExists | ErrorKind::Conflict);
            holds("the error of who lost", lost, "alreadyExists or conflict", error)?;
        }
    }
    same(
        "how many packages there are",
        scene.package_ids().await?.len(),
        before + 1,
    )
}

async fn other_content_is_refused(scene: Scene<'_>) -> Verdict {
    let first = scene.uploaded("conformance-other").await?;
    let Some(other) = scene.world.other_content("conformance-other") else {
        return skip("the world has no other content for a package");
    };
    let before = scene.package_ids().await?;
    let answer = scene.plugin.upload_deployment_package(&scene.context, &other).await;
    fails(
        "uploading other content as the same version",
        answer,
        &[ErrorKind::AlreadyExists],
    )?;
    let read = scene
        .plugin
        .get_deployment_package(&scene.context, &first.package_id)
        .await?;
    same("the first package", &read, &first)?;
    same("the ids of the packages", scene.package_ids().await?, before)
}

async fn broken_packages_are_refused(scene: Scene<'_>) -> Verdict {
    let mut broken = scene.world.broken_packages("conformance-broken");
    if let Some(mut upload) = scene.world.new_package("conformance-broken")
        && upload.content.is_some()
    {
        upload.checksum = Some(format!("sha256:{}", "0".repeat(64)));
        broken.push(upload);
    }
    if broken.is_empty() {
        return skip("the world has no broken packages");
    }
    let before = scene.package_ids().await?;
    for upload in broken {
        let answer = scene.plugin.upload_deployment_package(&scene.context, &upload).await;
        fails("uploading a broken package", answer, &[ErrorKind::InvalidInput])?;
        same("the ids of the packages", scene.package_ids().await?, before.clone())?;
    }
    Ok(())
}

async fn foreign_packages_are_not_found(scene: Scene<'_>) -> Verdict {
    let [own, foreign] = scene.tenants()?;
    let package = own.uploaded("conformance-foreign").await?;
    if package.tenant().is_none() {
        return skip("packages of the backend belong to nobody");
    }
    same("whose it is", package.tenant(), own.context.tenant())?;
    let id = &package.package_id;
    let read = foreign.plugin.get_deployment_package(&foreign.context, id).await;
    fails("reading another tenant's package", read, &[ErrorKind::NotFound])?;
    let deleted = foreign.plugin.delete_deployment_package(&foreign.context, id).await;
    fails("deleting another tenant's package", deleted, &[ErrorKind::NotFound])?;
    let read = own.plugin.get_deployment_package(&own.context, id).await?;
    same("the package afterwards", &read, &package)
}

async fn an_outage_is_told(scene: Scene<'_>) -> Verdict {
    let upload = scene.new_package("conformance-outage")?;
    let before = scene.package_ids().await?;
    scene.bring(Trouble::Down).await?;
    let answer = scene.plugin.upload_deployment_package(&scene.context, &upload).await;
    scene.world.trouble(None).await;
    told("uploading while the backend is down", answer)?;
    same("the ids of the packages", scene.package_ids().await?, before)
}

async fn can_be_dropped_anywhere(scene: Scene<'_>) -> Verdict {
    let upload = scene.new_package("conformance-dropped")?;
    let before = scene.package_ids().await?.len();
    let last = at_every_await(|| scene.plugin.upload_deployment_package(&scene.context, &upload)).await;
    check_uploaded(&*last?, &upload)?;
    same(
        "how many packages there are",
        scene.package_ids().await?.len(),
        before + 1,
    )
}

async fn what_is_deleted_is_gone(scene: Scene<'_>) -> Verdict {
    let before = scene.package_ids().await?;
    let package = scene.uploaded("conformance-deleted").await?;
    let id = &package.package_id;
    scene.plugin.delete_deployment_package(&scene.context, id).await?;
    let read = scene.plugin.get_deployment_package(&scene.context, id).await;
    fails("reading a deleted package", read, &[ErrorKind::NotFound])?;
    same("the ids of the packages", scene.package_ids().await?, before)?;
    let again = scene.plugin.delete_deployment_package(&scene.context, id).await;
    fails("deleting it again", again, &[ErrorKind::NotFound])?;
    Ok(())
}

async fn what_is_used_stays(scene: Scene<'_>) -> Verdict {
    let package = scene.uploaded("conformance-used").await?;
    // A backend may first have to fetch it.
    scene.world.settle().await;
    let mut request = scene.request("conformance-user")?;
    request.package_id = package.package_id.clone();
    let created = scene.create(&request).await?;
    let (id, user) = (&package.package_id, &created.deployment_id);
    let deleted = scene.plugin.delete_deployment_package(&scene.context, id).await;
    fails(
        "deleting a package that is being installed",
        deleted,
        &[ErrorKind::Conflict],
    )?;
    scene.deployed(user).await?;
    let deleted = scene.plugin.delete_deployment_package(&scene.context, id).await;
    fails("deleting a package that is used", deleted, &[ErrorKind::Conflict])?;
    let read = scene.plugin.get_deployment_package(&scene.context, id).await?;
    same("the package", &read, &package)?;
    scene.plugin.delete_deployment(&scene.context, user).await?;
    scene.gone(user).await?;
    scene.plugin.delete_deployment_package(&scene.context, id).await?;
    Ok(())
}

async fn unknown_packages_are_not_found(scene: Scene<'_>) -> Verdict {
    let package = scene.uploaded("conformance-known").await?;
    for id in [
        "no-such-id".to_owned(),
        format!("{}x", package.package_id),
        package.name.clone(),
    ] {
        if id != package.package_id.as_str() {
            let answer = scene
                .plugin
                .delete_deployment_package(&scene.context, &id.as_str().into())
                .await;
            fails(&format!("deleting '{id}'"), answer, &[ErrorKind::NotFound])?;
        }
    }
    scene
        .plugin
        .get_deployment_package(&scene.context, &package.package_id)
        .await?;
    Ok(())
}

async fn an_outage_of_delete_is_told(scene: Scene<'_>) -> Verdict {
    let package = scene.uploaded("conformance-outage").await?;
    let id = &package.package_id;
    scene.bring(Trouble::Down).await?;
    let answer = scene.plugin.delete_deployment_package(&scene.context, id).await;
    scene.world.trouble(None).await;
    told("deleting while the backend is down", answer)?;
    scene.plugin.get_deployment_package(&scene.context, id).await?;
    Ok(())
}
