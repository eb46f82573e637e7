//! An update, which may also suspend a deployment or let it go on.

use o2_core::{Context, Result, async_trait};
use o2_dms::DeploymentUpdate;
use serde_json::json;

use super::Writing;
use crate::dms::flux::draw::{Drawn, SUSPEND};
use crate::dms::flux::wire::REQUESTED;
use crate::dms::flux::write::create::suspended;
use crate::dms::flux::write::{check_free, check_idle};
use crate::kube::deployed::{Changing, NOTES, Notes, Plan, Update, WorkKind, check_version, kept};

/// An update.
pub(in super::super::super) struct Edit<'a> {
    pub(in super::super::super) by: Writing<'a>,
    pub(in super::super::super) update: &'a DeploymentUpdate,
}

#[async_trait]
impl Changing<Drawn> for Edit<'_> {
    async fn plan(&self, context: &Context, drawn: &Drawn) -> Result<Option<Plan>> {
        let wanted = suspended(&self.update.extensions)?.unwrap_or(false);
        match (drawn.object.is_suspended(), wanted) {
            (false, false) => {
                let update = Update {
                    by: self.by,
                    update: self.update,
                };
                update.plan(context, drawn).await
            }
            (is, wanted) if is == wanted => {
                check_version(self.update, &drawn.deployment)?;
                check_free(drawn)?;
                self.while_suspended(drawn)
            }
            (_, wanted) => {
                check_version(self.update, &drawn.deployment)?;
                check_free(drawn)?;
                Ok(Some(self.switch(drawn, wanted)?))
            }
        }
    }
}

impl Edit<'_> {
    /// Nothing can be changed but what it says already.
    fn while_suspended(&self, drawn: &Drawn) -> Result<Option<Plan>> {
        let same = DeploymentUpdate::of(&drawn.deployment);
        let mut update = self.update.clone();
        update.expected = None;
        if update == same {
            Ok(None)
        } else {
            check_idle(drawn).map(|()| None)
        }
    }

    /// Suspends, or lets go on. Values are changed when it goes on, and in another request.
    fn switch(&self, drawn: &Drawn, suspend: bool) -> Result<Plan> {
        let shown = &drawn.deployment.extensions;
        let mut notes: Notes = drawn.notes.clone();
        notes.extensions = kept(&self.update.extensions, &super::OWN, shown)?;
        notes.extensions.remove(SUSPEND);
        let mut annotations = json!({});
        if !suspend {
            let work = self.by.work(WorkKind::Update);
            annotations[REQUESTED] = json!(work.token);
            notes.work = Some(work);
        }
        annotations[NOTES] = json!(notes.text());
        let patch = json!({"metadata": {"annotations": annotations}, "spec": {"suspend": suspend}});
        Ok(Plan { patch, revises: false })
    }
}
