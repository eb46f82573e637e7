//! What an uploaded package is: its name, version and digest, as far as the upload says.

use o2_core::error::Excerpt;
use o2_core::{Error, Extensions, Result};
use o2_dms::PackageUpload;
use o2_dms::model::canonical_package_type;
use sha2::{Digest, Sha256};

use crate::memory::MAX_NAME;

const ALGORITHM: &str = "sha256:";

/// A package that is fit to be stored.
#[derive(Debug)]
pub(super) struct Upload {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) description: String,
    pub(super) package_type: String,
    pub(super) url: Option<String>,
    pub(super) checksum: Option<String>,
    pub(super) extensions: Extensions,
}

impl Upload {
    /// Checks an upload. The content is digested, not kept: nobody asks for it again.
    ///
    /// # Errors
    /// `InvalidInput` naming the attribute.
    pub(super) fn check(upload: &PackageUpload) -> Result<Self> {
        if upload.package_type.trim().is_empty() {
            return Err(Error::violation(
                "packageType",
                "must not be empty; for example helm-chart",
            ));
        }
        let url = upload.package_url.as_deref();
        if let Some(url) = url {
            check_url(url)?;
        }
        if url.is_none() && upload.content.is_none() {
            return Err(Error::violation(
                "packageUrl",
                "is needed unless the content itself is uploaded",
            ));
        }
        let (url_name, url_version) = url.map(name_and_version).unwrap_or_default();
        let mut extensions = upload.extensions.clone();
        if let Some(content) = &upload.content {
            extensions.insert("memory.size".into(), content.len().into());
        }
        Ok(Self {
            name: given("name", upload.name.as_deref(), url_name)?,
            version: given("version", upload.version.as_deref(), url_version)?,
            description: upload.description.clone(),
            package_type: canonical_package_type(upload.package_type.trim()).to_owned(),
            url: upload.package_url.clone(),
            checksum: checksum(upload)?,
            extensions,
        })
    }
}

/// What was given, or what the address says.
fn given(attribute: &str, given: Option<&str>, read: Option<String>) -> Result<String> {
    let text = given.map(str::to_owned).or(read).ok_or_else(|| {
        let reason = "is needed: neither the content nor the address says it";
        Error::violation(attribute, reason)
    })?;
    let length = text.chars().count();
    if text.trim().is_empty() || length > MAX_NAME {
        let reason = format!("must have 1 to {MAX_NAME} characters, not {length}, and not only blanks");
        return Err(Error::violation(attribute, reason));
    }
    Ok(text)
}

/// Name and version in the last part of an address: `vdu-v2.1.0.tgz`, `vdu:2.1.0`.
fn name_and_version(url: &str) -> (Option<String>, Option<String>) {
    const ENDINGS: [&str; 5] = [".tar.gz", ".tgz", ".zip", ".csar", ".git"];
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().unwrap_or_default();
    let stem = ENDINGS
        .iter()
        .find_map(|ending| last.strip_suffix(ending))
        .unwrap_or(last);
    let is_version = |text: &str| text.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
    let split = stem
        .match_indices(['-', ':'])
        .map(|(at, separator)| (&stem[..at], &stem[at + separator.len()..]))
        .find(|(_, version)| is_version(version));
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    match split {
        Some((name, version)) => (some(name), some(version.trim_start_matches('v'))),
        None => (some(stem), None),
    }
}

fn check_url(url: &str) -> Result<()> {
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let valid = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
        && !rest.is_empty()
        && !url.chars().any(|c| c.is_whitespace() || c.is_control());
    if valid {
        return Ok(());
    }
    let reason = format!(
        "'{}' is not an absolute URL such as https://repo.example/vdu-2.1.0.tgz",
        Excerpt(url)
    );
    Err(Error::violation("packageUrl", reason))
}

/// The digest: that of the content when it is there, else the given one.
fn checksum(upload: &PackageUpload) -> Result<Option<String>> {
    let given = upload.checksum.as_deref().map(read_checksum).transpose()?;
    let Some(content) = &upload.content else {
        return Ok(given);
    };
    if content.is_empty() {
        return Err(Error::violation("content", "is empty"));
    }
    let found = digest(content);
    match given {
        Some(given) if given != found => Err(Error::violation(
            "checksum",
            format!("is {given}, but the content has {found}"),
        )),
        _ => Ok(Some(found)),
    }
}

/// Reads a digest, in any case.
fn read_checksum(text: &str) -> Result<String> {
    let canonical = text.to_ascii_lowercase();
    let digits = canonical.strip_prefix(ALGORITHM).unwrap_or_default();
    if digits.len() == 64 && digits.chars().all(|c| c.is_ascii_hexdigit()) {
        return Ok(canonical);
    }
    let reason = format!("'{}' must be '{ALGORITHM}' and 64 hexadecimal digits", Excerpt(text));
    Err(Error::violation("checksum", reason))
}

fn digest(content: &[u8]) -> String {
    let digits: String = Sha256::digest(content)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("{ALGORITHM}{digits}")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    /// FIPS 180-2 appendix B.1.
    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn addresses_tell_name_and_version() {
        for (url, name, version) in [
            ("https://repo.example.com/vdu-v2.1.0.tgz", Some("vdu"), Some("2.1.0")),
            (
                "https://repo.example.com/c/my-vdu-2.1.0-rc.1.tar.gz?x=1#f",
                Some("my-vdu"),
                Some("2.1.0-rc.1"),
            ),
            ("oci://registry.example/charts/vdu:2.1.0", Some("vdu"), Some("2.1.0")),
            ("https://git.example/nf/vdu.git", Some("vdu"), None),
            ("https://repo.example.com/", None, None),
            ("https://repo.example.com/-1.tgz", None, Some("1")),
        ] {
            let (found_name, found_version) = name_and_version(url);
            assert_eq!(
                (found_name.as_deref(), found_version.as_deref()),
                (name, version),
                "{url}"
            );
        }
    }

    #[test]
    fn the_content_decides_the_digest() {
        let mut upload = PackageUpload::at("helm", "https://repo.example/vdu-1.0.0.tgz");
        upload.content = Some(Bytes::from_static(b"abc"));
        for (given, expected) in [
            (None, Ok(ABC)),
            (Some(ABC.to_owned()), Ok(ABC)),
            (Some(ABC.to_ascii_uppercase()), Ok(ABC)),
            (
                Some(format!("sha256:{}", "0".repeat(64))),
                Err("checksum: is sha256:000"),
            ),
            (Some("sha256:12".into()), Err("checksum: 'sha256:12' must be")),
            (Some(format!("md5:{}", "0".repeat(64))), Err("checksum: 'md5:000")),
            (Some(String::new()), Err("checksum: '' must be")),
        ] {
            upload.checksum.clone_from(&given);
            match (Upload::check(&upload), expected) {
                (Ok(upload), Ok(expected)) => assert_eq!(upload.checksum.as_deref(), Some(expected)),
                (Err(error), Err(expected)) => assert!(error.message().starts_with(expected), "{given:?}: {error}"),
                (found, _) => panic!("{given:?}: {found:?}"),
            }
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let good = || PackageUpload::at("helm", "https://repo.example/vdu-1.0.0.tgz");
        for (change, message) in [
            (
                (|u| u.package_type = " ".into()) as fn(&mut PackageUpload),
                "packageType: ",
            ),
            (|u| u.package_url = None, "packageUrl: is needed"),
            (
                |u| u.package_url = Some("vdu.tgz".into()),
                "packageUrl: 'vdu.tgz' is not an absolute URL",
            ),
            (|u| u.package_url = Some("https://a b/vdu-1.tgz".into()), "packageUrl: "),
            (
                |u| u.package_url = Some("https://git.example/vdu.git".into()),
                "version: is needed",
            ),
            (|u| u.name = Some(String::new()), "name: must have 1 to 255"),
            (|u| u.content = Some(Bytes::new()), "content: is empty"),
        ] {
            let mut upload = good();
            change(&mut upload);
            let error = Upload::check(&upload).unwrap_err();
            assert!(error.message().starts_with(message), "{message}: {error}");
        }
        let upload = Upload::check(&good()).unwrap();
        assert_eq!((upload.package_type.as_str(), upload.checksum), ("helm-chart", None));
    }
}
