//! [`Style`]: how everything of a cluster is drawn.

use o2_core::TenantId;

use crate::kube::Meta;

/// How everything is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Style<'s> {
    /// What extensions begin with.
    pub(crate) prefix: &'static str,
    pub(crate) o_cloud: &'s str,
    pub(crate) tenant_label: &'s str,
}

/// Whose something is: what the first object says that says anything.
pub(crate) fn tenant_of<'m>(label: &str, metas: impl IntoIterator<Item = Option<&'m Meta>>) -> Option<TenantId> {
    metas.into_iter().flatten().find_map(|meta| meta.tenant(label))
}
