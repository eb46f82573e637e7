//! An earlier revision.

use o2_core::{Context, Error, Result, async_trait};
use o2_dms::RollbackRequest;

use super::{Deploys, Target};
use crate::kube::deployed::{Changing, NotedPackage, Plan, WorkKind};
use crate::kube::revisions::Record;

/// A rollback.
pub(crate) struct Rollback<'a, D> {
    pub(crate) by: D,
    pub(crate) request: &'a RollbackRequest,
}

#[async_trait]
impl<D: Deploys> Changing<D::Found> for Rollback<'_, D> {
    async fn plan(&self, context: &Context, found: &D::Found) -> Result<Option<Plan>> {
        let by = &self.by;
        by.check_idle(found)?;
        let earlier = by.earlier(context, found).await?;
        let record = self.wanted(&earlier)?;
        let (content, of) = by.content_of(found, record)?;
        let package = NotedPackage {
            id: record.package_id.to_string(),
            version: record.package_version.clone(),
            of,
        };
        let target = Target {
            content,
            package: Some(package),
            kind: WorkKind::Rollback,
            description: format!("Rollback to {}", record.number),
            rolled_back_to: Some(record.number),
        };
        Ok(Some(by.deploy(found, target)))
    }
}

impl<D> Rollback<'_, D> {
    fn wanted<'r>(&self, earlier: &'r [Record]) -> Result<&'r Record> {
        let found = match self.request.revision {
            None => earlier.last(),
            Some(number) => earlier.iter().find(|record| record.number == number),
        };
        found.ok_or_else(|| {
            let known: Vec<_> = earlier.iter().map(|record| record.number.to_string()).collect();
            let which = self
                .request
                .revision
                .map(|number| format!(" {number}"))
                .unwrap_or_default();
            let reason = format!("there is no earlier revision{which} (known: {})", known.join(", "));
            Error::violation("revision", reason)
        })
    }
}
