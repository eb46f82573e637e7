//! AWS: moto's server with 5 000 instances in ten Auto Scaling groups of five regions, and it checks signatures.
//!
//! Moto writes the instances of a region down in one page, whatever it is asked for, and the more slowly the more there are: all
//! 5 000 of them in one region take it a minute each time.

use std::time::Instant;

use serde_json::json;

use crate::measure::measure;
use crate::peer;
use crate::report::Report;

const REGIONS: [&str; 5] = ["eu-west-1", "eu-west-2", "eu-central-1", "us-east-1", "us-west-2"];
/// In each region.
const GROUPS: usize = 2;
/// In each group.
const INSTANCES: usize = 500;
const EVERYTHING: &str =
    r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
/// In each region the groups for pools, and once more with the instances; instances, volumes and networks; and what health
/// asks meanwhile, twice at most.
const MOST: usize = REGIONS.len() * (2 + 3 + 2);

pub(crate) async fn run(report: &mut Report) {
    let Some(address) = peer("aws", "P_MOTO", "15555", "moto.sh start") else {
        return;
    };
    let began = Instant::now();
    let url = format!("http://{address}");
    let (id, secret) = tokio::task::spawn_blocking(move || Moto(url).fill())
        .await
        .expect("moto takes it");
    report.note(&format!(
        "{} instances made in {:.1} s",
        REGIONS.len() * GROUPS * INSTANCES,
        began.elapsed().as_secs_f64()
    ));
    let config = json!({
        "regions": REGIONS, "endpoint": format!("http://{address}"), "timeout": "4m",
        "credentials": {"accessKeyId": id, "secretAccessKey": secret},
    });
    measure(report, "AWS", "aws", &config, MOST).await;
}

/// Where moto is.
struct Moto(String);

impl Moto {
    /// An account that has groups, and a user who may do everything. Its key and the secret.
    fn fill(&self) -> (String, String) {
        self.tell("reset", "");
        self.tell("reset-auth", "inf");
        REGIONS.iter().for_each(|region| self.fill_region(region));
        // From the fourth request on, signatures and policies are checked.
        self.tell("reset-auth", "3");
        let iam = |action: &str, fields: &[(&str, &str)]| self.call(REGIONS[0], ("iam", "2010-05-08"), action, fields);
        let user = ("UserName", "o2");
        iam("CreateUser", &[user]);
        iam(
            "PutUserPolicy",
            &[user, ("PolicyName", "everything"), ("PolicyDocument", EVERYTHING)],
        );
        let made = iam("CreateAccessKey", &[user]);
        (element(&made, "AccessKeyId"), element(&made, "SecretAccessKey"))
    }

    fn fill_region(&self, region: &str) {
        let template = [
            ("LaunchTemplateName", "node"),
            ("LaunchTemplateData.ImageId", "ami-12c6146b"),
            ("LaunchTemplateData.InstanceType", "m5.xlarge"),
        ];
        self.call(region, ("ec2", "2016-11-15"), "CreateLaunchTemplate", &template);
        let (size, zone) = (INSTANCES.to_string(), format!("{region}a"));
        for number in 0..GROUPS {
            let name = format!("group-{number}");
            let group = [
                ("AutoScalingGroupName", name.as_str()),
                ("MinSize", "0"),
                ("MaxSize", size.as_str()),
                ("DesiredCapacity", size.as_str()),
                ("LaunchTemplate.LaunchTemplateName", "node"),
                ("LaunchTemplate.Version", "$Default"),
                ("AvailabilityZones.member.1", zone.as_str()),
            ];
            self.call(region, ("autoscaling", "2011-01-01"), "CreateAutoScalingGroup", &group);
        }
    }

    /// Tells moto itself something.
    fn tell(&self, what: &str, body: &str) {
        let answer = ureq::post(format!("{}/moto-api/{what}", self.0))
            .content_type("text/plain")
            .send(body);
        answer.expect("moto answers");
    }

    /// Calls a service as somebody whose signature is not looked at.
    fn call(&self, region: &str, service: (&str, &str), action: &str, fields: &[(&str, &str)]) -> String {
        let (service, version) = service;
        let scope = format!("AWS4-HMAC-SHA256 Credential=setup/20260101/{region}/{service}/aws4_request");
        let common = [("Action", action), ("Version", version)];
        let answer = ureq::post(format!("{}/", self.0))
            .header("authorization", format!("{scope}, SignedHeaders=host, Signature=0"))
            .send_form(common.into_iter().chain(fields.iter().copied()));
        answer
            .expect("moto answers")
            .body_mut()
            .read_to_string()
            .expect("it answers in words")
    }
}

/// What stands in an element of XML.
fn element(text: &str, name: &str) -> String {
    let inner = text
        .split_once(&format!("<{name}>"))
        .and_then(|(_, rest)| rest.split_once('<'));
    inner.expect("the answer has it").0.to_owned()
}
