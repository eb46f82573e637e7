//! The operations on subscriptions. They are the gateway's own, but roles grant them like those of plugins.

use crate::operation::{Action, Category, Operation};

const fn subscription(name: &'static str, action: Action) -> Operation {
    Operation::new(Category::Ims, name, "subscription", "subscriptions", action)
}

/// Lists subscriptions.
pub static LIST_SUBSCRIPTIONS: Operation = subscription("list_subscriptions", Action::Read);
/// Reads one subscription.
pub static GET_SUBSCRIPTION: Operation = subscription("get_subscription", Action::Read);
/// Creates a subscription.
pub static CREATE_SUBSCRIPTION: Operation = subscription("create_subscription", Action::Create);
/// Changes a subscription.
pub static UPDATE_SUBSCRIPTION: Operation = subscription("update_subscription", Action::Update).idempotent();
/// Ends a subscription.
pub static DELETE_SUBSCRIPTION: Operation = subscription("delete_subscription", Action::Delete);
/// Pauses a subscription.
pub static PAUSE_SUBSCRIPTION: Operation = subscription("pause_subscription", Action::Update).idempotent();
/// Resumes a subscription.
pub static RESUME_SUBSCRIPTION: Operation = subscription("resume_subscription", Action::Update).idempotent();
/// Sends a test notification.
pub static TEST_SUBSCRIPTION: Operation = subscription("test_subscription", Action::Execute);
