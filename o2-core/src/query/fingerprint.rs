//! [`Fingerprint`]: a 64-bit hash that is the same in every process and every version, for checksums and for telling
//! queries apart. It is FNV-1a: fast on short text, and no protection against anybody who wants a collision.

/// The FNV-1a hash of what has been added.
///
/// ```
/// use o2_core::query::Fingerprint;
/// assert_eq!(Fingerprint::new().bytes(b"a").value(), 0xaf63_dc4c_8601_ec8c);
/// assert_ne!(
///     Fingerprint::new().text("ab").text("c").value(),
///     Fingerprint::new().text("a").text("bc").value(),
/// );
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Of nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Adds bytes.
    #[must_use]
    pub fn bytes(self, bytes: &[u8]) -> Self {
        const PRIME: u64 = 0x0000_0100_0000_01b3;
        Self(
            bytes
                .iter()
                .fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(PRIME)),
        )
    }

    /// Adds a text and its end, so that the same letters split in another way make another fingerprint.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes()).bytes(&[0xff])
    }

    /// The hash.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self::new()
    }
}
