//! [`Played`]: a vCenter in memory. It keeps objects and sessions, and tells what changes.

mod changes;
mod reads;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use futures::future::pending;
use o2_core::ports::{Clock, HttpRequest, HttpResponse};
use o2_core::{Error, ErrorKind, Fault, Result};
use o2_testkit::conformance::Trouble;

use super::super::vim::{Element, Ref, parse};
use super::stock::{alarms, stock};

/// The properties of an object, as they are sent.
pub(super) type Properties = BTreeMap<String, String>;

pub(super) struct Played {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) objects: BTreeMap<Ref, Properties>,
    pub(super) trouble: Option<Trouble>,
    /// The alarms that are triggered, each an `AlarmState`, and their definitions.
    pub(super) alarms: Vec<String>,
    pub(super) definitions: BTreeMap<Ref, Properties>,
    /// The types of objects of which nothing may be seen but that they are there.
    pub(super) hidden: BTreeSet<String>,
    /// Methods of which the next call breaks off, and such that are answered by a proxy, with this status.
    pub(super) breaks: Vec<String>,
    pub(super) statuses: Vec<(String, u16)>,
    /// Whether somebody without a session is not refused, but told of objects of which everything is missing.
    pub(super) tells_nobody: bool,
    /// Faults for the next calls of a method: its name, and the type of the fault.
    pub(super) faults: Vec<(String, String)>,
    /// The methods that were called.
    pub(super) calls: Vec<String>,
    sessions: BTreeSet<String>,
    number: u64,
    /// Which objects have changed, one after the other.
    log: Vec<Ref>,
}

type Answer = Result<String, String>;

impl Played {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        let (alarms, definitions) = alarms();
        let state = State {
            objects: stock(),
            alarms,
            definitions,
            ..State::default()
        };
        Arc::new(Self {
            clock,
            state: Mutex::new(state),
        })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// An administrator ends all sessions.
    pub(super) fn end_sessions(&self) {
        self.state().sessions.clear();
    }

    pub(super) async fn answer(&self, request: HttpRequest) -> Result<HttpResponse> {
        let trouble = self.state().trouble;
        match trouble {
            Some(Trouble::Down) => return Err(down()),
            Some(Trouble::Hanging) => pending::<()>().await,
            _ => {}
        }
        assert_eq!(request.request.uri().path(), "/sdk");
        let root = parse(request.request.body()).unwrap();
        let call = root.child("Body").unwrap().children.first().unwrap().clone();
        let cookie = request.request.headers().get("cookie");
        let cookie = cookie
            .map(|cookie| cookie.to_str().unwrap().to_owned())
            .unwrap_or_default();
        if call.name == "WaitForUpdatesEx" {
            self.wait(&call).await?;
        }
        let mut state = self.state();
        state.calls.push(call.name.clone());
        if let Some(at) = state.breaks.iter().position(|method| *method == call.name) {
            state.breaks.remove(at);
            return Err(down());
        }
        if let Some(at) = state.statuses.iter().position(|(method, _)| *method == call.name) {
            let (_, status) = state.statuses.remove(at);
            let response = http::Response::builder().status(status).header("retry-after", "7");
            return Ok(response.body(Bytes::from_static(b"<html>busy</html>")).unwrap());
        }
        let answer = state.act(&cookie, &call);
        let number = state.number;
        Ok(response(&call.name, answer, number))
    }

    /// Waits until something has changed since the version that the call names.
    async fn wait(&self, call: &Element) -> Result<()> {
        let seconds: u64 = call.text_at(&["options", "maxWaitSeconds"]).unwrap().parse().unwrap();
        let Some(version) = call
            .text_at(&["version"])
            .map(|version| version.parse::<usize>().unwrap())
        else {
            return Ok(());
        };
        for _ in 0..seconds * 10 {
            {
                let state = self.state();
                if state.trouble == Some(Trouble::Down) {
                    return Err(down());
                }
                if state.log.len() > version || state.sessions.is_empty() {
                    return Ok(());
                }
            }
            self.clock.sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }
}

fn down() -> Error {
    Error::new(ErrorKind::Unavailable, "connection refused").with_fault(Fault::Backend)
}

fn response(method: &str, answer: Answer, number: u64) -> HttpResponse {
    let (status, body) = match answer {
        Ok(body) => (
            200,
            format!(r#"<{method}Response xmlns="urn:vim25">{body}</{method}Response>"#),
        ),
        Err(fault) => (
            500,
            format!(
                r#"<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>because</faultstring><detail>
                <{fault}Fault xmlns="urn:vim25" xsi:type="{fault}"/></detail></soapenv:Fault>"#
            ),
        ),
    };
    let body = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
        <soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"
        xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"#
    );
    let mut response = http::Response::builder().status(status);
    if method == "Login" {
        let cookie = format!("vmware_soap_session=\"session-{number}\"; Path=/; HttpOnly; Secure");
        response = response.header("set-cookie", cookie);
    }
    response.body(Bytes::from(body)).unwrap()
}

impl State {
    fn act(&mut self, cookie: &str, call: &Element) -> Answer {
        let method = call.name.as_str();
        if let Some(at) = self.faults.iter().position(|(of, _)| of == method) {
            return Err(self.faults.remove(at).1);
        }
        match method {
            "RetrieveServiceContent" => return Ok(CONTENT.to_owned()),
            "Login" => return self.login(call),
            _ => {}
        }
        if !self.sessions.contains(cookie) {
            if self.tells_nobody && method.contains("RetrieveProperties") {
                return Ok(format!("<returnval>{}</returnval>", reads::NOBODY));
            }
            return Err("NotAuthenticated".to_owned());
        }
        if self.trouble == Some(Trouble::Denied) {
            return Err("NoPermission".to_owned());
        }
        let this = call.child("_this").unwrap().reference().unwrap();
        match method {
            "CurrentTime" => Ok("<returnval>2026-01-01T00:00:00Z</returnval>".to_owned()),
            "Logout" => {
                self.sessions.remove(cookie);
                Ok(String::new())
            }
            "CreatePropertyCollector" => Ok(reference("PropertyCollector", "collector-2")),
            "DestroyPropertyCollector" => Ok(String::new()),
            "CreateFilter" => Ok(reference("PropertyFilter", "filter-1")),
            "RetrievePropertiesEx" => self.retrieve(call, 0),
            "ContinueRetrievePropertiesEx" => {
                let from = call.text_at(&["token"]).unwrap().parse().unwrap();
                self.retrieve(call, from)
            }
            "WaitForUpdatesEx" => Ok(self.updates(call)),
            "CreateResourcePool" => self.create(&this, call),
            "UpdateConfig" => self.update(&this, call),
            "Destroy_Task" => self.destroy(&this),
            "AddCustomFieldDef" => self.define(call),
            "SetField" => self.set_field(call),
            other => panic!("nobody should call {other}"),
        }
    }

    fn login(&mut self, call: &Element) -> Answer {
        let known = call.text_at(&["userName"]) == Some("o2ims") && call.text_at(&["password"]) == Some("pa<ss&word");
        if !known {
            return Err("InvalidLogin".to_owned());
        }
        self.number += 1;
        self.sessions
            .insert(format!("vmware_soap_session=\"session-{}\"", self.number));
        Ok("<returnval><key>s</key></returnval>".to_owned())
    }

    pub(super) fn put(&mut self, object: &Ref, properties: Properties) {
        self.objects.insert(object.clone(), properties);
        self.log.push(object.clone());
    }

    pub(super) fn remove(&mut self, object: &Ref) {
        self.objects.remove(object);
        self.log.push(object.clone());
    }
}

const CONTENT: &str = r#"<returnval><rootFolder type="Folder">group-d1</rootFolder>
<propertyCollector type="PropertyCollector">propertyCollector</propertyCollector>
<viewManager type="ViewManager">ViewManager</viewManager>
<about><name>VMware vCenter Server</name><fullName>VMware vCenter Server 8.0.2 build-22617221</fullName>
<version>8.0.2</version><build>22617221</build><instanceUuid>vc-1</instanceUuid></about>
<sessionManager type="SessionManager">SessionManager</sessionManager>
<customFieldsManager type="CustomFieldsManager">CustomFieldsManager</customFieldsManager></returnval>"#;

fn reference(kind: &str, id: &str) -> String {
    Ref::new(kind, id).write("returnval")
}

pub(super) fn text(value: &str) -> String {
    format!("<val xsi:type=\"xsd:string\">{}</val>", escaped(value))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

impl std::fmt::Debug for Played {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Played")
    }
}
