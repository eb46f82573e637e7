//! Who gets an inventory or an event.

use futures::future::BoxFuture;
use o2_core::router::{Facts, Failures, fan_out};
use o2_core::{Context, Operation, PluginId, Result};

use super::{AT_THE_SAME_TIME, Entry, Partial, SmoService};
use crate::SMOPlugin;

/// Who gets an inventory or an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Recipient {
    /// The default plugin.
    #[default]
    Default,
    /// The plugin of this name.
    Plugin(PluginId),
    /// Every plugin that has the operation.
    All,
}

impl SmoService {
    /// The plugins that `recipient` means, and those that it means but that cannot be called now.
    ///
    /// # Errors
    /// `NotFound` when there is no such plugin; `Unsupported`; `Unavailable`.
    pub(super) fn recipients(
        &self,
        context: &Context,
        operation: &'static Operation,
        recipient: &Recipient,
    ) -> Result<Partial<Vec<Entry>>> {
        let one = |entry| Partial::complete(vec![entry]);
        match recipient {
            Recipient::Default => self.chosen(context, operation, None).map(one),
            Recipient::Plugin(name) => self.chosen(context, operation, Some(name)).map(one),
            Recipient::All => {
                let facts = Facts::of(operation).with_tenant(context.tenant());
                let targets = self.plugins.router().targets(&facts)?;
                Ok(Partial::new(targets.plugins, targets.failures))
            }
        }
    }
}

/// Gives every recipient the same, a few at the same time.
///
/// # Errors
/// The worst one when nobody takes it.
pub(super) async fn hand_out<'a, R>(
    recipients: &'a [Entry],
    known: Failures,
    give: impl Fn(&'a dyn SMOPlugin) -> BoxFuture<'a, Result<R>>,
) -> Result<Partial<Vec<(PluginId, R)>>> {
    let answers = fan_out::merge(recipients, AT_THE_SAME_TIME, |entry| give(&**entry.plugin())).await;
    let (value, failures) = fan_out::split(answers, known)?;
    Ok(Partial::new(value, failures))
}
