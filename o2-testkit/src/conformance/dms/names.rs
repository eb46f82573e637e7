//! Names are unique in a namespace, and no more than names.

use std::sync::Arc;

use futures::future::join_all;
use o2_core::{ErrorKind, Model, Operation};
use o2_dms::{Deployment, op};

use super::scene::{Scene, Wanted};
use super::work::{Request, WORK};
use super::{DmsCase, case};
use crate::conformance::{Case, Verdict, fails, holds, same, skip};

const TAKEN: &str = "`AlreadyExists` when the name is taken in the namespace.";
const NAMESPACE: &str = "A name is unique in its namespace and says nothing about another one: names are no ids.";
const CREATES: [&Operation; 2] = [&op::CREATE_DEPLOYMENT, &op::GET_DEPLOYMENT];
/// Creations of one name at the same time.
const RIVALS: usize = 8;

pub(super) fn cases() -> Vec<DmsCase> {
    let mut cases = vec![
        case("create_deployment/a_taken_name_is_refused", TAKEN, &CREATES, |s| {
            Box::pin(a_taken_name_is_refused(s))
        }),
        case("create_deployment/one_of_many_wins", TAKEN, &CREATES, |s| {
            Box::pin(one_of_many_wins(s))
        }),
        case(
            "create_deployment/names_are_those_of_a_namespace",
            NAMESPACE,
            &CREATES,
            |s| Box::pin(names_are_those_of_a_namespace(s)),
        ),
    ];
    cases.extend(WORK.iter().map(|request| {
        let request = *request;
        let name = format!("{}/leaves_namesakes_alone", request.operation.name);
        let case = Case::new(name, NAMESPACE, move |world| {
            Box::pin(leaves_namesakes_alone(Scene::of(world), request))
        });
        case.needing(&CREATES).needing(&[request.operation])
    }));
    cases
}

impl Scene<'_> {
    /// Two installed deployments of one name, in two namespaces.
    async fn namesakes(&self, name: &str) -> Verdict<[Arc<Deployment>; 2]> {
        let Some([first, second]) = self.world.namespaces() else {
            return skip("the world has no namespaces");
        };
        let mut request = self.request(name)?;
        request.namespace = Some(first);
        let first = self.create(&request).await?;
        request.namespace = Some(second);
        let second = self.create(&request).await?;
        let (first, second) = (&first.deployment_id, &second.deployment_id);
        Ok([self.deployed(first).await?, self.deployed(second).await?])
    }
}

async fn a_taken_name_is_refused(scene: Scene<'_>) -> Verdict {
    let request = scene.request("conformance-taken")?;
    let first = scene.create(&request).await?;
    let mut other = request.clone();
    other.description = "a second one".to_owned();
    // Both while the first is being installed and when it is there.
    for _ in 0..2 {
        let again = scene.plugin.create_deployment(&scene.context, &other).await;
        fails(
            "a second deployment of the same name",
            again,
            &[ErrorKind::AlreadyExists],
        )?;
        let after = scene.deployed(&first.deployment_id).await?;
        same("the first one", Wanted::of(&after), Wanted::of(&first))?;
    }
    Ok(())
}

async fn one_of_many_wins(scene: Scene<'_>) -> Verdict {
    let request = scene.request("conformance-contended")?;
    let rivals = (0..RIVALS).map(|_| scene.plugin.create_deployment(&scene.context, &request));
    let mut won = Vec::new();
    for result in join_all(rivals).await {
        match result {
            Ok(deployment) => won.push(deployment),
            Err(error) => {
                let lost = matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::Conflict);
                holds("the error of who lost", lost, "alreadyExists or conflict", error)?;
            }
        }
    }
    same("how many of those who create the same deployment succeed", won.len(), 1)?;
    for deployment in won {
        scene.deployed(&deployment.deployment_id).await?;
    }
    Ok(())
}

async fn names_are_those_of_a_namespace(scene: Scene<'_>) -> Verdict {
    let [first, second] = scene.namesakes("conformance-twin").await?;
    let differ = first.id() != second.id() && first.namespace != second.namespace;
    let seen = [(first.id(), &first.namespace), (second.id(), &second.namespace)];
    holds("ids and namespaces of namesakes", differ, "different ones", seen)?;
    scene.check_backend(&first).await?;
    scene.check_backend(&second).await
}

async fn leaves_namesakes_alone(scene: Scene<'_>, request: Request) -> Verdict {
    let [mut changed, kept] = scene.namesakes("conformance-twin").await?;
    if request.operation == &op::ROLLBACK_DEPLOYMENT {
        changed = scene.with_other_values(&changed).await?;
    }
    (request.call)(&scene, &changed).await??;
    if request.operation == &op::DELETE_DEPLOYMENT {
        scene.gone(&changed.deployment_id).await?;
    } else {
        scene.deployed(&changed.deployment_id).await?;
    }
    let after = scene.get(&kept.deployment_id).await?;
    same("the namesake in the other namespace", &after, &kept)?;
    scene.check_backend(&after).await
}
