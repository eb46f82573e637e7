//! What a callback must look like.

use http::Uri;
use url::Url;

use crate::webhook::egress::EgressPolicy;
use crate::{Error, Result};

/// Checks that a callback is an absolute `http` or `https` URL without credentials.
pub(super) fn check(text: &str) -> Result<()> {
    const LONGEST: usize = 2048;
    if text.len() > LONGEST {
        return Err(wrong_callback("has more than 2048 bytes"));
    }
    // One reader is strict about the shape, the other knows what hosts and ports are.
    let shape: Uri = text.parse().map_err(|_| wrong_callback("is not a URL"))?;
    let url = Url::parse(text).map_err(|error| wrong_callback(&format!("is not a URL ({error})")))?;
    let absolute = shape.scheme().is_some() && shape.authority().is_some();
    if !absolute || !matches!(url.scheme(), "http" | "https") {
        return Err(wrong_callback("must be an absolute http or https URL"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong_callback("must not contain a user name or password"));
    }
    Ok(())
}

/// Checks that requests to a callback are allowed, as far as its text says.
pub(super) fn check_allowed(text: &str, policy: &EgressPolicy) -> Result<()> {
    let url = Url::parse(text).map_err(|_| wrong_callback("is not a URL"))?;
    policy.check_url(&url).map_err(|error| {
        tracing::warn!(detail = error.detail(), "a callback is refused");
        wrong_callback(error.message())
    })
}

fn wrong_callback(reason: &str) -> Error {
    Error::violation("body.callback", reason)
}

#[cfg(test)]
mod tests {
    use crate::subscription::NewSubscription;

    #[test]
    fn callbacks_are_absolute_urls() {
        for good in [
            "https://smo.example.com/notify",
            "http://10.0.0.1:8080/x?y=z",
            "HTTPS://smo.example.com",
            "https://[2001:db8::1]:8443/n",
            "http://localhost:65535",
        ] {
            assert!(NewSubscription::to(good).validate().is_ok(), "{good}");
        }
        for bad in [
            "",
            "notify",
            "/notify",
            "ftp://x/y",
            "https://",
            "https://user:secret@x/y",
            "https://a b/",
            "https:smo.example.com",
            "https:/x",
            "https://x:99999/",
            "https://x:-1/",
            "https://:8080/",
            "https://user@x/",
            "https://x/\n",
            " https://x/",
            "//x/y",
            "javascript:alert(1)",
            "file:///etc/passwd",
            &format!("https://x/{}", "y".repeat(2048)),
        ] {
            let error = NewSubscription::to(bad).validate().unwrap_err();
            assert_eq!(error.violations()[0].at, "body.callback", "{bad}");
            assert!(!error.to_string().contains("secret"));
        }
    }
}
