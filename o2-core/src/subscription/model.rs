//! The subscription and what is asked to create one.

use http::Uri;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{FilterMode, SubscriptionFilter};
use crate::id::qualified::Qualifier;
use crate::model::{Attribute, AttributeKind as Kind, AttributeValue as Value, Attributes, Model};
use crate::{Error, Id, Result, TenantId, Timestamp};

/// The id of a [`Subscription`].
pub type SubscriptionId = Id<Subscription>;

/// Somebody wants to hear of changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Subscription {
    /// Its id.
    pub subscription_id: SubscriptionId,
    /// Where to send notifications.
    pub callback: String,
    /// What the subscriber calls it; every notification repeats it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer_subscription_id: Option<String>,
    /// What it is about; everything when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<SubscriptionFilter>,
    /// Whether matching changes are reported or suppressed.
    #[serde(default)]
    pub filter_mode: FilterMode,
    /// The tenant it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
}

impl Attributes for Subscription {
    const NAME: &'static str = "Subscription";

    fn attributes() -> &'static [Attribute<Self>] {
        const MODE: Kind = Kind::Enum(&["select", "suppress"]);
        static TABLE: &[Attribute<Subscription>] = &[
            Attribute::required("subscriptionId", Kind::String, "Its id.", |s| {
                Value::String(s.subscription_id.as_str())
            }),
            Attribute::required("callback", Kind::String, "Where to send notifications.", |s| {
                Value::String(&s.callback)
            }),
            Attribute::optional(
                "consumerSubscriptionId",
                Kind::String,
                "What the subscriber calls it.",
                |s| Value::text(s.consumer_subscription_id.as_deref()),
            ),
            Attribute::optional(
                "filter",
                Kind::Any,
                "What it is about: an expression or an object.",
                |s| match &s.filter {
                    Some(SubscriptionFilter::Expression(text)) => Value::String(text),
                    // Criteria are shown, but not compared with anything.
                    Some(SubscriptionFilter::Criteria(_)) | None => Value::Absent,
                },
            ),
            Attribute::required(
                "filterMode",
                MODE,
                "Whether matching changes are reported or suppressed.",
                |s| Value::String(s.filter_mode.as_str()),
            ),
            Attribute::optional("tenantId", Kind::String, "The tenant it belongs to.", |s| {
                Value::text(s.tenant_id.as_ref().map(Id::as_str))
            }),
            Attribute::required("createdAt", Kind::DateTime, "When it was created.", |s| {
                Value::DateTime(s.created_at)
            }),
            Attribute::required(
                "updatedAt",
                Kind::DateTime,
                "When it changed last.",
                |s: &Subscription| Value::DateTime(s.updated_at),
            )
            .observed(),
        ];
        TABLE
    }
}

impl Model for Subscription {
    const OBJECT: &'static str = "subscription";
    const IDS: &'static [&'static str] = &[];

    fn id(&self) -> &str {
        self.subscription_id.as_str()
    }

    fn tenant(&self) -> Option<&TenantId> {
        self.tenant_id.as_ref()
    }

    fn visit_ids(&self, _: &mut dyn FnMut(&str)) {}

    fn qualify(&mut self, _: Qualifier<'_>) {}
}

/// A subscription to create, or the complete new state of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct NewSubscription {
    /// Where to send notifications: an absolute `http` or `https` URL.
    pub callback: String,
    /// What the subscriber calls it, at most 255 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consumer_subscription_id: Option<String>,
    /// What it is about; everything when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<SubscriptionFilter>,
    /// Whether matching changes are reported or suppressed.
    #[serde(default)]
    pub filter_mode: FilterMode,
    /// Ignored: the gateway makes the id (O2IMS-INTERFACE clause 3.2.6).
    #[serde(default, skip_serializing)]
    pub subscription_id: Option<serde_json::Value>,
}

impl NewSubscription {
    /// A subscription to everything.
    pub fn to(callback: impl Into<String>) -> Self {
        Self {
            callback: callback.into(),
            consumer_subscription_id: None,
            filter: None,
            filter_mode: FilterMode::default(),
            subscription_id: None,
        }
    }

    /// Checks what can be checked without asking the callback.
    ///
    /// # Errors
    /// `InvalidInput` naming the field.
    pub fn validate(&self) -> Result<()> {
        const LONGEST: usize = 255;
        check_callback(&self.callback)?;
        let consumer = self.consumer_subscription_id.as_ref();
        if consumer.is_some_and(|id| id.chars().count() > LONGEST) {
            return Err(Error::violation(
                "body.consumerSubscriptionId",
                format!("has more than {LONGEST} characters"),
            ));
        }
        let filter = self.filter.as_ref().map_or(Ok(()), SubscriptionFilter::validate);
        filter.map_err(|error| match error.violations().first() {
            Some(violation) => Error::violation(format!("body.{}", violation.at), violation.reason.clone()),
            None => error,
        })
    }

    /// The subscription it becomes.
    #[must_use]
    pub fn into_subscription(self, id: SubscriptionId, tenant: Option<TenantId>, now: Timestamp) -> Subscription {
        Subscription {
            subscription_id: id,
            callback: self.callback,
            consumer_subscription_id: self.consumer_subscription_id,
            filter: self.filter,
            filter_mode: self.filter_mode,
            tenant_id: tenant,
            created_at: now,
            updated_at: now,
        }
    }
}

fn check_callback(text: &str) -> Result<()> {
    const LONGEST: usize = 2048;
    if text.len() > LONGEST {
        return Err(wrong_callback("has more than 2048 bytes"));
    }
    // One reader is strict about the shape, the other knows what hosts and ports are.
    let shape: Uri = text.parse().map_err(|_| wrong_callback("is not a URL"))?;
    let url = Url::parse(text).map_err(|error| wrong_callback(&format!("is not a URL ({error})")))?;
    let absolute = shape.scheme().is_some() && shape.authority().is_some();
    if !absolute || !matches!(url.scheme(), "http" | "https") {
        return Err(wrong_callback("must be an absolute http or https URL"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong_callback("must not contain a user name or password"));
    }
    Ok(())
}

fn wrong_callback(reason: &str) -> Error {
    Error::violation("body.callback", reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callbacks_are_absolute_urls() {
        for good in [
            "https://smo.example.com/notify",
            "http://10.0.0.1:8080/x?y=z",
            "HTTPS://smo.example.com",
            "https://[2001:db8::1]:8443/n",
            "http://localhost:65535",
        ] {
            assert!(NewSubscription::to(good).validate().is_ok(), "{good}");
        }
        for bad in [
            "",
            "notify",
            "/notify",
            "ftp://x/y",
            "https://",
            "https://user:secret@x/y",
            "https://a b/",
            "https:smo.example.com",
            "https:/x",
            "https://x:99999/",
            "https://x:-1/",
            "https://:8080/",
            "https://user@x/",
            "https://x/\n",
            " https://x/",
            "//x/y",
            "javascript:alert(1)",
            "file:///etc/passwd",
            &format!("https://x/{}", "y".repeat(2048)),
        ] {
            let error = NewSubscription::to(bad).validate().unwrap_err();
            assert_eq!(error.violations()[0].at, "body.callback", "{bad}");
            assert!(!error.to_string().contains("secret"));
        }
    }
}
