//! Whether trying again makes sense. Set where the cause is known, never guessed from text.

/// Whether trying again makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Retry {
    /// The same call will fail again.
    Never,
    /// Nothing has happened yet: any call may be repeated.
    Safe,
    /// Something may have happened: only idempotent calls may be repeated.
    IfIdempotent,
}
