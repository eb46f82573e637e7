//! [`DurationText`]: a length of time as people write it, `30s`, `1h30m`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Error, Result};

/// A length of time written as numbers with units: `500ms`, `30s`, `5m`, `1h30m`, `7d`.
///
/// The units are `d`, `h`, `m`, `s`, `ms`, `us` and `ns`, the longer before the shorter, each at most once.
///
/// ```
/// use std::time::Duration;
/// use o2_core::config::DurationText;
/// let timeout: DurationText = "1m30s".parse()?;
/// assert_eq!(timeout.get(), Duration::from_secs(90));
/// assert_eq!(timeout.to_string(), "1m30s");
/// # Ok::<(), o2_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DurationText(Duration);

const SECOND: u128 = 1_000_000_000;

/// Units and their nanoseconds, the longest first.
const UNITS: [(&str, u128); 7] = [
    ("d", 86_400 * SECOND),
    ("h", 3_600 * SECOND),
    ("m", 60 * SECOND),
    ("s", SECOND),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

const EXPECTED: &str = "a duration: whole numbers with units, such as 500ms, 30s, 5m or 1h30m";

impl DurationText {
    /// The length.
    #[must_use]
    pub const fn get(self) -> Duration {
        self.0
    }

    /// A number of whole seconds.
    #[must_use]
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// A number of milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(Duration::from_millis(millis))
    }

    /// Whether it is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0.is_zero()
    }
}

impl From<Duration> for DurationText {
    fn from(duration: Duration) -> Self {
        Self(duration)
    }
}

impl From<DurationText> for Duration {
    fn from(text: DurationText) -> Self {
        text.0
    }
}

impl FromStr for DurationText {
    type Err = Error;

    /// # Errors
    /// `InvalidInput` unless it is made of whole numbers with units and fits a [`Duration`]. The text is not repeated.
    fn from_str(text: &str) -> Result<Self> {
        read(text)
            .map(Self)
            .ok_or_else(|| Error::invalid(format!("expected {EXPECTED}")))
    }
}

fn read(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut units = UNITS.iter();
    let mut nanos = 0_u128;
    loop {
        let (number, after) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, after) = after.split_at(after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len()));
        let (_, length) = units.by_ref().find(|(name, _)| *name == unit)?;
        nanos = nanos.checked_add(number.parse::<u128>().ok()?.checked_mul(*length)?)?;
        rest = after;
        if rest.is_empty() {
            break;
        }
    }
    let seconds = u64::try_from(nanos / SECOND).ok()?;
    let below = u32::try_from(nanos % SECOND).ok()?;
    Some(Duration::new(seconds, below))
}

impl fmt::Display for DurationText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_nanos();
        if rest == 0 {
            return f.write_str("0s");
        }
        // Days are read but not written: 36h says more than 1d12h.
        for (unit, length) in UNITS.iter().skip(1) {
            if rest >= *length {
                write!(f, "{}{unit}", rest / length)?;
                rest %= length;
            }
        }
        Ok(())
    }
}

impl Serialize for DurationText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DurationText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;

        impl serde::de::Visitor<'_> for Text {
            type Value = DurationText;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(EXPECTED)
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<DurationText, E> {
                text.parse().map_err(|error: Error| E::custom(error.message()))
            }
        }

        deserializer.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_are_read_and_written_back() {
        for (text, millis, canonical) in [
            ("30s", 30_000, "30s"),
            ("500ms", 500, "500ms"),
            ("5m", 300_000, "5m"),
            ("1h30m", 5_400_000, "1h30m"),
            ("1d", 86_400_000, "24h"),
            ("90s", 90_000, "1m30s"),
            ("0s", 0, "0s"),
            (" 1m1ms ", 60_001, "1m1ms"),
            ("0h1s", 1_000, "1s"),
        ] {
            let read: DurationText = text.parse().unwrap();
            assert_eq!(read, DurationText::from_millis(millis), "{text}");
            assert_eq!(read.to_string(), canonical, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_duration_is_refused_without_repeating_it() {
        for text in [
            "",
            "30",
            "s",
            "30 s",
            "1.5h",
            "-1s",
            "5x",
            "1m1h",
            "1s1s",
            "1h 30m",
            "1h30",
            "１s",
            "hunter2",
            "99999999999999999999999h",
            "340282366920938463463374607431768211456ns",
        ] {
            let error = text.parse::<DurationText>().unwrap_err();
            assert_eq!(error.message(), format!("expected {EXPECTED}"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_duration_survives_being_written(seconds in any::<u64>(), nanos in 0_u32..1_000_000_000) {
            let duration = DurationText::from(Duration::new(seconds, nanos));
            prop_assert_eq!(duration.to_string().parse::<DurationText>().unwrap(), duration);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC*|[0-9dhmsun]{0,12}") {
            let _ = text.parse::<DurationText>();
        }
    }
}
