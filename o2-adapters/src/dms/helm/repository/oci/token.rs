//! [`RegistryAuth`]: shows a registry who asks, in the way in which it wants to be shown.
//!
//! It is asked once what it wants. Tokens are for one repository and some actions each, and are kept until they expire.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt};
use http::{Method, Request, StatusCode};
use o2_core::ports::{Ports, Secret};
use o2_core::{Context, Error, ErrorKind, Fault, Result, async_trait};
use url::Url;

use super::challenge::Challenge;
use super::wire::Token;
use crate::kit::auth::{Auth, Credential, Fetched, Grant, Placement, Renewable};
use crate::kit::client::RestClient;
use crate::kit::endpoint::{BaseUrl, Endpoint};

/// A token is good for so long when its server does not say.
const USUAL_LIFE: Duration = Duration::from_secs(60);
/// A token is renewed so long before it expires, or when a fifth of a short life is left.
const SKEW: Duration = Duration::from_secs(30);
/// Tokens that are kept; when there are more, all of them are forgotten.
const MOST_TOKENS: usize = 1_000;

/// Who we are to a registry.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) password: Credential,
}

pub(super) struct RegistryAuth {
    registry: RestClient,
    ports: Ports,
    user: Option<Arc<User>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    challenge: Option<Challenge>,
    tokens: BTreeMap<String, Arc<Renewable<Secret>>>,
    /// Which tokens the latest requests carried, for when one is refused.
    shown: VecDeque<Shown>,
    requests: u64,
}

/// A token that a request carried.
struct Shown {
    /// The grant of the request, which is its own.
    request: Grant,
    scope: String,
    token: Grant,
}

impl RegistryAuth {
    /// `registry` asks the registry without any credentials.
    pub(super) fn new(registry: RestClient, ports: &Ports, user: Option<User>) -> Self {
        Self {
            registry,
            ports: ports.clone(),
            user: user.map(Arc::new),
            state: Mutex::default(),
        }
    }

    fn state<R>(&self, with: impl FnOnce(&mut State) -> R) -> R {
        with(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn challenge(&self, context: &Context) -> Result<Challenge> {
        if let Some(known) = self.state(|state| state.challenge.clone()) {
            return Ok(known);
        }
        let ping = Endpoint::get("/v2/").expecting([200, 401]);
        let answer = self.registry.send(context, &ping).await?;
        let found = match answer.status() {
            StatusCode::OK => Challenge::None,
            _ => Challenge::read(answer.headers()).ok_or_else(|| {
                let message = format!(
                    "{}: asks for credentials of a kind that nobody here has",
                    self.registry.backend()
                );
                Error::new(ErrorKind::Unsupported, message).with_fault(Fault::Backend)
            })?,
        };
        self.state(|state| state.challenge = Some(found.clone()));
        Ok(found)
    }

    /// The token for a repository and what is to be done with it.
    async fn token(
        &self,
        context: &Context,
        scope: &str,
        challenge: (&str, Option<&str>),
    ) -> Result<(Arc<Secret>, Grant)> {
        let known = self.state(|state| state.tokens.get(scope).cloned());
        let tokens = match known {
            Some(known) => known,
            None => {
                let made = Arc::new(self.tokens(scope, challenge)?);
                self.state(|state| {
                    if state.tokens.len() >= MOST_TOKENS {
                        state.tokens.clear();
                    }
                    Arc::clone(state.tokens.entry(scope.to_owned()).or_insert(made))
                })
            }
        };
        tokens.get(context).await
    }

    /// Where tokens for `scope` come from.
    fn tokens(&self, scope: &str, (realm, service): (&str, Option<&str>)) -> Result<Renewable<Secret>> {
        let base = server(realm, self.registry.base())?;
        let server = RestClient::new(self.registry.backend(), base, &self.ports);
        let account = self.user.as_ref().map(|user| user.name.as_str());
        let endpoint = Endpoint::follow(realm)
            .with_query_if("service", service)
            .with_query("scope", scope)
            .with_query_if("account", account);
        let user = self.user.clone();
        let fetch = move || fetch(server.clone(), endpoint.clone(), user.clone());
        Ok(Renewable::new(Arc::clone(&self.ports.clock), SKEW, fetch))
    }

    /// Remembers which token a request carries, under a grant of its own.
    fn remember(&self, scope: String, token: Grant) -> Grant {
        self.state(|state| {
            state.requests += 1;
            let request = Grant::numbered(state.requests);
            if state.shown.len() >= MOST_TOKENS {
                state.shown.pop_front();
            }
            state.shown.push_back(Shown { request, scope, token });
            request
        })
    }
}

fn fetch(
    server: RestClient,
    endpoint: Endpoint,
    user: Option<Arc<User>>,
) -> BoxFuture<'static, Result<Fetched<Secret>>> {
    async move {
        let server = match user {
            None => server,
            Some(user) => {
                let password = user.password.fetch().await?;
                server.with_auth(Arc::new(crate::kit::auth::Basic::new(user.name.clone(), password)))
            }
        };
        let answer: Token = server.json(&Context::new("token"), &endpoint).await?;
        let token = [answer.token, answer.access_token]
            .into_iter()
            .find(|token| !token.is_empty());
        let value = token.map(Secret::new).ok_or_else(|| {
            Error::new(ErrorKind::Internal, "a server for tokens of a registry gave none").with_fault(Fault::Backend)
        })?;
        let lifetime = answer.expires_in.map_or(USUAL_LIFE, Duration::from_secs);
        Ok(Fetched {
            value,
            lifetime: Some(lifetime),
        })
    }
    .boxed()
}

/// Who hands out tokens. Nothing secret goes over an open connection unless the registry itself is reached over one.
fn server(realm: &str, registry: &BaseUrl) -> Result<BaseUrl> {
    let wrong = |what: &str| {
        let message = format!("the registry wants tokens from a server {what}");
        Error::new(ErrorKind::Internal, message).with_fault(Fault::Backend)
    };
    let url = Url::parse(realm).map_err(|_| wrong("that is no URL"))?;
    if url.scheme() != "https" && !registry.as_str().starts_with("http:") {
        return Err(wrong("that is not reached over TLS"));
    }
    BaseUrl::parse("realm", &url.origin().ascii_serialization()).map_err(|_| wrong("that is no server"))
}

/// What a request is going to do to which repository: `repository:charts/o2demo:pull`.
fn scope(request: &Request<Bytes>) -> Option<String> {
    let path = request.uri().path().split_once("/v2/")?.1;
    let name = ["/manifests/", "/blobs/", "/tags/"]
        .iter()
        .find_map(|part| path.rsplit_once(part).map(|(name, _)| name))?;
    let actions = match *request.method() {
        Method::GET | Method::HEAD => "pull",
        Method::DELETE => "delete,pull",
        _ => "pull,push",
    };
    Some(format!("repository:{name}:{actions}"))
}

#[async_trait]
impl Auth for RegistryAuth {
    async fn authorize(&self, context: &Context, request: &mut Request<Bytes>) -> Result<Grant> {
        match (self.challenge(context).await?, &self.user) {
            (Challenge::Basic, Some(user)) => {
                let basic = crate::kit::auth::Basic::new(user.name.clone(), user.password.clone());
                basic.authorize(context, request).await
            }
            (Challenge::None, _) | (Challenge::Basic, None) => Ok(Grant::FIXED),
            (Challenge::Bearer { realm, service }, _) => {
                let Some(scope) = scope(request) else {
                    return Ok(Grant::FIXED);
                };
                let (token, grant) = self.token(context, &scope, (&realm, service.as_deref())).await?;
                Placement::Bearer.put(&token, request)?;
                Ok(self.remember(scope, grant))
            }
        }
    }

    fn renew_after(&self, refused: Grant) -> bool {
        let shown = self.state(|state| {
            let shown = state.shown.iter().find(|shown| shown.request == refused)?;
            let tokens = state.tokens.get(&shown.scope).cloned();
            tokens.map(|tokens| (tokens, shown.token))
        });
        match shown {
            Some((tokens, grant)) => {
                tokens.forget(grant);
                true
            }
            // A password that the host keeps may have been changed.
            None => self
                .user
                .as_ref()
                .is_some_and(|user| user.password.renew_after(refused)),
        }
    }
}

impl fmt::Debug for RegistryAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryAuth")
            .field("user", &self.user)
            .field("challenge", &self.state(|state| state.challenge.clone()))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_what_it_is_about() {
        for (method, path, expected) in [
            ("GET", "/v2/", None),
            (
                "GET",
                "/v2/charts/o2demo/tags/list?n=5",
                Some("repository:charts/o2demo:pull"),
            ),
            ("HEAD", "/v2/a/blobs/sha256:00", Some("repository:a:pull")),
            ("DELETE", "/v2/a/manifests/sha256:00", Some("repository:a:delete,pull")),
            (
                "POST",
                "/v2/manifests/blobs/uploads/",
                Some("repository:manifests:pull,push"),
            ),
            ("PUT", "/proxy/v2/a/b/manifests/1.0.0", Some("repository:a/b:pull,push")),
        ] {
            let request = Request::builder().method(method).uri(format!("https://r{path}"));
            let request = request.body(Bytes::new()).unwrap();
            assert_eq!(scope(&request).as_deref(), expected, "{method} {path}");
        }
    }

    #[test]
    fn tokens_are_not_asked_for_in_the_open() {
        let secure = BaseUrl::parse("url", "https://r").unwrap();
        let open = BaseUrl::parse("url", "http://r").unwrap();
        for (realm, registry, expected) in [
            ("https://auth/token?a=b", &secure, Some("https://auth")),
            ("http://auth:81/token", &open, Some("http://auth:81")),
            ("http://auth/token", &secure, None),
            ("file:///etc/passwd", &open, None),
            ("token", &secure, None),
        ] {
            let found = server(realm, registry).ok();
            assert_eq!(found.as_ref().map(BaseUrl::as_str), expected, "{realm}");
        }
    }
}
