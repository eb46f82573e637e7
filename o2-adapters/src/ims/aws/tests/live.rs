//! With moto, which plays AWS as somebody else understands it: signatures, policies and roles, and the conformance suite.

use std::io::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt, ready};
use http::{HeaderValue, Request};
use o2_core::plugin::HealthStatus;
use o2_core::ports::{Clock, HttpClient, HttpRequest, HttpResponse, Ports, Secret};
use o2_core::query::ListQuery;
use o2_core::{Category, Context, Error, ErrorKind, Fault, Model, PluginInfo, Result, TenantId};
use o2_ims::{IMSPlugin, NewResourcePool};
use o2_testkit::conformance::{Disturbance, Harness, ImsWorld, Trouble, World, ims};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::BACKEND;
use crate::http::{HttpOptions, ReqwestClient};
use crate::ims::aws::sign::{Scope, sign};
use crate::ims::aws::{Credentials, answers};
use crate::rt::TokioClock;

/// Only one test at a time has it, since a world begins with nothing.
pub(super) static ALONE: futures::lock::Mutex<()> = futures::lock::Mutex::new(());

pub(super) const REGION: &str = "eu-west-1";
const IAM: (&str, &str) = ("iam", "2010-05-08");
const EC2: (&str, &str) = ("ec2", "2016-11-15");
const GROUPS: (&str, &str) = ("autoscaling", "2011-01-01");
const USER: (&str, &str) = ("UserName", "o2");
const EVERYTHING: &str =
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
const NO_VOLUMES: &str =
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "ec2:DescribeVolumes", "Resource": "*"}]}"#;
const ANYBODY: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action":
    "sts:AssumeRole"}]}"#;

/// The connection to moto, which may be out of order.
#[derive(Debug)]
struct Line {
    http: ReqwestClient,
    trouble: Mutex<Option<Trouble>>,
}

impl HttpClient for Line {
    fn send(&self, mut request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse>> {
        match *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(Trouble::Down) => return ready(Err(Error::new(ErrorKind::Unavailable, "the line is cut"))).boxed(),
            Some(Trouble::Denied) => {
                let headers = request.request.headers_mut();
                let signed = headers["authorization"].to_str().unwrap();
                let spoilt = format!("{}0000", &signed[..signed.len() - 4]);
                headers.insert("authorization", HeaderValue::from_str(&spoilt).unwrap());
            }
            _ => {}
        }
        self.http.send(request)
    }
}

/// An account in which there is nothing but one user, who may do everything, and three groups.
pub(super) struct Account {
    pub(super) url: String,
    pub(super) http: ReqwestClient,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) keys: Credentials,
    template: String,
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the test says where moto is")]
fn port() -> String {
    std::env::var("P_MOTO").unwrap_or_else(|_| "15555".to_owned())
}

impl Account {
    /// A new one, in place of all that was there; `None` when moto does not run, which a line says.
    pub(super) async fn new(what: &str) -> Option<Self> {
        let mut account = Self {
            url: format!("http://127.0.0.1:{}", port()),
            http: ReqwestClient::new(&HttpOptions::default()).unwrap(),
            clock: Arc::new(TokioClock::new()),
            keys: Credentials::new("setup", Secret::new("setup")),
            template: String::new(),
        };
        if account.tell("reset", "").await.is_err() {
            let remedy = "start it with tests/real/peers/moto.sh start";
            // Not with `eprintln!`, which the test harness would swallow.
            let _ = writeln!(std::io::stderr(), "SKIPPED aws {what}: {remedy}");
            return None;
        }
        // From the fourth request on, signatures and policies are checked.
        account.tell("reset-auth", "3").await.unwrap();
        account.call(IAM, "CreateUser", &[USER]).await;
        let policy = [USER, ("PolicyName", "everything"), ("PolicyDocument", EVERYTHING)];
        account.call(IAM, "PutUserPolicy", &policy).await;
        let made = account.call(IAM, "CreateAccessKey", &[USER]).await;
        let key = &made["CreateAccessKeyResult"]["AccessKey"];
        let text = |name: &str| key[name].as_str().unwrap();
        account.keys = Credentials::new(text("AccessKeyId"), Secret::new(text("SecretAccessKey")));
        account.fill().await;
        Some(account)
    }

    async fn fill(&mut self) {
        let template = [
            ("LaunchTemplateName", "lt1"),
            ("LaunchTemplateData.ImageId", "ami-12c6146b"),
            ("LaunchTemplateData.InstanceType", "t3.micro"),
        ];
        let made = self.call(EC2, "CreateLaunchTemplate", &template).await;
        made["launchTemplate"]["launchTemplateId"]
            .as_str()
            .unwrap()
            .clone_into(&mut self.template);
        for name in ["pool-a", "pool-b", "pool-c"] {
            let group = [
                ("AutoScalingGroupName", name),
                ("MinSize", "0"),
                ("MaxSize", "5"),
                ("DesiredCapacity", "1"),
                ("LaunchTemplate.LaunchTemplateId", self.template.as_str()),
                ("LaunchTemplate.Version", "$Default"),
                ("AvailabilityZones.member.1", "eu-west-1a"),
            ];
            self.call(GROUPS, "CreateAutoScalingGroup", &group).await;
        }
    }

    /// Tells moto itself something.
    pub(super) async fn tell(&self, what: &str, body: &str) -> Result<()> {
        let request = Request::post(format!("{}/moto-api/{what}", self.url)).header("content-type", "text/plain");
        let request = request.body(Bytes::from(body.to_owned())).unwrap();
        self.http.send(HttpRequest::new(request)).await.map(drop)
    }

    /// Calls a service, as somebody who is not the plugin.
    async fn call(&self, service: (&'static str, &str), action: &str, fields: &[(&str, &str)]) -> Value {
        let (service, version) = service;
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("Action", action), ("Version", version)])
            .extend_pairs(fields)
            .finish()
            // Moto compares with what it would have written itself.
            .replace('*', "%2A");
        let request =
            Request::post(format!("{}/", self.url)).header("content-type", "application/x-www-form-urlencoded");
        let mut request = request.body(Bytes::from(form)).unwrap();
        let scope = Scope {
            region: REGION.to_owned(),
            service,
        };
        sign(&mut request, &self.keys, &scope, self.clock.now()).unwrap();
        let response = self.http.send(HttpRequest::new(request)).await.unwrap();
        let text = String::from_utf8_lossy(response.body());
        assert!(response.status().is_success(), "{action}: {text}");
        answers::json(response.body()).unwrap()
    }

    pub(super) fn config(&self) -> Value {
        let secret = self.keys.secret_access_key.expose();
        json!({
            "regions": [REGION],
            "endpoint": self.url,
            "credentials": {"accessKeyId": self.keys.access_key_id, "secretAccessKey": secret},
        })
    }

    fn plugin(&self, config: &Value, http: Arc<dyn HttpClient>) -> Result<Arc<dyn IMSPlugin>> {
        let info = PluginInfo::new(Category::Ims, BACKEND.kind, "test", BACKEND.version)?;
        let ports = Ports::new(Arc::clone(&self.clock)).with_http(http);
        (BACKEND.build)(info, config, &ports)
    }

    pub(super) fn directly(&self, config: &Value) -> Arc<dyn IMSPlugin> {
        self.plugin(config, Arc::new(self.http.clone())).unwrap()
    }

    /// The name and the size of the group with this ARN.
    async fn group(&self, arn: &str) -> Option<(String, u32)> {
        let described = self.call(GROUPS, "DescribeAutoScalingGroups", &[]).await;
        let groups = described["DescribeAutoScalingGroupsResult"]["AutoScalingGroups"]
            .as_array()?
            .clone();
        let group = groups.into_iter().find(|group| group["AutoScalingGroupARN"] == arn)?;
        let text = |name: &str| group[name].as_str().map(str::to_owned);
        Some((text("AutoScalingGroupName")?, text("DesiredCapacity")?.parse().ok()?))
    }

    async fn disturbed(&self, disturbance: Disturbance) -> bool {
        match disturbance {
            Disturbance::AddResource(pool) => {
                let Some((name, size)) = self.group(pool.as_str()).await else {
                    return false;
                };
                let size = (size + 1).to_string();
                let fields = [
                    ("AutoScalingGroupName", name.as_str()),
                    ("DesiredCapacity", size.as_str()),
                ];
                self.call(GROUPS, "SetDesiredCapacity", &fields).await;
            }
            Disturbance::ChangeResource(id) => {
                let fields = [
                    ("ResourceId.1", id.as_str()),
                    ("Tag.1.Key", "Name"),
                    ("Tag.1.Value", "changed"),
                ];
                self.call(EC2, "CreateTags", &fields).await;
            }
            Disturbance::RemoveResource(id) => {
                let fields = [("InstanceId", id.as_str()), ("ShouldDecrementDesiredCapacity", "true")];
                self.call(GROUPS, "TerminateInstanceInAutoScalingGroup", &fields).await;
            }
            _ => return false,
        }
        true
    }
}

/// A plugin on an account of its own.
struct Live {
    account: Account,
    line: Arc<Line>,
    plugin: Arc<dyn IMSPlugin>,
}

struct Worlds;

impl Harness<dyn ImsWorld> for Worlds {
    fn name(&self) -> &str {
        "aws"
    }

    fn world(&self) -> BoxFuture<'_, Result<Arc<dyn ImsWorld>>> {
        async {
            let account = Account::new("conformance").await;
            let account = account.ok_or_else(|| Error::new(ErrorKind::Unavailable, "moto has ended"))?;
            let line = Arc::new(Line {
                http: account.http.clone(),
                trouble: Mutex::default(),
            });
            let plugin = account.plugin(&account.config(), Arc::clone(&line) as _)?;
            Ok(Arc::new(Live { account, line, plugin }) as _)
        }
        .boxed()
    }
}

impl World<dyn IMSPlugin> for Live {
    fn plugin(&self) -> Arc<dyn IMSPlugin> {
        Arc::clone(&self.plugin)
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.account.clock)
    }

    fn reopen(&self) -> BoxFuture<'_, Result<Option<Arc<dyn IMSPlugin>>>> {
        let config = self.account.config();
        ready(self.account.plugin(&config, Arc::clone(&self.line) as _).map(Some)).boxed()
    }

    fn tenants(&self) -> Option<[TenantId; 2]> {
        Some(["acme".into(), "globex".into()])
    }

    fn trouble(&self, trouble: Option<Trouble>) -> BoxFuture<'_, bool> {
        *self.line.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
        ready(matches!(trouble, None | Some(Trouble::Down | Trouble::Denied))).boxed()
    }

    fn secrets(&self) -> Vec<String> {
        vec![self.account.keys.secret_access_key.expose().to_owned()]
    }
}

impl ImsWorld for Live {
    fn new_pool(&self, name: &str) -> Option<NewResourcePool> {
        let mut new = super::conformance::new_pool(name);
        let template = json!({"id": self.account.template, "name": "lt1", "version": "$Default"});
        new.extensions.insert("aws.launchTemplate".to_owned(), template);
        Some(new)
    }

    fn documented_extensions(&self) -> &[&str] {
        &["acme.*"]
    }

    fn disturb(&self, disturbance: Disturbance) -> BoxFuture<'_, Result<bool>> {
        self.account.disturbed(disturbance).map(Ok).boxed()
    }
}

#[tokio::test]
async fn it_keeps_the_contract_on_moto() {
    let _alone = ALONE.lock().await;
    if Account::new("conformance of the infrastructure").await.is_none() {
        return;
    }
    let report = ims(&Worlds).await;
    println!("{report}");
    report.assert_green();
}

#[tokio::test]
async fn moto_knows_who_asks() {
    let _alone = ALONE.lock().await;
    let Some(account) = Account::new("signatures, policies and roles").await else {
        return;
    };
    let (context, query) = (Context::new("test"), ListQuery::new());
    let mut config = account.config();
    config["credentials"]["secretAccessKey"] = json!("another");
    let error = account
        .directly(&config)
        .list_resource_pools(&context, &query)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.fault()),
        (ErrorKind::PermissionDenied, Fault::Backend)
    );
    assert!(error.detail().unwrap().contains("SignatureDoesNotMatch"), "{error:?}");

    // With the session of a role, which the token service gives.
    let role = [("RoleName", "o2"), ("AssumeRolePolicyDocument", ANYBODY)];
    let made = account.call(IAM, "CreateRole", &role).await;
    let policy = [
        ("RoleName", "o2"),
        ("PolicyName", "everything"),
        ("PolicyDocument", EVERYTHING),
    ];
    account.call(IAM, "PutRolePolicy", &policy).await;
    let mut config = account.config();
    config["assumeRole"] = json!({"roleArn": made["CreateRoleResult"]["Role"]["Arn"]});
    let pools = account
        .directly(&config)
        .list_resource_pools(&context, &query)
        .await
        .unwrap();
    assert_eq!(pools.items.len(), 4);

    // What a policy denies is left out, and announced.
    let plugin = account.directly(&account.config());
    let volumes = async || {
        let resources = plugin.list_resources(&context, &query).await.unwrap().items;
        resources.iter().filter(|known| known.id().starts_with("vol-")).count()
    };
    assert_eq!(volumes().await, 3);
    let policy = [USER, ("PolicyName", "no-volumes"), ("PolicyDocument", NO_VOLUMES)];
    account.call(IAM, "PutUserPolicy", &policy).await;
    assert_eq!(volumes().await, 3);
    assert_eq!(plugin.health(&context).await.status, HealthStatus::Degraded);
    let plugin = account.directly(&account.config());
    let resources = plugin.list_resources(&context, &query).await.unwrap().items;
    assert!(resources.iter().all(|known| !known.id().starts_with("vol-")) && resources.len() > 3);
}
