//! An earlier revision.
//!
//! Argo CD's own rollback synchronises an earlier source and leaves the Application as it is, which then differs from what
//! runs, and is undone by the next synchronisation. Here the Application gets the source of that revision, at the commit or
//! version that it stood for then, and is synchronised in the same call; so nothing undoes it, whether or not Argo CD also
//! synchronises by itself.

use o2_core::{Context, Error, Result, async_trait};
use o2_dms::RollbackRequest;

use super::{Target, Writing};
use crate::dms::argocd::draw::Drawn;
use crate::dms::argocd::history::source_of;
use crate::dms::argocd::read::Reading;
use crate::dms::argocd::write::check_idle;
use crate::kube::deployed::{Changing, NotedPackage, Plan, WorkKind};
use crate::kube::revisions::Record;

/// A rollback.
pub(in super::super::super) struct Rollback<'a> {
    pub(in super::super::super) writing: Writing<'a>,
    pub(in super::super::super) request: &'a RollbackRequest,
}

#[async_trait]
impl Changing<Reading> for Rollback<'_> {
    async fn plan(&self, context: &Context, drawn: &Drawn) -> Result<Option<Plan>> {
        check_idle(drawn)?;
        let earlier = self.writing.reading.earlier(context, drawn).await?;
        let record = self.wanted(&earlier)?;
        let source = source_of(record)?;
        let package = NotedPackage {
            id: record.package_id.to_string(),
            version: record.package_version.clone(),
            of: source.coordinates().fingerprint(),
        };
        let target = Target {
            source,
            package: Some(package),
            kind: WorkKind::Rollback,
            description: format!("Rollback to {}", record.number),
            rolled_back_to: Some(record.number),
        };
        Ok(Some(self.writing.deploy(drawn, target)))
    }
}

impl Rollback<'_> {
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
