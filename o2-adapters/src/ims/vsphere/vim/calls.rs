//! [`Vim`]: what is asked of a vCenter.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use o2_core::ports::Clock;
use o2_core::{Context, Error, ErrorKind, Fault, Result, Retry};

use super::fault::{Failure, named};
use super::retrieve::read_object;
use super::session::{About, Sessions};
use super::transport::Transport;
use super::xml::{Element, Ref, escape};
use crate::kit::auth::Credential;

/// How often it is looked whether a task is done.
const LOOK: Duration = Duration::from_millis(200);

/// A vCenter.
#[derive(Debug)]
pub(in super::super) struct Vim {
    pub(super) sessions: Sessions,
    /// What is read of objects of which type.
    pub(super) properties: &'static [(&'static str, &'static [&'static str])],
    pub(super) page_size: u32,
    clock: Arc<dyn Clock>,
    timeout: Duration,
}

/// How much of a parent's processors, or of its memory, a pool has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Allocation {
    pub(in super::super) reservation: i64,
    pub(in super::super) expandable: bool,
    pub(in super::super) limit: i64,
    pub(in super::super) shares: i64,
    pub(in super::super) level: String,
}

impl Allocation {
    /// All of it is written: the vCenter refuses pools of which it does not know everything.
    fn write(&self, name: &str) -> String {
        format!(
            "<{name}><reservation>{}</reservation><expandableReservation>{}</expandableReservation>\
             <limit>{}</limit><shares><shares>{}</shares><level>{}</level></shares></{name}>",
            self.reservation,
            self.expandable,
            self.limit,
            self.shares,
            escape(&self.level)
        )
    }
}

impl Vim {
    pub(in super::super) fn new(
        http: Arc<dyn o2_core::ports::HttpClient>,
        clock: Arc<dyn Clock>,
        config: &super::super::VsphereConfig,
        password: Credential,
        properties: &'static [(&'static str, &'static [&'static str])],
    ) -> Self {
        let timeout = Duration::from_secs(config.timeout_seconds.into());
        let transport = Arc::new(Transport {
            http,
            clock: Arc::clone(&clock),
            url: format!("{}/sdk", config.endpoint.trim_end_matches('/')),
            timeout,
        });
        Self {
            sessions: Sessions::new(transport, config.username.clone(), password),
            properties,
            page_size: config.page_size,
            clock,
            timeout,
        }
    }

    /// What it says about itself.
    pub(in super::super) async fn about(&self, context: &Context) -> Result<About> {
        Ok(self.sessions.get(context).await?.0.about.clone())
    }

    /// Whether it answers us now. This also keeps the session alive.
    pub(in super::super) async fn check(&self, context: &Context) -> Result<()> {
        let call = |_: &_| {
            let this = Ref::new("ServiceInstance", "ServiceInstance");
            Ok(("CurrentTime", this, String::new()))
        };
        self.sessions.call_in_any(context, call).await?;
        Ok(())
    }

    /// Ends the session.
    pub(in super::super) async fn close(&self, context: &Context) -> Result<()> {
        self.sessions.end(context).await
    }

    async fn call(&self, context: &Context, method: &'static str, this: &Ref, arguments: String) -> Result<Element> {
        let call = |_: &_| Ok((method, this.clone(), arguments.clone()));
        Ok(self.sessions.call_in_any(context, call).await?)
    }

    /// Calls what is not to be repeated when it is unclear whether it was done.
    async fn change(&self, context: &Context, method: &'static str, this: &Ref, arguments: String) -> Result<Element> {
        self.call(context, method, this, arguments).await.map_err(|error| {
            let unclear = matches!(error.kind(), ErrorKind::Timeout | ErrorKind::Internal);
            if unclear { error.with_retry(Retry::Never) } else { error }
        })
    }

    /// These properties of one object, as they are now.
    pub(in super::super) async fn properties(
        &self,
        context: &Context,
        of: &Ref,
        paths: &[&str],
    ) -> Result<BTreeMap<String, Element>> {
        let paths: String = paths.iter().map(|path| format!("<pathSet>{path}</pathSet>")).collect();
        let call = |session: &super::session::Session| {
            let arguments = format!(
                "<specSet><propSet><type>{}</type>{paths}</propSet><objectSet>{}<skip>false</skip></objectSet>\
                 </specSet><options/>",
                escape(&of.kind),
                of.write("obj")
            );
            Ok(("RetrievePropertiesEx", session.collector.clone(), arguments))
        };
        let answer = self.sessions.call_in_any(context, call).await?;
        let page = answer.child("returnval");
        let found = page.and_then(|page| page.child("objects")).and_then(read_object);
        Ok(found.map(|(_, properties)| properties).unwrap_or_default())
    }

    pub(in super::super) async fn create_pool(
        &self,
        context: &Context,
        parent: &Ref,
        name: &str,
        [cpu, memory]: [&Allocation; 2],
    ) -> Result<Ref> {
        let (cpu, memory) = (cpu.write("cpuAllocation"), memory.write("memoryAllocation"));
        let arguments = format!("<name>{}</name><spec>{cpu}{memory}</spec>", escape(name));
        let answer = self.change(context, "CreateResourcePool", parent, arguments).await?;
        answer.child("returnval").and_then(Element::reference).ok_or_else(|| {
            Error::internal("the vCenter does not say which pool it has created")
                .with_fault(Fault::Backend)
                .with_retry(Retry::Never)
        })
    }

    /// Changes a pool. `seen` is the version that it must have.
    pub(in super::super) async fn update_pool(
        &self,
        context: &Context,
        pool: &Ref,
        name: Option<&str>,
        allocations: Option<[&Allocation; 2]>,
        seen: Option<&str>,
    ) -> Result<()> {
        let name = name.map_or(String::new(), |name| format!("<name>{}</name>", escape(name)));
        let seen = seen.map_or(String::new(), |seen| {
            format!("<changeVersion>{}</changeVersion>", escape(seen))
        });
        let config = allocations.map_or(String::new(), |[cpu, memory]| {
            let (cpu, memory) = (cpu.write("cpuAllocation"), memory.write("memoryAllocation"));
            format!("<config>{seen}{cpu}{memory}</config>")
        });
        self.call(context, "UpdateConfig", pool, format!("{name}{config}"))
            .await?;
        Ok(())
    }

    /// Destroys a pool and waits until that is done.
    pub(in super::super) async fn destroy(&self, context: &Context, pool: &Ref) -> Result<()> {
        let answer = self.change(context, "Destroy_Task", pool, String::new()).await?;
        let Some(task) = answer.child("returnval").and_then(Element::reference) else {
            return Err(Error::internal("the vCenter names no task").with_fault(Fault::Backend));
        };
        let late = || {
            Error::new(ErrorKind::Timeout, "the vCenter is still destroying the pool")
                .with_fault(Fault::Backend)
                .with_retry(Retry::Never)
        };
        let done = self.clock.within(self.timeout, self.done(context, &task)).await;
        done.unwrap_or_else(|_| Err(late()))
    }

    async fn done(&self, context: &Context, task: &Ref) -> Result<()> {
        loop {
            let task = self.properties(context, task, &["info.state", "info.error"]).await?;
            match task.get("info.state").map(|state| state.text.as_str()) {
                Some("success") => return Ok(()),
                Some("error") => return Err(failed(task.get("info.error"))),
                _ => self.clock.sleep(LOOK).await,
            }
        }
    }

    /// The key of the custom attribute of this name, which is defined if need be.
    pub(in super::super) async fn define(&self, context: &Context, name: &str) -> Result<String> {
        let call = |session: &super::session::Session| {
            let this = session.fields.clone();
            let this = this.ok_or_else(|| {
                Error::new(ErrorKind::Unsupported, "the vCenter has no custom attributes").with_fault(Fault::Backend)
            })?;
            Ok(("AddCustomFieldDef", this, format!("<name>{}</name>", escape(name))))
        };
        let answer = self.sessions.call_in_any(context, call).await?;
        let key = answer.text_at(&["returnval", "key"]);
        key.map(str::to_owned).ok_or_else(|| {
            Error::internal("the vCenter does not say which attribute it has defined").with_fault(Fault::Backend)
        })
    }

    /// Gives the object a value of the custom attribute with this key.
    pub(in super::super) async fn set(&self, context: &Context, of: &Ref, key: &str, value: &str) -> Result<()> {
        let call = |session: &super::session::Session| {
            let this = session.fields.clone();
            let this = this.ok_or_else(|| Error::internal("there are no custom attributes"))?;
            let arguments = format!(
                "{}<key>{}</key><value>{}</value>",
                of.write("entity"),
                escape(key),
                escape(value)
            );
            Ok(("SetField", this, arguments))
        };
        self.sessions.call_in_any(context, call).await?;
        Ok(())
    }
}

/// Why a task failed: its fault is in what it says about itself.
fn failed(error: Option<&Element>) -> Error {
    let fault = error.and_then(|error| error.child("fault"));
    let name = fault.and_then(|fault| fault.kind.as_deref()).unwrap_or_default();
    let text = error
        .and_then(|error| error.text_at(&["localizedMessage"]))
        .unwrap_or_default();
    match named("Destroy_Task", name, text) {
        Failure::Lost => Error::from(Failure::Lost),
        Failure::Gone(error) | Failure::Other(error) => error,
    }
}
