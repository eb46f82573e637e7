//! The port that finds out who asks, and three ready ones: anonymous, a header set by a trusted proxy, and the name in a
//! client certificate that the host has verified.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use futures::future::BoxFuture;
use http::{Extensions, HeaderMap, HeaderName, Method, Uri};

use super::{Principal, Role};
use crate::error::Excerpt;
use crate::{Error, ErrorKind, Result};

/// What an [`IdentitySource`] may look at.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct RequestHead<'a> {
    /// The method.
    pub method: &'a Method,
    /// The target.
    pub uri: &'a Uri,
    /// The headers.
    pub headers: &'a HeaderMap,
    /// What the host put beside the request: [`PeerAddress`], [`PeerCertificate`], or something of its own.
    pub extensions: &'a Extensions,
}

impl<'a> RequestHead<'a> {
    /// The head of a request.
    #[must_use]
    pub fn of(head: &'a http::request::Parts) -> Self {
        Self {
            method: &head.method,
            uri: &head.uri,
            headers: &head.headers,
            extensions: &head.extensions,
        }
    }
}

/// Request extension set by the host: the address of the TCP peer.
#[derive(Debug, Clone, Copy)]
pub struct PeerAddress(pub IpAddr);

/// Request extension set by the host: the client certificate it verified.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct PeerCertificate {
    /// The common name of the subject.
    pub common_name: String,
}

impl PeerCertificate {
    /// A verified certificate with this common name.
    pub fn new(common_name: impl Into<String>) -> Self {
        Self {
            common_name: common_name.into(),
        }
    }
}

/// Finds out who asks. Called once per request, before anything else.
pub trait IdentitySource: fmt::Debug + Send + Sync + 'static {
    /// The principal behind the request.
    ///
    /// # Errors
    /// `Unauthenticated` when the request carries no identity or a wrong one.
    fn identify<'a>(&'a self, head: RequestHead<'a>) -> BoxFuture<'a, Result<Arc<Principal>>>;
}

/// Everybody is the same principal.
#[derive(Debug, Clone)]
pub struct Anonymous(Arc<Principal>);

impl Anonymous {
    /// Everybody is `principal`.
    #[must_use]
    pub fn new(principal: Principal) -> Self {
        Self(Arc::new(principal))
    }

    /// Everybody may do everything: for tests, demonstrations, and hosts that check before they call.
    #[must_use]
    pub fn unrestricted() -> Self {
        Self::new(Principal::new("anonymous", None, vec![Role::platform_admin()]))
    }
}

impl IdentitySource for Anonymous {
    fn identify<'a>(&'a self, _: RequestHead<'a>) -> BoxFuture<'a, Result<Arc<Principal>>> {
        Box::pin(std::future::ready(Ok(Arc::clone(&self.0))))
    }
}

/// A proxy in front authenticates and says in headers who asks. Believed only from listed addresses.
#[derive(Debug, Clone)]
pub struct TrustedHeader {
    proxies: Vec<IpAddr>,
    user: HeaderName,
    tenant: HeaderName,
    roles: HeaderName,
    default_role: Arc<Role>,
    own_roles: Vec<Arc<Role>>,
}

impl TrustedHeader {
    /// Believes `X-Remote-User`, `X-Tenant-ID` and `X-Remote-Roles` (comma separated) when the TCP peer is one of
    /// `proxies`; a user without roles has `default_role`.
    #[must_use]
    pub fn new(proxies: Vec<IpAddr>, default_role: Arc<Role>) -> Self {
        Self {
            proxies,
            user: HeaderName::from_static("x-remote-user"),
            tenant: HeaderName::from_static("x-tenant-id"),
            roles: HeaderName::from_static("x-remote-roles"),
            default_role,
            own_roles: Vec::new(),
        }
    }

    /// Knows these roles beside the built-in ones. One of the same name comes before the built-in one.
    #[must_use]
    pub fn with_roles(mut self, roles: Vec<Arc<Role>>) -> Self {
        self.own_roles = roles;
        self
    }

    fn role(&self, name: &str) -> Result<Arc<Role>> {
        match self.own_roles.iter().find(|role| role.name == name) {
            Some(role) => Ok(Arc::clone(role)),
            None => Role::built_in(name).map_err(|_| {
                let all = self.own_roles.iter().chain(Role::all_built_in());
                let known: Vec<_> = all.map(|role| role.name.as_str()).collect();
                unauthenticated(format!(
                    "unknown role '{}' (known: {})",
                    Excerpt(name),
                    known.join(", ")
                ))
            }),
        }
    }

    fn principal(&self, head: RequestHead<'_>) -> Result<Arc<Principal>> {
        let peer = head.extensions.get::<PeerAddress>().map(|peer| peer.0.to_canonical());
        if !peer.is_some_and(|peer| self.proxies.iter().any(|proxy| proxy.to_canonical() == peer)) {
            return Err(unauthenticated(
                "identity headers are accepted from the configured proxies only",
            ));
        }
        let text = |name: &HeaderName| single(head.headers, name);
        let user = text(&self.user)?.ok_or_else(|| unauthenticated(format!("header {} is missing", self.user)))?;
        let tenant = text(&self.tenant)?.map(Into::into);
        let roles = match text(&self.roles)? {
            None => vec![Arc::clone(&self.default_role)],
            Some(names) => names
                .split(',')
                .map(|name| self.role(name.trim()))
                .collect::<Result<_>>()?,
        };
        Ok(Arc::new(Principal::new(user, tenant, roles)))
    }
}

impl IdentitySource for TrustedHeader {
    fn identify<'a>(&'a self, head: RequestHead<'a>) -> BoxFuture<'a, Result<Arc<Principal>>> {
        Box::pin(std::future::ready(self.principal(head)))
    }
}

/// The common name of the client certificate is `user.tenant.domain`.
#[derive(Debug, Clone)]
pub struct CertificateIdentity {
    domain: String,
    role: Arc<Role>,
}

impl CertificateIdentity {
    /// Accepts `user.tenant.` followed by `domain`; every such user has `role`.
    pub fn new(domain: impl Into<String>, role: Arc<Role>) -> Self {
        Self {
            domain: domain.into(),
            role,
        }
    }

    fn principal(&self, head: RequestHead<'_>) -> Result<Arc<Principal>> {
        let certificate = head
            .extensions
            .get::<PeerCertificate>()
            .ok_or_else(|| unauthenticated("a client certificate is required"))?;
        let mut parts = certificate.common_name.splitn(3, '.');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(user), Some(tenant), Some(domain))
                if !user.is_empty() && !tenant.is_empty() && domain.eq_ignore_ascii_case(&self.domain) =>
            {
                Ok(Arc::new(Principal::new(
                    user,
                    Some(tenant.into()),
                    vec![Arc::clone(&self.role)],
                )))
            }
            _ => Err(unauthenticated(format!(
                "the certificate's common name is not user.tenant.{}",
                self.domain
            ))),
        }
    }
}

impl IdentitySource for CertificateIdentity {
    fn identify<'a>(&'a self, head: RequestHead<'a>) -> BoxFuture<'a, Result<Arc<Principal>>> {
        Box::pin(std::future::ready(self.principal(head)))
    }
}

/// The one value of a header: given twice, a proxy may have appended to what the client sent, so neither is believed.
fn single<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str().map(str::trim) {
            Ok("") | Err(_) => Err(unauthenticated(format!("header {name} is empty or not text"))),
            Ok(text) => Ok(Some(text)),
        },
        (Some(_), Some(_)) => Err(unauthenticated(format!("header {name} is given twice"))),
    }
}

fn unauthenticated(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Unauthenticated, message)
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;

    fn viewer() -> Arc<Role> {
        Role::built_in("viewer").unwrap()
    }

    fn identify(source: &dyn IdentitySource, request: http::request::Builder) -> Result<Arc<Principal>> {
        let (head, ()) = request.body(()).unwrap().into_parts();
        block_on(source.identify(RequestHead::of(&head)))
    }

    #[test]
    fn headers_are_believed_from_the_proxy_only() {
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let source = TrustedHeader::new(vec![proxy], viewer());
        let from = |address: &str| {
            http::Request::builder()
                .extension(PeerAddress(address.parse().unwrap()))
                .header("x-remote-user", "ann")
                .header("x-tenant-id", "smo-alpha")
        };
        let ann = identify(&source, from("10.0.0.1")).unwrap();
        assert_eq!(
            (ann.name.as_str(), ann.tenant.as_ref().unwrap().as_str()),
            ("ann", "smo-alpha")
        );
        assert_eq!(ann.roles, vec![viewer()]);
        let owner = identify(
            &source,
            from("::ffff:10.0.0.1").header("x-remote-roles", "owner, viewer"),
        )
        .unwrap();
        assert_eq!(owner.roles.len(), 2);
        let keeper = Role::custom("pool-keeper", ["resourcePools:manage"]).unwrap();
        let with_own = source.clone().with_roles(vec![Arc::clone(&keeper)]);
        let kept = || from("10.0.0.1").header("x-remote-roles", "pool-keeper, viewer");
        assert_eq!(identify(&with_own, kept()).unwrap().roles, [keeper, viewer()]);
        let unknown = identify(&source, kept()).unwrap_err();
        assert!(
            unknown
                .message()
                .starts_with("unknown role 'pool-keeper' (known: platform-admin, ")
        );
        for wrong in [
            from("10.0.0.2"),
            from("10.0.0.1").header("x-tenant-id", "other"),
            from("10.0.0.1").header("x-remote-roles", "king"),
            http::Request::builder().extension(PeerAddress(proxy)),
            http::Request::builder().header("x-remote-user", "ann"),
        ] {
            assert!(identify(&source, wrong).unwrap_err().is(ErrorKind::Unauthenticated));
        }
    }

    #[test]
    fn the_certificate_names_user_and_tenant() {
        let source = CertificateIdentity::new("o2.example.com", viewer());
        let with = |name: &str| http::Request::builder().extension(PeerCertificate::new(name));
        let ann = identify(&source, with("ann.smo-alpha.o2.example.com")).unwrap();
        assert_eq!(
            (ann.name.as_str(), ann.tenant.as_ref().unwrap().as_str()),
            ("ann", "smo-alpha")
        );
        for wrong in [
            "ann",
            "ann.smo-alpha",
            "ann.smo-alpha.evil.com",
            ".smo.o2.example.com",
            "a..o2.example.com",
        ] {
            assert!(identify(&source, with(wrong)).is_err(), "{wrong}");
        }
        assert!(identify(&source, http::Request::builder()).is_err());
    }
}
