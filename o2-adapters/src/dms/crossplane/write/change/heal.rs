//! A repair: Crossplane is asked to look at the deployment at once, and puts right what is not as it should be.

use o2_core::error::Excerpt;
use o2_core::{Context, Error, Result, async_trait};
use o2_dms::HealRequest;
use serde_json::json;

use super::Writing;
use crate::dms::crossplane::draw::Drawn;
use crate::dms::crossplane::object::Object;
use crate::dms::crossplane::wire::REQUESTED;
use crate::dms::crossplane::write::check_idle;
use crate::kube::deployed::{Changing, NOTES, Plan, WorkKind};

/// How many components a message names at most.
const NAMED: usize = 20;

/// A repair.
pub(in super::super::super) struct Heal<'a> {
    pub(in super::super::super) by: Writing<'a>,
    pub(in super::super::super) request: &'a HealRequest,
}

#[async_trait]
impl Changing<Drawn> for Heal<'_> {
    async fn plan(&self, _: &Context, drawn: &Drawn) -> Result<Option<Plan>> {
        if let Some(component) = &self.request.component {
            check_component(drawn, component)?;
        }
        check_idle(drawn)?;
        let mut notes = drawn.notes.clone();
        let work = self.by.work(WorkKind::Heal, drawn.object.meta.generation);
        let token = work.token.clone();
        notes.rolled_back_to = None;
        notes.work = Some(work);
        let patch = json!({"metadata": {"annotations": {NOTES: notes.text(), REQUESTED: token}}});
        Ok(Some(Plan { patch, revises: false }))
    }
}

/// Checks that a component is there: `web`, or `Deployment/web`. All of the deployment is repaired, and so it is.
fn check_component(drawn: &Drawn, component: &str) -> Result<()> {
    let objects = [Some(&drawn.object), drawn.bound.as_ref()];
    let composed: Vec<_> = objects
        .into_iter()
        .flatten()
        .flat_map(Object::composed)
        .map(|reference| (format!("{}/{}", reference.kind, reference.name), reference.name))
        .collect();
    if composed
        .iter()
        .any(|(path, name)| name == component || path == component)
    {
        return Ok(());
    }
    let known: Vec<_> = composed.into_iter().take(NAMED).map(|(path, _)| path).collect();
    let reason = format!("there is no '{}' (known: {})", Excerpt(component), known.join(", "));
    Err(Error::violation("component", reason))
}
