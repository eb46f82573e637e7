//! Another package: another revision of a composition, on which the deployment then stays.

use o2_core::{Context, Error, Result, async_trait};
use o2_dms::UpgradeRequest;

use super::Writing;
use crate::dms::crossplane::draw::Drawn;
use crate::dms::crossplane::values;
use crate::dms::crossplane::write::check_idle;
use crate::kube::deployed::{Changing, Deploys, Plan, Target, WorkKind};

/// An upgrade.
pub(in super::super::super) struct Upgrade<'a> {
    pub(in super::super::super) by: Writing<'a>,
    pub(in super::super::super) request: &'a UpgradeRequest,
}

#[async_trait]
impl Changing<Drawn> for Upgrade<'_> {
    async fn plan(&self, context: &Context, drawn: &Drawn) -> Result<Option<Plan>> {
        let (reading, request) = (self.by.reading, self.request);
        let (config, said) = (&reading.config, &drawn.notes.extensions);
        let shelf = reading.shelf(context).await?;
        let chosen = shelf.choose(&config.tenant_label, &request.package_id, said)?;
        if chosen.shape.name != drawn.shape.name {
            let (is, other) = (&drawn.shape.name, &chosen.shape.name);
            let reason = format!("the package is for {other}, and the deployment of {is}; create another deployment");
            return Err(Error::violation("packageId", reason));
        }
        check_idle(drawn)?;
        let mut content = drawn.content.clone();
        content.pin(&chosen.composition, &chosen.revision);
        if let Some(values) = &request.values {
            values::check(config, &drawn.shape.name, said, values)?;
            content.set_values(values.clone())?;
        }
        let package = &chosen.package;
        let target = Target {
            package: Some(chosen.noted(content.package_fingerprint())),
            description: format!("Upgrade to {} {}", package.name, package.version),
            content,
            kind: WorkKind::Upgrade,
            rolled_back_to: None,
        };
        Ok(Some(self.by.deploy(drawn, target)))
    }
}
