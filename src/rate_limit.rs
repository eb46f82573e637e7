//! Requests per minute of a tenant, or of a principal without one: a token bucket each.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use o2_core::config::LimitsConfig;
use o2_core::identity::Principal;
use o2_core::{Error, ErrorKind, Result};

const MINUTE: f64 = 60.0;
/// Buckets kept at the same time. Beyond it, the full ones, which remember nothing, are dropped.
const MOST_BUCKETS: usize = 10_000;

/// Counts requests.
#[derive(Debug)]
pub(crate) struct RateLimit {
    limits: LimitsConfig,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Duration,
}

impl Bucket {
    /// What is in it at `now`.
    fn level(&self, limit: f64, now: Duration) -> f64 {
        (self.tokens + now.saturating_sub(self.filled).as_secs_f64() * limit / MINUTE).min(limit)
    }
}

impl RateLimit {
    pub(crate) fn new(limits: LimitsConfig) -> Self {
        Self {
            limits,
            buckets: Mutex::new(HashMap::new()),
        }
    }

    /// Counts one request at `now`, on the clock's monotonic scale.
    ///
    /// # Errors
    /// `RateLimited` with the time to wait.
    pub(crate) fn admit(&self, principal: &Principal, now: Duration) -> Result<()> {
        let quotas = principal
            .tenant
            .as_ref()
            .map_or(self.limits.default, |tenant| self.limits.of(tenant));
        let Some(limit) = quotas.max_requests_per_minute else {
            return Ok(());
        };
        #[expect(clippy::cast_precision_loss, reason = "limits are far below 2^52")]
        let limit = limit as f64;
        let key = match &principal.tenant {
            Some(tenant) => format!("t:{tenant}"),
            None => format!("p:{}", principal.name),
        };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= MOST_BUCKETS && !buckets.contains_key(&key) {
            buckets.retain(|_, bucket| bucket.level(limit, now) < limit);
        }
        let bucket = buckets.entry(key).or_insert(Bucket {
            tokens: limit,
            filled: now,
        });
        *bucket = Bucket {
            tokens: bucket.level(limit, now),
            filled: now,
        };
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Ok(());
        }
        let wait = Duration::from_secs_f64((1.0 - bucket.tokens) * MINUTE / limit.max(1.0));
        let message = format!("more than {limit} requests per minute");
        Err(Error::new(ErrorKind::RateLimited, message).with_retry_after(wait))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_gets_its_requests_per_minute() {
        let mut limits = LimitsConfig::default();
        limits.default.max_requests_per_minute = Some(2);
        let rate = RateLimit::new(limits);
        let ann = Principal::new("ann", Some("a".into()), Vec::new());
        let bob = Principal::new("bob", Some("b".into()), Vec::new());
        let at = Duration::from_secs;
        assert!(rate.admit(&ann, at(0)).is_ok() && rate.admit(&ann, at(0)).is_ok());
        let error = rate.admit(&ann, at(0)).unwrap_err();
        assert_eq!(
            (error.kind(), error.retry_after()),
            (ErrorKind::RateLimited, Some(at(30)))
        );
        assert!(rate.admit(&bob, at(0)).is_ok());
        assert!(rate.admit(&ann, at(30)).is_ok());
        assert!(rate.admit(&ann, at(30)).is_err());
        assert!(rate.admit(&ann, at(600)).is_ok() && rate.admit(&ann, at(600)).is_ok());
        assert!(rate.admit(&ann, at(600)).is_err());
    }

    #[test]
    fn what_a_tenants_own_quotas_leave_out_the_default_says() {
        let mut limits = LimitsConfig::default();
        limits.default.max_requests_per_minute = Some(1);
        limits.tenants.entry("a".into()).or_default().max_resources = Some(5);
        let rate = RateLimit::new(limits);
        let ann = Principal::new("ann", Some("a".into()), Vec::new());
        assert!(rate.admit(&ann, Duration::ZERO).is_ok() && rate.admit(&ann, Duration::ZERO).is_err());
    }

    #[test]
    fn without_a_limit_nothing_is_counted() {
        let rate = RateLimit::new(LimitsConfig::default());
        let ann = Principal::new("ann", None, Vec::new());
        assert!((0..1000).all(|_| rate.admit(&ann, Duration::ZERO).is_ok()));
    }
}
