//! [`Route`]: what a path leads to.

use std::sync::Arc;

use http::Method;
use url::form_urlencoded;

use super::call::Call;
use super::registry::Registry;
use super::resource::Resource;
use super::store::Key;

/// What a path leads to.
#[derive(Debug)]
pub(super) enum Route {
    Version,
    Health,
    CoreVersions,
    Groups,
    Group(String),
    Resources {
        group: String,
        version: String,
    },
    Target(Target),
    /// Something that a built-in group does not have; the server says so itself.
    Missing,
    /// Something of which nobody knows; custom groups have no say in that.
    Nowhere,
}

/// A collection, an object, or a part of one.
#[derive(Debug, Clone)]
pub(super) struct Target {
    pub(super) resource: Arc<Resource>,
    pub(super) version: String,
    /// Empty for what is outside namespaces and for collections of all namespaces.
    pub(super) namespace: String,
    /// Empty for collections.
    pub(super) name: String,
    pub(super) subresource: String,
}

impl Route {
    pub(super) fn of(path: &str, registry: &Registry) -> Self {
        let segments: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(decode).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match segments[..] {
            ["version"] => Self::Version,
            ["healthz" | "livez" | "readyz", ..] => Self::Health,
            ["api"] => Self::CoreVersions,
            ["apis"] => Self::Groups,
            ["apis", group] if registry.groups().contains(&group) => Self::Group(group.to_owned()),
            ["api", version] => Self::resources(registry, "", version),
            ["apis", group, version] => Self::resources(registry, group, version),
            ["api", version, ref rest @ ..] => Self::target(registry, "", version, rest),
            ["apis", group, version, ref rest @ ..] => Self::target(registry, group, version, rest),
            _ => Self::Nowhere,
        }
    }

    fn resources(registry: &Registry, group: &str, version: &str) -> Self {
        if registry.versions(group).contains(&version) {
            let (group, version) = (group.to_owned(), version.to_owned());
            return Self::Resources { group, version };
        }
        Self::Nowhere
    }

    fn missing(registry: &Registry, group: &str, version: &str) -> Self {
        let is_built_in = registry.of_version(group, version).any(|resource| resource.built_in);
        if is_built_in { Self::Missing } else { Self::Nowhere }
    }

    fn target(registry: &Registry, group: &str, version: &str, rest: &[&str]) -> Self {
        let (namespace, rest) = match *rest {
            ["namespaces", _, "status" | "finalize"] if group.is_empty() => ("", rest),
            ["namespaces", namespace, _, ..] => (namespace, &rest[2..]),
            _ => ("", rest),
        };
        let (plural, name, subresource) = match *rest {
            [plural] => (plural, "", ""),
            [plural, name] => (plural, name, ""),
            [plural, name, subresource] => (plural, name, subresource),
            _ => return Self::missing(registry, group, version),
        };
        let Some(resource) = registry.by_plural(group, version, plural) else {
            return Self::missing(registry, group, version);
        };
        let has_place = if name.is_empty() {
            resource.namespaced || namespace.is_empty()
        } else {
            resource.namespaced != namespace.is_empty()
        };
        if !has_place || !resource.has_subresource(subresource) {
            return Self::missing(registry, group, version);
        }
        Self::Target(Target {
            resource,
            version: version.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            subresource: subresource.to_owned(),
        })
    }
}

impl Resource {
    fn has_subresource(&self, name: &str) -> bool {
        match name {
            "" => true,
            "status" => self.has_status,
            "scale" => self.has_scale,
            "log" => self.group.is_empty() && self.kind == "Pod",
            _ => false,
        }
    }
}

impl Target {
    /// The place of the object called so in the same collection.
    pub(super) fn key_of(&self, name: &str) -> Key {
        Key {
            collection: self.resource.collection(),
            namespace: self.namespace.clone(),
            name: name.to_owned(),
        }
    }

    pub(super) fn key(&self) -> Key {
        self.key_of(&self.name)
    }

    /// Whether it is one collection, not the collections of all namespaces.
    pub(super) fn has_place(&self) -> bool {
        self.resource.namespaced != self.namespace.is_empty()
    }

    /// The verb of a request, as permissions name it; `None` when there is no such request.
    pub(super) fn verb(&self, call: &Call) -> Option<&'static str> {
        let is_collection = self.name.is_empty();
        let has_place = self.has_place();
        let verb = match call.method {
            Method::GET if is_collection && call.is_watch() => "watch",
            Method::GET if is_collection => "list",
            Method::GET => "get",
            Method::POST if is_collection && has_place => "create",
            Method::PUT if !is_collection => "update",
            Method::PATCH if !is_collection => "patch",
            Method::DELETE if is_collection && has_place => "deletecollection",
            Method::DELETE if self.subresource.is_empty() => "delete",
            _ => return None,
        };
        let of_part: &[&str] = match self.subresource.as_str() {
            "" => self.resource.verbs,
            "log" => &["get"],
            _ => &["get", "patch", "update"],
        };
        of_part.contains(&verb).then_some(verb)
    }
}

/// A segment of a path; `+` means itself there.
fn decode(segment: &str) -> String {
    let segment = segment.replace('+', "%2B");
    let mut pairs = form_urlencoded::parse(segment.as_bytes());
    pairs.next().map_or(String::new(), |(key, _)| key.into_owned())
}
