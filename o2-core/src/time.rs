//! [`Timestamp`]: the one time type of every public signature, RFC 3339 on the wire.
//!
//! It does not know the current time; ask the [`Clock`](crate::ports::Clock).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Error, Result};

/// An instant in UTC, to the nanosecond.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const UNIX_EPOCH: Self = Self(DateTime::UNIX_EPOCH);

    /// The instant `nanos` nanoseconds after the Unix epoch.
    #[must_use]
    pub fn from_unix_nanos(nanos: i64) -> Self {
        Self(DateTime::from_timestamp_nanos(nanos))
    }

    /// The instant `seconds` seconds after the Unix epoch; what chrono cannot represent becomes the epoch.
    #[must_use]
    pub fn from_unix_seconds(seconds: i64) -> Self {
        Self(DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::UNIX_EPOCH))
    }

    /// Nanoseconds since the Unix epoch, saturating (the range ends in the year 2262).
    #[must_use]
    pub fn unix_nanos(self) -> i64 {
        self.0
            .timestamp_nanos_opt()
            .unwrap_or(if self.0 < DateTime::UNIX_EPOCH {
                i64::MIN
            } else {
                i64::MAX
            })
    }

    /// Whole seconds since the Unix epoch.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.0.timestamp()
    }

    /// Reads an RFC 3339 text such as `2026-01-01T00:00:00Z` or `2026-01-01T02:00:00+02:00`.
    ///
    /// # Errors
    /// `InvalidInput` when the text is not RFC 3339.
    pub fn parse(text: &str) -> Result<Self> {
        DateTime::parse_from_rfc3339(text)
            .map(|time| Self(time.with_timezone(&Utc)))
            .map_err(|source| Error::invalid(format!("'{text}' is not an RFC 3339 time ({source})")))
    }

    /// As HTTP headers write it (RFC 9110 clause 5.6.7), `Fri, 01 Jan 2027 00:00:00 GMT`.
    #[must_use]
    pub fn to_http_date(self) -> String {
        self.0.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Reads what HTTP headers write, as [`Self::to_http_date`] does; `None` when it is something else.
    #[must_use]
    pub fn parse_http_date(text: &str) -> Option<Self> {
        let date = DateTime::parse_from_rfc2822(text).ok()?;
        Some(Self(date.with_timezone(&Utc)))
    }

    /// This instant moved forward; saturates at the end of time.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let delta = TimeDelta::from_std(duration).unwrap_or(TimeDelta::MAX);
        Self(self.0.checked_add_signed(delta).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    /// Time that passed since `earlier`; zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        (self.0 - earlier.0).to_std().unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips_and_offsets_are_normalised() {
        for (text, canonical) in [
            ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
            ("2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00Z"),
            ("2026-01-01T00:00:00.250Z", "2026-01-01T00:00:00.250Z"),
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), canonical);
        }
        assert!(Timestamp::parse("yesterday").is_err());
    }

    #[test]
    fn http_dates_round_trip() {
        let time = Timestamp::from_unix_seconds(784_111_777);
        assert_eq!(time.to_http_date(), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(Timestamp::parse_http_date(&time.to_http_date()), Some(time));
        assert_eq!(Timestamp::parse_http_date("tomorrow"), None);
    }

    #[test]
    fn arithmetic_saturates() {
        let epoch = Timestamp::UNIX_EPOCH;
        assert_eq!(epoch.plus(Duration::from_secs(5)).since(epoch), Duration::from_secs(5));
        assert_eq!(epoch.since(epoch.plus(Duration::from_secs(5))), Duration::ZERO);
        assert!(epoch.plus(Duration::MAX) > epoch);
    }
}
