//! The requests that change a deployment that is there. Each makes a plan, one merge patch, which the API server is asked
//! about before it is made.

mod checked;
mod edit;
mod heal;
mod upgrade;

use o2_core::{Context, Extensions, Result, async_trait};
use serde_json::json;

use super::create::OWN;
use super::{Writing, check_idle};
use crate::dms::crossplane::content::Content;
use crate::dms::crossplane::draw::{Drawn, REPLICAS};
use crate::dms::crossplane::values;
use crate::dms::crossplane::wire::REQUESTED;
use crate::kube::deployed::{Deploys, NOTES, Notes, Plan, Target, difference, no_replicas};
use crate::kube::revisions::Record;
pub(in super::super) use checked::Checked;
pub(in super::super) use edit::Edit;
pub(in super::super) use heal::Heal;
pub(in super::super) use upgrade::Upgrade;

#[async_trait]
impl Deploys for Writing<'_> {
    type Found = Drawn;
    type Content = Content;

    fn tenant_label(&self) -> &str {
        &self.reading.config.tenant_label
    }

    fn most_replicas(&self) -> u32 {
        self.reading.config.max_replicas
    }

    fn own_extensions(&self) -> &[&str] {
        &OWN
    }

    fn notes<'f>(&self, drawn: &'f Drawn) -> &'f Notes {
        &drawn.notes
    }

    fn content<'f>(&self, drawn: &'f Drawn) -> &'f Content {
        &drawn.content
    }

    fn check_idle(&self, drawn: &Drawn) -> Result<()> {
        check_idle(drawn)
    }

    fn check_values(&self, drawn: &Drawn, extensions: &Extensions, values: &Extensions) -> Result<()> {
        values::check(&self.reading.config, &drawn.shape.name, extensions, values)
    }

    fn set_values(&self, _: &Drawn, content: &mut Content, values: &Extensions) -> Result<()> {
        content.set_values(values.clone())
    }

    fn scaled(&self, drawn: &Drawn, replicas: u32) -> Result<Content> {
        let place = drawn.replicas.as_ref().ok_or_else(|| no_replicas(REPLICAS))?;
        let (mut content, mut values) = (drawn.content.clone(), drawn.content.values().clone());
        place.set(&mut values, json!(replicas));
        content.set_values(values)?;
        Ok(content)
    }

    fn content_of(&self, drawn: &Drawn, record: &Record) -> Result<(Content, String)> {
        let mut content = Content::of_record(drawn.shape.layout, &record.spec)?;
        // Otherwise Crossplane would go on to the newest revision.
        content.pin_present();
        let of = content.package_fingerprint();
        Ok((content, of))
    }

    async fn earlier(&self, context: &Context, drawn: &Drawn) -> Result<Vec<Record>> {
        self.reading.earlier(context, drawn).await
    }

    /// The change, as a new revision.
    fn deploy(&self, drawn: &Drawn, target: Target<Content>) -> Plan {
        let mut notes = drawn.notes.clone();
        let number = drawn.deployment.revision.saturating_add(1);
        let work = self.work(target.kind, drawn.object.meta.generation);
        notes.revision = Some(self.revision(number, target.description, target.content.fingerprint()));
        notes.rolled_back_to = target.rolled_back_to;
        // What was noted before may be about another revision of a composition.
        let same = notes.package(&drawn.content.package_fingerprint()).cloned();
        notes.package = target.package.or(same);
        notes.work = Some(work.clone());
        let mut patch = json!({
            "metadata": {"annotations": {NOTES: notes.text(), REQUESTED: work.token}},
        });
        if let Some(change) = difference(&drawn.content.value(), &target.content.value()) {
            patch["spec"] = change;
        }
        Plan { patch, revises: true }
    }
}
