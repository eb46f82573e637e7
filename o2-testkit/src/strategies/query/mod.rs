//! Filters, orders, selectors and whole queries that are valid for a type, made from its attribute table.

mod filter;
mod list;
mod target;

pub use filter::{filter, filter_about, predicate};
pub use list::{list_query, query, selection, sort};
