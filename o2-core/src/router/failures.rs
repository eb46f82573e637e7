//! Which plugins failed, and how.

use std::fmt;

use crate::Error;
use crate::id::PluginId;

/// The plugins that failed where others may have answered. `Display` is the text of the `O2-Partial` header:
/// `aws=timeout, edge=unavailable`.
#[derive(Debug, Default)]
pub struct Failures(Vec<(PluginId, Error)>);

impl Failures {
    /// Nobody has failed.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// This plugin has failed too.
    pub fn push(&mut self, plugin: PluginId, error: Error) {
        let error = error.with_plugin(&plugin);
        self.0.push((plugin, error));
    }

    /// Whether nobody has failed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many have failed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Who has failed, and how.
    pub fn iter(&self) -> impl Iterator<Item = (&PluginId, &Error)> {
        self.0.iter().map(|(plugin, error)| (plugin, error))
    }

    /// The worst failure; of those that are equally bad, the first.
    #[must_use]
    pub fn worst(&self) -> Option<&Error> {
        self.0.get(self.position_of_worst()?).map(|(_, error)| error)
    }

    /// As [`Self::worst`], when this one failure must speak for all.
    #[must_use]
    pub fn into_worst(mut self) -> Option<Error> {
        let position = self.position_of_worst()?;
        Some(self.0.swap_remove(position).1)
    }

    fn position_of_worst(&self) -> Option<usize> {
        let severities = self.0.iter().map(|(_, error)| error.kind().severity()).enumerate();
        let worst = severities.rev().max_by_key(|(_, severity)| *severity)?;
        Some(worst.0)
    }
}

impl Extend<(PluginId, Error)> for Failures {
    fn extend<I: IntoIterator<Item = (PluginId, Error)>>(&mut self, failures: I) {
        for (plugin, error) in failures {
            self.push(plugin, error);
        }
    }
}

impl IntoIterator for Failures {
    type Item = (PluginId, Error);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (plugin, error)) in self.iter().enumerate() {
            let separator = if number == 0 { "" } else { ", " };
            write!(f, "{separator}{plugin}={}", error.kind())?;
        }
        Ok(())
    }
}
