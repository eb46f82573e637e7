//! The keys of the outbox. Ids of subscriptions are the gateway's own, so they need no escaping.

use crate::http::fnv1a;
use crate::subscription::SubscriptionId;

/// Into how many parts subscriptions are divided, so that replicas can share the work. Fixed: the keys depend on it.
pub const SHARDS: u8 = 16;

/// The key of the highest sequence that was given to an event.
pub(crate) const HEAD: &str = "event%head";

/// The prefix of every entry.
pub(crate) const ENTRIES: &str = "outbox/";

/// The shard of a subscription.
pub(crate) fn shard_of(subscription: &SubscriptionId) -> u8 {
    (fnv1a(subscription.as_str().as_bytes()) % u64::from(SHARDS)) as u8
}

/// The prefix of a shard's entries.
pub(crate) fn shard(shard: u8) -> String {
    format!("{ENTRIES}{shard:02x}/")
}

/// The key of an entry.
pub(crate) fn entry(subscription: &SubscriptionId, sequence: u64) -> String {
    format!("{}{}", queue(subscription), number(sequence))
}

/// The prefix of the entries of a subscription.
pub(crate) fn queue(subscription: &SubscriptionId) -> String {
    let shard = shard_of(subscription);
    format!("{ENTRIES}{shard:02x}/{subscription}/")
}

/// A sequence as keys hold it: the order of keys is that of sequences.
pub(crate) fn number(sequence: u64) -> String {
    format!("{sequence:020}")
}

/// Subscription and sequence of a key under `prefix`, which does not end within either of them.
pub(crate) fn parse<'k>(key: &'k str, prefix: &str) -> Option<(&'k str, u64)> {
    let (subscription, sequence) = key.strip_prefix(prefix)?.rsplit_once('/')?;
    Some((subscription, sequence.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back_and_sorted_by_sequence() {
        let subscription = SubscriptionId::new("s1");
        let prefix = shard(shard_of(&subscription));
        let keys = [1, 9, 10, u64::MAX].map(|sequence| entry(&subscription, sequence));
        assert!(keys.is_sorted());
        let read = keys.each_ref().map(|key| parse(key, &prefix));
        assert_eq!(read, [1, 9, 10, u64::MAX].map(|sequence| Some(("s1", sequence))));
        for other in ["outbox/zz/s1/1", &prefix, &format!("{prefix}s1/x")] {
            assert_eq!(parse(other, &prefix), None, "{other}");
        }
    }

    #[test]
    fn a_subscription_stays_in_its_shard() {
        for (id, shard) in [("", 5), ("a", 12), ("s1", 9)] {
            assert_eq!(shard_of(&SubscriptionId::new(id)), shard, "{id}");
        }
    }

    #[test]
    fn subscriptions_are_spread_over_all_shards() {
        let mut counts = [0; SHARDS as usize];
        for number in 0..1600 {
            counts[usize::from(shard_of(&SubscriptionId::new(format!("subscription-{number}"))))] += 1;
        }
        assert!(counts.iter().all(|count| (50..150).contains(count)), "{counts:?}");
    }
}
