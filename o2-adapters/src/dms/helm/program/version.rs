//! [`HelmVersion`]: which program it is. Helm 4 has other names for some arguments than Helm 3.

use std::fmt;

use o2_core::error::Excerpt;
use o2_core::ports::ProcessOutput;
use o2_core::{Error, Result};

/// The version of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HelmVersion {
    pub(crate) major: u32,
    pub(crate) minor: u32,
}

/// Releases have labels since this one.
const OLDEST: HelmVersion = HelmVersion { major: 3, minor: 13 };

impl HelmVersion {
    /// Reads what `helm version --template '{{.Version}}'` says.
    ///
    /// # Errors
    /// `Config` when the program is not Helm, or too old.
    pub(super) fn read(output: &ProcessOutput) -> Result<Self> {
        let said = String::from_utf8_lossy(&output.stdout);
        let said = said.trim();
        let version = parse(said).filter(|_| output.code == Some(0)).ok_or_else(|| {
            Error::config(format!(
                "program: is not helm; asked for its version, it says '{}'",
                Excerpt(said)
            ))
        })?;
        if version < OLDEST {
            return Err(Error::config(format!(
                "program: is helm {version}, and {OLDEST} or newer is needed"
            )));
        }
        Ok(version)
    }

    /// Whether it is Helm 4 or newer.
    pub(crate) fn is_four(self) -> bool {
        self.major >= 4
    }
}

fn parse(text: &str) -> Option<HelmVersion> {
    let mut parts = text.strip_prefix('v')?.split('.');
    let version = HelmVersion {
        major: parts.next()?.parse().ok()?,
        minor: parts.next()?.parse().ok()?,
    };
    // The patch may have more behind it: 4.0.0-rc.1, 3.17.3+g1234567.
    parts
        .next()?
        .starts_with(|c: char| c.is_ascii_digit())
        .then_some(version)
}

impl fmt::Display for HelmVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(code: i32, text: &str) -> Result<HelmVersion> {
        HelmVersion::read(&ProcessOutput::new(
            Some(code),
            text.as_bytes().to_vec().into(),
            Default::default(),
        ))
    }

    #[test]
    fn versions_are_those_of_helm() {
        for (text, version) in [
            ("v3.19.0", "3.19"),
            ("v4.3.1\n", "4.3"),
            ("v3.17.3+ge4da497", "3.17"),
            ("v4.0.0-rc.1", "4.0"),
            ("v3.13.0", "3.13"),
        ] {
            assert_eq!(read(0, text).unwrap().to_string(), version, "{text}");
        }
        assert!(read(0, "v4.0.0").unwrap().is_four() && !read(0, "v3.19.0").unwrap().is_four());
        for (code, text, reason) in [
            (0, "v2.17.0", "is helm 2.17, and 3.13 or newer"),
            (0, "v3.12.3", "is helm 3.12"),
            (0, "GNU bash, version 5", "is not helm"),
            (0, "", "is not helm"),
            (0, "v3.19", "is not helm"),
            (1, "v3.19.0", "is not helm"),
        ] {
            let error = read(code, text).unwrap_err();
            assert!(
                error.is(o2_core::ErrorKind::Config) && error.message().contains(reason),
                "{text}: {error}"
            );
        }
    }
}
