//! The operations of administration. Only roles with grants on `admin` have them.

use crate::operation::{Action, Category, Operation};

const fn operation(name: &'static str, object: &'static str, collection: &'static str, action: Action) -> Operation {
    Operation::new(Category::Admin, name, object, collection, action)
}

/// Lists plugins.
pub static LIST_PLUGINS: Operation = operation("list_plugins", "plugin", "plugins", Action::Read);
/// Reads one plugin.
pub static GET_PLUGIN: Operation = operation("get_plugin", "plugin", "plugins", Action::Read);
/// Enables or disables a plugin.
pub static SET_PLUGIN_ENABLED: Operation =
    operation("set_plugin_enabled", "plugin", "plugins", Action::Update).idempotent();
/// Checks the health of a plugin.
pub static CHECK_PLUGIN_HEALTH: Operation = operation("check_plugin_health", "plugin", "plugins", Action::Read);
/// Lists collectors.
pub static LIST_COLLECTORS: Operation = operation("list_collectors", "collector", "collectors", Action::Read);
/// Explains where a call would go.
pub static EXPLAIN_ROUTING: Operation = operation("explain_routing", "routing", "routing", Action::Read);
/// Reads what the gateway says about itself; needs no permission.
pub static READ_GATEWAY: Operation = operation("read_gateway", "gateway", "gateway", Action::Read);
/// Lists notifications that could not be delivered.
pub static LIST_DEAD_LETTERS: Operation = operation("list_dead_letters", "deadLetter", "deadLetters", Action::Read);
/// Reads one of them.
pub static GET_DEAD_LETTER: Operation = operation("get_dead_letter", "deadLetter", "deadLetters", Action::Read);
/// Sends some of them again.
pub static REPLAY_DEAD_LETTERS: Operation =
    operation("replay_dead_letters", "deadLetter", "deadLetters", Action::Execute);
/// Removes some of them.
pub static PURGE_DEAD_LETTERS: Operation =
    operation("purge_dead_letters", "deadLetter", "deadLetters", Action::Delete).idempotent();
/// Shows how delivery is doing.
pub static LIST_DELIVERIES: Operation = operation("list_deliveries", "delivery", "deliveries", Action::Read);
