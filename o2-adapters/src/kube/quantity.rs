//! [`Quantity`]: amounts as Kubernetes writes them, `3920m`, `16202768Ki`, `1e3`.
//!
//! <https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/>

use std::iter::Sum;
use std::ops::Add;

/// An amount, exact to a billionth, which is as exact as Kubernetes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Quantity {
    billionths: i128,
}

const BILLION: i128 = 1_000_000_000;

/// Suffixes, as a power of ten or of two that one of it is worth.
const SUFFIXES: &[(&str, u32, i32)] = &[
    ("", 10, 0),
    ("n", 10, -9),
    ("u", 10, -6),
    ("m", 10, -3),
    ("k", 10, 3),
    ("M", 10, 6),
    ("G", 10, 9),
    ("T", 10, 12),
    ("P", 10, 15),
    ("E", 10, 18),
    ("Ki", 2, 10),
    ("Mi", 2, 20),
    ("Gi", 2, 30),
    ("Ti", 2, 40),
    ("Pi", 2, 50),
    ("Ei", 2, 60),
];

impl Quantity {
    /// The amount that `text` says. `None` for what is no quantity, and for what is beyond anything that can be counted.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (sign, unsigned) = match text.strip_prefix(['+', '-']) {
            Some(rest) => (if text.starts_with('-') { -1 } else { 1 }, rest),
            None => (1, text),
        };
        let end = unsigned
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let (base, power) = worth(suffix)?;
        let digits: i128 = format!("{whole}{fraction}").parse().ok()?;
        let shift = i32::try_from(fraction.len()).ok()?;
        let billionths = if base == 10 {
            times_power_of_ten(digits, power.checked_add(9)?.checked_sub(shift)?)?
        } else {
            let scaled = digits.checked_mul(1_i128 << power)?;
            times_power_of_ten(scaled, 9_i32.checked_sub(shift)?)?
        };
        Some(Self {
            billionths: sign * billionths,
        })
    }

    /// In thousandths, as CPUs are counted; rounded up, as the API server does.
    pub(crate) fn millis(self) -> i64 {
        saturated(up(self.billionths, 1_000_000))
    }

    /// In whole units, as bytes are counted; rounded up.
    pub(crate) fn units(self) -> i64 {
        saturated(up(self.billionths, BILLION))
    }
}

fn worth(suffix: &str) -> Option<(u32, i32)> {
    if let Some((_, base, power)) = SUFFIXES.iter().find(|(name, ..)| *name == suffix) {
        return Some((*base, *power));
    }
    let exponent = suffix.strip_prefix(['e', 'E'])?;
    let power: i32 = exponent.parse().ok()?;
    (-100..=100).contains(&power).then_some((10, power))
}

/// `digits` times ten to the power, rounded up.
fn times_power_of_ten(digits: i128, power: i32) -> Option<i128> {
    let factor = 10_i128.checked_pow(power.unsigned_abs());
    if power >= 0 {
        return if digits == 0 {
            Some(0)
        } else {
            digits.checked_mul(factor?)
        };
    }
    // A divisor beyond all numbers leaves the smallest amount that there is.
    Some(factor.map_or(digits.signum(), |factor| up(digits, factor)))
}

fn up(number: i128, unit: i128) -> i128 {
    number.div_euclid(unit) + i128::from(number.rem_euclid(unit) > 0)
}

fn saturated(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(if number < 0 { i64::MIN } else { i64::MAX })
}

impl Add for Quantity {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            billionths: self.billionths.saturating_add(other.billionths),
        }
    }
}

impl Sum for Quantity {
    fn sum<I: Iterator<Item = Self>>(quantities: I) -> Self {
        quantities.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_nodes_really_say() {
        for (text, millis, units) in [
            ("4", 4_000, 4),
            ("3920m", 3_920, 4),
            ("16202768Ki", 16_591_634_432_000, 16_591_634_432),
            ("27842990716", 27_842_990_716_000, 27_842_990_716),
            ("1e3", 1_000_000, 1_000),
            ("1E3", 1_000_000, 1_000),
            ("2E", i64::MAX, 2_000_000_000_000_000_000),
            ("8Ei", i64::MAX, i64::MAX),
            ("0.5", 500, 1),
            (".5", 500, 1),
            ("1.", 1_000, 1),
            ("1.5Gi", 1_610_612_736_000, 1_610_612_736),
            ("100n", 1, 1),
            ("-1500m", -1_500, -1),
            ("+2k", 2_000_000, 2_000),
            ("0", 0, 0),
            ("0e90", 0, 0),
            ("1e-90", 1, 1),
        ] {
            let quantity = Quantity::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((quantity.millis(), quantity.units()), (millis, units), "{text}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_none() {
        for text in [
            "", "Ki", "1.2.3", "1 Gi", "1KiB", "1e", "e3", "0x10", "--1", "1e1000", "1e99", "NaN",
        ] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_tried(text in ".{0,20}") {
            let _ = Quantity::parse(&text);
        }

        #[test]
        fn suffixes_agree_with_each_other(number in 0_i64..1_000_000) {
            let parse = |text: String| Quantity::parse(&text).unwrap();
            prop_assert_eq!(parse(format!("{number}")), parse(format!("{number}000m")));
            prop_assert_eq!(parse(format!("{number}Ki")), parse(format!("{}", number * 1024)));
            prop_assert_eq!(parse(format!("{number}k")), parse(format!("{number}e3")));
            prop_assert_eq!(parse(format!("{number}")).units(), number);
        }

        #[test]
        fn more_is_more(a in 0_i64..1_000_000, b in 0_i64..1_000_000, suffix in prop::sample::select(vec!["m", "", "Ki", "G"])) {
            let parse = |number: i64| Quantity::parse(&format!("{number}{suffix}")).unwrap();
            prop_assert_eq!(a.cmp(&b), parse(a).cmp(&parse(b)));
            prop_assert_eq!(parse(a) + parse(b), parse(a + b));
        }
    }
}
