//! [`Subject`]: what a suite can be about, a plugin of some category or a storage engine.

use o2_core::plugin::ObservabilityPlugin;
use o2_core::store::Store;
use o2_core::{Capabilities, Plugin};
use o2_dms::DMSPlugin;
use o2_ims::IMSPlugin;
use o2_smo::SMOPlugin;

/// What a suite tries.
pub trait Subject: Send + Sync + 'static {
    /// What reports call such a thing, `ims`.
    const NAME: &'static str;

    /// What it says it can do. `None` when its contract leaves nothing out.
    fn declared(&self) -> Option<&Capabilities>;
}

impl Subject for dyn IMSPlugin {
    const NAME: &'static str = "ims";

    fn declared(&self) -> Option<&Capabilities> {
        Some(Plugin::capabilities(self))
    }
}

impl Subject for dyn DMSPlugin {
    const NAME: &'static str = "dms";

    fn declared(&self) -> Option<&Capabilities> {
        Some(Plugin::capabilities(self))
    }
}

impl Subject for dyn SMOPlugin {
    const NAME: &'static str = "smo";

    fn declared(&self) -> Option<&Capabilities> {
        Some(Plugin::capabilities(self))
    }
}

impl Subject for dyn ObservabilityPlugin {
    const NAME: &'static str = "observability";

    fn declared(&self) -> Option<&Capabilities> {
        Some(Plugin::capabilities(self))
    }
}

impl Subject for dyn Store {
    const NAME: &'static str = "store";

    fn declared(&self) -> Option<&Capabilities> {
        None
    }
}
