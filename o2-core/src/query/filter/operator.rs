//! [`Operator`]: the ten comparisons of a filter, and which of them a type has.

use std::fmt;

use crate::model::attribute::AttributeKind;

/// How a clause compares the attribute with its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operator {
    /// Equal to the value.
    Eq,
    /// Not equal to the value.
    Neq,
    /// Equal to one of the values.
    In,
    /// Equal to none of the values.
    Nin,
    /// Greater than the value.
    Gt,
    /// Greater than or equal to the value.
    Gte,
    /// Less than the value.
    Lt,
    /// Less than or equal to the value.
    Lte,
    /// Contains one of the values.
    Cont,
    /// Contains none of the values.
    Ncont,
}

impl Operator {
    /// Every operator.
    pub const ALL: [Self; 10] = [
        Self::Eq,
        Self::Neq,
        Self::In,
        Self::Nin,
        Self::Gt,
        Self::Gte,
        Self::Lt,
        Self::Lte,
        Self::Cont,
        Self::Ncont,
    ];

    /// The operator as filters write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Neq => "neq",
            Self::In => "in",
            Self::Nin => "nin",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Cont => "cont",
            Self::Ncont => "ncont",
        }
    }

    /// The operator with this name, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|operator| operator.as_str().eq_ignore_ascii_case(name))
    }

    /// Whether it takes any number of values; the others take exactly one.
    #[must_use]
    pub const fn takes_many(self) -> bool {
        matches!(self, Self::In | Self::Nin | Self::Cont | Self::Ncont)
    }

    /// The operator of which it is the complement: `neq` is "not `eq`".
    #[must_use]
    pub const fn negates(self) -> Option<Self> {
        match self {
            Self::Neq => Some(Self::Eq),
            Self::Nin => Some(Self::In),
            Self::Ncont => Some(Self::Cont),
            _ => None,
        }
    }

    /// The operators for values of this type; none for objects and maps. What lies in free-form JSON has all of them.
    #[must_use]
    pub const fn of_kind(kind: AttributeKind) -> &'static [Self] {
        use Operator::{Eq, Gt, Gte, In, Lt, Lte, Neq, Nin};
        match kind {
            AttributeKind::String | AttributeKind::Any => &Self::ALL,
            AttributeKind::Integer | AttributeKind::Number | AttributeKind::DateTime => {
                &[Eq, Neq, In, Nin, Gt, Gte, Lt, Lte]
            }
            AttributeKind::Enum(_) => &[Eq, Neq, In, Nin],
            AttributeKind::Boolean => &[Eq, Neq],
            AttributeKind::Map | AttributeKind::Object(_) | AttributeKind::Array(_) => &[],
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
