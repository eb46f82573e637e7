//! What accepted deliveries have to be when delivery is at least once and in order: nothing but repetitions is twice
//! there, and what comes for the first time comes in order.

use std::collections::{BTreeMap, BTreeSet};

use super::{Delivery, WebhookSink};

impl WebhookSink {
    /// The ids that more than one accepted delivery carries in this header, each with how often; and the deliveries
    /// without it. Empty when every delivery has an id of its own.
    #[must_use]
    pub fn duplicates(&self, header: &str) -> Vec<String> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut problems = Vec::new();
        for (index, delivery) in self.deliveries().iter().enumerate() {
            match delivery.request.header(header) {
                Some(id) => *counts.entry(id.to_owned()).or_default() += 1,
                None => problems.push(format!("delivery {} has no header {header}", index + 1)),
            }
        }
        let repeated = counts.into_iter().filter(|(_, count)| *count > 1);
        problems.extend(repeated.map(|(id, count)| format!("{id} was delivered {count} times")));
        problems
    }

    /// The accepted deliveries that came too late for their subscription: after one with a higher number. A repetition
    /// of a number is not out of order. Empty when the order was kept.
    #[must_use]
    pub fn out_of_order(
        &self,
        subscription: impl Fn(&Delivery) -> String,
        number: impl Fn(&Delivery) -> u64,
    ) -> Vec<String> {
        let mut seen: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        let mut problems = Vec::new();
        for delivery in self.deliveries() {
            let (subscription, number) = (subscription(&delivery), number(&delivery));
            let numbers = seen.entry(subscription.clone()).or_default();
            let highest = numbers.last().copied();
            if numbers.insert(number)
                && let Some(highest) = highest.filter(|highest| *highest > number)
            {
                problems.push(format!("{subscription}: {number} came after {highest}"));
            }
        }
        problems
    }
}
