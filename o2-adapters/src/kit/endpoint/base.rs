//! [`BaseUrl`]: where a REST API begins, and which links belong to it.

use std::fmt;

use http::Uri;
use o2_core::{Error, ErrorKind, Fault, Result};
use url::Url;

/// The root of a REST API: an absolute http or https URL, without user, query and fragment.
///
/// ```
/// # use o2_adapters::kit::endpoint::BaseUrl;
/// assert!(BaseUrl::parse("endpoint", "https://controller:8774/v2.1/").is_ok());
/// let error = BaseUrl::parse("endpoint", "controller").unwrap_err();
/// assert!(error.message().starts_with("endpoint: "));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl {
    url: Url,
    /// The URL as text, without a slash at its end.
    root: String,
}

impl BaseUrl {
    /// Reads the URL that the configuration has under `field`.
    ///
    /// # Errors
    /// `Config` naming the field. The text is not repeated, since a password may stand in it.
    pub fn parse(field: &str, text: &str) -> Result<Self> {
        let wrong = |what: &str| Error::config(format!("{field}: {what}"));
        let url = Url::parse(text).map_err(|_| wrong("must be an absolute http or https URL"))?;
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return Err(wrong("must be an absolute http or https URL"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("must not hold a user or a password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(wrong("must not have a query or a fragment"));
        }
        let root = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { url, root })
    }

    /// The URL as text, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.root
    }

    /// Scheme, host and port, without a path.
    #[must_use]
    pub fn origin(&self) -> Self {
        let mut url = self.url.clone();
        url.set_path("/");
        let root = url.as_str().trim_end_matches('/').to_owned();
        Self { url, root }
    }

    /// Where `link` leads, which is absolute or relative to this base.
    ///
    /// # Errors
    /// `Internal` with the backend's fault when the link leads to another scheme, host or port: the credentials for this
    /// backend are nobody else's business.
    pub(crate) fn follow(&self, link: &str) -> Result<Url> {
        self.judge(self.url.join(link))
    }

    /// Where `link` leads that was found at `from`.
    pub(crate) fn follow_from(&self, from: &Uri, link: &str) -> Result<Url> {
        self.judge(Url::parse(&from.to_string()).and_then(|from| from.join(link)))
    }

    fn judge(&self, url: Result<Url, url::ParseError>) -> Result<Url> {
        let refused = |what: &str| {
            Error::new(ErrorKind::Internal, format!("a link of the backend {what}")).with_fault(Fault::Backend)
        };
        let url = url.map_err(|_| refused("cannot be read"))?;
        let same = url.origin() == self.url.origin() && url.username().is_empty() && url.password().is_none();
        if same {
            Ok(url)
        } else {
            Err(refused("leads to another host"))
        }
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.root)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_root_of_an_api_is_accepted() {
        for (text, wrong) in [
            ("https://h", None),
            ("http://[::1]:80/v1/", None),
            ("h:80", Some("absolute")),
            ("/v1", Some("absolute")),
            ("ftp://h", Some("absolute")),
            ("https://u@h", Some("user")),
            ("https://u:s3cret@h", Some("password")),
            ("https://h?x=1", Some("query")),
            ("https://h#x", Some("fragment")),
        ] {
            let read = BaseUrl::parse("url", text);
            match wrong {
                None => assert!(read.is_ok(), "{text}"),
                Some(wrong) => {
                    let error = read.unwrap_err();
                    assert!(
                        error.is(ErrorKind::Config) && error.message().contains(wrong),
                        "{text}: {error}"
                    );
                    assert!(!format!("{error:?}").contains("s3cret"));
                }
            }
        }
    }

    #[test]
    fn links_stay_on_their_origin() {
        let base = BaseUrl::parse("url", "https://h/api/v1").unwrap();
        for (link, leads_to) in [
            ("https://h/api/v1/x?page=2", Some("https://h/api/v1/x?page=2")),
            ("https://h:443/y", Some("https://h/y")),
            ("/z?a=b", Some("https://h/z?a=b")),
            ("http://h/api", None),
            ("https://h:444/api", None),
            ("https://h.example/api", None),
            ("//other/api", None),
            ("https://user@h/api", None),
            ("https://h@other/api", None),
            ("http://", None),
            ("file:///etc/passwd", None),
        ] {
            let followed = base.follow(link).ok();
            assert_eq!(followed.as_ref().map(Url::as_str), leads_to, "{link}");
        }
    }
}
