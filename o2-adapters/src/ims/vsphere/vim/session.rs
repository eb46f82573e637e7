//! Sessions: one login for all, with what is made once in it.

use std::sync::Arc;
use std::time::Duration;

use futures::future::FutureExt;
use o2_core::ports::Secret;
use o2_core::{Context, Error, Fault, Result};

use super::fault::{Called, Failure};
use super::retrieve::hidden;
use super::transport::{Call, Transport};
use super::xml::{Element, Ref, escape};
use crate::kit::auth::{Credential, Fetched, Grant, Renewable};

/// What a vCenter says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct About {
    pub(in super::super) uuid: String,
    pub(in super::super) name: String,
    pub(in super::super) version: String,
    pub(in super::super) build: String,
}

/// A session, and the managers of the vCenter.
#[derive(Debug)]
pub(super) struct Session {
    cookie: Secret,
    pub(super) about: About,
    pub(super) collector: Ref,
    pub(super) fields: Option<Ref>,
    pub(super) manager: Ref,
    /// Where the inventory begins.
    pub(super) root: Ref,
}

/// Logs in when that is needed.
#[derive(Debug)]
pub(super) struct Sessions {
    transport: Arc<Transport>,
    session: Renewable<Session>,
}

impl Sessions {
    pub(super) fn new(transport: Arc<Transport>, username: String, password: Credential) -> Self {
        let (through, clock) = (Arc::clone(&transport), Arc::clone(&transport.clock));
        let session = Renewable::new(clock, Duration::ZERO, move || {
            let (transport, username) = (Arc::clone(&through), username.clone());
            let password = password.clone();
            async move {
                let password = password.fetch().await?;
                let value = begin(&transport, &username, &password).await.map_err(Error::from)?;
                // It lives until nobody uses it, or an administrator ends it; both are seen when it is refused.
                Ok(Fetched { value, lifetime: None })
            }
            .boxed()
        });
        Self { transport, session }
    }

    pub(super) async fn get(&self, context: &Context) -> Result<(Arc<Session>, Grant)> {
        self.session.get(context).await
    }

    /// Ends the session, if there is one.
    pub(super) async fn end(&self, context: &Context) -> Result<()> {
        let Some((session, grant)) = self.session.held() else {
            return Ok(());
        };
        self.forget(grant);
        match self
            .call(context, &session, Call::new("Logout", &session.manager, ""))
            .await
        {
            Ok(_) | Err(Failure::Lost) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    pub(super) fn forget(&self, lost: Grant) {
        self.session.forget(lost);
    }

    /// Calls in this session.
    pub(super) async fn call(&self, context: &Context, session: &Session, call: Call<'_>) -> Called<Element> {
        let (answer, _) = self.transport.call(context, Some(&session.cookie), call).await?;
        if tells_nobody(&answer) {
            return Err(Failure::Lost);
        }
        Ok(answer)
    }

    /// Calls in a session, and once more in a new one when it has ended.
    pub(super) async fn call_in_any(
        &self,
        context: &Context,
        call: impl Fn(&Session) -> Result<(&'static str, Ref, String)> + Send,
    ) -> Called<Element> {
        let mut again = true;
        loop {
            let (session, grant) = self.get(context).await?;
            let (method, this, arguments) = call(&session)?;
            match self.call(context, &session, Call::new(method, &this, arguments)).await {
                Err(Failure::Lost) if again => {
                    self.forget(grant);
                    again = false;
                }
                outcome => return outcome,
            }
        }
    }
}

/// Whether objects are listed for somebody without a session: property collectors answer instead of a fault with objects
/// of which everything is missing.
fn tells_nobody(answer: &Element) -> bool {
    let page = answer.child("returnval").into_iter();
    let mut objects = page.flat_map(|page| page.all("objects"));
    objects.any(|sent| hidden(sent).is_some_and(|hidden| hidden.values().any(|fault| fault == "NotAuthenticated")))
}

async fn begin(transport: &Transport, username: &str, password: &Secret) -> Called<Session> {
    let context = Context::new("login");
    let instance = Ref::new("ServiceInstance", "ServiceInstance");
    let call = Call::new("RetrieveServiceContent", &instance, "");
    let (answer, _) = transport.call(&context, None, call).await?;
    let content = answer.child("returnval").ok_or_else(|| lacks("returnval"))?;
    let manager = object(content, "sessionManager")?;
    let user = format!(
        "<userName>{}</userName><password>{}</password>",
        escape(username),
        escape(password.expose())
    );
    let (_, cookie) = transport
        .call(&context, None, Call::new("Login", &manager, user))
        .await?;
    let cookie = cookie.ok_or_else(|| lacks("session"))?;
    Ok(Session {
        cookie,
        about: about(content)?,
        collector: object(content, "propertyCollector")?,
        fields: object(content, "customFieldsManager").ok(),
        manager,
        root: object(content, "rootFolder")?,
    })
}

fn about(content: &Element) -> Result<About> {
    let about = content.child("about").ok_or_else(|| lacks("about"))?;
    let text = |name: &str| about.text_at(&[name]).unwrap_or_default().to_owned();
    if text("instanceUuid").is_empty() {
        return Err(lacks("about.instanceUuid; only a vCenter has one"));
    }
    Ok(About {
        uuid: text("instanceUuid"),
        name: text("fullName"),
        version: text("version"),
        build: text("build"),
    })
}

fn object(of: &Element, name: &str) -> Result<Ref> {
    of.child(name).and_then(Element::reference).ok_or_else(|| lacks(name))
}

fn lacks(what: &str) -> Error {
    Error::internal(format!("the answer of the vCenter lacks {what}")).with_fault(Fault::Backend)
}
