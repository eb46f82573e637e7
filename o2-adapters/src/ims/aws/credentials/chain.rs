//! [`Source`]: what a plugin's credentials are made of, and the chain in which they are looked for.

use std::sync::Arc;

use o2_core::ports::{HttpClient, Secret};
use o2_core::{Error, Result};

use super::super::clock::Skew;
use super::metadata::{of_container, of_instance, unauthenticated};
use super::profile::{self, Profile};
use super::sts::{Role, Sts};
use super::{Ambient, Credentials, CredentialsProvider};

/// Where credentials come from.
#[derive(Debug)]
pub(in super::super) struct Source {
    pub(in super::super) origin: Origin,
    /// A role that is taken with them.
    pub(in super::super) role: Option<Role>,
    pub(in super::super) sts: Sts,
}

#[derive(Debug)]
pub(in super::super) enum Origin {
    Keys(Credentials),
    Provided(Arc<dyn CredentialsProvider>),
    Profile(Ambient, String),
    Chain(Ambient),
}

/// Credentials that are good now.
pub(in super::super) async fn fetch(source: &Source, http: &Arc<dyn HttpClient>, skew: &Skew) -> Result<Credentials> {
    let found = match &source.origin {
        Origin::Keys(keys) => keys.clone(),
        Origin::Provided(provider) => provider.credentials().await?,
        Origin::Profile(ambient, name) => of_profile(source, ambient, name, http, skew)
            .await?
            .ok_or_else(|| Error::config(format!("credentials.profile: there is no profile '{name}'")))?,
        Origin::Chain(ambient) => of_chain(source, ambient, http, skew).await?,
    };
    match &source.role {
        Some(role) => source.sts.assume(role, &found, http, skew).await,
        None => Ok(found),
    }
}

/// The first that is there, in the order of AWS's own tools.
async fn of_chain(source: &Source, ambient: &Ambient, http: &Arc<dyn HttpClient>, skew: &Skew) -> Result<Credentials> {
    if let (Some(id), Some(secret)) = (ambient.get("AWS_ACCESS_KEY_ID"), ambient.get("AWS_SECRET_ACCESS_KEY")) {
        return Ok(keys(id, secret, ambient.get("AWS_SESSION_TOKEN")));
    }
    let named = ambient.get("AWS_PROFILE");
    match of_profile(source, ambient, named.unwrap_or("default"), http, skew).await? {
        Some(found) => return Ok(found),
        None if named.is_some() => return Err(Error::config("AWS_PROFILE: there is no such profile")),
        None => {}
    }
    if let (Some(file), Some(arn)) = (ambient.get("AWS_WEB_IDENTITY_TOKEN_FILE"), ambient.get("AWS_ROLE_ARN")) {
        let role = role(arn, ambient.get("AWS_ROLE_SESSION_NAME"), None);
        return source.sts.with_token(&role, file, http, skew).await;
    }
    if let Some(found) = of_container(ambient, http).await? {
        return Ok(found);
    }
    if ambient
        .get("AWS_EC2_METADATA_DISABLED")
        .is_some_and(|word| word.eq_ignore_ascii_case("true"))
    {
        return Err(nowhere());
    }
    of_instance(ambient, http)
        .await
        .map_err(|error| nowhere().with_retry(error.retry()).with_source(error))
}

fn nowhere() -> Error {
    unauthenticated(
        "no credentials: neither variables, nor a profile, a web identity, a container's or an instance's role have any",
    )
}

/// What a profile stands for; `None` when it is not there, or says nothing about credentials.
async fn of_profile(
    source: &Source,
    ambient: &Ambient,
    name: &str,
    http: &Arc<dyn HttpClient>,
    skew: &Skew,
) -> Result<Option<Credentials>> {
    let Some(profile) = profile::read(ambient, name)? else {
        return Ok(None);
    };
    let get = |key: &str| profile.get(key).map(String::as_str);
    let Some(arn) = get("role_arn") else {
        return match keys_of(&profile) {
            Some(keys) => Ok(Some(keys)),
            None => refuse_others(&profile, name).map(|()| None),
        };
    };
    let role = role(arn, get("role_session_name"), get("external_id"));
    if let Some(file) = get("web_identity_token_file") {
        return source.sts.with_token(&role, file, http, skew).await.map(Some);
    }
    let by = match (get("source_profile"), get("credential_source")) {
        (Some(other), _) => profile::read(ambient, other)?.as_ref().and_then(keys_of),
        (None, Some("Ec2InstanceMetadata")) => Some(of_instance(ambient, http).await?),
        (None, Some("EcsContainer")) => of_container(ambient, http).await?,
        _ => None,
    };
    let by = by.ok_or_else(|| {
        Error::config(format!(
            "the profile '{name}' has a role, and no keys in its source_profile to take it with"
        ))
    })?;
    source.sts.assume(&role, &by, http, skew).await.map(Some)
}

/// What needs a browser or another program.
fn refuse_others(profile: &Profile, name: &str) -> Result<()> {
    let other = ["sso_session", "sso_start_url", "credential_process"];
    match other.iter().find(|key| profile.contains_key(**key)) {
        Some(key) => Err(Error::config(format!(
            "the profile '{name}' has {key}, which is not supported; let the program provide the credentials"
        ))),
        None => Ok(()),
    }
}

fn keys_of(profile: &Profile) -> Option<Credentials> {
    let get = |key: &str| profile.get(key).map(String::as_str);
    Some(keys(
        get("aws_access_key_id")?,
        get("aws_secret_access_key")?,
        get("aws_session_token"),
    ))
}

fn keys(id: &str, secret: &str, token: Option<&str>) -> Credentials {
    let keys = Credentials::new(id, Secret::new(secret));
    match token {
        Some(token) => keys.with_session(Secret::new(token), None),
        None => keys,
    }
}

fn role(arn: &str, session: Option<&str>, external_id: Option<&str>) -> Role {
    Role {
        arn: arn.to_owned(),
        session: session.unwrap_or("o2").to_owned(),
        external_id: external_id.map(str::to_owned),
    }
}
