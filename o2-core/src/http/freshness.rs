//! How old an answer may be, as `Cache-Control` of the request says (RFC 9111).

use std::time::Duration;

use http::HeaderMap;
use http::header::CACHE_CONTROL;

use crate::context::Consistency;

/// How old the objects in an answer may be: `no-cache` asks the backend, `max-age=N` allows N seconds, and without either
/// it is `otherwise`. What cannot be read is not there.
#[must_use]
pub fn consistency(headers: &HeaderMap, otherwise: Duration) -> Consistency {
    let values = headers.get_all(CACHE_CONTROL).iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    let directives = texts.flat_map(|text| text.split(',')).map(str::trim);
    let mut oldest = otherwise;
    for directive in directives {
        let (name, value) = directive.split_once('=').unwrap_or((directive, ""));
        if name.eq_ignore_ascii_case("no-cache") {
            return Consistency::Live;
        }
        if name.eq_ignore_ascii_case("max-age") {
            oldest = value.trim_matches('"').parse().map_or(oldest, Duration::from_secs);
        }
    }
    match oldest {
        Duration::ZERO => Consistency::Live,
        oldest => Consistency::AtMost(oldest),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_request_says_how_old_the_answer_may_be() {
        let at_most = |seconds| Consistency::AtMost(Duration::from_secs(seconds));
        for (text, expected) in [
            ("", at_most(60)),
            ("max-age=5", at_most(5)),
            ("Max-Age=\"7\"", at_most(7)),
            ("no-store, max-age=9", at_most(9)),
            ("max-age=0", Consistency::Live),
            ("no-cache", Consistency::Live),
            ("max-age=9, No-Cache", Consistency::Live),
            ("max-age=soon", at_most(60)),
            ("max-age=-1", at_most(60)),
        ] {
            let headers = HeaderMap::from_iter([(CACHE_CONTROL, HeaderValue::from_static(text))]);
            assert_eq!(consistency(&headers, Duration::from_secs(60)), expected, "{text}");
        }
        assert_eq!(consistency(&HeaderMap::new(), Duration::ZERO), Consistency::Live);
    }
}
