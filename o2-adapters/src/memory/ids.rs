//! Ids that the backend picks, and ids that the caller picks.

use o2_core::{Error, Result};

use super::MAX_NAME;

/// Makes ids that are the same in every run and never used twice in one: `pool-000007`.
#[derive(Debug, Default)]
pub(crate) struct Ids(u64);

impl Ids {
    /// The next id with this prefix that is not `taken`: callers may have picked it themselves.
    pub(crate) fn next(&mut self, prefix: &str, taken: impl Fn(&str) -> bool) -> String {
        loop {
            self.0 += 1;
            let id = format!("{prefix}-{:06}", self.0);
            if !taken(&id) {
                return id;
            }
        }
    }
}

/// Checks an id that the caller picked.
///
/// # Errors
/// `InvalidInput` at `attribute`.
pub(crate) fn check_given_id(attribute: &str, id: &str) -> Result<()> {
    let reason = if id.is_empty() {
        "must not be empty; leave it out to have one picked".to_owned()
    } else if id.chars().count() > MAX_NAME {
        format!("has more than {MAX_NAME} characters")
    } else if id.chars().any(char::is_control) {
        "contains a control character".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::violation(attribute, reason))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_are_taken_are_passed_over() {
        let mut ids = Ids::default();
        assert_eq!(ids.next("pool", |id| id == "pool-000001"), "pool-000002");
        assert_eq!(ids.next("dep", |_| false), "dep-000003");
    }

    #[test]
    fn given_ids_may_be_odd_but_not_unprintable() {
        for good in ["p", "a~b", "a/b", "50%", "größe", &"x".repeat(255)] {
            assert!(check_given_id("id", good).is_ok(), "{good}");
        }
        for bad in ["", "a\nb", "\u{7f}", &"x".repeat(256)] {
            assert!(check_given_id("id", bad).is_err(), "{bad:?}");
        }
    }
}
