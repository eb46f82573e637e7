//! `Layered`: typed results come through, panics become errors, layers cannot make results up.

use std::sync::Arc;

use o2_core::layer::{Call, Layer, Next};
use o2_core::{ErrorKind, Fault, Result, async_trait};
use o2_testkit::ManualClock;

use crate::fake::{Fake, ItemPlugin, Step, context, create, fail, get, item};

/// Runs the call so many times and returns the last result.
#[derive(Debug)]
struct Times(usize);

#[async_trait]
impl Layer for Times {
    async fn around(&self, call: &Call<'_>, next: Next<'_>) -> Result<()> {
        let mut result = Ok(());
        for _ in 0..self.0 {
            result = next.run(call).await;
        }
        result
    }
}

#[tokio::test]
async fn every_operation_returns_its_own_type() {
    let plugin = Fake::new(&ManualClock::auto(), []).layered(vec![Arc::new(Times(2)), Arc::new(Times(1))]);
    assert_eq!(get(&plugin).await.unwrap(), item());
    assert_eq!(create(&plugin, &context()).await.unwrap(), item().id);
    plugin.delete_item(&context(), &item().id, true).await.unwrap();
}

#[tokio::test]
async fn a_panic_of_the_plugin_is_an_internal_error_of_the_gateway() {
    let plugin = Fake::new(&ManualClock::auto(), [Step::Panic]).layered(vec![Arc::new(Times(1))]);
    let error = get(&plugin).await.unwrap_err();
    assert_eq!((error.kind(), error.fault()), (ErrorKind::Internal, Fault::Gateway));
    assert_eq!(error.message(), "internal error");
    assert_eq!(error.detail(), Some("the plugin panicked: the fake was told to"));
    get(&plugin).await.expect("the next call works");
}

#[tokio::test]
async fn the_last_run_of_a_call_counts() {
    let fake = Fake::new(&ManualClock::auto(), [fail(ErrorKind::Conflict), Step::Answer]);
    get(&fake.layered(vec![Arc::new(Times(2))])).await.unwrap();
    assert_eq!(fake.calls().len(), 2);
}

#[tokio::test]
async fn success_without_a_run_is_a_defect() {
    let plugin = Fake::new(&ManualClock::auto(), []).layered(vec![Arc::new(Times(0))]);
    let error = get(&plugin).await.unwrap_err();
    assert!(error.is(ErrorKind::Internal));
    assert!(error.detail().unwrap().contains("ims.get_item"), "{error:?}");
}
