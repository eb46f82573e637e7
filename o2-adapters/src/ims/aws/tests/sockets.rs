//! Trouble below HTTP, with the client that programs use: a connection that is reset within a page, and a certificate that
//! nobody trusts.

use std::cell::Cell;
use std::sync::Arc;

use o2_core::ports::Ports;
use o2_core::query::ListQuery;
use o2_core::{Category, Context, ErrorKind, Fault, PluginInfo, Result, Retry};
use o2_ims::IMSPlugin;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{BACKEND, example};
use crate::http::{HttpOptions, ReqwestClient};
use crate::listening::{Connection, beside, check_that_it_must_be_trusted, length_of_body, own_certificate, trusting};
use crate::rt::TokioClock;

/// A page with one group, and what comes after it.
fn page(number: u32, after: &str) -> String {
    let arn =
        format!("arn:aws:autoscaling:eu-west-1:123456789012:autoScalingGroup:{number}:autoScalingGroupName/g{number}");
    format!(
        "<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups><member>\
         <AutoScalingGroupName>g{number}</AutoScalingGroupName><AutoScalingGroupARN>{arn}</AutoScalingGroupARN>\
         <DesiredCapacity>0</DesiredCapacity></member></AutoScalingGroups>{after}</DescribeAutoScalingGroupsResult>\
         </DescribeAutoScalingGroupsResponse>"
    )
}

/// Answers with two pages, again and again; of the second only half arrives while `resets`.
async fn serve(mut stream: impl Connection, resets: &Cell<bool>) {
    loop {
        let Some(length) = length_of_body(&mut stream).await else {
            return;
        };
        let mut form = vec![0; length - 1];
        stream.read_exact(&mut form).await.unwrap();
        let second = String::from_utf8(form).unwrap().contains("NextToken");
        let body = if second {
            page(2, "")
        } else {
            page(1, "<NextToken>g1</NextToken>")
        };
        let cut = second && resets.get();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        let sent = if cut { &body[..body.len() / 2] } else { &body };
        stream.write_all(format!("{head}{sent}").as_bytes()).await.unwrap();
        if cut {
            // The last byte of the request has not been read, so closing now resets the connection.
            return;
        }
        stream.read_u8().await.unwrap();
    }
}

/// A plugin whose AWS is at this URL.
fn plugin(url: &str, options: &HttpOptions) -> Arc<dyn IMSPlugin> {
    let mut config = example().unwrap();
    config["endpoint"] = url.into();
    let info = PluginInfo::new(Category::Ims, BACKEND.kind, "test", BACKEND.version).unwrap();
    let http = Arc::new(ReqwestClient::new(options).unwrap());
    let ports = Ports::new(Arc::new(TokioClock::new())).with_http(http);
    (BACKEND.build)(info, &config, &ports).unwrap()
}

async fn list(plugin: &Arc<dyn IMSPlugin>) -> Result<usize> {
    let listed = plugin
        .list_resource_pools(&Context::new("test"), &ListQuery::new())
        .await;
    Ok(listed?.items.len())
}

#[tokio::test]
async fn a_connection_that_is_reset_within_a_page_is_trouble_of_aws_and_no_list() {
    let (certificate, _) = own_certificate();
    let resets = Cell::new(false);
    let act = async |url: String| {
        let plugin = plugin(&url, &trusting(&certificate));
        let whole = list(&plugin).await.unwrap();
        resets.set(true);
        let error = list(&plugin).await.unwrap_err();
        resets.set(false);
        (whole, error, list(&plugin).await.unwrap())
    };
    let (before, error, after) = beside(None, async |stream| serve(stream, &resets).await, act).await;
    assert_eq!(
        (error.kind(), error.fault(), error.retry()),
        (ErrorKind::Unavailable, Fault::Backend, Retry::IfIdempotent),
        "{error:?}"
    );
    assert!(error.message().contains("autoscaling in eu-west-1"), "{error}");
    // Both groups and what is in none; nothing has gone.
    assert_eq!((before, after), (3, 3));
}

#[tokio::test]
async fn a_certificate_that_is_not_trusted_is_told_and_nothing_is_sent() {
    check_that_it_must_be_trusted(plugin).await;
}
