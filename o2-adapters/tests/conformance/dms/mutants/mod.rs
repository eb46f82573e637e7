//! Broken plugins, each with one fault, and the case that must find it.

use std::sync::Arc;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use o2_core::Result;
use o2_testkit::conformance::{DmsWorld, Harness, Report, dms_suite};

use super::remote::Remote;
use super::site::Site;
use super::twist::{Mutant, Twist};

/// A fault, and the name of the case that finds it.
type Row = (Arc<dyn Twist>, &'static str);

struct Broken(Arc<dyn Twist>);

impl Harness<dyn DmsWorld> for Broken {
    fn name(&self) -> &str {
        "broken"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn DmsWorld>>> {
        let twist = Arc::clone(&self.0);
        let wrap = move |right: Remote| Arc::new(Mutant::new(right, Arc::clone(&twist))) as _;
        async { Ok(Arc::new(Site::remote(wrap).await?) as _) }.boxed()
    }
}

/// No fault at all.
#[derive(Debug)]
struct Nothing;

impl Twist for Nothing {}

fn all() -> Vec<Row> {
    Vec::new()
}

/// The report of the whole suite, or of what is named.
async fn report(twist: Arc<dyn Twist>, only: Option<&str>) -> Report {
    let wanted = |name: &str| only.is_none_or(|only| name == only);
    dms_suite().run_some(&Broken(twist), wanted).await
}

#[tokio::test]
async fn without_a_fault_nothing_is_found() {
    report(Arc::new(Nothing), None).await.assert_green();
}
