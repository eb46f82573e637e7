//! [`Instance`]: what every in-memory plugin is: who, what it can do, and its state.

use std::sync::Arc;

use o2_core::plugin::Health;
use o2_core::{Capabilities, Error, Operation, PluginInfo, Result};

use super::{Live, Timed};

/// One in-memory plugin.
#[derive(Debug)]
pub(crate) struct Instance<S> {
    pub(crate) info: PluginInfo,
    pub(crate) capabilities: Capabilities,
    pub(crate) live: Arc<Live<S>>,
}

impl<S: Timed> Instance<S> {
    /// The state, for `operation`.
    ///
    /// # Errors
    /// `Unsupported` when the operation is switched off.
    pub(crate) fn at(&self, operation: &'static Operation) -> Result<&Arc<Live<S>>> {
        if self.capabilities.supports(operation) {
            Ok(&self.live)
        } else {
            Err(Error::unsupported(operation))
        }
    }

    /// Healthy with these findings, or closed.
    pub(crate) fn health(&self, findings: impl FnOnce(&S) -> Vec<(&'static str, usize)>) -> Health {
        let time = self.live.now().time;
        match self.live.read(|state, _| findings(state)) {
            Ok(findings) => findings
                .into_iter()
                .fold(Health::healthy(time), |health, (name, number)| {
                    health.with_detail(name, number.to_string())
                }),
            Err(error) => Health::unhealthy(time, error.message()),
        }
    }
}
