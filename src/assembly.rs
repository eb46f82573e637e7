//! Puts the parts of a [`Gateway`] together.

use std::sync::Arc;
use std::time::Duration;

use o2_core::admin::{self, AdminService, Directory};
use o2_core::collect::{Collectors, EventSink};
use o2_core::config::Config;
use o2_core::delivery;
use o2_core::federation::Federation;
use o2_core::http::{Api, ApiVersion, Idempotency, Mount};
use o2_core::identity::IdentitySource;
use o2_core::metrics::Metrics;
use o2_core::plugin::{ObservabilityPlugin, observability_op};
use o2_core::ports::{Clock, Ports};
use o2_core::query::PageLimits;
use o2_core::{Category, Error, Result};
use o2_dms::{DMSPlugin, Deployments, DmsService};
use o2_ims::{IMSPlugin, ImsService, Inventory, OCloudInfo};
use o2_smo::{SMOPlugin, SmoService};

use crate::gateway::{Gateway, Inner};
use crate::meta::{self, MetaService};
use crate::notifications::Notifications;
use crate::plugins::Setup;
use crate::rate_limit::RateLimit;
use crate::request_id::RequestIds;
use crate::route_metrics::RouteMetricsTable;

/// How long a health check may take.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(5);
/// How long answers are kept for those who repeat a request.
const IDEMPOTENCY_KEPT: Duration = Duration::from_secs(24 * 3600);

/// The plugins of all categories.
pub(crate) struct Categories {
    pub(crate) ims: Arc<Federation<dyn IMSPlugin>>,
    pub(crate) dms: Arc<Federation<dyn DMSPlugin>>,
    pub(crate) smo: Arc<Federation<dyn SMOPlugin>>,
    pub(crate) observability: Arc<Federation<dyn ObservabilityPlugin>>,
}

impl Categories {
    fn directories(&self, clock: &Arc<dyn Clock>) -> Vec<Arc<dyn Directory>> {
        let clock = || Arc::clone(clock);
        vec![
            self.ims
                .directory(Category::Ims, o2_ims::op::ALL, o2_ims::op::VOCABULARY, clock()),
            self.dms
                .directory(Category::Dms, o2_dms::op::ALL, o2_dms::op::VOCABULARY, clock()),
            self.smo
                .directory(Category::Smo, o2_smo::op::ALL, o2_smo::op::VOCABULARY, clock()),
            self.observability.directory(
                Category::Observability,
                observability_op::ALL,
                observability_op::VOCABULARY,
                clock(),
            ),
        ]
    }
}

impl Setup {
    pub(crate) fn gateway(
        self,
        categories: Categories,
        identity: Arc<dyn IdentitySource>,
        metrics: Metrics,
    ) -> Result<Gateway> {
        let Self {
            ports, limits, config, ..
        } = self;
        let Categories {
            ims,
            dms,
            smo,
            observability,
        } = categories;
        let (clock, store) = (&ports.clock, &ports.store);
        let settings = &config.gateway;
        let notifications = Arc::new(Notifications::new(&config, &ports, limits, &metrics)?);
        let subscriptions = notifications.subscriptions.clone();
        let ims_service = ImsService::new(Arc::clone(&ims), o_cloud(&config), subscriptions.clone())
            .with_resource_writes(settings.resource_writes);
        let ims_service = Arc::new(ims_service);
        let dms_service = Arc::new(DmsService::new(
            Arc::clone(&dms),
            Arc::clone(store),
            Arc::clone(clock),
            subscriptions,
        ));
        let smo_service = Arc::new(SmoService::new(
            Arc::clone(&smo),
            Arc::clone(&ims),
            Arc::clone(&dms),
            Arc::clone(store),
            Arc::clone(clock),
        ));
        let categories = Categories {
            ims,
            dms,
            smo,
            observability,
        };
        let directories = categories.directories(clock);
        let collectors = Arc::new(collectors(
            &config,
            &ports,
            &metrics,
            &categories,
            notifications.clone(),
        )?);
        let admin = AdminService::new(directories.clone(), HEALTH_TIMEOUT);
        let admin = Arc::new(admin.with_collectors(Arc::clone(&collectors)));
        let meta = Arc::new(MetaService::new(Arc::clone(&admin), metrics.clone(), settings));
        let served = settings.api_versions;
        let versions = [(served.ims_v1, ApiVersion::V1), (served.ims_v2, ApiVersion::V2)];
        let versions: Vec<_> = versions
            .into_iter()
            .filter(|(on, _)| *on)
            .map(|(_, version)| version)
            .collect();
        let mut mounts: Vec<Arc<dyn Mount>> =
            vec![Arc::new(o2_ims::api::versions(Arc::clone(&ims_service), &versions))];
        if served.dms_v1 {
            mounts.push(Arc::new(o2_dms::api::api(Arc::clone(&dms_service))));
        }
        if served.smo_v1 {
            mounts.push(Arc::new(o2_smo::api::api(Arc::clone(&smo_service))));
        }
        if served.admin_v1 {
            mounts.push(Arc::new(Api::new(
                Arc::clone(&notifications),
                "/admin",
                &[ApiVersion::V1],
                delivery::routes(),
                &[],
            )));
            mounts.push(Arc::new(Api::new(
                admin,
                "/admin",
                &[ApiVersion::V1],
                admin::routes(),
                &[],
            )));
        }
        mounts.push(Arc::new(Api::unversioned(Arc::clone(&meta), "", meta::routes())));
        meta.describe(&mounts);
        let idempotency = Idempotency::new(
            Arc::clone(store),
            Arc::clone(clock),
            IDEMPOTENCY_KEPT,
            settings.request_timeout.get(),
        );
        Ok(Gateway(Arc::new(Inner {
            route_metrics: RouteMetricsTable::new(&metrics, &mounts),
            mounts,
            directories,
            ims: ims_service,
            dms: dms_service,
            smo: smo_service,
            observability: categories.observability,
            identity,
            rate_limit: RateLimit::new(config.limits.clone()),
            idempotency,
            request_ids: RequestIds::new(&format!("{:08x}", clock.now().unix_nanos() & 0xffff_ffff)),
            clock: Arc::clone(clock),
            metrics,
            page_limits: limits,
            max_body: settings.max_body_bytes,
            request_timeout: settings.request_timeout.get(),
            max_age: settings.reads.max_age.get(),
            collectors: config.collectors.enabled.then_some(collectors),
            notifications,
        })))
    }
}

/// The collectors of everything that changes by itself.
fn collectors(
    config: &Config,
    ports: &Ports,
    metrics: &Metrics,
    categories: &Categories,
    sink: Arc<dyn EventSink>,
) -> Result<Collectors> {
    let (clock, store) = (Arc::clone(&ports.clock), Arc::clone(&ports.store));
    let mut settings = config.collectors.settings(&config.plugins);
    settings.lease = config.notifications.lease.get();
    Collectors::new(clock, store, sink, settings, metrics.clone())
        .collect(Category::Ims, &categories.ims, Arc::new(Inventory::new()))?
        .collect(Category::Dms, &categories.dms, Arc::new(Deployments::new()))?
        .checked()
}

fn o_cloud(config: &Config) -> OCloudInfo {
    let settings = &config.gateway;
    let global = settings.global_cloud_id.as_deref().unwrap_or(&settings.o_cloud_id);
    let mut info = OCloudInfo::new(&settings.o_cloud_id, global, &settings.name);
    info.description.clone_from(&settings.description);
    info.service_uri = settings
        .base_url
        .as_ref()
        .map_or_else(|| "/".to_owned(), ToString::to_string);
    info
}

pub(crate) fn page_limits(config: &Config) -> Result<PageLimits> {
    let size = |name: &str, size: usize| {
        u32::try_from(size).map_err(|_| Error::config(format!("gateway.{name}: must be at most {}", u32::MAX)))
    };
    Ok(PageLimits {
        default: size("defaultPageSize", config.gateway.page_size())?,
        max: size("maxPageSize", config.gateway.max_page_size)?,
    })
}
