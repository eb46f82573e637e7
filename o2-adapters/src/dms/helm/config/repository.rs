//! [`RepositoryConfig`]: where packages come from.

use std::sync::Arc;

use o2_core::ports::{Ports, Secret};
use o2_core::{Error, Result, TenantId};
use serde::Deserialize;
use url::Url;

use crate::dms::helm::chart::is_name;
use crate::dms::helm::repository::{IndexRepository, LONGEST_NAME, Login, Registry, Source, is_repository_name};
use crate::kit::auth::Credential;
use crate::kit::endpoint::BaseUrl;

/// A repository of charts.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct RepositoryConfig {
    /// What it is called here; part of the ids of its packages.
    pub name: String,
    /// What it speaks.
    #[serde(rename = "type")]
    pub kind: RepositoryKind,
    /// Where it is: `oci://registry.example/charts`, or the `https` URL above `index.yaml`.
    pub url: String,
    /// The charts of a registry that are shown; a registry cannot be asked what it has.
    #[serde(default)]
    pub charts: Vec<String>,
    /// Whether a registry is reached without TLS.
    #[serde(default)]
    pub plain_http: bool,
    /// The URL of ChartMuseum's API, `…/api`, where it does not follow from `url`.
    #[serde(default)]
    pub api_url: Option<String>,
    /// Our name, to go with a password.
    #[serde(default)]
    pub username: Option<String>,
    /// The password.
    #[serde(default)]
    pub password: Option<Secret>,
    /// The name under which the host keeps the password.
    #[serde(default)]
    pub password_secret: Option<String>,
    /// A bearer token.
    #[serde(default)]
    pub token: Option<Secret>,
    /// The name under which the host keeps the token.
    #[serde(default)]
    pub token_secret: Option<String>,
    /// The tenant that everything in it belongs to; shared when absent.
    #[serde(default)]
    pub tenant: Option<TenantId>,
    /// Whether uploaded packages may go here.
    #[serde(default)]
    pub uploads: bool,
    /// The most bytes that `index.yaml` may have.
    #[serde(default = "largest_index")]
    pub max_index: usize,
}

/// What a repository speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RepositoryKind {
    /// A registry of OCI artifacts.
    Oci,
    /// `index.yaml` and archives behind URLs.
    Index,
    /// The same, with ChartMuseum's API.
    ChartMuseum,
}

fn largest_index() -> usize {
    32 << 20
}

impl RepositoryConfig {
    /// A repository, with everything else as it is by default.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: RepositoryKind, url: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            kind,
            url: url.into(),
            charts: Vec::new(),
            plain_http: false,
            api_url: None,
            username: None,
            password: None,
            password_secret: None,
            token: None,
            token_secret: None,
            tenant: None,
            uploads: false,
            max_index: largest_index(),
        }
    }

    /// Checks what the types cannot say; it is repository `number` of the list.
    pub(super) fn check(&self, number: usize) -> Result<()> {
        let wrong = |field: &str, what: &str| Err(Error::config(format!("{}: {what}", at(number, field))));
        if !is_repository_name(&self.name) {
            let what = format!("must be 1 to {LONGEST_NAME} lower-case letters, digits and '-'");
            return wrong("name", &what);
        }
        let registry = self.kind == RepositoryKind::Oci;
        if !registry && self.plain_http {
            return wrong("plainHttp", "is for registries; write http:// in the url");
        }
        if !registry && !self.charts.is_empty() {
            return wrong("charts", "is for registries; an index says itself what there is");
        }
        if self.charts.iter().any(|chart| !is_name(chart)) {
            return wrong("charts", "holds a text that is no name of a chart");
        }
        if self.uploads && self.kind == RepositoryKind::Index {
            return wrong("uploads", "an index takes none; type chartmuseum does");
        }
        if self.api_url.is_some() && self.kind != RepositoryKind::ChartMuseum {
            return wrong("apiUrl", "is for type chartmuseum");
        }
        let passwords = usize::from(self.password.is_some()) + usize::from(self.password_secret.is_some());
        let tokens = usize::from(self.token.is_some()) + usize::from(self.token_secret.is_some());
        if passwords + tokens > 1 {
            return wrong("password", "there is more than one password or token");
        }
        if self.username.is_some() != (passwords == 1) {
            return wrong("username", "username and password belong together");
        }
        self.base(number).map(|_| ())
    }

    /// The URL that calls begin with, and what comes before the name of a chart in a registry.
    fn base(&self, number: usize) -> Result<(BaseUrl, String)> {
        let field = at(number, "url");
        if self.kind != RepositoryKind::Oci {
            return Ok((BaseUrl::parse(&field, &self.url)?, String::new()));
        }
        let wrong = || Error::config(format!("{field}: must be a URL such as oci://registry.example/charts"));
        let rest = self.url.strip_prefix("oci://").ok_or_else(wrong)?;
        let scheme = if self.plain_http { "http" } else { "https" };
        let url = BaseUrl::parse(&field, &format!("{scheme}://{rest}"))?;
        let path = Url::parse(url.as_str())
            .map_err(|_| wrong())?
            .path()
            .trim_matches('/')
            .to_owned();
        let prefix = if path.is_empty() { path } else { format!("{path}/") };
        Ok((url.origin(), prefix))
    }

    fn login(&self, ports: &Ports) -> Login {
        let credential = |given: &Option<Secret>, named: &Option<String>| {
            let given = given.clone().map(Credential::given);
            given.or_else(|| named.as_deref().map(|name| Credential::named(name, ports)))
        };
        let password = credential(&self.password, &self.password_secret);
        match (&self.username, password, credential(&self.token, &self.token_secret)) {
            (Some(user), Some(password), _) => Login::Password {
                user: user.clone(),
                password,
            },
            (_, _, Some(token)) => Login::Token(token),
            _ => Login::Nobody,
        }
    }

    /// The repository, which is not asked anything yet.
    pub(crate) fn open(&self, number: usize, ports: &Ports) -> Result<Arc<dyn Source>> {
        let (base, prefix) = self.base(number)?;
        let login = self.login(ports);
        let api = match (self.kind, &self.api_url) {
            (RepositoryKind::Oci, _) => {
                return Ok(Arc::new(Registry::new(
                    &self.name,
                    base,
                    &prefix,
                    &self.charts,
                    login,
                    ports,
                )));
            }
            (RepositoryKind::Index, _) => None,
            (RepositoryKind::ChartMuseum, Some(url)) => Some(BaseUrl::parse(&at(number, "apiUrl"), url)?),
            (RepositoryKind::ChartMuseum, None) => Some(api_of(&base)?),
        };
        Ok(Arc::new(IndexRepository::new(
            &self.name,
            base,
            api,
            login,
            self.max_index,
            ports,
        )))
    }
}

/// ChartMuseum has its API below `/api`, with the same path of organisation and repository.
fn api_of(base: &BaseUrl) -> Result<BaseUrl> {
    let origin = base.origin();
    let path = base.as_str().strip_prefix(origin.as_str()).unwrap_or_default();
    BaseUrl::parse("url", &format!("{origin}/api{path}"))
}

fn at(number: usize, field: &str) -> String {
    format!("repositories[{number}].{field}")
}
