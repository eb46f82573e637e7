//! [`Api`]: a service with its routes, mounted under a root in one or more versions. [`Mount`] is the same without the
//! service's type, so that a gateway can hold several.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use http::Method;

use super::path::{PathTree, segments};
use super::{ApiVersion, Exchange, PathParams, Reply, Route, RouteInfo};
use crate::Result;

/// A service with its routes.
pub struct Api<S: 'static> {
    service: Arc<S>,
    routes: Vec<Route<S>>,
    aliases: &'static [(&'static str, &'static str)],
    versions: Vec<Version>,
}

struct Version {
    number: ApiVersion,
    root: Arc<str>,
    templates: Vec<String>,
    tree: PathTree<Vec<usize>>,
}

/// A path that some route serves.
#[derive(Debug)]
pub struct Located<'a> {
    mount: &'a dyn Mount,
    routes: &'a [usize],
    templates: &'a [String],
    /// The version of the API that was asked.
    pub version: ApiVersion,
    /// Where the API is mounted, `/o2ims/v1`.
    pub root: Arc<str>,
    /// The values of the path's `{names}`.
    pub path: PathParams,
}

/// A route at the place where it is mounted.
#[derive(Debug)]
pub struct Mounted<'a> {
    /// The whole path, with `{names}`.
    pub path: String,
    /// The version of the API.
    pub version: ApiVersion,
    /// The route.
    pub info: &'a RouteInfo,
}

/// An API without its service's type.
pub trait Mount: fmt::Debug + Send + Sync {
    /// Finds what serves `path`.
    ///
    /// # Errors
    /// `InvalidInput` when the path is not percent-encoded UTF-8.
    fn locate(&self, path: &str) -> Result<Option<Located<'_>>>;

    /// What there is to know about the route with this number.
    fn info(&self, route: usize) -> &RouteInfo;

    /// Serves a request by the route with this number.
    fn call(&self, route: usize, exchange: Exchange) -> BoxFuture<'_, Result<Reply>>;

    /// Every route in every version, under every name.
    fn routes(&self) -> Vec<Mounted<'_>>;
}

impl<S: Send + Sync + 'static> Api<S> {
    /// Mounts `routes` of `service` at `root/v1`, `root/v2`, … for the `versions`. A pair of `aliases` gives a
    /// path's first segment, the pair's second, another name, the pair's first.
    pub fn new(
        service: Arc<S>,
        root: &str,
        versions: &[ApiVersion],
        routes: Vec<Route<S>>,
        aliases: &'static [(&'static str, &'static str)],
    ) -> Self {
        let mounted = versions.iter().map(|number| (*number, format!("{root}/{number}")));
        Self::mounted(service, mounted, routes, aliases)
    }

    /// Mounts `routes` of `service` at `root`, without versions.
    pub fn unversioned(service: Arc<S>, root: &str, routes: Vec<Route<S>>) -> Self {
        Self::mounted(service, [(ApiVersion::V1, root.to_owned())], routes, &[])
    }

    fn mounted(
        service: Arc<S>,
        versions: impl IntoIterator<Item = (ApiVersion, String)>,
        routes: Vec<Route<S>>,
        aliases: &'static [(&'static str, &'static str)],
    ) -> Self {
        let mut api = Self {
            service,
            routes,
            aliases,
            versions: Vec::new(),
        };
        for (number, root) in versions {
            let mut tree = PathTree::<Vec<usize>>::new();
            for (index, path) in api.paths(number) {
                tree.at(path.into_iter()).push(index);
            }
            let template = |route: &Route<S>| format!("{root}{}", route.info.path);
            let templates = api.routes.iter().map(template).collect();
            api.versions.push(Version {
                number,
                root: root.into(),
                templates,
                tree,
            });
        }
        api
    }

    /// The routes of a version with their segments, under every name.
    fn paths(&self, version: ApiVersion) -> Vec<(usize, Vec<&'static str>)> {
        let present = self
            .routes
            .iter()
            .enumerate()
            .filter(|(_, route)| route.info.since <= version);
        present
            .flat_map(|(index, route)| {
                let path: Vec<_> = segments(route.info.path).collect();
                let first = path.first().copied();
                let names = self
                    .aliases
                    .iter()
                    .filter(move |(_, name)| Some(*name) == first)
                    .map(|(alias, _)| *alias);
                let renamed: Vec<_> = names.map(|alias| (index, [&[alias], &path[1..]].concat())).collect();
                std::iter::once((index, path)).chain(renamed)
            })
            .collect()
    }
}

impl<S: Send + Sync + 'static> Mount for Api<S> {
    fn locate(&self, path: &str) -> Result<Option<Located<'_>>> {
        for version in &self.versions {
            let Some(rest) = path.strip_prefix(&*version.root) else {
                continue;
            };
            if !(rest.is_empty() || rest.starts_with('/')) {
                continue;
            }
            let Some((routes, path)) = version.tree.find(rest)? else {
                return Ok(None);
            };
            let (number, root) = (version.number, Arc::clone(&version.root));
            return Ok(Some(Located {
                mount: self,
                templates: &version.templates,
                routes,
                version: number,
                root,
                path,
            }));
        }
        Ok(None)
    }

    fn info(&self, route: usize) -> &RouteInfo {
        &self.routes[route].info
    }

    fn call(&self, route: usize, exchange: Exchange) -> BoxFuture<'_, Result<Reply>> {
        (self.routes[route].handler)(&self.service, exchange)
    }

    fn routes(&self) -> Vec<Mounted<'_>> {
        let mounted = |version: &Version| {
            let root = Arc::clone(&version.root);
            let number = version.number;
            self.paths(number).into_iter().map(move |(index, segments)| Mounted {
                path: segments
                    .iter()
                    .fold(root.to_string(), |path, segment| path + "/" + segment),
                version: number,
                info: &self.routes[index].info,
            })
        };
        self.versions.iter().flat_map(mounted).collect()
    }
}

impl<S> fmt::Debug for Api<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roots: Vec<_> = self.versions.iter().map(|version| &*version.root).collect();
        f.debug_struct("Api")
            .field("roots", &roots)
            .field("routes", &self.routes)
            .finish_non_exhaustive()
    }
}

impl<'a> Located<'a> {
    /// The route for this method; `HEAD` is served by the one for `GET`.
    #[must_use]
    pub fn route(&self, method: &Method) -> Option<usize> {
        let wanted = if method == Method::HEAD { &Method::GET } else { method };
        self.routes
            .iter()
            .copied()
            .find(|route| self.mount.info(*route).method == *wanted)
    }

    /// What there is to know about a route.
    #[must_use]
    pub fn info(&self, route: usize) -> &'a RouteInfo {
        self.mount.info(route)
    }

    /// The methods of this path, for `Allow`.
    #[must_use]
    pub fn allow(&self) -> String {
        let mut methods: Vec<&str> = self
            .routes
            .iter()
            .map(|route| self.mount.info(*route).method.as_str())
            .collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.push("OPTIONS");
        methods.sort_unstable();
        methods.dedup();
        methods.join(", ")
    }

    /// The whole path of a route, with `{names}`, without the values of this request and under its first name.
    #[must_use]
    pub fn template(&self, route: usize) -> &'a str {
        &self.templates[route]
    }

    /// Serves a request by one of the path's routes.
    ///
    /// # Errors
    /// The handler's.
    pub fn call(&self, route: usize, exchange: Exchange) -> BoxFuture<'a, Result<Reply>> {
        self.mount.call(route, exchange)
    }
}
