//! The conformance suite, on a played cluster with a played kustomize.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use o2_core::Result;
use o2_testkit::conformance::{DmsWorld, Harness};

use super::world::Edge;

/// Makes worlds.
struct Worlds;

impl Harness<dyn DmsWorld> for Worlds {
    fn name(&self) -> &str {
        "kustomize"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn DmsWorld>>> {
        async { Ok(Arc::new(Edge::full().await?) as Arc<dyn DmsWorld>) }.boxed()
    }
}

#[tokio::test]
async fn it_keeps_the_contract() {
    let only = option_env!("NEVER").map(str::to_owned).or_else(|| std::env::var("O2_CASE").ok());
    let report = o2_testkit::conformance::dms_suite()
        .run_some(&Worlds, |name| {
            let wanted = only.as_deref().is_none_or(|only| name.contains(only));
            if wanted {
                eprintln!("{name}");
            }
            wanted
        })
        .await;
    println!("{report}");
    report.assert_green();
}
