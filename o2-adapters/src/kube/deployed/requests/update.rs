//! New values, and what people say about a deployment.

use o2_core::{Context, Error, ErrorKind, Result, async_trait};
use o2_dms::{Deployment, DeploymentUpdate};
use serde_json::{Value, json};

use super::{Deploys, Target, kept};
use crate::kube::deployed::{Changing, DESCRIPTION, Found, NOTES, Notes, Plan, Users, WorkKind};

/// An update.
pub(crate) struct Update<'a, D> {
    pub(crate) by: D,
    pub(crate) update: &'a DeploymentUpdate,
}

/// Fails when the deployment is not the one that the caller has seen.
pub(crate) fn check_version(update: &DeploymentUpdate, deployment: &Deployment) -> Result<()> {
    if update.expected.is_some() && update.expected != deployment.version {
        return Err(Error::new(
            ErrorKind::PreconditionFailed,
            "the deployment has changed since it was read; read it again",
        ));
    }
    Ok(())
}

#[async_trait]
impl<D: Deploys> Changing<D::Found> for Update<'_, D> {
    async fn plan(&self, _: &Context, found: &D::Found) -> Result<Option<Plan>> {
        let (by, update, shown) = (&self.by, self.update, found.deployment());
        check_version(update, shown)?;
        by.check_idle(found)?;
        let users = Users {
            tenant_label: by.tenant_label(),
        };
        users.check(&update.labels)?;
        let extensions = kept(&update.extensions, by.own_extensions(), &shown.extensions)?;
        by.check_values(found, &extensions, &update.values)?;
        let mut plan = Plan {
            patch: json!({}),
            revises: false,
        };
        if update.values != shown.values {
            let mut content = by.content(found).clone();
            by.set_values(found, &mut content, &update.values)?;
            plan = by.deploy(found, Target::of(content, WorkKind::Update, "New values"));
        }
        let annotations = &mut plan.patch["metadata"]["annotations"];
        if update.description != shown.description {
            let text = Some(&update.description).filter(|text| !text.is_empty());
            annotations[DESCRIPTION] = json!(text);
        }
        let known = by.notes(found);
        if extensions != known.extensions {
            let planned = annotations[NOTES]
                .as_str()
                .and_then(|text| serde_json::from_str(text).ok());
            let mut notes: Notes = planned.unwrap_or_else(|| known.clone());
            notes.extensions = extensions;
            annotations[NOTES] = json!(notes.text());
        }
        let labels = users.patch(found.meta(), &update.labels);
        plan.patch["metadata"]["labels"] = Value::Object(labels);
        Ok(says_something(&mut plan.patch).then_some(plan))
    }
}

/// Takes away what is empty where something was expected; whether anything is left.
fn says_something(patch: &mut Value) -> bool {
    if let Some(metadata) = patch["metadata"].as_object_mut() {
        metadata.retain(|_, member| member.as_object().is_some_and(|member| !member.is_empty()));
        if metadata.is_empty()
            && let Some(members) = patch.as_object_mut()
        {
            members.remove("metadata");
        }
    }
    patch.as_object().is_some_and(|patch| !patch.is_empty())
}
