//! [`Played`]: a vCenter in memory. It keeps objects and sessions, and tells what changes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use futures::future::pending;
use o2_core::ports::{Clock, HttpRequest, HttpResponse};
use o2_core::{Error, ErrorKind, Fault, Result};
use o2_testkit::conformance::Trouble;

use super::super::vim::{Element, Ref, parse};
use super::stock::stock;

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
        let state = State {
            objects: stock(),
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

    /// One object when the call names one, and otherwise everything, two objects a page.
    fn retrieve(&self, call: &Element, from: usize) -> Answer {
        let one = call.child("specSet").and_then(|spec| spec.child("objectSet"));
        let one = one.and_then(|set| set.child("obj")).and_then(Element::reference);
        match one.filter(|one| one.kind != "Folder") {
            Some(task) if task.kind == "Task" => Ok(format!(
                "<returnval><objects>{}<propSet><name>info.state</name><val>success</val></propSet></objects></returnval>",
                task.write("obj")
            )),
            Some(one) => {
                let properties = self.objects.get(&one).ok_or("ManagedObjectNotFound")?;
                Ok(format!("<returnval>{}</returnval>", sent(&one, properties)))
            }
            None => {
                let odd = self.trouble == Some(Trouble::OddObject) && from == 0;
                let odd = if odd { ODD } else { "" };
                let page: String = self
                    .objects
                    .iter()
                    .skip(from)
                    .take(2)
                    .map(|(o, p)| sent(o, p))
                    .collect();
                let more = from + 2 < self.objects.len();
                let token = if more {
                    format!("<token>{}</token>", from + 2)
                } else {
                    String::new()
                };
                Ok(format!("<returnval>{odd}{page}{token}</returnval>"))
            }
        }
    }

    fn updates(&self, call: &Element) -> String {
        let version = call
            .text_at(&["version"])
            .map(|version| version.parse::<usize>().unwrap());
        let changed: BTreeSet<&Ref> = match version {
            None => self.objects.keys().collect(),
            Some(version) => self.log[version..].iter().collect(),
        };
        if changed.is_empty() {
            return String::new();
        }
        let set: String = changed
            .into_iter()
            .map(|object| {
                let Some(properties) = self.objects.get(object) else {
                    return format!("<objectSet><kind>leave</kind>{}</objectSet>", object.write("obj"));
                };
                let changes = properties
                    .iter()
                    .map(|(name, value)| format!("<changeSet><name>{name}</name><op>assign</op>{value}</changeSet>"));
                let changes: String = changes.collect();
                format!(
                    "<objectSet><kind>enter</kind>{}{changes}</objectSet>",
                    object.write("obj")
                )
            })
            .collect();
        format!(
            "<returnval><version>{}</version><filterSet><filter type=\"PropertyFilter\">f</filter>{set}</filterSet></returnval>",
            self.log.len()
        )
    }

    fn create(&mut self, parent: &Ref, call: &Element) -> Answer {
        let above = self.objects.get(parent).ok_or("ManagedObjectNotFound")?.clone();
        let name = call.text_at(&["name"]).unwrap().to_owned();
        self.check_name(parent, &name)?;
        self.number += 1;
        let pool = Ref::new("ResourcePool", &format!("resgroup-{}", 1000 + self.number));
        let mut properties = Properties::new();
        properties.insert("name".to_owned(), text(&name));
        properties.insert("parent".to_owned(), parent.write("val"));
        properties.insert("owner".to_owned(), above["owner"].clone());
        properties.insert("overallStatus".to_owned(), text("green"));
        let spec = call.child("spec").unwrap();
        for kind in ["cpuAllocation", "memoryAllocation"] {
            let wanted = spec.child(kind).ok_or("InvalidArgument")?;
            properties.insert(format!("config.{kind}"), allocation(wanted)?);
        }
        self.put(&pool, properties);
        Ok(pool.write("returnval"))
    }

    fn check_name(&self, parent: &Ref, name: &str) -> Result<(), String> {
        let (parent, name) = (parent.write("val"), text(name));
        let taken = self
            .objects
            .values()
            .any(|other| other.get("parent") == Some(&parent) && other["name"] == name);
        if taken { Err("DuplicateName".to_owned()) } else { Ok(()) }
    }

    fn update(&mut self, pool: &Ref, call: &Element) -> Answer {
        let mut properties = self.objects.get(pool).ok_or("ManagedObjectNotFound")?.clone();
        if let Some(name) = call.text_at(&["name"]) {
            properties.insert("name".to_owned(), text(name));
        }
        for kind in ["cpuAllocation", "memoryAllocation"] {
            if let Some(wanted) = call.child("config").and_then(|config| config.child(kind)) {
                properties.insert(format!("config.{kind}"), allocation(wanted)?);
            }
        }
        self.put(pool, properties);
        Ok(String::new())
    }

    fn destroy(&mut self, pool: &Ref) -> Answer {
        self.objects.get(pool).ok_or("ManagedObjectNotFound")?;
        self.remove(pool);
        Ok(reference("Task", "task-1"))
    }

    fn define(&mut self, call: &Element) -> Answer {
        let manager = Ref::new("CustomFieldsManager", "CustomFieldsManager");
        let name = call.text_at(&["name"]).unwrap();
        let mut properties = self.objects[&manager].clone();
        if properties["field"].contains(name) {
            return Err("DuplicateName".to_owned());
        }
        let field = format!("<key>101</key><name>{name}</name><type>string</type>");
        let value = format!(r#"<val xsi:type="ArrayOfCustomFieldDef"><CustomFieldDef>{field}</CustomFieldDef></val>"#);
        properties.insert("field".to_owned(), value);
        self.put(&manager, properties);
        Ok(format!("<returnval>{field}</returnval>"))
    }

    fn set_field(&mut self, call: &Element) -> Answer {
        let entity = call.child("entity").unwrap().reference().unwrap();
        let mut properties = self.objects.get(&entity).ok_or("ManagedObjectNotFound")?.clone();
        assert_eq!(call.text_at(&["key"]), Some("101"));
        let value = escaped(call.text_at(&["value"]).unwrap_or_default());
        let value = format!(
            r#"<val xsi:type="ArrayOfCustomFieldValue"><CustomFieldValue xsi:type="CustomFieldStringValue">
            <key>101</key><value>{value}</value></CustomFieldValue></val>"#
        );
        properties.insert("customValue".to_owned(), value);
        self.put(&entity, properties);
        Ok(String::new())
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

const ODD: &str = concat!(
    r#"<objects><obj type="ClusterComputeResource">domain-c666</obj><propSet><name>nobody.knows</name><val>"#,
    r#"<odd/></val></propSet></objects><objects><obj type="HostSystem">host-666</obj></objects>"#
);

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

fn sent(object: &Ref, properties: &Properties) -> String {
    let set = properties
        .iter()
        .map(|(name, value)| format!("<propSet><name>{name}</name>{value}</propSet>"));
    let set: String = set.collect();
    format!("<objects>{}{set}</objects>", object.write("obj"))
}

pub(super) fn text(value: &str) -> String {
    format!("<val xsi:type=\"xsd:string\">{}</val>", escaped(value))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// An allocation as it is kept; every part of it has to be there.
fn allocation(wanted: &Element) -> Result<String, String> {
    let part = |path: &[&str]| wanted.text_at(path).ok_or("InvalidArgument");
    Ok(super::stock::allocation(
        part(&["reservation"])?,
        part(&["expandableReservation"])?,
        part(&["limit"])?,
        part(&["shares", "shares"])?,
        part(&["shares", "level"])?,
    ))
}

impl std::fmt::Debug for Played {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Played")
    }
}
