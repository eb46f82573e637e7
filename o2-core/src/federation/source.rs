//! [`Source`]: where the objects of a plugin come from in one walk: from the plugin, or from what is known of it. All pages
//! of a walk come from the same source, because the markers of one mean nothing to the other.

use std::sync::OnceLock;

use crate::context::Context;
use crate::federation::Federation;
use crate::model::Model;
use crate::plugin::Plugin;
use crate::registry::{Registered, Status};
use crate::snapshot::Kept;
use crate::{Error, ErrorKind, Fault, PluginId};

/// Where the objects of a plugin come from.
#[derive(Debug, Clone, Default)]
pub(super) struct Source {
    /// What is known of the plugin.
    kept: Option<Kept>,
    /// Whether that is shown without asking the plugin.
    from_kept: bool,
    /// Why the plugin could not be asked, if what is known is shown instead.
    failed: OnceLock<ErrorKind>,
}

impl Source {
    /// The plugin, unless what is known is fresh enough; and what is known when the plugin does not answer.
    pub(super) fn of(kept: Option<Kept>) -> Self {
        Self {
            from_kept: kept.as_ref().is_some_and(|kept| kept.is_fresh),
            kept,
            failed: OnceLock::new(),
        }
    }

    /// What is known, however old, as on the pages before; `failed` says why the plugin was not asked.
    pub(super) fn kept(kept: Kept, failed: Option<ErrorKind>) -> Self {
        Self {
            kept: Some(kept),
            from_kept: true,
            failed: failed.map(OnceLock::from).unwrap_or_default(),
        }
    }

    /// The plugin, as on the pages before; if it fails before it is begun with, what is known.
    pub(super) fn live(kept: Option<Kept>) -> Self {
        Self {
            kept,
            ..Self::default()
        }
    }

    /// What is known, if that is the source.
    pub(super) fn shown(&self) -> Option<&Kept> {
        self.kept
            .as_ref()
            .filter(|_| self.from_kept || self.failed.get().is_some())
    }

    /// The plugin failed. Whether what is known can be shown instead: the caller's own mistakes are answers.
    pub(super) fn fall_back(&self, error: &Error) -> bool {
        let possible = self.kept.is_some() && !self.from_kept && error.fault() != Fault::Caller;
        possible && self.failed.set(error.kind()).is_ok()
    }

    /// Why the plugin could not be asked.
    pub(super) fn failure(&self) -> Option<ErrorKind> {
        self.failed.get().copied()
    }
}

/// What the caller is told of a plugin whose objects are shown as they were known last.
pub(super) fn stale(kind: ErrorKind) -> Error {
    Error::new(
        kind,
        "the plugin does not answer; its objects are shown as they were known last",
    )
}

impl<P: ?Sized + Plugin> Federation<P> {
    /// What is known of the objects of this type, or of one of them, for this caller.
    pub(super) fn kept<T: Model>(&self, context: &Context, plugin: &PluginId, id: Option<&str>) -> Option<Kept> {
        self.snapshots.as_ref()?.kept(context, plugin, T::OBJECT, id)
    }
}

/// Whether the plugin would be called if only it worked.
pub(super) fn is_out_of_order<P: ?Sized>(plugin: &Registered<P>) -> bool {
    matches!(plugin.status(), Status::Unhealthy | Status::Failed)
}
