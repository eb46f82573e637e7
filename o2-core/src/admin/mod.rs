//! Administration of a gateway's plugins: what there is, how it is doing, why a call goes where it goes. Categories are
//! looked at through [`Directory`], so that one service serves them all.

mod directory;
pub mod op;
mod routes;
mod view;

use std::sync::Arc;
use std::time::Duration;

pub use directory::{Directory, ExplainRequest};
pub use routes::routes;
pub use view::{PluginHealth, PluginView};

use crate::collect::{CollectorView, Collectors};
use crate::context::Context;
use crate::operation::Category;
use crate::{Error, Result};

/// Administration of all plugins.
#[derive(Debug, Clone)]
pub struct AdminService {
    directories: Vec<Arc<dyn Directory>>,
    health_timeout: Duration,
    collectors: Option<Arc<Collectors>>,
}

impl AdminService {
    /// Administrates the plugins of `directories`, one per category. A health check may take `health_timeout`.
    #[must_use]
    pub fn new(directories: Vec<Arc<dyn Directory>>, health_timeout: Duration) -> Self {
        Self {
            directories,
            health_timeout,
            collectors: None,
        }
    }

    /// Shows how these collectors are doing.
    #[must_use]
    pub fn with_collectors(mut self, collectors: Arc<Collectors>) -> Self {
        self.collectors = Some(collectors);
        self
    }

    /// How the collectors are doing, of one category if it is given.
    #[must_use]
    pub fn collectors(&self, category: Option<Category>) -> Vec<CollectorView> {
        let all = self.collectors.iter().flat_map(|collectors| collectors.views());
        all.filter(|view| category.is_none_or(|category| view.category == category))
            .collect()
    }

    /// The plugins, of one category if it is given, in the order of registration.
    #[must_use]
    pub fn plugins(&self, category: Option<Category>) -> Vec<PluginView> {
        let wanted = |directory: &&Arc<dyn Directory>| category.is_none_or(|category| directory.category() == category);
        self.directories
            .iter()
            .filter(wanted)
            .flat_map(|directory| directory.plugins())
            .collect()
    }

    /// The plugins of one category.
    ///
    /// # Errors
    /// `NotFound` when the gateway has no such category.
    pub fn directory(&self, category: &str) -> Result<&Arc<dyn Directory>> {
        let found = self
            .directories
            .iter()
            .find(|directory| directory.category().as_str().eq_ignore_ascii_case(category));
        found.ok_or_else(|| Error::not_found("category", category))
    }

    /// Checks the health of every enabled plugin now.
    pub async fn check_health(&self, context: &Context) -> Vec<PluginHealth> {
        let checks = self
            .directories
            .iter()
            .map(|directory| directory.check_health(context, self.health_timeout));
        futures::future::join_all(checks).await.into_iter().flatten().collect()
    }

    /// Checks the health of one plugin now.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn check_health_of(&self, context: &Context, category: &str, name: &str) -> Result<PluginHealth> {
        self.directory(category)?
            .check_health_of(context, name, self.health_timeout)
            .await
    }
}
