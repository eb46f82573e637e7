//! [`Error`]: the one error type. It says what a caller can do about it ([`ErrorKind`]), whose fault it is
//! ([`Fault`]), whether trying again makes sense ([`Retry`]), what to tell the caller (the message) and what only the
//! operator may see (the detail and the source).

mod kind;
mod retry;

use std::fmt;
use std::time::Duration;

pub use kind::{ErrorKind, Fault};
pub use retry::Retry;

use crate::id::PluginId;
use crate::operation::Operation;

/// A result with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// What went wrong. One word in size; `Display` is the message, `source()` the cause.
///
/// ```
/// use o2_core::{Error, ErrorKind};
/// let error = Error::not_found("resourcePool", "p1");
/// assert!(error.is(ErrorKind::NotFound));
/// assert_eq!(error.to_string(), "there is no resourcePool 'p1'");
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    fault: Fault,
    retry: Retry,
    retry_after: Option<Duration>,
    message: String,
    detail: Option<String>,
    operation: Option<&'static Operation>,
    plugin: Option<PluginId>,
    violations: Vec<Violation>,
    source: Option<Source>,
}

/// One thing wrong with the caller's input.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Violation {
    /// Where: a JSON path into the body, or a query parameter with a position, `filter:12`.
    pub at: String,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl Error {
    /// An error with the fault and the retry verdict that are usual for its kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            fault: kind.usual_fault(),
            retry: kind.usual_retry(),
            retry_after: None,
            message: message.into(),
            detail: None,
            operation: None,
            plugin: None,
            violations: Vec::new(),
            source: None,
        }))
    }

    /// The object does not exist, or the caller may not know that it does.
    #[must_use]
    pub fn not_found(object: &str, id: &str) -> Self {
        Self::new(ErrorKind::NotFound, format!("there is no {object} '{}'", Excerpt(id)))
    }

    /// An object with this id or name exists.
    #[must_use]
    pub fn already_exists(object: &str, id: &str) -> Self {
        Self::new(
            ErrorKind::AlreadyExists,
            format!("{object} '{}' already exists", Excerpt(id)),
        )
    }

    /// The object's state does not allow it.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Conflict, message)
    }

    /// The caller's input is wrong.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, message)
    }

    /// The caller's input is wrong at one place.
    pub fn violation(at: impl Into<String>, reason: impl Into<String>) -> Self {
        let violation = Violation {
            at: at.into(),
            reason: reason.into(),
        };
        let error = Self::invalid(format!("{}: {}", violation.at, violation.reason));
        error.with_violation(violation)
    }

    /// The backend lacks the operation.
    #[must_use]
    pub fn unsupported(operation: &'static Operation) -> Self {
        Self::new(
            ErrorKind::Unsupported,
            format!("operation {} is not supported", operation.name),
        )
        .with_operation(operation)
    }

    /// The configuration is wrong.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// A defect of ours. The text is for the operator; the caller sees a neutral sentence.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, "internal error").with_detail(detail)
    }

    /// Sets whose fault it is.
    #[must_use]
    pub fn with_fault(mut self, fault: Fault) -> Self {
        self.0.fault = fault;
        self
    }

    /// Sets whether trying again makes sense.
    #[must_use]
    pub fn with_retry(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    /// Sets how long to wait before trying again, as the backend asked.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Adds text for the operator. It is logged and never serialised.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.0.detail = Some(detail.into());
        self
    }

    /// Adds a place in the caller's input.
    #[must_use]
    pub fn with_violation(mut self, violation: Violation) -> Self {
        self.0.violations.push(violation);
        self
    }

    /// Names the operation, unless an inner call has named it.
    #[must_use]
    pub fn with_operation(mut self, operation: &'static Operation) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// Names the plugin, unless an inner call has named it.
    #[must_use]
    pub fn with_plugin(mut self, plugin: &PluginId) -> Self {
        self.0.plugin.get_or_insert_with(|| plugin.clone());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What a caller can do about it.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether it is of this kind.
    #[must_use]
    pub fn is(&self, kind: ErrorKind) -> bool {
        self.0.kind == kind
    }

    /// Whose fault it is.
    #[must_use]
    pub fn fault(&self) -> Fault {
        self.0.fault
    }

    /// Whether trying again makes sense.
    #[must_use]
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// How long to wait before trying again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The text for the caller.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The text for the operator.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// The operation that failed.
    #[must_use]
    pub fn operation(&self) -> Option<&'static Operation> {
        self.0.operation
    }

    /// The plugin that failed.
    #[must_use]
    pub fn plugin(&self) -> Option<&PluginId> {
        self.0.plugin.as_ref()
    }

    /// The places in the caller's input that are wrong.
    #[must_use]
    pub fn violations(&self) -> &[Violation] {
        &self.0.violations
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("fault", &inner.fault)
            .field("retry", &inner.retry)
            .field("message", &inner.message)
            .field("detail", &inner.detail)
            .field("operation", &inner.operation.map(|operation| operation.name))
            .field("plugin", &inner.plugin)
            .field("violations", &inner.violations)
            .field("source", &inner.source)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// Prints at most 80 characters of text that came from outside, without control characters.
#[derive(Debug)]
pub struct Excerpt<'a>(pub &'a str);

impl fmt::Display for Excerpt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LENGTH: usize = 80;
        for character in self.0.chars().take(LENGTH) {
            fmt::Write::write_char(f, if character.is_control() { '\u{fffd}' } else { character })?;
        }
        if self.0.chars().nth(LENGTH).is_some() {
            f.write_str("…")
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_word() {
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }

    #[test]
    fn the_innermost_plugin_name_stays() {
        let error = Error::internal("x")
            .with_plugin(&PluginId::new("inner"))
            .with_plugin(&PluginId::new("outer"));
        assert_eq!(error.plugin().map(PluginId::as_str), Some("inner"));
    }

    #[test]
    fn outside_text_is_cut_and_cleaned() {
        assert_eq!(Excerpt("a\nb").to_string(), "a\u{fffd}b");
        assert_eq!(Excerpt(&"x".repeat(100)).to_string().chars().count(), 81);
    }

    #[test]
    fn the_detail_stays_out_of_the_message() {
        let error = Error::internal("password is hunter2");
        assert_eq!(error.to_string(), "internal error");
        assert_eq!(error.detail(), Some("password is hunter2"));
    }
}
