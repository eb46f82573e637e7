//! A repair: the controller is asked to bring about again what is wanted; a release is upgraded to what it is already, and its
//! failures are forgotten.

use o2_core::error::Excerpt;
use o2_core::{Context, Error, Result, async_trait};
use o2_dms::HealRequest;
use serde_json::json;

use super::Writing;
use crate::dms::flux::draw::Drawn;
use crate::dms::flux::objects::Engine;
use crate::dms::flux::wire::{FORCED, REQUESTED, RESET};
use crate::dms::flux::write::check_idle;
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
        let work = self.by.work(WorkKind::Heal);
        let mut annotations = json!({REQUESTED: work.token});
        if drawn.object.engine == Engine::Helm {
            annotations[FORCED] = json!(work.token);
            annotations[RESET] = json!(work.token);
        }
        notes.rolled_back_to = None;
        notes.work = Some(work);
        annotations[NOTES] = json!(notes.text());
        let patch = json!({"metadata": {"annotations": annotations}});
        Ok(Some(Plan { patch, revises: false }))
    }
}

/// Checks that a component is there: `web`, or `Deployment/web`. All of the deployment is repaired, and so it is.
fn check_component(drawn: &Drawn, component: &str) -> Result<()> {
    let entries = drawn.object.status.inventory.entries.iter();
    let known: Vec<_> = entries
        .filter_map(|entry| entry.parts())
        .map(|[_, name, _, kind]| (name, format!("{kind}/{name}")))
        .collect();
    if known.iter().any(|(name, path)| *name == component || path == component) {
        return Ok(());
    }
    let known: Vec<_> = known.into_iter().take(NAMED).map(|(_, path)| path).collect();
    let reason = format!("there is no '{}' (known: {})", Excerpt(component), known.join(", "));
    Err(Error::violation("component", reason))
}
