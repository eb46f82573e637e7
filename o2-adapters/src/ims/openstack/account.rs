//! As whom the plugin logs in: from its configuration, or from a `clouds.yaml` that the host keeps.

use std::sync::Arc;

use o2_core::ports::{Ports, Secret, SecretSource};
use o2_core::{Error, Result};
use serde_json::{Map, Value, json};

use super::config::{Auth, Clouds, Endpoints, OpenstackConfig};
use crate::kit::yaml;

/// A `clouds.yaml` is at most so large.
const LARGEST: usize = 1 << 20;

/// What of a cloud's `auth` is understood; the file has words for other programs too.
const WORDS: [&str; 14] = [
    "auth_url",
    "username",
    "user_id",
    "user_domain_name",
    "user_domain_id",
    "password",
    "project_name",
    "project_id",
    "project_domain_name",
    "project_domain_id",
    "system_scope",
    "application_credential_id",
    "application_credential_name",
    "application_credential_secret",
];

/// Where accounts come from.
#[derive(Debug, Clone)]
pub(super) enum Accounts {
    /// The configuration has it.
    Given(Arc<Auth>),
    /// The host has a file; it is read for each login.
    File(Clouds, Arc<dyn SecretSource>),
}

/// Where and as whom to log in, in which region to look, and where its services are, if the file says it.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) auth: Arc<Auth>,
    pub(super) region: Option<String>,
    pub(super) endpoints: Endpoints,
}

impl Accounts {
    pub(super) fn new(config: &OpenstackConfig, ports: &Ports) -> Result<Self> {
        match (&config.auth, &config.clouds) {
            (Some(auth), _) => Ok(Self::Given(Arc::new(auth.clone()))),
            (None, Some(clouds)) => Ok(Self::File(clouds.clone(), Arc::clone(&ports.secrets))),
            (None, None) => Err(Error::config("auth: must be there, or clouds")),
        }
    }

    /// The account as it is known now.
    pub(super) async fn get(&self) -> Result<Account> {
        match self {
            Self::Given(auth) => Ok(Account {
                auth: Arc::clone(auth),
                region: None,
                endpoints: Endpoints::default(),
            }),
            Self::File(clouds, secrets) => {
                let text = secrets.secret(&clouds.secret).await?;
                read(clouds, text.expose())
            }
        }
    }
}

/// The account of one cloud of a file. Nothing of the file is repeated in errors: there are passwords in it.
fn read(clouds: &Clouds, text: &str) -> Result<Account> {
    let at = format!("clouds.secret '{}'", clouds.secret);
    let wrong = |what: String| Error::config(format!("{at}: {what}"));
    let file: Value = yaml::read(text, LARGEST).map_err(|_| wrong("is no YAML file of clouds".to_owned()))?;
    let cloud = &file["clouds"][clouds.cloud.as_str()];
    let Some(auth) = cloud["auth"].as_object() else {
        return Err(wrong(format!("has no cloud '{}' with 'auth'", clouds.cloud)));
    };
    let known: Map<String, Value> = WORDS
        .iter()
        .filter_map(|word| auth.get(*word).map(|value| ((*word).to_owned(), text_of(value))))
        .collect();
    let auth: Auth = serde_json::from_value(Value::Object(known))
        .map_err(|_| wrong(format!("'auth' of cloud '{}' cannot be read", clouds.cloud)))?;
    auth.check(&at)?;
    let text = |word: &str| cloud[word].as_str().map(str::to_owned);
    let endpoints = Endpoints {
        compute: text("compute_endpoint_override"),
        placement: text("placement_endpoint_override"),
        block_storage: text("block_storage_endpoint_override"),
    };
    endpoints.check(&at)?;
    Ok(Account {
        auth: Arc::new(auth),
        region: text("region_name"),
        endpoints,
    })
}

/// YAML takes a password of digits for a number.
fn text_of(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.to_string()),
        other => other.clone(),
    }
}

impl Auth {
    /// The body of the login, as Keystone v3 takes it.
    pub(super) fn request(&self) -> Value {
        let identity = if let Some(secret) = &self.application_credential_secret {
            let mut credential = json!({"secret": secret.expose()});
            match &self.application_credential_id {
                Some(id) => credential["id"] = json!(id),
                None => {
                    credential["name"] = json!(self.application_credential_name);
                    credential["user"] = self.user();
                }
            }
            json!({"methods": ["application_credential"], "application_credential": credential})
        } else if let Some(token) = &self.token {
            json!({"methods": ["token"], "token": {"id": token.expose()}})
        } else {
            let mut user = self.user();
            user["password"] = json!(self.password.as_ref().map(Secret::expose));
            json!({"methods": ["password"], "password": {"user": user}})
        };
        let mut auth = json!({"identity": identity});
        // An application credential has its project already, and a scope beside it is refused.
        if self.application_credential_secret.is_none() {
            auth["scope"] = self.scope();
        }
        json!({"auth": auth})
    }

    fn user(&self) -> Value {
        match (&self.user_id, &self.username) {
            (Some(id), _) => json!({"id": id}),
            (None, name) => {
                json!({"name": name, "domain": domain(self.user_domain_id.as_ref(), self.user_domain_name.as_ref())})
            }
        }
    }

    fn scope(&self) -> Value {
        if self.system_scope.is_some() {
            return json!({"system": {"all": true}});
        }
        match (&self.project_id, &self.project_name) {
            (Some(id), _) => json!({"project": {"id": id}}),
            (None, name) => {
                let domain = domain(self.project_domain_id.as_ref(), self.project_domain_name.as_ref());
                json!({"project": {"name": name, "domain": domain}})
            }
        }
    }
}

fn domain(id: Option<&String>, name: Option<&String>) -> Value {
    match (id, name) {
        (Some(id), _) => json!({"id": id}),
        (None, Some(name)) => json!({"name": name}),
        (None, None) => json!({"id": "default"}),
    }
}
