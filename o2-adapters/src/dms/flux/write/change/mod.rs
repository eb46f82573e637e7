//! The requests that change a deployment that is there. Each makes a plan: one merge patch, with the token by which the
//! controller says that it has done it.

mod edit;
mod heal;
mod upgrade;

use o2_core::{Context, Extensions, Result, async_trait};
use serde_json::json;

use super::create::{OWN, check_values};
use super::{Writing, adopted, check_idle};
use crate::dms::flux::draw::{Drawn, REPLICAS};
use crate::dms::flux::objects::Content;
use crate::dms::flux::values::set_values;
use crate::dms::flux::wire::REQUESTED;
use crate::kube::deployed::{Deploys, NOTES, Notes, Plan, Target, difference, no_replicas};
use crate::kube::revisions::Record;
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
        check_values(&self.reading.config, extensions, drawn.object.engine, values)
    }

    fn set_values(&self, drawn: &Drawn, content: &mut Content, values: &Extensions) -> Result<()> {
        set_values(content, values, drawn.replicas.as_ref())
    }

    fn scaled(&self, drawn: &Drawn, replicas: u32) -> Result<Content> {
        let place = drawn.replicas.as_ref().ok_or_else(|| no_replicas(REPLICAS))?;
        let mut content = drawn.content.clone();
        place.set(&mut content, replicas)?;
        Ok(content)
    }

    fn content_of(&self, drawn: &Drawn, record: &Record) -> Result<(Content, String)> {
        let content = Content::of(drawn.object.engine, &record.spec)?;
        let of = content.package_fingerprint();
        Ok((content, of))
    }

    async fn earlier(&self, context: &Context, drawn: &Drawn) -> Result<Vec<Record>> {
        self.reading.earlier(context, drawn).await
    }

    /// The change, a new revision, and the request to look at it.
    fn deploy(&self, drawn: &Drawn, target: Target<Content>) -> Plan {
        let mut notes = adopted(drawn);
        let number = drawn.deployment.revision.saturating_add(1);
        let work = self.work(target.kind);
        notes.revision = Some(self.revision(number, target.description, target.content.fingerprint()));
        notes.rolled_back_to = target.rolled_back_to;
        // What was noted before may be about another source.
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
