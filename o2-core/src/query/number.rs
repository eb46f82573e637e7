//! [`Number`]: integers and floating-point numbers in one total order, for comparing what models, JSON and filters say.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A finite number. An integer equals the floating-point number of the same value, and no two integers are confused by
/// rounding: large ones with the same nearest float are told apart by their exact value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Number {
    nearest: f64,
    exact: i64,
}

impl Number {
    pub(crate) fn integer(value: i64) -> Self {
        Self {
            nearest: value as f64,
            exact: value,
        }
    }

    /// `None` for what is not a number and for infinity, which JSON does not have either.
    pub(crate) fn float(value: f64) -> Option<Self> {
        // Adding zero makes the negative zero positive.
        value.is_finite().then_some(Self {
            nearest: value + 0.0,
            exact: value as i64,
        })
    }

    /// Reads digits with an optional sign, fraction and exponent; nothing else, above all no `inf` and no `nan`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let starts_well = text.starts_with(|first: char| first.is_ascii_digit() || first == '-');
        let plain = |character| matches!(character, '0'..='9' | '+' | '-' | '.' | 'e' | 'E');
        if !starts_well || !text.chars().all(plain) {
            return None;
        }
        match text.parse() {
            Ok(integer) => Some(Self::integer(integer)),
            Err(_) => text.parse().ok().and_then(Self::float),
        }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.nearest
            .total_cmp(&other.nearest)
            .then(self.exact.cmp(&other.exact))
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Number {}

/// As bits, because a decimal text need not bring back the same float.
impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.nearest.to_bits(), self.exact).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (bits, exact) = Deserialize::deserialize(deserializer)?;
        let nearest = f64::from_bits(bits);
        Ok(Self { nearest, exact })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn integers_and_floats_are_one_order() {
        let sorted = [
            "-1e300",
            "-2",
            "-1.5",
            "0",
            "0.1",
            "1",
            "1.0000001",
            "9007199254740992",
            "9007199254740993",
            "1e300",
        ];
        for (index, lower) in sorted.iter().enumerate() {
            for higher in &sorted[index + 1..] {
                assert!(Number::parse(lower) < Number::parse(higher), "{lower} < {higher}");
            }
        }
        for (one, other) in [("1", "1.0"), ("0", "-0.0"), ("100", "1e2"), ("032", "32")] {
            assert_eq!(Number::parse(one), Number::parse(other), "{one} = {other}");
        }
    }

    #[test]
    fn other_words_are_no_numbers() {
        for text in [
            "", "-", "inf", "nan", "-inf", "1e999", "0x10", " 1", "1 ", "+1", ".5", "1_000", "32a",
        ] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn serialising_loses_nothing(float in proptest::num::f64::NORMAL, integer: i64) {
            for number in [Number::float(float).unwrap(), Number::integer(integer)] {
                let text = serde_json::to_string(&number).unwrap();
                prop_assert_eq!(serde_json::from_str::<Number>(&text).unwrap(), number);
            }
        }
    }
}
