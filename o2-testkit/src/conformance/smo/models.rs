//! Service models are registered and deleted.

use std::sync::Arc;

use futures::future::join_all;
use o2_core::ErrorKind;
use o2_smo::{ModelId, ServiceModel, op};

use super::{Scene, SmoCase, case};
use crate::conformance::{Verdict, fails, holds, same, skip};

const REGISTER: &str = "Makes a service model known for `context.tenant()`, and gives it an id if it has none.";
const AGAIN: &str = "The same content again is the same model: the answer is the one that is known.";
const TAKEN: &str = "`AlreadyExists` when this version is known with other content; `InvalidInput`.";
const DELETE: &str = "Removes a service model. `NotFound`; `Conflict` while it is in use.";

/// Registrations of one version at the same time.
const RIVALS: usize = 8;

pub(super) fn cases() -> Vec<SmoCase> {
    let (register, get) = (&op::REGISTER_SERVICE_MODEL, &op::GET_SERVICE_MODEL);
    let (list, delete) = (&op::LIST_SERVICE_MODELS, &op::DELETE_SERVICE_MODEL);
    vec![
        case("register_service_model/gives_an_id", REGISTER, |s| {
            Box::pin(gives_an_id(s))
        })
        .needing(&[register, get]),
        case("register_service_model/belongs_to_the_tenant", REGISTER, |s| {
            Box::pin(belongs_to_the_tenant(s))
        })
        .needing(&[register, get]),
        case("register_service_model/the_same_again_is_the_same", AGAIN, |s| {
            Box::pin(the_same_again_is_the_same(s))
        })
        .needing(&[register, list]),
        case("register_service_model/other_content_is_refused", TAKEN, |s| {
            Box::pin(other_content_is_refused(s))
        })
        .needing(&[register, get]),
        case("register_service_model/no_name_is_refused", TAKEN, |s| {
            Box::pin(no_name_is_refused(s))
        })
        .needing(&[register]),
        case("register_service_model/one_of_many_wins", TAKEN, |s| {
            Box::pin(one_of_many_wins(s))
        })
        .needing(&[register]),
        case("delete_service_model/what_is_deleted_is_gone", DELETE, |s| {
            Box::pin(what_is_deleted_is_gone(s))
        })
        .needing(&[register, get, list, delete]),
        case("delete_service_model/what_is_in_use_stays", DELETE, |s| {
            Box::pin(what_is_in_use_stays(s))
        })
        .needing(&[register, get, delete, &op::EXECUTE_WORKFLOW]),
        case("delete_service_model/foreign_models_stay", DELETE, |s| {
            Box::pin(foreign_models_stay(s))
        })
        .needing(&[register, get, delete]),
    ]
}

impl Scene<'_> {
    fn new_model(&self, name: &str) -> Verdict<ServiceModel> {
        let model = self.world.new_model(name, "1.0");
        model.map_or_else(|| skip("the world has no service model to register"), Ok)
    }

    async fn registered(&self, name: &str) -> Verdict<Arc<ServiceModel>> {
        let new = self.new_model(name)?;
        Ok(self.plugin.register_service_model(&self.context, &new).await?)
    }

    async fn model(&self, id: &ModelId) -> Verdict<Arc<ServiceModel>> {
        Ok(self.plugin.get_service_model(&self.context, id).await?)
    }

    async fn models(&self) -> Verdict<Vec<Arc<ServiceModel>>> {
        let mut query = o2_core::query::ListQuery::new();
        let mut models = Vec::new();
        loop {
            let page = self.plugin.list_service_models(&self.context, &query).await?;
            models.extend(page.items);
            match page.next {
                Some(next) => query.marker = Some(next),
                None => return Ok(models),
            }
        }
    }
}

fn id_of(model: &ServiceModel) -> Verdict<&ModelId> {
    let given = model.model_id.as_ref().is_some_and(|id| !id.as_str().is_empty());
    holds("the id of a registered model", given, "a text", &model.model_id)?;
    model.model_id.as_ref().map_or_else(|| skip("there is no id"), Ok)
}

async fn gives_an_id(scene: Scene<'_>) -> Verdict {
    let new = scene.new_model("conformance-registered")?;
    let registered = scene.plugin.register_service_model(&scene.context, &new).await?;
    let read = scene.model(id_of(&registered)?).await?;
    for model in [&registered, &read] {
        same("the name", &model.name, &new.name)?;
        same("the version", &model.version, &new.version)?;
        same("the description", &model.description, &new.description)?;
        same("the template", &model.template, &new.template)?;
    }
    same("the id", &read.model_id, &registered.model_id)
}

async fn belongs_to_the_tenant(scene: Scene<'_>) -> Verdict {
    let [own, foreign] = scene.tenants()?;
    let registered = own.registered("conformance-owned").await?;
    same("whose it is", registered.tenant_id.as_ref(), own.context.tenant())?;
    let id = id_of(&registered)?;
    let seen = foreign.plugin.get_service_model(&foreign.context, id).await;
    fails("reading another tenant's model", seen, &[ErrorKind::NotFound])?;
    same(
        "whose it is when it is read",
        own.model(id).await?.tenant_id.as_ref(),
        own.context.tenant(),
    )
}

async fn the_same_again_is_the_same(scene: Scene<'_>) -> Verdict {
    let first = scene.registered("conformance-twice").await?;
    let before = scene.models().await?.len();
    let second = scene.registered("conformance-twice").await?;
    same("the id of the same content", &second.model_id, &first.model_id)?;
    same("how many models there are", scene.models().await?.len(), before)
}

async fn other_content_is_refused(scene: Scene<'_>) -> Verdict {
    let first = scene.registered("conformance-taken").await?;
    let mut other = scene.new_model("conformance-taken")?;
    other.description = "other content of the same version".to_owned();
    let second = scene.plugin.register_service_model(&scene.context, &other).await;
    fails("other content of a known version", second, &[ErrorKind::AlreadyExists])?;
    let read = scene.model(id_of(&first)?).await?;
    same(
        "the description of what was there",
        &read.description,
        &first.description,
    )
}

async fn no_name_is_refused(scene: Scene<'_>) -> Verdict {
    let nameless = scene.new_model("")?;
    let registered = scene.plugin.register_service_model(&scene.context, &nameless).await;
    fails("a model without name", registered, &[ErrorKind::InvalidInput])?;
    Ok(())
}

async fn one_of_many_wins(scene: Scene<'_>) -> Verdict {
    let new = scene.new_model("conformance-contended")?;
    let rivals = (0..RIVALS).map(|number| {
        let mut model = new.clone();
        model.description = format!("content {number}");
        let scene = &scene;
        async move { scene.plugin.register_service_model(&scene.context, &model).await }
    });
    let mut won = 0;
    for result in join_all(rivals).await {
        match result {
            Ok(_) => won += 1,
            Err(error) => {
                let lost = matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::Conflict);
                holds("the error of who lost", lost, "alreadyExists or conflict", error)?;
            }
        }
    }
    same("how many contents of one version are known", won, 1)
}

async fn what_is_deleted_is_gone(scene: Scene<'_>) -> Verdict {
    let registered = scene.registered("conformance-deleted").await?;
    let id = id_of(&registered)?;
    scene.plugin.delete_service_model(&scene.context, id).await?;
    let read = scene.plugin.get_service_model(&scene.context, id).await;
    fails("reading a deleted model", read, &[ErrorKind::NotFound])?;
    let listed = scene
        .models()
        .await?
        .iter()
        .any(|model| model.model_id.as_ref() == Some(id));
    same("whether it is still listed", listed, false)?;
    let again = scene.plugin.delete_service_model(&scene.context, id).await;
    fails("deleting it again", again, &[ErrorKind::NotFound])?;
    Ok(())
}

async fn what_is_in_use_stays(scene: Scene<'_>) -> Verdict {
    let registered = scene.registered("conformance-used").await?;
    let id = id_of(&registered)?;
    let Some(request) = scene.world.workflow_using(id) else {
        return skip("the world has no workflow that uses a model");
    };
    scene.plugin.execute_workflow(&scene.context, &request).await?;
    let deleted = scene.plugin.delete_service_model(&scene.context, id).await;
    fails("deleting a model that is in use", deleted, &[ErrorKind::Conflict])?;
    same("the model", &scene.model(id).await?.model_id, &registered.model_id)?;
    scene.world.settle().await;
    Ok(scene.plugin.delete_service_model(&scene.context, id).await?)
}

async fn foreign_models_stay(scene: Scene<'_>) -> Verdict {
    let [own, foreign] = scene.tenants()?;
    let registered = own.registered("conformance-foreign").await?;
    let id = id_of(&registered)?;
    let deleted = foreign.plugin.delete_service_model(&foreign.context, id).await;
    fails("deleting another tenant's model", deleted, &[ErrorKind::NotFound])?;
    same("the model", &own.model(id).await?.model_id, &registered.model_id)
}
