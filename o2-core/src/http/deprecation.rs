//! Deprecation as data on the route: the headers of RFC 9745 and RFC 8594, and the product's own.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::Timestamp;

/// A route that will go away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deprecation {
    /// Since when, seconds since the Unix epoch.
    pub since: i64,
    /// When it goes away, seconds since the Unix epoch.
    pub sunset: Option<i64>,
    /// Where to read what to do instead.
    pub guide: Option<&'static str>,
}

impl Deprecation {
    /// Deprecated since this second of the Unix epoch.
    #[must_use]
    pub const fn since(since: i64) -> Self {
        Self {
            since,
            sunset: None,
            guide: None,
        }
    }

    /// Says when it goes away.
    #[must_use]
    pub const fn with_sunset(mut self, sunset: i64) -> Self {
        self.sunset = Some(sunset);
        self
    }

    /// Says where to read what to do instead.
    #[must_use]
    pub const fn with_guide(mut self, guide: &'static str) -> Self {
        self.guide = Some(guide);
        self
    }

    /// Adds the headers that announce it.
    pub fn write(self, headers: &mut HeaderMap) {
        let mut set = |name: &'static str, value: String| {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.append(HeaderName::from_static(name), value);
            }
        };
        set("deprecation", format!("@{}", self.since));
        set("x-api-deprecated", "true".to_owned());
        set("x-api-deprecation-date", date(self.since));
        if let Some(sunset) = self.sunset {
            set("sunset", Timestamp::from_unix_seconds(sunset).to_http_date());
            set("x-api-sunset-date", date(sunset));
        }
        if let Some(guide) = self.guide {
            set("x-api-migration-guide", guide.to_owned());
            if let Ok(link) = HeaderValue::from_str(&format!("<{guide}>; rel=\"deprecation\"")) {
                headers.append(header::LINK, link);
            }
        }
    }
}

fn date(seconds: i64) -> String {
    Timestamp::from_unix_seconds(seconds)
        .to_string()
        .chars()
        .take(10)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_spellings_are_sent() {
        let mut headers = HeaderMap::new();
        Deprecation::since(1_782_864_000)
            .with_sunset(1_798_761_600)
            .with_guide("https://example.com/v2")
            .write(&mut headers);
        for (name, value) in [
            ("deprecation", "@1782864000"),
            ("sunset", "Fri, 01 Jan 2027 00:00:00 GMT"),
            ("link", "<https://example.com/v2>; rel=\"deprecation\""),
            ("x-api-deprecated", "true"),
            ("x-api-deprecation-date", "2026-07-01"),
            ("x-api-sunset-date", "2027-01-01"),
            ("x-api-migration-guide", "https://example.com/v2"),
        ] {
            assert_eq!(
                headers.get(name).map(|value| value.to_str().unwrap()),
                Some(value),
                "{name}"
            );
        }
    }
}
