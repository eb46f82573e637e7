//! [`FaultPlan`]: which calls go wrong, and how, as a value that can be printed and read back.

use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use o2_core::Error;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Which calls go wrong, and how.
///
/// Calls are counted from 1, each *subject* on its own: the operations of a plugin by their names, all requests of an
/// HTTP client together as `http`. What happens to a call follows from seed, subject and number alone, so calls of one
/// subject do not disturb those of another.
///
/// A plan is printed as JSON, and read back from it:
///
/// ```
/// use o2_testkit::fault::{FaultPlan, HttpFault};
///
/// let plan = FaultPlan::seeded(7).one_in(20, HttpFault::ResetAfterSend).at("http", 3, HttpFault::TruncatesJson);
/// let printed = plan.to_string();
/// assert_eq!(printed.parse::<FaultPlan<HttpFault>>().unwrap(), plan);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FaultPlan<F> {
    seed: u64,
    rules: Vec<Rule<F>>,
    listed: Vec<Injected<F>>,
}

/// A fault that happens by chance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Rule<F> {
    /// One call in so many goes wrong.
    one_in: u32,
    /// Whose calls; everybody's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// So many calls in a row go wrong then.
    burst: u32,
    fault: F,
}

/// A call that goes wrong, or went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Injected<F> {
    /// Whose call.
    pub subject: String,
    /// Which call of the subject, from 1.
    pub call: u64,
    /// How it goes wrong.
    pub fault: F,
}

impl<F> FaultPlan<F> {
    /// A plan whose chances are drawn from this seed; without rules nothing goes wrong.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self {
            seed,
            rules: Vec::new(),
            listed: Vec::new(),
        }
    }

    /// A plan of exactly these faults: what an earlier plan did, so that a test can be repeated or cut down.
    #[must_use]
    pub fn of(listed: Vec<Injected<F>>) -> Self {
        Self {
            listed,
            ..Self::seeded(0)
        }
    }

    /// One call in `calls` goes wrong. Of several rules that strike the first counts; 0 never strikes.
    #[must_use]
    pub fn one_in(self, calls: u32, fault: F) -> Self {
        self.rule(calls, None, 1, fault)
    }

    /// One call in `calls` of this subject goes wrong.
    #[must_use]
    pub fn in_one_of(self, calls: u32, subject: &str, fault: F) -> Self {
        self.rule(calls, Some(subject), 1, fault)
    }

    /// One call in `calls` goes wrong, and with it those that follow, `length` in all.
    #[must_use]
    pub fn burst(self, calls: u32, length: u32, fault: F) -> Self {
        self.rule(calls, None, length, fault)
    }

    fn rule(mut self, one_in: u32, subject: Option<&str>, burst: u32, fault: F) -> Self {
        let subject = subject.map(str::to_owned);
        self.rules.push(Rule {
            one_in,
            subject,
            burst,
            fault,
        });
        self
    }

    /// This call of this subject goes wrong, whatever the rules say.
    #[must_use]
    pub fn at(mut self, subject: &str, call: u64, fault: F) -> Self {
        let subject = subject.to_owned();
        self.listed.push(Injected { subject, call, fault });
        self
    }
}

impl<F: Clone> FaultPlan<F> {
    /// What happens to this call of this subject.
    #[must_use]
    pub fn fault(&self, subject: &str, call: u64) -> Option<F> {
        let listed = self
            .listed
            .iter()
            .find(|one| one.call == call && one.subject == subject);
        let rules = || {
            let rules = self.rules.iter().enumerate();
            rules
                .filter(|(_, rule)| rule.subject.as_deref().is_none_or(|wanted| wanted == subject))
                .find(|(index, rule)| rule.strikes(stream(self.seed, subject, *index), call))
                .map(|(_, rule)| rule.fault.clone())
        };
        listed.map(|one| one.fault.clone()).or_else(rules)
    }
}

impl<F> Rule<F> {
    /// Whether this call, or one before it whose burst still lasts, is drawn.
    fn strikes(&self, stream: u64, call: u64) -> bool {
        let first = call.saturating_sub(u64::from(self.burst.saturating_sub(1))).max(1);
        self.one_in > 0 && self.burst > 0 && (first..=call).any(|call| draw(stream, call, self.one_in))
    }
}

/// One of `one_in` numbers, all equally likely, is drawn.
fn draw(stream: u64, call: u64, one_in: u32) -> bool {
    let scaled = u128::from(mix(stream.wrapping_add(call.wrapping_mul(STEP)))) * u128::from(one_in);
    scaled >> 64 == 0
}

/// The chances of one rule for one subject.
fn stream(seed: u64, subject: &str, rule: usize) -> u64 {
    let start = mix(seed.wrapping_add((rule as u64).wrapping_mul(STEP)));
    subject.bytes().fold(start, |state, byte| mix(state ^ u64::from(byte)))
}

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// The mixing of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
fn mix(state: u64) -> u64 {
    let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Counts calls, looks what happens to them, and remembers what did.
#[derive(Debug)]
pub(super) struct Injector<F> {
    plan: FaultPlan<F>,
    state: Mutex<State<F>>,
}

#[derive(Debug)]
struct State<F> {
    calls: HashMap<String, u64>,
    injected: Vec<Injected<F>>,
}

impl<F: Clone> Injector<F> {
    pub(super) fn new(plan: FaultPlan<F>) -> Self {
        let state = State {
            calls: HashMap::new(),
            injected: Vec::new(),
        };
        let state = Mutex::new(state);
        Self { plan, state }
    }

    /// What happens to the next call of a subject.
    pub(super) fn next(&self, subject: &str) -> Option<F> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let call = state.calls.entry(subject.to_owned()).or_default();
        *call += 1;
        let call = *call;
        let fault = self.plan.fault(subject, call)?;
        state.injected.push(Injected {
            subject: subject.to_owned(),
            call,
            fault: fault.clone(),
        });
        Some(fault)
    }

    pub(super) fn injected(&self) -> Vec<Injected<F>> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.injected.clone()
    }
}

impl<F: Serialize> fmt::Display for FaultPlan<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(self).map_err(|_| fmt::Error)?)
    }
}

impl<F: DeserializeOwned> FromStr for FaultPlan<F> {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|error| Error::invalid(format!("this is no plan of faults: {error}")))
    }
}
