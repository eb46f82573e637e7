//! What a list request asks for: filter, selection, sort order, page.

/// What a plugin is asked to list. It honours every part; the service asks only for what the plugin's
/// [`Pushdown`](crate::Pushdown) allows and does the rest itself.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ListQuery {
    /// The most items to return; fewer are allowed even when more follow.
    pub limit: Option<u32>,
    /// Where to go on: the `next` of the page before.
    pub marker: Option<String>,
}
