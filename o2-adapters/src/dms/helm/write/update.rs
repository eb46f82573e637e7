//! New values, descriptions and labels.

use std::sync::Arc;

use o2_core::{Context, Error, ErrorKind, Result};
use o2_dms::{Deployment, DeploymentId, DeploymentUpdate};

use super::revise::Next;
use super::{Claimed, check};
use crate::dms::helm::core::Core;
use crate::dms::helm::draw::given_extensions;
use crate::dms::helm::release::Work;
use crate::dms::helm::releases::{Notes, SECRETS};
use crate::dms::helm::work::Step;
use crate::kube::At;

impl Core {
    /// New values are a new revision; anything else changes at once, without Helm.
    pub(crate) async fn update(
        &self,
        context: &Context,
        id: &DeploymentId,
        update: &DeploymentUpdate,
    ) -> Result<Arc<Deployment>> {
        let claimed = self.whole(context, id).await?;
        if update.expected.is_some() && update.expected != claimed.deployment().version {
            return Err(stale());
        }
        check::extensions(&update.extensions)?;
        let step = self.step(&claimed, update)?;
        if update.values == claimed.deployment().values {
            self.note(context, &claimed, step, update.expected.is_some()).await?;
            let target = claimed.target();
            drop(claimed);
            return self.changed(context, &target).await;
        }
        let (package, chart) = self.own_chart(context, &claimed).await?;
        let next = Next {
            package,
            chart,
            values: update.values.clone(),
            work: Work::Update,
            description: "New values".to_owned(),
            step,
        };
        self.revise(context, claimed, next).await
    }

    /// How the notes change.
    fn step(&self, claimed: &Claimed, update: &DeploymentUpdate) -> Result<Step> {
        let deployment = claimed.deployment();
        let known = claimed.present.current.notes.clone();
        let noted = Notes {
            deployment: deployment.deployment_id.to_string(),
            description: update.description.clone(),
            resource_pool_id: deployment.resource_pool_id.clone(),
            labels: update.labels.clone(),
            extensions: given_extensions(&update.extensions),
            updated_at: Some(self.clock.now()),
            meta: known.as_ref().map(|known| known.meta.clone()).unwrap_or_default(),
        };
        if known.unwrap_or_default().says_the_same(&noted) {
            return Ok(Step::Nothing);
        }
        let tenant = deployment.tenant_id.as_ref().map(o2_core::Id::as_str);
        Ok(Step::NoteThen {
            patch: noted.patch()?,
            secret: noted.secret(&claimed.target(), &self.labels_of(tenant))?,
        })
    }

    /// Writes the notes, in one call.
    async fn note(&self, context: &Context, claimed: &Claimed, step: Step, expected: bool) -> Result<()> {
        let Step::NoteThen { patch, secret } = step else {
            return Ok(());
        };
        let (cluster, target) = (&self.releases.cluster, claimed.target());
        let (namespace, name) = (Some(target.namespace.as_str()), Notes::name(&target));
        let written = if claimed.present.current.notes.is_some() {
            cluster
                .merge(context, At::new(&SECRETS, namespace, &name), &patch)
                .await
        } else {
            cluster.create(context, &SECRETS, namespace, &secret, false).await
        };
        match written {
            Err(error) if error.is(ErrorKind::Conflict) && expected => Err(stale()),
            written => written.map(|_| ()),
        }
    }
}

fn stale() -> Error {
    Error::new(
        ErrorKind::PreconditionFailed,
        "the deployment has changed since it was read; read it again",
    )
}
