//! [`Case`]: one sentence of a contract, and how to find out whether a plugin keeps it.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use o2_core::{Capabilities, Error, Operation};
use serde::{Deserialize, Serialize};

/// Whether a plugin keeps the sentence of a case.
pub type Verdict<T = ()> = Result<T, Stop>;

/// Why a case ended early.
#[derive(Debug)]
pub enum Stop {
    /// The plugin breaks the contract.
    Broken(Broken),
    /// The case cannot be tried in this world; says what is missing.
    Skipped(String),
}

/// How a plugin breaks a sentence of its contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Broken {
    /// What was looked at.
    pub what: String,
    /// What the contract asks for.
    pub expected: String,
    /// What there was.
    pub got: String,
}

impl Broken {
    /// `what` is `got`, and should be `expected`.
    pub fn new(what: impl Into<String>, expected: impl Into<String>, got: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            expected: expected.into(),
            got: got.into(),
        }
    }
}

impl From<Broken> for Stop {
    fn from(broken: Broken) -> Self {
        Self::Broken(broken)
    }
}

/// A call of the plugin that the case relies on failed.
impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Broken(Broken::new("a call", "success", format!("{error:?}")))
    }
}

type Run<W> = dyn for<'a> Fn(&'a W) -> BoxFuture<'a, Verdict> + Send + Sync;

/// One sentence of a contract, tried in a world `W` of its own.
pub struct Case<W: ?Sized> {
    /// Its name, `list_resource_pools/pages_add_up`: what is tried, and what is expected.
    pub name: String,
    /// The sentence of the contract.
    pub contract: &'static str,
    /// The operations it calls. A plugin that lacks one of them is not asked.
    pub needs: Vec<&'static Operation>,
    /// The operation that only a plugin without it is asked for.
    pub lacks: Option<&'static Operation>,
    run: Arc<Run<W>>,
}

impl<W: ?Sized> Case<W> {
    /// A case that needs no operation.
    pub fn new(
        name: impl Into<String>,
        contract: &'static str,
        run: impl for<'a> Fn(&'a W) -> BoxFuture<'a, Verdict> + Send + Sync + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            contract,
            needs: Vec::new(),
            lacks: None,
            run: Arc::new(run),
        }
    }

    /// The same case for plugins that have these operations.
    #[must_use]
    pub fn needing(mut self, operations: &[&'static Operation]) -> Self {
        self.needs.extend_from_slice(operations);
        self
    }

    /// The same case for plugins that do not have this operation.
    #[must_use]
    pub(super) fn lacking(mut self, operation: &'static Operation) -> Self {
        self.lacks = Some(operation);
        self
    }

    /// Why a plugin with these capabilities is not asked.
    #[must_use]
    pub fn inapplicable_to(&self, capabilities: &Capabilities) -> Option<String> {
        let missing = self.needs.iter().find(|operation| !capabilities.supports(operation));
        let missing = missing.map(|operation| format!("the plugin has no {}", operation.name));
        let present = self.lacks.filter(|operation| capabilities.supports(operation));
        missing.or_else(|| present.map(|operation| format!("the plugin has {}", operation.name)))
    }

    /// What comes before the `/` of the name.
    #[must_use]
    pub fn topic(&self) -> &str {
        self.name.split_once('/').map_or(self.name.as_str(), |(topic, _)| topic)
    }

    /// Tries the sentence.
    ///
    /// # Errors
    /// How the plugin breaks it, or why it cannot be tried.
    pub async fn run(&self, world: &W) -> Verdict {
        (self.run)(world).await
    }
}

impl<W: ?Sized> Clone for Case<W> {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            contract: self.contract,
            needs: self.needs.clone(),
            lacks: self.lacks,
            run: Arc::clone(&self.run),
        }
    }
}

impl<W: ?Sized> fmt::Debug for Case<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Case").field("name", &self.name).finish_non_exhaustive()
    }
}
