//! [`Advance`]: notices when the pages of a plugin's list go round in a circle, so that no request runs for ever.

use crate::{Error, Fault, Result};

/// Compares each marker with one that was seen before, and remembers another one after ever longer distances (Brent's
/// algorithm): a circle of any length is noticed, and only one marker is kept.
#[derive(Debug)]
pub(crate) struct Advance {
    remembered: Option<String>,
    steps: u64,
    distance: u64,
}

impl Advance {
    /// A list that is read from `marker` on.
    pub(crate) fn from(marker: Option<&str>) -> Self {
        Self {
            remembered: marker.map(ToOwned::to_owned),
            steps: 0,
            distance: 1,
        }
    }

    /// The list goes on at `marker`.
    ///
    /// # Errors
    /// `Internal`, as the backend's fault, when it has been there before.
    pub(crate) fn to(&mut self, marker: &str) -> Result<()> {
        if self.remembered.as_deref() == Some(marker) {
            return Err(Error::internal("the plugin's list does not advance").with_fault(Fault::Backend));
        }
        self.steps += 1;
        if self.steps == self.distance {
            self.remembered = Some(marker.to_owned());
            self.steps = 0;
            self.distance = self.distance.saturating_mul(2);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn circles_are_noticed_and_long_lists_are_not() {
        for (tail, circle) in [(0, 1), (1, 1), (0, 2), (5, 3), (100, 1), (3, 100)] {
            let mut advance = Advance::from(None);
            let noticed = (0..10 * (tail + circle)).position(|step: usize| {
                let marker = if step < tail {
                    step
                } else {
                    tail + (step - tail) % circle
                };
                advance.to(&marker.to_string()).is_err()
            });
            assert!(noticed.is_some(), "{tail} markers and a circle of {circle}");
        }
        let mut advance = Advance::from(Some("start"));
        assert!((0..10_000).all(|step| advance.to(&step.to_string()).is_ok()));
        assert!(Advance::from(Some("start")).to("start").is_err());
    }
}
