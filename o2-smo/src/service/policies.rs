//! Policies.

use std::sync::Arc;

use o2_core::error::Excerpt;
use o2_core::id::qualified::SEPARATOR;
use o2_core::{Context, Error, ErrorKind, Result};

use super::{Entry, SmoService};
use crate::model::{Policy, PolicyId, PolicyStatus};
use crate::{op, validate};

impl SmoService {
    /// Puts a policy in force, or replaces the one with its id. It goes to the plugin that its id or it names, else to
    /// the default plugin.
    ///
    /// # Errors
    /// `InvalidInput` naming the field; the plugin's.
    pub async fn apply_policy(&self, context: &Context, mut policy: Policy) -> Result<Arc<PolicyStatus>> {
        validate::policy(&policy)?;
        let plugin = self.enforcer(context, &mut policy)?;
        let status = plugin.plugin().apply_policy(context, &policy).await?;
        self.plugins.show(context, &plugin, Arc::new(status))
    }

    /// How a policy is doing.
    ///
    /// # Errors
    /// `NotFound`, and the plugin's.
    pub async fn get_policy_status(&self, context: &Context, id: &PolicyId) -> Result<Arc<PolicyStatus>> {
        let owner = self.plugins.owner(context, &op::GET_POLICY_STATUS, id)?;
        let status = owner.plugin.plugin().get_policy_status(context, &owner.native).await?;
        self.plugins.show(context, &owner.plugin, Arc::new(status))
    }

    /// The plugin of a policy. Turns the policy's id, if it is qualified, into the plugin's own.
    fn enforcer(&self, context: &Context, policy: &mut Policy) -> Result<Entry> {
        let qualified = policy.policy_id.as_ref().filter(|id| id.as_str().contains(SEPARATOR));
        let Some(id) = qualified else {
            return self.chosen_by_body(context, &op::APPLY_POLICY, policy.plugin_name.as_ref());
        };
        let owner = self.plugins.owner(context, &op::APPLY_POLICY, id);
        let owner = owner.map_err(|error| match error.kind() {
            ErrorKind::NotFound => Error::violation("body.policyId", error.message()),
            _ => error,
        })?;
        let name = owner.plugin.name();
        if let Some(other) = policy.plugin_name.as_ref().filter(|other| *other != name) {
            let reason = format!(
                "is of plugin '{name}', but plugin '{}' is named",
                Excerpt(other.as_str())
            );
            return Err(Error::violation("body.policyId", reason));
        }
        policy.policy_id = Some(owner.native);
        Ok(owner.plugin)
    }
}
