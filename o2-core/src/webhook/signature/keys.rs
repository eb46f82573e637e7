//! [`SigningKeys`]: the secret of a sender, and while it is being replaced, the one before.

use super::SigningSecret;
use crate::Timestamp;

/// The secrets that sign: the current one, and for a time after a rotation the one before, so that receivers can change
/// theirs in peace.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SigningKeys {
    /// Signs always.
    pub current: SigningSecret,
    /// Signs as well, until this time.
    pub previous: Option<(SigningSecret, Timestamp)>,
}

impl SigningKeys {
    /// One secret.
    #[must_use]
    pub fn new(current: SigningSecret) -> Self {
        Self {
            current,
            previous: None,
        }
    }

    /// `next` becomes the current secret. The one that was signs until `until`; one before that signs no more.
    #[must_use]
    pub fn rotated(self, next: SigningSecret, until: Timestamp) -> Self {
        Self {
            current: next,
            previous: Some((self.current, until)),
        }
    }

    /// The secrets that sign at `now`, the current one first.
    pub fn active(&self, now: Timestamp) -> impl Iterator<Item = &SigningSecret> {
        let previous = self.previous.as_ref().filter(|(_, until)| now < *until);
        std::iter::once(&self.current).chain(previous.map(|(secret, _)| secret))
    }
}
