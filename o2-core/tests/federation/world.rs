//! Some plugins behind a federation, and a reader who walks through all pages.

use std::sync::Arc;

use futures::executor::block_on;
use o2_core::federation::{Federation, Listing};
use o2_core::query::{Filter, PageLimits, Query, Sort};
use o2_core::registry::{RegisterOptions, Registry};
use o2_core::router::{FanOut, Router, RoutingTable};
use o2_core::{Context, ErrorKind, Result};

use super::objects::Part;
use super::plugin::{Fake, LIST_PARTS, PartPlugin};

pub(crate) const LIMITS: PageLimits = PageLimits { default: 3, max: 7 };

pub(crate) struct World {
    pub(crate) federation: Federation<dyn PartPlugin>,
    pub(crate) plugins: Vec<Arc<Fake>>,
}

impl World {
    /// These plugins, the first of them the default one.
    pub(crate) fn new(plugins: Vec<Fake>) -> Self {
        Self::with(plugins, Some(0), FanOut::default(), 4)
    }

    pub(crate) fn fanned(plugins: Vec<Fake>, fan_out: FanOut) -> Self {
        Self::with(plugins, Some(0), fan_out, 4)
    }

    pub(crate) fn with(plugins: Vec<Fake>, default: Option<usize>, fan_out: FanOut, concurrency: usize) -> Self {
        let registry = Arc::new(Registry::<dyn PartPlugin>::new());
        let plugins: Vec<_> = plugins.into_iter().map(Arc::new).collect();
        for (index, plugin) in plugins.iter().enumerate() {
            let options = RegisterOptions::new();
            let options = if default == Some(index) {
                options.as_default()
            } else {
                options
            };
            registry
                .register(Arc::clone(plugin) as Arc<dyn PartPlugin>, options)
                .unwrap();
        }
        let table = RoutingTable::new().with_fan_out("*", fan_out);
        Self {
            federation: Federation::new(Router::new(registry, table), LIMITS, concurrency),
            plugins,
        }
    }

    pub(crate) fn registry(&self) -> &Registry<dyn PartPlugin> {
        self.federation.registry()
    }

    pub(crate) async fn ask(&self, context: &Context, query: &Query) -> Result<Listing<Part>> {
        self.federation
            .list(context, &LIST_PARTS, query, |p, c, q| p.list_parts(c, q))
            .await
    }

    /// One page for somebody above tenants.
    pub(crate) fn page(&self, query: &Query) -> Result<Listing<Part>> {
        block_on(self.ask(&context(), query))
    }

    /// All pages, one after the other.
    pub(crate) fn walk(&self, query: &Query) -> Vec<Listing<Part>> {
        self.walk_as(&context(), query)
    }

    pub(crate) fn walk_as(&self, context: &Context, query: &Query) -> Vec<Listing<Part>> {
        const MANY: usize = 1000;
        let mut pages = Vec::new();
        let mut query = query.clone();
        loop {
            let page = block_on(self.ask(context, &query)).unwrap();
            query.marker.clone_from(&page.next);
            pages.push(page);
            if query.marker.is_none() {
                return pages;
            }
            assert!(pages.len() < MANY, "the walk does not end");
        }
    }
}

pub(crate) fn context() -> Context {
    Context::new("req-1")
}

pub(crate) fn query(filter: &str, sort: &str, limit: u32) -> Query {
    Query::new()
        .with_filter(Filter::parse(filter).unwrap())
        .with_sort(Sort::parse(sort).unwrap())
        .with_limit(limit)
}

pub(crate) fn next(query: &Query, page: &Listing<Part>) -> Query {
    query
        .clone()
        .with_marker(page.next.clone().expect("there is another page"))
}

pub(crate) fn ids(page: &Listing<Part>) -> Vec<String> {
    page.items.iter().map(|part| part.part_id.to_string()).collect()
}

pub(crate) fn all_ids(pages: &[Listing<Part>]) -> Vec<String> {
    pages.iter().flat_map(ids).collect()
}

/// `name=kind` of those who are missing.
pub(crate) fn missing(page: &Listing<Part>) -> String {
    page.failures.to_string()
}

#[track_caller]
pub(crate) fn fails(result: Result<Listing<Part>>, kind: ErrorKind) -> o2_core::Error {
    let error = result.expect_err("the list fails");
    assert!(error.is(kind), "{error:?}");
    error
}
