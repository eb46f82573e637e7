//! [`Ambient`]: the variables by which AWS's own tools find credentials.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// All that are read. Nothing else of the environment is looked at.
const NAMES: &[&str] = &[
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CONFIG_FILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "HOME",
];

/// Variables, as they were when the plugin was built. Their values are secrets, so none is shown.
#[derive(Clone, Default)]
pub(in super::super) struct Ambient(BTreeMap<&'static str, String>);

impl Ambient {
    /// Those of this process: the chain of credentials is defined by them.
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever configures no credentials asks for the chain, which begins here"
    )]
    pub(in super::super) fn of_process() -> Self {
        let set = NAMES.iter().filter_map(|name| Some((*name, std::env::var(name).ok()?)));
        Self(set.filter(|(_, value)| !value.is_empty()).collect())
    }

    #[cfg(test)]
    pub(super) fn of(values: &[(&'static str, &str)]) -> Self {
        Self(
            values
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
        )
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A file that a variable names, or the one of this name in the folder `.aws` of the user.
    pub(super) fn file(&self, variable: &str, usual: &str) -> Option<PathBuf> {
        let named = self.get(variable).map(PathBuf::from);
        named.or_else(|| Some(PathBuf::from(self.get("HOME")?).join(".aws").join(usual)))
    }
}

impl fmt::Debug for Ambient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
