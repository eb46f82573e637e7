//! [`Worlds`]: worlds of the conformance suite for deployments, on played servers or on one that really runs.

use std::sync::{Arc, Mutex};

use futures::future::{BoxFuture, FutureExt};
use o2_core::{Error, ErrorKind, Result};
use o2_testkit::ManualClock;
use o2_testkit::conformance::{DmsWorld, Harness, Report, dms};

use super::{Played, peer};

/// A world with packages and deployments on a server, whichever it is.
pub(crate) trait Site: DmsWorld + Sized + 'static {
    /// What there is several of, when the backend deploys in several ways.
    type Flavour: Copy + Send + Sync;

    /// What the report is about.
    fn name(flavour: Self::Flavour) -> &'static str;

    fn begin(flavour: Self::Flavour, played: Played) -> BoxFuture<'static, Result<Self>>;

    fn played(&self) -> &Played;
}

/// Makes one world after another. On a real server the last one is taken away when the next begins.
pub(crate) struct Worlds<S: Site> {
    flavour: S::Flavour,
    real: bool,
    last: Mutex<Option<Arc<S>>>,
}

impl<S: Site> Worlds<S> {
    /// Each on a played server of its own.
    pub(crate) fn played(flavour: S::Flavour) -> Self {
        Self {
            flavour,
            real: false,
            last: Mutex::default(),
        }
    }

    /// On a part of the server that really runs, if one does; a line says so otherwise.
    pub(crate) async fn real(flavour: S::Flavour) -> Option<Self> {
        peer(&format!("conformance of {}", S::name(flavour))).await?;
        Some(Self {
            real: true,
            ..Self::played(flavour)
        })
    }

    /// Runs the suite.
    pub(crate) async fn report(&self) -> Report {
        let report = dms(self).await;
        self.clear();
        println!("{report}");
        report
    }

    fn clear(&self) {
        let last = self.last.lock().unwrap().take();
        last.iter().for_each(|site| site.played().clear());
    }

    fn server(&self) -> Result<Played> {
        if !self.real {
            return Ok(Played::new(ManualClock::auto()));
        }
        let played = Played::real(S::name(self.flavour));
        played.ok_or_else(|| Error::new(ErrorKind::Unavailable, "the server does not run any more"))
    }
}

impl<S: Site> Harness<dyn DmsWorld> for Worlds<S> {
    fn name(&self) -> &str {
        S::name(self.flavour)
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn DmsWorld>>> {
        async {
            self.clear();
            let site = Arc::new(S::begin(self.flavour, self.server()?).await?);
            if self.real {
                *self.last.lock().unwrap() = Some(Arc::clone(&site));
            }
            Ok(site as Arc<dyn DmsWorld>)
        }
        .boxed()
    }
}
