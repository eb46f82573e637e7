//! [`Administrator`]: somebody else at a simulator that really runs, who speaks SOAP by hand.

use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use o2_core::ports::{Clock, HttpClient, HttpRequest, HttpResponse};
use o2_testkit::conformance::Disturbance;

use super::super::vim::{Element, Ref, parse};
use super::world::host;
use crate::http::{HttpOptions, ReqwestClient};
use crate::rt::TokioClock;

pub(super) struct Administrator {
    http: ReqwestClient,
    url: String,
    cookie: String,
    /// The hosts that were added here.
    added: Mutex<Vec<Ref>>,
}

impl Administrator {
    pub(super) async fn new(endpoint: &str) -> Self {
        let mut administrator = Self {
            http: ReqwestClient::new(&HttpOptions::default()).unwrap(),
            url: format!("{endpoint}/sdk"),
            cookie: String::new(),
            added: Mutex::default(),
        };
        let manager = Ref::new("SessionManager", "SessionManager");
        let user = "<userName>o2ims</userName><password>pa&lt;ss&amp;word</password>";
        let response = administrator.send("Login", &manager, user).await;
        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        administrator.cookie = cookie.split(';').next().unwrap().to_owned();
        administrator
    }

    async fn send(&self, method: &str, this: &Ref, arguments: &str) -> HttpResponse {
        let this = this.write("_this");
        let body = format!(
            r#"<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
            <Body><{method} xmlns="urn:vim25">{this}{arguments}</{method}></Body></Envelope>"#
        );
        let request = http::Request::post(&self.url).header("cookie", &self.cookie);
        let request = request.body(Bytes::from(body)).unwrap();
        self.http.send(HttpRequest::new(request)).await.unwrap()
    }

    /// What the simulator answers; it must not be a fault.
    pub(super) async fn call(&self, method: &str, this: &Ref, arguments: &str) -> Element {
        let response = self.send(method, this, arguments).await;
        let root = parse(response.body()).unwrap();
        let answer = root.child("Body").unwrap().children.first().unwrap().clone();
        assert_ne!(answer.name, "Fault", "{method}: {answer:?}");
        answer
    }

    /// Does something that takes a task, and says what came of it.
    async fn task(&self, method: &str, this: &Ref, arguments: &str) -> Element {
        let task = self.call(method, this, arguments).await;
        let task = task.child("returnval").and_then(Element::reference).unwrap();
        for _ in 0..100 {
            let info = self.property(&task, "info").await;
            if info.text_at(&["state"]) == Some("success") {
                return info;
            }
            assert_ne!(info.text_at(&["state"]), Some("error"), "{method}: {info:?}");
            TokioClock::new().sleep(Duration::from_millis(20)).await;
        }
        panic!("{method} does not end");
    }

    async fn property(&self, of: &Ref, path: &str) -> Element {
        let arguments = format!(
            "<specSet><propSet><type>{}</type><pathSet>{path}</pathSet></propSet><objectSet>{}</objectSet></specSet><options/>",
            of.kind,
            of.write("obj")
        );
        let collector = Ref::new("PropertyCollector", "propertyCollector");
        let answer = self.call("RetrievePropertiesEx", &collector, &arguments).await;
        let object = answer
            .child("returnval")
            .and_then(|page| page.child("objects"))
            .unwrap();
        object
            .child("propSet")
            .and_then(|set| set.child("val"))
            .unwrap()
            .clone()
    }

    /// Changes hosts.
    pub(super) async fn disturb(&self, disturbance: &Disturbance) -> bool {
        match disturbance {
            Disturbance::AddResource(_) => {
                let cluster = self.cluster().await;
                let spec =
                    "<spec><hostName>192.0.2.9</hostName><force>true</force></spec><asConnected>true</asConnected>";
                let info = self.task("AddHost_Task", &cluster, spec).await;
                let host = info.child("result").and_then(Element::reference).unwrap();
                self.added.lock().unwrap().push(host);
            }
            Disturbance::ChangeResource(id) => {
                let (host, seconds) = (host(id.as_str()), "<timeout>0</timeout>");
                self.task("EnterMaintenanceMode_Task", &host, seconds).await;
            }
            Disturbance::RemoveResource(id) => {
                self.task("Destroy_Task", &host(id.as_str()), "").await;
                self.added.lock().unwrap().retain(|added| *added != host(id.as_str()));
            }
            _ => return false,
        }
        true
    }

    /// A cluster of the simulator.
    async fn cluster(&self) -> Ref {
        let root = Ref::new("Folder", "group-d1");
        let centers = self.property(&root, "childEntity").await;
        let center = centers.children.first().and_then(Element::reference).unwrap();
        let folder = self.property(&center, "hostFolder").await.reference().unwrap();
        let all = self.property(&folder, "childEntity").await;
        let mut all = all.children.iter().filter_map(Element::reference);
        all.find(|one| one.kind == "ClusterComputeResource").unwrap()
    }

    /// Ends the sessions of everybody else; how many there were.
    pub(super) async fn end_sessions(&self) -> usize {
        let manager = Ref::new("SessionManager", "SessionManager");
        let own = self.property(&manager, "currentSession").await;
        let own = own.text_at(&["key"]).unwrap().to_owned();
        let all = self.property(&manager, "sessionList").await;
        let others = all.children.iter().filter_map(|session| session.text_at(&["key"]));
        let others: Vec<_> = others.filter(|key| *key != own).collect();
        let ids: String = others
            .iter()
            .map(|key| format!("<sessionId>{key}</sessionId>"))
            .collect();
        self.call("TerminateSession", &manager, &ids).await;
        others.len()
    }

    /// Takes away what was added and is still there.
    pub(super) async fn clear(&self) {
        let added = std::mem::take(&mut *self.added.lock().unwrap());
        for host in added {
            self.task("Destroy_Task", &host, "").await;
        }
    }
}
