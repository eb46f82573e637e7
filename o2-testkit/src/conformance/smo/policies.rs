//! Policies are put in force and replaced.

use o2_core::ErrorKind;
use o2_smo::{Policy, PolicyId, PolicyStatus, op};

use super::calls::NOBODY;
use super::{Scene, SmoCase, case};
use crate::conformance::{Verdict, fails, holds, same, skip};

const APPLY: &str = "Puts a policy in force for `context.tenant()`, or replaces the one with its id. The id in the answer is \
                     the one that `get_policy_status` knows.";
const REJECTED: &str = "`InvalidInput` when the orchestrator rejects it.";
const TENANT: &str =
    "An object that does not exist, or belongs to a tenant other than `context.tenant()`, is `NotFound`.";

pub(super) fn cases() -> Vec<SmoCase> {
    let (apply, get) = (&op::APPLY_POLICY, &op::GET_POLICY_STATUS);
    vec![
        case("apply_policy/what_is_applied_is_known", APPLY, |s| {
            Box::pin(what_is_applied_is_known(s))
        })
        .needing(&[apply, get]),
        case("apply_policy/an_id_that_is_there_is_replaced", APPLY, |s| {
            Box::pin(an_id_that_is_there_is_replaced(s))
        })
        .needing(&[apply, get]),
        case("apply_policy/rejected_policies_are_told", REJECTED, |s| {
            Box::pin(rejected_policies_are_told(s))
        })
        .needing(&[apply]),
        case("apply_policy/foreign_policies_stay", TENANT, |s| {
            Box::pin(foreign_policies_stay(s))
        })
        .needing(&[apply, get]),
        case("get_policy_status/unknown_ids_are_not_found", TENANT, |s| {
            Box::pin(unknown_ids_are_not_found(s))
        })
        .needing(&[get]),
        case("get_policy_status/foreign_policies_are_not_found", TENANT, |s| {
            Box::pin(foreign_policies_are_not_found(s))
        })
        .needing(&[apply, get]),
    ]
}

impl Scene<'_> {
    fn new_policy(&self, name: &str) -> Verdict<Policy> {
        let policy = self.world.new_policy(name);
        policy.map_or_else(|| skip("the world has no policy to apply"), Ok)
    }

    async fn applied(&self, policy: &Policy) -> Verdict<PolicyStatus> {
        Ok(self.plugin.apply_policy(&self.context, policy).await?)
    }

    async fn status(&self, id: &PolicyId) -> Verdict<PolicyStatus> {
        Ok(self.plugin.get_policy_status(&self.context, id).await?)
    }
}

async fn what_is_applied_is_known(scene: Scene<'_>) -> Verdict {
    let applied = scene.applied(&scene.new_policy("conformance-applied")?).await?;
    let id = &applied.policy_id;
    holds("the id of a policy", !id.as_str().is_empty(), "a text", id)?;
    let status = scene.status(id).await?;
    same("the id", &status.policy_id, id)?;
    holds("the status", !status.status.is_empty(), "a word", &status.status)
}

async fn an_id_that_is_there_is_replaced(scene: Scene<'_>) -> Verdict {
    let mut policy = scene.new_policy("conformance-replaced")?;
    let first = scene.applied(&policy).await?;
    policy.policy_id = Some(first.policy_id.clone());
    policy.enabled = !policy.enabled;
    let second = scene.applied(&policy).await?;
    same("the id", &second.policy_id, &first.policy_id)?;
    let differs = second.status != first.status;
    holds(
        "the status of what was switched",
        differs,
        "another word than before",
        &second.status,
    )?;
    same(
        "the status when it is read",
        scene.status(&first.policy_id).await?.status,
        second.status,
    )
}

async fn rejected_policies_are_told(scene: Scene<'_>) -> Verdict {
    let Some(policy) = scene.world.wrong_policy() else {
        return skip("the world has no policy that is rejected");
    };
    let applied = scene.plugin.apply_policy(&scene.context, &policy).await;
    fails(
        "a policy that the orchestrator rejects",
        applied,
        &[ErrorKind::InvalidInput],
    )?;
    Ok(())
}

async fn foreign_policies_stay(scene: Scene<'_>) -> Verdict {
    let [own, foreign] = scene.tenants()?;
    let applied = own.applied(&own.new_policy("conformance-owned")?).await?;
    let mut theirs = foreign.new_policy("conformance-taken-over")?;
    theirs.policy_id = Some(applied.policy_id.clone());
    theirs.enabled = !theirs.enabled;
    let taken = foreign.plugin.apply_policy(&foreign.context, &theirs).await;
    let kinds = [ErrorKind::NotFound, ErrorKind::AlreadyExists];
    fails("replacing another tenant's policy", taken, &kinds)?;
    same(
        "the status",
        own.status(&applied.policy_id).await?.status,
        applied.status,
    )
}

async fn unknown_ids_are_not_found(scene: Scene<'_>) -> Verdict {
    for id in [NOBODY, "", "..", "a/b"] {
        let status = scene.plugin.get_policy_status(&scene.context, &id.into()).await;
        fails(&format!("the status of '{id}'"), status, &[ErrorKind::NotFound])?;
    }
    Ok(())
}

async fn foreign_policies_are_not_found(scene: Scene<'_>) -> Verdict {
    let [own, foreign] = scene.tenants()?;
    let applied = own.applied(&own.new_policy("conformance-hidden")?).await?;
    let status = foreign
        .plugin
        .get_policy_status(&foreign.context, &applied.policy_id)
        .await;
    fails("the status of another tenant's policy", status, &[ErrorKind::NotFound])?;
    Ok(())
}
