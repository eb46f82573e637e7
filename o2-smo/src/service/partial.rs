//! [`Partial`]: what came out of asking several plugins, some of which may have failed.

use o2_core::router::Failures;
use o2_core::{Error, PluginId};

/// What came out of asking several plugins.
#[derive(Debug)]
#[non_exhaustive]
pub struct Partial<T> {
    /// What came out.
    pub value: T,
    /// The plugins that are missing from it.
    pub failures: Failures,
}

impl<T> Partial<T> {
    /// Nobody is missing.
    #[must_use]
    pub fn complete(value: T) -> Self {
        Self::new(value, Failures::new())
    }

    /// These are missing.
    #[must_use]
    pub fn new(value: T, failures: Failures) -> Self {
        Self { value, failures }
    }

    /// Gives the value away; those who are missing from it join `failures`, each once.
    pub(super) fn take(self, failures: &mut Failures) -> T {
        join(failures, self.failures);
        self.value
    }
}

/// Adds failures of plugins that are not among `failures`.
pub(super) fn join(failures: &mut Failures, others: Failures) {
    for (plugin, error) in others {
        note(failures, plugin, error);
    }
}

/// Adds the failure of a plugin, unless the plugin is among `failures`.
pub(super) fn note(failures: &mut Failures, plugin: PluginId, error: Error) {
    if !failures.iter().any(|(known, _)| *known == plugin) {
        failures.push(plugin, error);
    }
}
