//! The `Retry-After` header (RFC 9110, 10.2.3): seconds, or a date.

use std::time::Duration;

use http::HeaderMap;
use http::header::RETRY_AFTER;
use o2_core::Timestamp;

/// Nobody is told to wait longer.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a response asks to wait, a day at most; `None` when it does not say or cannot be understood.
#[must_use]
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => http_date(text)?.since(now),
    };
    Some(wait.min(LONGEST))
}

/// Reads `Sun, 06 Nov 1994 08:49:37 GMT`, the one form of a date that HTTP still permits to send.
fn http_date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let parts: Vec<_> = text.split(' ').collect();
    let [_, day, month, year, time, "GMT"] = parts.as_slice() else {
        return None;
    };
    let month = MONTHS.iter().position(|known| known == month)? + 1;
    Timestamp::parse(&format!("{year}-{month:02}-{day}T{time}Z")).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str, now: Timestamp) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, text.parse().unwrap());
        retry_after(&headers, now)
    }

    #[test]
    fn seconds_and_dates_are_understood() {
        let now = Timestamp::parse("1994-11-06T08:49:00Z").unwrap();
        for (text, seconds) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("999999999999", Some(24 * 60 * 60)),
            ("Sun, 06 Nov 2094 08:49:37 GMT", Some(24 * 60 * 60)),
            ("99999999999999999999999999", None),
            ("-1", None),
            ("soon", None),
            ("Sunday, 06-Nov-94 08:49:37 GMT", None),
            ("Sun, 31 Feb 1994 08:49:37 GMT", None),
            ("", None),
        ] {
            assert_eq!(read(text, now), seconds.map(Duration::from_secs), "{text}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    proptest! {
        #[test]
        fn dates_that_we_write_are_read(offset in 0_u64..86_400, start in 0_i64..4_000_000_000) {
            let now = Timestamp::from_unix_seconds(start);
            let then = now.plus(Duration::from_secs(offset));
            prop_assert_eq!(read(&then.to_http_date(), now), Some(Duration::from_secs(offset)));
        }

        #[test]
        fn nothing_makes_it_fail(text in "[ -~]{0,40}") {
            let _ = read(&text, Timestamp::UNIX_EPOCH);
        }
    }
}
