//! HTTP exchanges as the fakes of this crate see them: what was sent ([`SeenRequest`], [`Body`]), what nobody may read
//! ([`Redaction`]), and how a request differs from the one that was expected. Nothing here sends or answers anything.

mod body;
mod difference;
mod json;
mod pattern;
mod redaction;
mod seen;
#[cfg(test)]
mod tests;

pub use body::Body;
pub use redaction::Redaction;
pub use seen::SeenRequest;

pub(crate) use difference::Difference;
pub(crate) use pattern::Pattern;
