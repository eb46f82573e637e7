//! New deployments.

use std::collections::BTreeMap;
use std::sync::Arc;

use o2_core::{Context, Error, Model, Result};
use o2_dms::{Deployment, DeploymentId, DeploymentRequest};

use super::{Plan, check, ticket};
use crate::dms::helm::core::Core;
use crate::dms::helm::draw::given_extensions;
use crate::dms::helm::program::{Change, Revision, Target};
use crate::dms::helm::release::{Work, own_labels};
use crate::dms::helm::releases::{Notes, ReleaseId};
use crate::dms::helm::work::{Mark, Step};

impl Core {
    pub(crate) async fn create(&self, context: &Context, request: &DeploymentRequest) -> Result<Arc<Deployment>> {
        let target = self.new_target(&request.name, request.namespace.as_deref())?;
        let tenant = check::tenant(context)?;
        check::extensions(&request.extensions)?;
        self.works.catch_up(&*self.clock).await;
        self.check_free(context, &target).await?;
        let (package, chart) = self.given_chart(context, &request.package_id).await?;
        self.works.exited(&target, &*self.clock).await;
        let claim = self.works.claim(&target, &*self.clock).await?;
        self.check_free(context, &target).await?;

        let (id, ticket) = (ReleaseId::mint(), ticket(Work::Install));
        let owner = tenant.map(|tenant| (self.config.tenant_label.as_str(), tenant));
        let notes = Notes {
            deployment: id.clone(),
            description: request.description.clone(),
            resource_pool_id: request.resource_pool_id.clone(),
            labels: request.labels.clone(),
            extensions: given_extensions(&request.extensions),
            ..Notes::default()
        };
        let plan = Plan {
            target: target.clone(),
            deployment: DeploymentId::from(id.as_str()),
            revision: 1,
            base: None,
            mark: Mark::Ticket(ticket.clone()),
            step: Step::NoteFirst(notes.secret(&target, &self.labels_of(tenant))?),
        };
        let revision = Revision {
            chart: chart.archive,
            values: request.values.clone(),
            labels: own_labels(&package, &ticket).of(&id, owner),
            description: format!("Install {} {}", package.chart, package.version),
        };
        self.start(context, claim, plan, Change::Install(revision)).await?;
        self.changed(context, &target).await
    }

    /// The labels that say whose notes are.
    pub(super) fn labels_of(&self, tenant: Option<&str>) -> BTreeMap<String, String> {
        let label = tenant.map(|tenant| (self.config.tenant_label.clone(), tenant.to_owned()));
        label.into_iter().collect()
    }

    /// Checks that no release has the name, also none of which only the history is left: Helm would not take it.
    async fn check_free(&self, context: &Context, target: &Target) -> Result<()> {
        match self.releases.at(context, target).await? {
            None => Ok(()),
            Some(_) => {
                let name = format!("{}/{}", target.namespace, target.name);
                Err(Error::already_exists(Deployment::OBJECT, &name))
            }
        }
    }
}
