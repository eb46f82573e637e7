//! What every model has in common: an id, an attribute table, extensions, a tenant.

pub mod attribute;
pub mod change;
pub mod extensions;
mod version;

use serde::Serialize;

pub use attribute::{Attribute, AttributeKind, AttributeValue, Attributes};
pub use change::{Change, ChangeKind};
pub use extensions::{Extensions, Labels};
pub use version::Version;

use crate::id::TenantId;
use crate::id::qualified::Qualifier;

/// An O2 object: listed, filtered, paged, and qualified with the plugin it came from.
pub trait Model: Attributes + Serialize + Clone + Send + Sync + 'static {
    /// The object's name, singular, `resourcePool`; the same as in its operations.
    const OBJECT: &'static str;

    /// The attributes that hold ids of objects of the same plugin, its own id first. A service shows them qualified.
    const IDS: &'static [&'static str];

    /// The attribute that says which objects of different backends are the same thing; used to merge duplicates.
    const GLOBAL_ID: Option<&'static str> = None;

    /// Its own id.
    fn id(&self) -> &str;

    /// The tenant it belongs to; `None` when it is shared.
    fn tenant(&self) -> Option<&TenantId>;

    /// The backend's mark of its state, if the backend has one; it becomes the `ETag`.
    fn version(&self) -> Option<&Version> {
        None
    }

    /// Shows every id that [`Self::qualify`] may rewrite.
    fn visit_ids(&self, visit: &mut dyn FnMut(&str));

    /// Rewrites its id and the ids of objects of the same plugin that it refers to.
    fn qualify(&mut self, qualifier: Qualifier<'_>);

    /// The value of [`Self::GLOBAL_ID`].
    fn global_id(&self) -> Option<&str> {
        None
    }
}
