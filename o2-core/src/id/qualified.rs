//! The rule that ties an object's id to the plugin it came from: `plugin~native`.
//!
//! Objects of the default plugin keep their native id, unless it contains a `~` itself. The parse is total: every text
//! names exactly one plugin and one native id, so `GET` by id is routed without state and without asking around.

use super::PluginId;

/// Separates plugin and native id. No plugin name contains it.
pub const SEPARATOR: char = '~';
const SEPARATOR_TEXT: &str = "~";

/// The id under which the service shows `native` of `plugin`.
#[must_use]
pub fn qualify(plugin: &PluginId, is_default: bool, native: &str) -> String {
    if is_default && !native.contains(SEPARATOR) {
        native.to_owned()
    } else {
        // Lists of several plugins do this for every id: join the parts at once instead of formatting them.
        [plugin.as_str(), SEPARATOR_TEXT, native].concat()
    }
}

/// Splits a service-level id into the plugin's name, if it has one, and the rest.
///
/// ```
/// use o2_core::id::qualified::split;
/// assert_eq!(split("aws~i-1~x"), (Some("aws"), "i-1~x"));
/// assert_eq!(split("i-1"), (None, "i-1"));
/// ```
#[must_use]
pub fn split(id: &str) -> (Option<&str>, &str) {
    match id.split_once(SEPARATOR) {
        Some((plugin, native)) => (Some(plugin), native),
        None => (None, id),
    }
}

/// Rewrites ids for one plugin. Models hand it every id they carry.
#[derive(Debug, Clone, Copy)]
pub struct Qualifier<'a> {
    plugin: &'a PluginId,
    is_default: bool,
}

impl<'a> Qualifier<'a> {
    /// Qualifies ids of `plugin`.
    #[must_use]
    pub fn new(plugin: &'a PluginId, is_default: bool) -> Self {
        Self { plugin, is_default }
    }

    /// Whether `id` looks different at service level.
    #[must_use]
    pub fn changes(&self, id: &str) -> bool {
        !id.is_empty() && (!self.is_default || id.contains(SEPARATOR))
    }

    /// Rewrites one id in place. An empty id refers to nothing and stays empty.
    pub fn apply<K: ?Sized>(&self, id: &mut super::Id<K>) {
        if self.changes(id.as_str()) {
            *id = super::Id::from(qualify(self.plugin, self.is_default, id.as_str()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn split_inverts_qualify_for_any_native_id() {
        let plugin = PluginId::new("aws");
        for native in ["i-1", "", "a~b", "~", "aws~x", "größe/1%"] {
            let id = qualify(&plugin, false, native);
            assert_eq!(split(&id), (Some("aws"), native));
            match split(&qualify(&plugin, true, native)) {
                (None, rest) => assert_eq!(rest, native),
                (Some(name), rest) => assert_eq!((name, rest), ("aws", native)),
            }
        }
    }
}
