//! A plugin that lists parts, with the habits that backends have.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::task::Poll;

use o2_core::query::{ListQuery, Predicate};
use o2_core::{
    Action, Capabilities, Category, Context, Error, Health, Operation, Page, Plugin, PluginInfo, Pushdown, Result,
    Timestamp, async_trait,
};

use super::objects::Part;

pub(crate) static LIST_PARTS: Operation = Operation::new(Category::Ims, "list_parts", "part", "parts", Action::Read);
pub(crate) static GET_PART: Operation = Operation::new(Category::Ims, "get_part", "part", "parts", Action::Read);

#[async_trait]
pub(crate) trait PartPlugin: Plugin {
    async fn list_parts(&self, context: &Context, query: &ListQuery) -> Result<Page<Part>>;
}

/// How a backend pages.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Paging {
    /// As many as asked for.
    Exact,
    /// Never more than this many, whatever it is asked.
    Short(usize),
    /// This many more than asked for.
    Greedy(usize),
    /// A page of nothing before each page of something, and never more than this many.
    Halting(usize),
    /// The marker of each page is this one, items or not.
    Stuck(&'static str),
    /// After the last page comes the first again.
    Circular,
}

/// A backend with some parts in its own order.
pub(crate) struct Fake {
    info: PluginInfo,
    capabilities: Capabilities,
    parts: Mutex<Vec<Part>>,
    paging: Paging,
    counts: bool,
    /// How often each call gives way to others before it answers.
    patience: usize,
    failures: Mutex<BTreeMap<usize, Error>>,
    broken: Mutex<Option<fn() -> Error>>,
    queries: Mutex<Vec<ListQuery>>,
    alive: Mutex<Vec<Weak<Part>>>,
    most_alive: AtomicUsize,
    pub(crate) running: Arc<Running>,
}

/// How many calls run now, and at most.
#[derive(Debug, Default)]
pub(crate) struct Running {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Running {
    pub(crate) fn now(&self) -> usize {
        self.now.load(Ordering::SeqCst)
    }

    pub(crate) fn most(&self) -> usize {
        self.most.load(Ordering::SeqCst)
    }

    fn begin(self: &Arc<Self>) -> impl Drop + use<> {
        struct End(Arc<Running>);
        impl Drop for End {
            fn drop(&mut self) {
                self.0.now.fetch_sub(1, Ordering::SeqCst);
            }
        }
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        End(Arc::clone(self))
    }
}

impl Fake {
    pub(crate) fn new(name: &str, parts: impl IntoIterator<Item = Part>) -> Self {
        Self {
            info: PluginInfo::new(Category::Ims, "fake", name, "1").unwrap(),
            capabilities: Capabilities::new([&LIST_PARTS, &GET_PART]),
            parts: Mutex::new(parts.into_iter().collect()),
            paging: Paging::Exact,
            counts: true,
            patience: 0,
            failures: Mutex::default(),
            broken: Mutex::default(),
            queries: Mutex::default(),
            alive: Mutex::default(),
            most_alive: AtomicUsize::new(0),
            running: Arc::default(),
        }
    }

    pub(crate) fn paging(mut self, paging: Paging) -> Self {
        self.paging = paging;
        self
    }

    pub(crate) fn pushdown(mut self, pushdown: Pushdown) -> Self {
        self.capabilities = self.capabilities.with_pushdown(pushdown);
        self
    }

    pub(crate) fn max_page_size(mut self, items: u32) -> Self {
        self.capabilities = self.capabilities.with_max_page_size(items);
        self
    }

    pub(crate) fn without(mut self, operation: &'static Operation) -> Self {
        self.capabilities = self.capabilities.without(operation);
        self
    }

    /// Does not say how many there are.
    pub(crate) fn uncounted(mut self) -> Self {
        self.counts = false;
        self
    }

    pub(crate) fn patient(mut self, turns: usize) -> Self {
        self.patience = turns;
        self
    }

    pub(crate) fn sharing(mut self, running: &Arc<Running>) -> Self {
        self.running = Arc::clone(running);
        self
    }

    /// Fails when it is called for the `call`th time, from 0.
    pub(crate) fn failing(self, call: usize, error: Error) -> Self {
        self.failures.lock().unwrap().insert(call, error);
        self
    }

    /// Fails from now on, or works again.
    pub(crate) fn break_down(&self, error: Option<fn() -> Error>) {
        *self.broken.lock().unwrap() = error;
    }

    /// What it was asked, in order.
    pub(crate) fn queries(&self) -> Vec<ListQuery> {
        self.queries.lock().unwrap().clone()
    }

    pub(crate) fn calls(&self) -> usize {
        self.queries.lock().unwrap().len()
    }

    /// How many of its parts were in memory at most when it was called.
    pub(crate) fn most_alive(&self) -> usize {
        self.most_alive.load(Ordering::SeqCst)
    }

    pub(crate) fn name(&self) -> &str {
        self.info.name.as_str()
    }

    pub(crate) fn contents(&self) -> Vec<Part> {
        self.parts.lock().unwrap().clone()
    }

    fn page(&self, query: &ListQuery) -> Page<Part> {
        let matcher = query.filter.bind::<Part>().unwrap();
        let matching: Vec<Part> = self
            .contents()
            .into_iter()
            .filter(|part| matcher.matches(part))
            .collect();
        let asked = query.limit.map_or(usize::MAX, |limit| limit as usize);
        let (start, halted) = self.read(query.marker.as_deref());
        let size = match self.paging {
            Paging::Exact | Paging::Circular | Paging::Stuck(_) => asked,
            Paging::Short(most) => asked.min(most),
            Paging::Greedy(more) => asked.saturating_add(more),
            Paging::Halting(_) if !halted => 0,
            Paging::Halting(most) => asked.min(most),
        };
        let start = start.min(matching.len());
        let end = start.saturating_add(size).min(matching.len());
        let more = end < matching.len();
        let next = match self.paging {
            Paging::Stuck(marker) => Some(marker.to_owned()),
            Paging::Circular if !more => Some("0".to_owned()),
            Paging::Halting(_) if !halted => Some(format!("{end}!")),
            _ => more.then(|| end.to_string()),
        };
        let items = matching
            .iter()
            .skip(start)
            .take(end - start)
            .cloned()
            .map(Arc::new)
            .collect();
        let page = Page::new(items, next);
        if self.counts {
            page.with_total(matching.len() as u64)
        } else {
            page
        }
    }

    fn read(&self, marker: Option<&str>) -> (usize, bool) {
        match marker {
            None => (0, false),
            Some(marker) if matches!(self.paging, Paging::Stuck(known) if known == marker) => (0, false),
            Some(marker) => {
                let digits = marker.trim_end_matches('!');
                let start = digits
                    .parse()
                    .unwrap_or_else(|_| panic!("{} never made the marker {marker}", self.name()));
                (start, marker.ends_with('!'))
            }
        }
    }

    fn check(&self, query: &ListQuery) {
        let may = |predicate: &Predicate| match self.capabilities.pushdown {
            Pushdown::None => false,
            Pushdown::Attributes(names) => predicate.path.first().is_some_and(|name| names.contains(&name)),
            _ => true,
        };
        assert!(
            query.filter.predicates().iter().all(may),
            "{} was asked {}",
            self.name(),
            query.filter
        );
        let most = self.capabilities.max_page_size.unwrap_or(u32::MAX).max(1);
        let limit = query.limit.unwrap();
        assert!(
            (1..=most).contains(&limit),
            "{} was asked for {limit} parts",
            self.name()
        );
    }

    fn remember(&self, page: &Page<Part>) {
        let mut alive = self.alive.lock().unwrap();
        alive.retain(|part| part.strong_count() > 0);
        alive.extend(page.items.iter().map(Arc::downgrade));
        self.most_alive.fetch_max(alive.len(), Ordering::SeqCst);
    }
}

impl fmt::Debug for Fake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fake")
            .field("name", &self.name())
            .field("paging", &self.paging)
            .field("pushdown", &self.capabilities.pushdown)
            .field("max_page_size", &self.capabilities.max_page_size)
            .field("parts", &self.contents())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Plugin for Fake {
    fn info(&self) -> &PluginInfo {
        &self.info
    }

    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    async fn health(&self, _: &Context) -> Health {
        Health::healthy(Timestamp::UNIX_EPOCH)
    }
}

#[async_trait]
impl PartPlugin for Fake {
    async fn list_parts(&self, _: &Context, query: &ListQuery) -> Result<Page<Part>> {
        self.check(query);
        let _running = self.running.begin();
        let call = self.calls();
        self.queries.lock().unwrap().push(query.clone());
        give_way(self.patience).await;
        if let Some(error) = self.failures.lock().unwrap().remove(&call) {
            return Err(error);
        }
        if let Some(error) = *self.broken.lock().unwrap() {
            return Err(error());
        }
        let page = self.page(query);
        self.remember(&page);
        Ok(page)
    }
}

async fn give_way(mut turns: usize) {
    std::future::poll_fn(|context| {
        if turns == 0 {
            return Poll::Ready(());
        }
        turns -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
