//! [`Checked`]: a change that the API server is asked about before it is made.
//!
//! Definitions say which values there are, and fields that they do not know would be dropped in silence. The server also
//! fills in what a definition has defaults for, so that what is noted of a change is what it comes to.

use o2_core::{Context, Result, async_trait};
use serde_json::json;

use crate::dms::crossplane::draw::Drawn;
use crate::dms::crossplane::read::Reading;
use crate::dms::crossplane::write::create::note;
use crate::kube::At;
use crate::kube::deployed::{Changing, Found, NOTES, Notes, Plan};

/// A request, and whom it asks.
pub(in super::super::super) struct Checked<'a> {
    pub(in super::super::super) reading: &'a Reading,
    pub(in super::super::super) request: &'a dyn Changing<Drawn>,
}

#[async_trait]
impl Changing<Drawn> for Checked<'_> {
    async fn plan(&self, context: &Context, drawn: &Drawn) -> Result<Option<Plan>> {
        let Some(mut plan) = self.request.plan(context, drawn).await? else {
            return Ok(None);
        };
        if plan.patch.get("spec").is_none() {
            return Ok(Some(plan));
        }
        let meta = drawn.meta();
        let at = At::new(drawn.kind(), meta.namespace.as_deref(), &meta.name);
        let tried = self.reading.cluster.try_merge(context, at, &plan.patch).await?;
        let planned = plan.patch["metadata"]["annotations"].get_mut(NOTES);
        let notes = planned.and_then(|planned| {
            let notes: Notes = serde_json::from_str(planned.as_str()?).ok()?;
            Some((planned, notes))
        });
        if let Some((planned, mut notes)) = notes {
            note(&mut notes, drawn.shape.layout, &tried);
            *planned = json!(notes.text());
        }
        Ok(Some(plan))
    }
}
