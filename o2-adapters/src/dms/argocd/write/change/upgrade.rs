//! Another package.

use o2_core::{Context, Result, async_trait};
use o2_dms::UpgradeRequest;

use super::Writing;
use crate::dms::argocd::draw::Drawn;
use crate::dms::argocd::values::{Tool, set_values};
use crate::dms::argocd::write::create::check_replicas;
use crate::dms::argocd::write::{Chosen, check_idle};
use crate::kube::deployed::{Changing, Deploys, Plan, Target, WorkKind};

/// An upgrade.
pub(in super::super::super) struct Upgrade<'a> {
    pub(in super::super::super) by: Writing<'a>,
    pub(in super::super::super) request: &'a UpgradeRequest,
}

#[async_trait]
impl Changing<Drawn> for Upgrade<'_> {
    async fn plan(&self, context: &Context, drawn: &Drawn) -> Result<Option<Plan>> {
        let reading = self.by.reading;
        let said = &drawn.notes.extensions;
        let package = Chosen::find(reading, context, &self.request.package_id, said).await?;
        check_idle(drawn)?;
        let mut source = drawn.source.clone();
        source.deploy(&package.coordinates);
        if let Some(values) = &self.request.values {
            let tool = match package.tool {
                Some(tool) => tool,
                None => Tool::of(&source, &drawn.application.status.source_type),
            };
            check_replicas(&reading.config, &drawn.notes.extensions, tool, values)?;
            set_values(&mut source, tool, values)?;
        }
        let target = Target {
            content: source,
            description: format!("Upgrade to {} {}", package.name, package.version),
            package: Some(package.noted()),
            kind: WorkKind::Upgrade,
            rolled_back_to: None,
        };
        Ok(Some(self.by.deploy(drawn, target)))
    }
}
