//! Another package.

use o2_core::{Context, Error, Result, async_trait};
use o2_dms::UpgradeRequest;

use super::Writing;
use crate::dms::flux::draw::Drawn;
use crate::dms::flux::values::set_values;
use crate::dms::flux::write::create::check_values;
use crate::dms::flux::write::{Chosen, check_idle};
use crate::kube::deployed::{Changing, Deploys, Plan, Target, WorkKind};

/// An upgrade.
pub(in super::super::super) struct Upgrade<'a> {
    pub(in super::super::super) by: Writing<'a>,
    pub(in super::super::super) request: &'a UpgradeRequest,
}

#[async_trait]
impl Changing<Drawn> for Upgrade<'_> {
    async fn plan(&self, context: &Context, drawn: &Drawn) -> Result<Option<Plan>> {
        let (reading, engine) = (self.by.reading, drawn.object.engine);
        let said = &drawn.notes.extensions;
        let package = Chosen::find(reading, context, &self.request.package_id, said).await?;
        if package.engine != engine {
            let kind = &engine.kind().name;
            let reason = format!("a {kind} cannot deploy this package; create another deployment");
            return Err(Error::violation("packageId", reason));
        }
        check_idle(drawn)?;
        let mut content = drawn.content.clone();
        content.deploy(&package.members);
        if let Some(values) = &self.request.values {
            check_values(&reading.config, said, engine, values)?;
            set_values(&mut content, values, drawn.replicas.as_ref())?;
        }
        let target = Target {
            package: Some(package.noted(&content)),
            content,
            description: format!("Upgrade to {} {}", package.name, package.version),
            kind: WorkKind::Upgrade,
            rolled_back_to: None,
        };
        Ok(Some(self.by.deploy(drawn, target)))
    }
}
