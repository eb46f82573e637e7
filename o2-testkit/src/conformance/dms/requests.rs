//! What holds for everything that can be asked about a deployment.

use std::time::Duration;

use futures::future::{BoxFuture, join_all};
use o2_core::{ErrorKind, Operation};
use o2_dms::{Deployment, DeploymentStatus, op};

use super::scene::{Scene, Wanted, told};
use super::work::{READS, Request, WORK};
use super::{DmsCase, case};
use crate::conformance::{Case, Trouble, Verdict, fails, holds, same, skip};

const NOT_FOUND: &str =
    "An object that does not exist, or belongs to a tenant other than `context.tenant()`, is `NotFound`.";
const BUSY: &str = "While work is in motion, a second such call is a `Conflict`.";
const OUTAGE: &str = "A backend that does not answer is `Unavailable` or `Timeout`, by the backend's fault; it is never \
                      an empty list and never `NotFound`.";
const DENIED: &str =
    "Refused credentials of the plugin are not the caller's fault, and never an empty list or `NotFound`.";
const DROPPED: &str = "Futures may be dropped at any await.";
/// The most time a caller gives a backend that hangs.
const DEADLINE: Duration = Duration::from_secs(5);
/// Requests at the same time.
const RIVALS: usize = 4;
const NEEDS: [&Operation; 2] = [&op::CREATE_DEPLOYMENT, &op::GET_DEPLOYMENT];

type About = for<'w> fn(Scene<'w>, Request) -> BoxFuture<'w, Verdict>;

pub(super) fn cases() -> Vec<DmsCase> {
    let everything = || WORK.iter().chain(READS).copied();
    let work = || WORK.iter().copied();
    let about = |request: Request, name: &str, contract, law: About| {
        let name = format!("{}/{name}", request.operation.name);
        let case = Case::new(name, contract, move |world| law(Scene::of(world), request));
        case.needing(&NEEDS).needing(&[request.operation])
    };
    let mut cases = vec![
        case("create_deployment/an_outage_is_told", OUTAGE, &NEEDS, |s| {
            Box::pin(an_outage_of_create_is_told(s))
        }),
        case(
            "create_deployment/a_hanging_backend_can_be_left",
            DROPPED,
            &NEEDS,
            |s| Box::pin(a_hanging_create_can_be_left(s)),
        ),
    ];
    cases.extend(everything().map(|request| {
        about(request, "unknown_deployments_are_not_found", NOT_FOUND, |s, r| {
            Box::pin(unknown_deployments_are_not_found(s, r))
        })
    }));
    cases.extend(everything().map(|request| {
        about(request, "foreign_deployments_are_not_found", NOT_FOUND, |s, r| {
            Box::pin(foreign_deployments_are_not_found(s, r))
        })
    }));
    cases.extend(everything().map(|request| {
        about(request, "an_outage_is_told", OUTAGE, |s, r| {
            Box::pin(an_outage_is_told(s, r))
        })
    }));
    cases.extend(everything().map(|request| {
        about(request, "refused_credentials_are_told", DENIED, |s, r| {
            Box::pin(refused_credentials_are_told(s, r))
        })
    }));
    cases.extend(everything().map(|request| {
        about(request, "a_hanging_backend_can_be_left", DROPPED, |s, r| {
            Box::pin(a_hanging_backend_can_be_left(s, r))
        })
    }));
    cases.extend(work().map(|request| {
        about(request, "is_refused_while_work_is_in_motion", BUSY, |s, r| {
            Box::pin(is_refused_while_work_is_in_motion(s, r))
        })
    }));
    cases.extend(work().map(|request| {
        about(request, "one_of_many_begins", BUSY, |s, r| {
            Box::pin(one_of_many_begins(s, r))
        })
    }));
    cases
}

/// That nobody has changed what was wanted of the deployment, and that it can still be worked with.
async fn unchanged(scene: &Scene<'_>, before: &Deployment) -> Verdict {
    let after = scene.deployed(&before.deployment_id).await?;
    same(
        "the deployment after a call that failed",
        Wanted::of(&after),
        Wanted::of(before),
    )?;
    scene.check_backend(&after).await
}

async fn unknown_deployments_are_not_found(scene: Scene<'_>, request: Request) -> Verdict {
    let real = scene.ready_for(request, "conformance-known").await?;
    let real_id = real.deployment_id.as_str();
    // Neither the name nor the beginning of an id is an id.
    for id in ["no-such-id", "a/b", "..", "", &real.name, &format!("{real_id}x")] {
        if id == real_id {
            continue;
        }
        let mut unknown = Deployment::clone(&real);
        unknown.deployment_id = id.into();
        let answer = (request.call)(&scene, &unknown).await?;
        fails(&format!("asking about '{id}'"), answer, &[ErrorKind::NotFound])?;
    }
    unchanged(&scene, &real).await
}

async fn foreign_deployments_are_not_found(scene: Scene<'_>, request: Request) -> Verdict {
    let [own, foreign] = scene.tenants()?;
    let deployment = own.ready_for(request, "conformance-foreign").await?;
    let answer = (request.call)(&foreign, &deployment).await?;
    fails(
        "asking about another tenant's deployment",
        answer,
        &[ErrorKind::NotFound],
    )?;
    unchanged(&own, &deployment).await
}

async fn an_outage_is_told(scene: Scene<'_>, request: Request) -> Verdict {
    let deployment = scene.ready_for(request, "conformance-outage").await?;
    scene.bring(Trouble::Down).await?;
    let answer = (request.call)(&scene, &deployment).await?;
    scene.world.trouble(None).await;
    told("asking while the backend is down", answer)?;
    unchanged(&scene, &deployment).await
}

async fn refused_credentials_are_told(scene: Scene<'_>, request: Request) -> Verdict {
    let deployment = scene.ready_for(request, "conformance-denied").await?;
    scene.bring(Trouble::Denied).await?;
    let answer = (request.call)(&scene, &deployment).await?;
    scene.world.trouble(None).await;
    let kinds = [
        ErrorKind::Unavailable,
        ErrorKind::Config,
        ErrorKind::PermissionDenied,
        ErrorKind::Internal,
    ];
    let error = fails("asking a backend that refuses our credentials", answer, &kinds)?;
    let innocent = error.fault() != o2_core::Fault::Caller;
    holds("whose fault it is", innocent, "not the caller's", error.fault())?;
    unchanged(&scene, &deployment).await
}

/// The call may have reached the backend or not; either way everything can be worked with afterwards.
async fn a_hanging_backend_can_be_left(scene: Scene<'_>, request: Request) -> Verdict {
    let deployment = scene.ready_for(request, "conformance-hanging").await?;
    scene.bring(Trouble::Hanging).await?;
    let clock = scene.world.clock();
    if let Ok(answer) = clock.within(DEADLINE, (request.call)(&scene, &deployment)).await {
        told("asking a backend that hangs", answer?)?;
    }
    scene.world.trouble(None).await;
    scene.usable(&deployment.deployment_id).await
}

async fn is_refused_while_work_is_in_motion(scene: Scene<'_>, request: Request) -> Verdict {
    let deployment = if request.operation == &op::ROLLBACK_DEPLOYMENT {
        let running = scene.running("conformance-busy").await?;
        scene.revising(&running).await?
    } else {
        scene.created("conformance-busy").await?
    };
    if !deployment.status.is_busy() {
        return skip("the work of the backend ends at once");
    }
    let answer = (request.call)(&scene, &deployment).await?;
    fails("asking while work is in motion", answer, &[ErrorKind::Conflict])?;
    unchanged(&scene, &deployment).await
}

async fn one_of_many_begins(scene: Scene<'_>, request: Request) -> Verdict {
    let deployment = scene.ready_for(request, "conformance-pressed").await?;
    let rivals = (0..RIVALS).map(|_| (request.call)(&scene, &deployment));
    let mut begun = 0;
    for answer in join_all(rivals).await {
        match answer? {
            Ok(()) => begun += 1,
            // The winner may have taken the deployment down already.
            Err(error) => {
                let lost = matches!(error.kind(), ErrorKind::Conflict | ErrorKind::NotFound);
                holds("the error of who comes too late", lost, "conflict", error)?;
            }
        }
    }
    same(
        "how many of those who ask at the same time set work in motion",
        begun,
        1,
    )?;
    scene.usable(&deployment.deployment_id).await
}

async fn an_outage_of_create_is_told(scene: Scene<'_>) -> Verdict {
    let request = scene.request("conformance-outage")?;
    scene.bring(Trouble::Down).await?;
    let answer = scene.plugin.create_deployment(&scene.context, &request).await;
    scene.world.trouble(None).await;
    told("creating while the backend is down", answer)?;
    let created = scene.create(&request).await?;
    scene.deployed(&created.deployment_id).await?;
    Ok(())
}

async fn a_hanging_create_can_be_left(scene: Scene<'_>) -> Verdict {
    let request = scene.request("conformance-hanging")?;
    scene.bring(Trouble::Hanging).await?;
    let (clock, context) = (scene.world.clock(), scene.context.clone());
    let create = scene.plugin.create_deployment(&context, &request);
    if let Ok(answer) = clock.within(DEADLINE, create).await {
        told("creating in a backend that hangs", answer)?;
    }
    scene.world.trouble(None).await;
    scene.running("conformance-after-hanging").await?;
    Ok(())
}

impl Scene<'_> {
    /// That a deployment can be worked with after calls whose outcome is unknown: it comes to rest as something whole, or
    /// is gone, and others can be created.
    pub(super) async fn usable(&self, id: &o2_dms::DeploymentId) -> Verdict {
        match self.plugin.get_deployment(&self.context, id).await {
            Ok(deployment) if deployment.status == DeploymentStatus::Terminating => self.gone(id).await?,
            Ok(_) => {
                let deployment = self.deployed(id).await?;
                self.check_backend(&deployment).await?;
            }
            read => fails("reading a deployment", read, &[ErrorKind::NotFound]).map(drop)?,
        }
        self.running("conformance-usable").await?;
        Ok(())
    }
}
