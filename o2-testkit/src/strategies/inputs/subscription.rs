//! What subscribers ask for.

use o2_core::subscription::{Criteria, FilterMode, NewSubscription, RetryProfile, SubscriptionFilter, Values};
use o2_ims::Resource;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::strategies::{labels, name, native_id, query, url};

/// A subscription to create.
pub fn new_subscription() -> impl Strategy<Value = NewSubscription> {
    let modes = select(vec![FilterMode::Select, FilterMode::Suppress]);
    let profiles = select(vec![RetryProfile::Seed, RetryProfile::Standard]);
    let delivery = (option::of(profiles), 1..=100u16);
    (
        url(),
        option::of(name()),
        option::of(subscription_filter()),
        modes,
        delivery,
    )
        .prop_map(|(callback, consumer, filter, mode, (profile, batch_size))| {
            let mut new = NewSubscription::to(callback);
            new.consumer_subscription_id = consumer;
            new.filter = filter;
            new.filter_mode = mode;
            new.retry_profile = profile;
            new.batch_size = batch_size;
            new
        })
}

/// What a subscription is about: an expression that can be read, or criteria.
pub fn subscription_filter() -> impl Strategy<Value = SubscriptionFilter> {
    let expression = query::filter::<Resource>().prop_map(|filter| SubscriptionFilter::Expression(filter.to_string()));
    let criteria = criteria().prop_map(|criteria| SubscriptionFilter::Criteria(Box::new(criteria)));
    prop_oneof![expression, criteria]
}

fn criteria() -> impl Strategy<Value = Criteria> {
    let ids = || vec(native_id(), 0..3).prop_map(Values);
    let kinds = vec(
        select(vec!["resourcePool", "resource", "deployment"]).prop_map(str::to_owned),
        0..2,
    );
    (ids(), ids(), ids(), kinds, labels()).prop_map(|(pools, resources, deployments, kinds, labels)| {
        let mut criteria = Criteria::default();
        criteria.resource_pool_id = pools;
        criteria.resource_id = resources;
        criteria.deployment_id = deployments;
        criteria.object_type = Values(kinds);
        criteria.labels = labels;
        criteria
    })
}
