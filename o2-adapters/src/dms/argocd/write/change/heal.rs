//! A repair: what is deployed is synchronised again, from manifests that are made anew.

use o2_core::error::Excerpt;
use o2_core::{Context, Error, Result, async_trait};
use o2_dms::HealRequest;
use serde_json::json;

use super::Writing;
use crate::dms::argocd::draw::Drawn;
use crate::dms::argocd::wire::{REFRESH, ResourceStatus};
use crate::dms::argocd::write::check_idle;
use crate::kube::deployed::{Changing, NOTES, Plan};

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
        let only = match &self.request.component {
            Some(component) => component_of(drawn, component)?,
            None => Vec::new(),
        };
        check_idle(drawn)?;
        let (notes, operation) = self.by.repair(drawn, &only);
        let patch = json!({
            "metadata": {"annotations": {NOTES: notes.text(), REFRESH: "hard"}},
            "operation": operation,
        });
        Ok(Some(Plan { patch, revises: false }))
    }
}

/// The objects that a component names: `web`, or `Deployment/web`.
fn component_of<'d>(drawn: &'d Drawn, component: &str) -> Result<Vec<&'d ResourceStatus>> {
    let all = || {
        drawn
            .application
            .status
            .resources
            .iter()
            .filter(|resource| !resource.hook && !resource.requires_pruning)
    };
    let is = |resource: &&ResourceStatus| {
        resource.name == component || format!("{}/{}", resource.kind, resource.name) == component
    };
    let found: Vec<_> = all().filter(is).collect();
    if !found.is_empty() {
        return Ok(found);
    }
    let known = all()
        .take(NAMED)
        .map(|resource| format!("{}/{}", resource.kind, resource.name));
    let known: Vec<_> = known.collect();
    let reason = format!("there is no '{}' (known: {})", Excerpt(component), known.join(", "));
    Err(Error::violation("component", reason))
}
