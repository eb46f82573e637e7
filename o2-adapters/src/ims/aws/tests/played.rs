//! [`Played`]: AWS as the tests need it, in memory: groups, their instances, a volume and a network, in XML and page by page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt, pending, ready};
use http::StatusCode;
use o2_core::ports::{HttpClient, HttpRequest, HttpResponse};
use o2_core::{Error, ErrorKind, Result};
use o2_testkit::conformance::Trouble;
use url::form_urlencoded;

/// What one page of groups has.
const PAGE: usize = 2;

#[derive(Debug, Default)]
pub(super) struct Played {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    groups: BTreeMap<String, Group>,
    counter: u32,
    trouble: Option<Trouble>,
    /// Refusals to come: from this call on, which one, once.
    refusals: Vec<(&'static str, u16, &'static str)>,
    calls: Vec<String>,
    cut: bool,
    /// The HTTP date that refusals have.
    date: Option<&'static str>,
}

#[derive(Debug, Default)]
struct Group {
    number: u32,
    min: String,
    max: String,
    desired: u32,
    template: String,
    zone: String,
    tags: BTreeMap<String, String>,
    instances: Vec<String>,
}

type Form = BTreeMap<String, String>;

impl Played {
    /// With three groups, so that their list has two pages.
    pub(super) fn with_groups() -> Self {
        let played = Self::default();
        for name in ["pool-a", "pool-b", "pool-c"] {
            let form = [
                ("AutoScalingGroupName", name),
                ("MinSize", "0"),
                ("MaxSize", "5"),
                ("DesiredCapacity", "1"),
                ("LaunchTemplate.LaunchTemplateName", "lt1"),
                ("AvailabilityZones.member.1", "eu-west-1a"),
            ];
            let form = form.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
            played.state().create(&form);
        }
        played
    }

    pub(super) fn set_trouble(&self, trouble: Option<Trouble>) {
        self.state().trouble = trouble;
    }

    /// Refuses the next call of this action.
    pub(super) fn refuse(&self, action: &'static str, status: u16, code: &'static str) {
        self.state().refusals.push((action, status, code));
    }

    pub(super) fn refuse_at(&self, date: &'static str) {
        self.state().date = Some(date);
    }

    /// Cuts the next second page in half.
    pub(super) fn cut(&self) {
        self.state().cut = true;
    }

    pub(super) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.state().calls)
    }

    pub(super) fn add_instance(&self, arn: &str) -> bool {
        let mut state = self.state();
        state.counter += 1;
        let id = format!("i-{:08x}", state.counter);
        let group = state
            .groups
            .iter_mut()
            .find(|(name, group)| arn_of(name, group.number) == arn);
        group.is_some_and(|(_, group)| {
            group.desired += 1;
            group.instances.push(id);
            true
        })
    }

    pub(super) fn remove_instance(&self, id: &str) -> bool {
        let mut state = self.state();
        state.groups.values_mut().any(|group| {
            let before = group.instances.len();
            group.instances.retain(|known| known != id);
            group.desired = u32::try_from(group.instances.len()).unwrap();
            before != group.instances.len()
        })
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn arn_of(name: &str, number: u32) -> String {
    format!("arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:{number:032x}:autoScalingGroupName/{name}")
}

impl State {
    fn answer(&mut self, form: &Form) -> (u16, String) {
        let action = form["Action"].as_str();
        self.calls.push(action.to_owned());
        if let Some(at) = self.refusals.iter().position(|(refused, ..)| *refused == action) {
            let (_, status, code) = self.refusals.remove(at);
            return (status, refusal(code, "as the test says"));
        }
        match action {
            "DescribeAutoScalingGroups" => (200, self.groups(form)),
            "DescribeInstances" => (200, self.instances()),
            "DescribeVolumes" => (
                200,
                "<R><volumeSet><item><volumeId>vol-1</volumeId><size>8</size><volumeType>gp3</volumeType><status>available</status>\
                 <availabilityZone>eu-west-1a</availabilityZone></item></volumeSet></R>"
                    .to_owned(),
            ),
            "DescribeVpcs" => (
                200,
                "<R><vpcSet><item><vpcId>vpc-1</vpcId><ownerId>123456789012</ownerId><state>available</state>\
                 <cidrBlock>10.0.0.0/16</cidrBlock></item></vpcSet></R>"
                    .to_owned(),
            ),
            "DescribeInstanceTypes" => (
                200,
                "<R><instanceTypeSet><item><instanceType>t3.micro</instanceType><bareMetal>false</bareMetal><vCpuInfo>\
                 <defaultVCpus>2</defaultVCpus></vCpuInfo><memoryInfo><sizeInMiB>1024</sizeInMiB></memoryInfo></item>\
                 </instanceTypeSet></R>"
                    .to_owned(),
            ),
            "CreateAutoScalingGroup" if self.groups.contains_key(&form["AutoScalingGroupName"]) => {
                (400, refusal("AlreadyExists", "there is such a group"))
            }
            "CreateAutoScalingGroup" => {
                self.create(form);
                (200, "<R/>".to_owned())
            }
            _ => self.change(action, form),
        }
    }

    fn create(&mut self, form: &Form) {
        self.counter += 1;
        let mut group = Group {
            number: self.counter,
            zone: form.get("AvailabilityZones.member.1").cloned().unwrap_or_default(),
            ..Group::default()
        };
        tags(form, |key, value| drop(group.tags.insert(key, value)));
        self.groups.insert(form["AutoScalingGroupName"].clone(), group);
        self.size(&form["AutoScalingGroupName"].clone(), form);
    }

    fn size(&mut self, name: &str, form: &Form) {
        let Self { groups, counter, .. } = self;
        let group = groups.get_mut(name).unwrap();
        for (field, at) in [
            ("MinSize", &mut group.min),
            ("MaxSize", &mut group.max),
            ("LaunchTemplate.LaunchTemplateName", &mut group.template),
        ] {
            if let Some(value) = form.get(field) {
                at.clone_from(value);
            }
        }
        group.desired = form
            .get("DesiredCapacity")
            .map_or(group.desired, |size| size.parse().unwrap());
        group.instances.truncate(group.desired as usize);
        while group.instances.len() < group.desired as usize {
            *counter += 1;
            group.instances.push(format!("i-{counter:08x}"));
        }
    }

    fn change(&mut self, action: &str, form: &Form) -> (u16, String) {
        let name = form
            .get("AutoScalingGroupName")
            .or_else(|| form.get("Tags.member.1.ResourceId"));
        let name = name.cloned().unwrap_or_default();
        if action == "TerminateInstanceInAutoScalingGroup" {
            let id = &form["InstanceId"];
            for group in self.groups.values_mut().filter(|group| group.instances.contains(id)) {
                group.instances.retain(|known| known != id);
                group.desired -= 1;
            }
            return (200, "<R/>".to_owned());
        }
        let Some(group) = self.groups.get_mut(&name) else {
            return (
                400,
                refusal("ValidationError", "AutoScalingGroup name not found - null"),
            );
        };
        match action {
            "UpdateAutoScalingGroup" => self.size(&name, form),
            "CreateOrUpdateTags" => tags(form, |key, value| drop(group.tags.insert(key, value))),
            "DeleteTags" => tags(form, |key, _| drop(group.tags.remove(&key))),
            "DeleteAutoScalingGroup" if !group.instances.is_empty() && !form.contains_key("ForceDelete") => {
                return (400, refusal("ResourceInUse", "it has instances"));
            }
            "DeleteAutoScalingGroup" => drop(self.groups.remove(&name)),
            _ => return (400, refusal("InvalidAction", action)),
        }
        (200, "<R/>".to_owned())
    }

    fn groups(&mut self, form: &Form) -> String {
        let only = form.get("AutoScalingGroupNames.member.1");
        let after = form.get("NextToken").cloned().unwrap_or_default();
        let mut rest = self
            .groups
            .iter()
            .filter(|(name, _)| only.is_none_or(|only| only == *name) && **name > after);
        let page: Vec<_> = rest.by_ref().take(PAGE).collect();
        let mut xml = String::new();
        if self.trouble == Some(Trouble::OddObject) {
            xml.push_str("<member>of a later release</member>");
        }
        for (name, group) in &page {
            xml.push_str(&group.xml(name));
        }
        let next = match (rest.next(), page.last()) {
            (Some(_), Some((last, _))) => format!("<NextToken>{last}</NextToken>"),
            _ => String::new(),
        };
        let mut whole = format!(
            "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups>{xml}</AutoScalingGroups>{next}\
             </DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>"
        );
        if self.cut && !after.is_empty() {
            self.cut = false;
            whole.truncate(whole.len() / 2);
        }
        whole
    }

    fn instances(&self) -> String {
        let odd = if self.trouble == Some(Trouble::OddObject) {
            "<item>odd</item>"
        } else {
            ""
        };
        let all = self
            .groups
            .values()
            .flat_map(|group| group.instances.iter().map(move |id| (id, &group.zone)));
        let mut xml = String::new();
        for (id, zone) in all {
            write!(
                xml,
                "<item><instanceId>{id}</instanceId><instanceType>t3.micro</instanceType><instanceState><name>running</name>\
                 </instanceState><placement><availabilityZone>{zone}</availabilityZone></placement></item>"
            )
            .unwrap();
        }
        format!(
            "<R><reservationSet><item><ownerId>123456789012</ownerId><instancesSet>{odd}{xml}</instancesSet></item></reservationSet></R>"
        )
    }
}

impl Group {
    fn xml(&self, name: &str) -> String {
        let tags: String = self
            .tags
            .iter()
            .map(|(key, value)| {
                format!(
                    "<member><Key>{}</Key><Value>{}</Value></member>",
                    escaped(key),
                    escaped(value)
                )
            })
            .collect();
        let instances: String = self
            .instances
            .iter()
            .map(|id| {
                format!("<member><InstanceId>{id}</InstanceId><LifecycleState>InService</LifecycleState><HealthStatus>Healthy</HealthStatus></member>")
            })
            .collect();
        format!(
            "<member><AutoScalingGroupName>{}</AutoScalingGroupName><AutoScalingGroupARN>{}</AutoScalingGroupARN><MinSize>{}</MinSize>\
             <MaxSize>{}</MaxSize><DesiredCapacity>{}</DesiredCapacity><AvailabilityZones><member>{}</member></AvailabilityZones>\
             <LaunchTemplate><LaunchTemplateName>{}</LaunchTemplateName><Version>$Default</Version></LaunchTemplate>\
             <Instances>{instances}</Instances><CreatedTime>2026-11-20T08:37:14.818859Z</CreatedTime><Tags>{tags}</Tags></member>",
            escaped(name),
            escaped(&arn_of(name, self.number)),
            self.min,
            self.max,
            self.desired,
            self.zone,
            self.template,
        )
    }
}

fn tags(form: &Form, mut each: impl FnMut(String, String)) {
    for n in 1.. {
        let Some(key) = form.get(&format!("Tags.member.{n}.Key")) else {
            return;
        };
        let value = form.get(&format!("Tags.member.{n}.Value"));
        each(key.clone(), value.cloned().unwrap_or_default());
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

fn refusal(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    )
}

impl HttpClient for Played {
    fn send(&self, request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        let request = request.request;
        let trouble = self.state().trouble;
        let signed = request.headers()["authorization"].to_str().unwrap().to_owned();
        let form: Form = form_urlencoded::parse(request.body()).into_owned().collect();
        let (status, xml) = match trouble {
            Some(Trouble::Down) => return ready(Err(Error::new(ErrorKind::Unavailable, "nobody listens"))).boxed(),
            Some(Trouble::Hanging) => return pending().boxed(),
            Some(Trouble::Denied) => (403, refusal("InvalidClientTokenId", "who are you?")),
            _ if !signed.starts_with("AWS4-HMAC-SHA256 Credential=AKID") => {
                (403, refusal("SignatureDoesNotMatch", "no"))
            }
            _ => self.state().answer(&form),
        };
        let mut response = http::Response::new(Bytes::from(xml));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        if let Some(date) = self.state().date {
            response
                .headers_mut()
                .insert("date", http::HeaderValue::from_static(date));
        }
        ready(Ok(response)).boxed()
    }
}
