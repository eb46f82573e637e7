//! Somebody who sends requests: with headers, from an address, with a certificate.

use std::net::IpAddr;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request};
use o2::core::identity::{PeerAddress, PeerCertificate};
use serde_json::Value;

use super::{Answer, World, json, request};

/// The address of the proxy that the tests configure.
pub(crate) const PROXY: &str = "10.0.0.1";

/// Somebody who sends requests.
#[derive(Clone)]
pub(crate) struct Caller<'w> {
    world: &'w World,
    headers: Vec<(HeaderName, HeaderValue)>,
    address: Option<IpAddr>,
    certificate: Option<PeerCertificate>,
}

impl World {
    /// Somebody of whom nothing is known.
    pub(crate) fn stranger(&self) -> Caller<'_> {
        Caller {
            world: self,
            headers: Vec::new(),
            address: None,
            certificate: None,
        }
    }

    /// A user behind the proxy, with roles and, unless it is empty, a tenant.
    pub(crate) fn user(&self, tenant: &str, roles: &str) -> Caller<'_> {
        let caller = self
            .stranger()
            .from(PROXY)
            .with("x-remote-user", "ann")
            .with("x-remote-roles", roles);
        if tenant.is_empty() {
            caller
        } else {
            caller.with("x-tenant-id", tenant)
        }
    }
}

impl Caller<'_> {
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers
            .push((HeaderName::from_static(name), value.parse().unwrap()));
        self
    }

    /// The same with another name.
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != "x-remote-user");
        self.with("x-remote-user", name)
    }

    pub(crate) fn from(self, address: &str) -> Self {
        Self {
            address: Some(address.parse().unwrap()),
            ..self
        }
    }

    pub(crate) fn certified(self, common_name: &str) -> Self {
        Self {
            certificate: Some(PeerCertificate::new(common_name)),
            ..self
        }
    }

    /// Sends a request with everything that is known of the caller.
    pub(crate) fn send(&self, mut request: Request<Bytes>) -> Answer {
        for (name, value) in &self.headers {
            request.headers_mut().append(name, value.clone());
        }
        if let Some(address) = self.address {
            request.extensions_mut().insert(PeerAddress(address));
        }
        if let Some(certificate) = &self.certificate {
            request.extensions_mut().insert(certificate.clone());
        }
        self.world.send(request)
    }

    pub(crate) fn ask(&self, method: Method, target: &str) -> Answer {
        self.send(request(method, target).body(Bytes::new()).unwrap())
    }

    pub(crate) fn get(&self, target: &str) -> Answer {
        self.ask(Method::GET, target)
    }

    pub(crate) fn delete(&self, target: &str) -> Answer {
        self.ask(Method::DELETE, target)
    }

    pub(crate) fn post(&self, target: &str, body: &Value) -> Answer {
        self.send(json(request(Method::POST, target), body))
    }

    pub(crate) fn patch(&self, target: &str, body: &Value) -> Answer {
        self.send(json(request(Method::PATCH, target), body))
    }

    /// Everything that the lists of the API show, with what this caller sees.
    pub(crate) fn everything(&self) -> String {
        let document = self.get("/openapi.json").expect(200);
        let paths = document["paths"].as_object().unwrap();
        let lists = paths.iter().filter(|(path, methods)| {
            let answer = &methods["get"]["responses"]["200"]["content"]["application/json"]["schema"];
            // Also what is refused has a record.
            !path.contains('{')
                && !path.ends_with("/operations")
                && !path.starts_with("/admin")
                && answer["properties"]["items"].is_object()
        });
        let show = |path: &String| {
            let answer = self.get(path);
            // Not every plugin can list everything.
            let items = if answer.status == 501 {
                Value::Null
            } else {
                answer.expect(200)["items"].clone()
            };
            format!("{path} {items}\n")
        };
        lists.map(|(path, _)| show(path)).collect()
    }
}
