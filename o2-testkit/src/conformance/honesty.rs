//! Capabilities are honest: what is declared is there, what is not declared answers `Unsupported`.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use o2_core::{Context, ErrorKind, Operation, Plugin, Result};

use super::{Case, World, fails, holds};

const DECLARED: &str = "A method the backend lacks keeps its default body and stays out of the plugin's Capabilities.";
const UNDECLARED: &str = "Calls of anything else fail with `Unsupported`.";

type Call<P> = for<'a> fn(&'a P, &'a Context) -> BoxFuture<'a, Result<()>>;

/// One way to call an operation, with arguments that name nothing that exists.
pub struct Invocation<P: ?Sized> {
    /// What is called.
    pub operation: &'static Operation,
    /// Calls it.
    pub call: Call<P>,
}

impl<P: ?Sized> Clone for Invocation<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: ?Sized> Copy for Invocation<P> {}

impl<P: ?Sized> fmt::Debug for Invocation<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Invocation").field(&self.operation.name).finish()
    }
}

/// Two cases for each operation, of which the plugin's capabilities select one.
pub(super) fn cases<P, W>(invocations: &[Invocation<P>], world: fn(&W) -> &dyn World<P>) -> Vec<Case<W>>
where
    P: ?Sized + Plugin,
    W: ?Sized + Send + Sync + 'static,
{
    let both = |invocation: &Invocation<P>| {
        let (operation, call) = (invocation.operation, invocation.call);
        let name = operation.name;
        let declared = Case::new(format!("{name}/is_there_when_declared"), DECLARED, move |w: &W| {
            let plugin: Arc<P> = world(w).plugin();
            Box::pin(async move {
                let result = call(&plugin, &Context::new("conformance")).await;
                let unsupported = result.as_ref().is_err_and(|error| error.is(ErrorKind::Unsupported));
                holds(
                    "the answer of a declared operation",
                    !unsupported,
                    "anything but Unsupported",
                    result,
                )
            })
        });
        let undeclared = Case::new(
            format!("{name}/is_refused_when_undeclared"),
            UNDECLARED,
            move |w: &W| {
                let plugin: Arc<P> = world(w).plugin();
                Box::pin(async move {
                    let result = call(&plugin, &Context::new("conformance")).await;
                    fails(
                        "the answer of an operation that is not declared",
                        result,
                        &[ErrorKind::Unsupported],
                    )?;
                    Ok(())
                })
            },
        );
        [declared.needing(&[operation]), undeclared.lacking(operation)]
    };
    invocations.iter().flat_map(both).collect()
}
