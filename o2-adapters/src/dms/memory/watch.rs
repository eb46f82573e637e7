//! Watching packages and deployments.

use std::sync::Arc;

use futures::stream::BoxStream;
use o2_core::{Context, Result};
use o2_dms::DeploymentChange;

use super::state::State;
use crate::memory::{Live, follow};

/// Changes that the caller may see, those after `resume` and those to come, also those that only time brings about.
pub(super) fn watch(
    live: &Arc<Live<State>>,
    context: &Context,
    resume: Option<&str>,
) -> Result<BoxStream<'static, Result<DeploymentChange>>> {
    let mut position = live.read(|state, _| state.journal.position(resume))??;
    let context = context.clone();
    Ok(follow(Arc::clone(live), move |state| {
        state
            .journal
            .step(&mut position, |object| context.sees(object.tenant()))
    }))
}
