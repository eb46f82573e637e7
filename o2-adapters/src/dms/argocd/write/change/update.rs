//! New values, and what people say about a deployment.

use o2_core::{Context, Error, ErrorKind, Result, async_trait};
use o2_dms::DeploymentUpdate;
use serde_json::{Value, json};

use super::{Target, Writing};
use crate::dms::argocd::draw::Drawn;
use crate::dms::argocd::read::Reading;
use crate::dms::argocd::values::set_values;
use crate::dms::argocd::write::check_idle;
use crate::dms::argocd::write::create::{check_replicas, noted};
use crate::kube::deployed::{Changing, DESCRIPTION, NOTES, Notes, Plan, Users, WorkKind};

/// An update.
pub(in super::super::super) struct Update<'a> {
    pub(in super::super::super) writing: Writing<'a>,
    pub(in super::super::super) update: &'a DeploymentUpdate,
}

#[async_trait]
impl Changing<Reading> for Update<'_> {
    async fn plan(&self, _: &Context, drawn: &Drawn) -> Result<Option<Plan>> {
        let (update, shown) = (self.update, &drawn.deployment);
        if update.expected.is_some() && update.expected != shown.version {
            return Err(Error::new(
                ErrorKind::PreconditionFailed,
                "the deployment has changed since it was read; read it again",
            ));
        }
        check_idle(drawn)?;
        let config = &self.writing.reading.config;
        let users = Users {
            tenant_label: &config.tenant_label,
        };
        users.check(&update.labels)?;
        let extensions = noted(&update.extensions, &shown.extensions)?;
        let mut notes = drawn.notes.clone();
        notes.extensions = extensions;
        check_replicas(config, &notes, drawn.tool, &update.values)?;
        let mut plan = Plan {
            patch: json!({}),
            revises: false,
        };
        if update.values != shown.values {
            let mut source = drawn.source.clone();
            set_values(&mut source, drawn.tool, &update.values)?;
            let target = Target {
                source,
                package: None,
                kind: WorkKind::Update,
                description: "New values".to_owned(),
                rolled_back_to: None,
            };
            plan = self.writing.deploy(drawn, target);
        }
        self.describe(drawn, &notes, &mut plan);
        let labels = users.patch(&drawn.application.meta, &update.labels);
        if !labels.is_empty() {
            plan.patch["metadata"]["labels"] = Value::Object(labels);
        }
        Ok((plan.patch != json!({})).then_some(plan))
    }
}

impl Update<'_> {
    /// Adds description and extensions to the plan.
    fn describe(&self, drawn: &Drawn, wanted: &Notes, plan: &mut Plan) {
        if self.update.description != drawn.deployment.description {
            let text = Some(&self.update.description).filter(|text| !text.is_empty());
            plan.patch["metadata"]["annotations"][DESCRIPTION] = json!(text);
        }
        if wanted.extensions == drawn.notes.extensions {
            return;
        }
        let planned = &plan.patch["metadata"]["annotations"][NOTES];
        let planned: Option<Notes> = planned.as_str().and_then(|text| serde_json::from_str(text).ok());
        let mut notes = planned.unwrap_or_else(|| drawn.notes.clone());
        notes.extensions.clone_from(&wanted.extensions);
        plan.patch["metadata"]["annotations"][NOTES] = json!(notes.text());
    }
}
