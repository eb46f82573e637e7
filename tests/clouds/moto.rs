//! [`Moto`]: an account that nobody else has anything in, and somebody who works there without the gateway.

use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use o2::adapters::http::{HttpOptions, ReqwestClient};
use o2::core::ports::{HttpClient, HttpRequest};
use url::form_urlencoded;

use crate::peers::MOTO;

const EC2: (&str, &str) = ("ec2", "2016-11-15");
const GROUPS: (&str, &str) = ("autoscaling", "2011-01-01");
/// The launch template that groups are made with.
pub(crate) const TEMPLATE: &str = "clouds";

/// One region of it.
pub(crate) struct Moto {
    region: &'static str,
    url: String,
    http: Arc<dyn HttpClient>,
}

impl Moto {
    /// A region with a launch template, and with nothing else unless a test before has left it.
    pub(crate) async fn new(region: &'static str) -> Self {
        let moto = Self {
            region,
            url: format!("http://127.0.0.1:{}", MOTO.port()),
            http: Arc::new(ReqwestClient::new(&HttpOptions::default()).unwrap()),
        };
        // Others may have told it to look at signatures.
        let anybody = Request::post(format!("{}/moto-api/reset-auth", moto.url)).header("content-type", "text/plain");
        moto.send(anybody, "inf".to_owned()).await;
        let template = [
            ("LaunchTemplateName", TEMPLATE),
            ("LaunchTemplateData.ImageId", "ami-12c6146b"),
            ("LaunchTemplateData.InstanceType", "t3.micro"),
        ];
        let there = moto.call(EC2, "DescribeLaunchTemplates", &[]).await;
        if !there.contains("<launchTemplateId>") {
            moto.call(EC2, "CreateLaunchTemplate", &template).await;
        }
        moto
    }

    pub(crate) async fn resize(&self, group: &str, size: u32) {
        let size = size.to_string();
        let fields = [("AutoScalingGroupName", group), ("DesiredCapacity", size.as_str())];
        self.call(GROUPS, "SetDesiredCapacity", &fields).await;
    }

    async fn call(&self, service: (&str, &str), action: &str, fields: &[(&str, &str)]) -> String {
        let (service, version) = service;
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("Action", action), ("Version", version)])
            .extend_pairs(fields)
            .finish();
        // Moto takes the region and the service from here, and does not look at the signature.
        let signed = format!(
            "AWS4-HMAC-SHA256 Credential=test/20260101/{}/{service}/aws4_request, SignedHeaders=host, Signature=0",
            self.region
        );
        let request = Request::post(format!("{}/", self.url))
            .header("authorization", signed)
            .header("content-type", "application/x-www-form-urlencoded");
        self.send(request, form).await
    }

    async fn send(&self, request: http::request::Builder, body: String) -> String {
        let request = HttpRequest::new(request.body(Bytes::from(body)).unwrap());
        let response = self.http.send(request).await.unwrap();
        let text = String::from_utf8_lossy(response.body()).into_owned();
        assert!(response.status().is_success(), "{text}");
        text
    }
}
