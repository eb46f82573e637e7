//! [`Filter`]: which objects a list shall contain. The text is the filter syntax of ETSI GS NFV-SOL 013 clause 5.2, as
//! O-RAN profiles it; a filter is parsed without knowing the type, and bound to a type before it is evaluated.
//!
//! - Clauses are joined by AND.
//! - `eq`, `in`, `cont`, `gt`, `gte`, `lt` and `lte` do not match what is absent. `neq`, `nin` and `ncont` are the exact
//!   complements of `eq`, `in` and `cont`: they match what is absent, and on a list they mean that *no* element matches.
//! - A clause whose path ends at a list of scalars matches if any element does; each clause may have another element:
//!   `(eq,tags,a);(eq,tags,b)` are the objects with both tags. Clauses whose paths lead *through* a list of objects must
//!   be fulfilled by the same element (joint evaluation): `(eq,elements/name,x);(eq,elements/version,2)` needs one element
//!   that is both. Complements stand alone.
//! - Numbers, booleans and times are compared as such, strings by code point and case-sensitively. Below a map any path is
//!   allowed, and the type is that of the JSON value found there.
//! - An enum is compared with any word: one that the type lacks equals nothing, because vocabularies grow from version to
//!   version. Words and numbers may have blanks around them, text keeps them.

mod bind;
mod equality;
mod eval;
mod operator;
mod parse;
mod plain;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

pub(crate) use equality::{Equality, Scalar};
pub use eval::{Matcher, ObjectMatcher};
pub use operator::Operator;

use super::params::Params;
use super::path::Path;
use crate::model::attribute::{Attributes, Shape};
use crate::{Error, Result};

/// How large a filter may be.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct FilterLimits {
    /// Bytes of text.
    pub length: usize,
    /// Clauses.
    pub clauses: usize,
    /// Values of one clause.
    pub values: usize,
    /// Segments of one path.
    pub depth: usize,
}

impl FilterLimits {
    /// The limits in force.
    pub const CURRENT: Self = Self {
        length: 8 * 1024,
        clauses: 64,
        values: 256,
        depth: super::path::MAX_DEPTH,
    };
}

/// Clauses that an object must all fulfil. The empty filter lets everything through.
///
/// ```
/// use o2_core::query::Filter;
/// let filter = Filter::parse("( EQ , name ,'a b');(in,kind,x,y)").unwrap();
/// assert_eq!(filter.to_string(), "(eq,name,a b);(in,kind,x,y)");
/// assert_eq!(filter.predicates()[1].values, ["x", "y"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter(Vec<Predicate>);

/// One clause of a filter.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Predicate {
    /// What is compared.
    pub path: Path,
    /// How.
    pub operator: Operator,
    /// With what, as text without quotes.
    pub values: Vec<String>,
    /// The character of the filter text at which the path begins; for error messages only. Two predicates that differ in
    /// nothing else are equal.
    pub position: usize,
}

impl Predicate {
    /// A clause that no text contains.
    pub fn new(path: Path, operator: Operator, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            path,
            operator,
            values: values.into_iter().map(Into::into).collect(),
            position: 0,
        }
    }

    fn at(self, position: usize) -> Self {
        Self { position, ..self }
    }

    /// Whether a list may tie both clauses to the same element.
    fn may_be_joint_with(&self, other: &Self) -> bool {
        let descends = |predicate: &Self| predicate.path.segments().len() > 1 && predicate.operator.negates().is_none();
        descends(self) && descends(other) && self.path.first() == other.path.first()
    }
}

impl PartialEq for Predicate {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path && self.operator == other.operator && self.values == other.values
    }
}

impl Eq for Predicate {}

impl Filter {
    /// The filter that lets everything through.
    #[must_use]
    pub const fn none() -> Self {
        Self(Vec::new())
    }

    /// Reads the filter syntax. Nothing but blanks is the empty filter.
    ///
    /// # Errors
    /// `InvalidInput` at `filter:N`, N being the character (from 0) of the decoded text, with the cause.
    pub fn parse(text: &str) -> Result<Self> {
        parse::parse(text)
            .map(Self)
            .map_err(|syntax| at(syntax.offset, syntax.reason))
    }

    /// The filter in plain query parameters: every parameter not in `reserved` names an attribute of `T` and its value.
    /// A parameter given several times means any of its values. Attributes of attributes are written with `.` or `/`;
    /// what follows a map and a dot is one key: `extensions.kubernetes.nodeName=n1`. If `T` has `labels`, then
    /// `labels=zone:a,role:worker` asks for each of these labels.
    ///
    /// # Errors
    /// `InvalidInput` naming the parameter that is no attribute of `T`, with the known and the nearest ones, or whose
    /// value does not have the attribute's type.
    pub fn from_params<T: Attributes>(params: &Params, reserved: &[&str]) -> Result<Self> {
        plain::predicates::<T>(params, reserved).map(Self)
    }

    /// The clauses of both.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The clauses, in order.
    #[must_use]
    pub fn predicates(&self) -> &[Predicate] {
        &self.0
    }

    /// Whether it lets everything through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Splits the filter into the clauses that somebody else can evaluate and the rest. Clauses that a list may tie to
    /// the same element stay together: they are taken all or none.
    #[must_use]
    pub fn partition(self, can: impl Fn(&Predicate) -> bool) -> (Self, Self) {
        let all = self.0;
        let (taken, rest) = all.iter().cloned().partition(|predicate: &Predicate| {
            can(predicate) && all.iter().filter(|other| predicate.may_be_joint_with(other)).all(&can)
        });
        (Self(taken), Self(rest))
    }

    /// Prepares the filter for objects of type `T`: paths become table indexes, values numbers and times.
    ///
    /// # Errors
    /// `InvalidInput` at `filter:N` for an unknown attribute (naming the known ones), a path that does not end at a
    /// scalar, an operator the attribute's type lacks, or a value that is not of its type.
    pub fn bind<T: Attributes>(&self) -> Result<Matcher<T>> {
        self.bind_to(Shape::of::<T>()).map(Matcher::new)
    }

    /// Prepares the filter for objects of this shape, whatever their type.
    ///
    /// # Errors
    /// Those of [`Self::bind`].
    pub fn bind_to(&self, shape: Shape) -> Result<ObjectMatcher> {
        let mut matcher = ObjectMatcher::default();
        for predicate in &self.0 {
            let bound = bind::bind(shape, predicate).map_err(|reason| at(predicate.position, reason))?;
            matcher.require(bound);
        }
        Ok(matcher)
    }

    /// The clauses that ask for equality, as an index can answer them: an object of this shape that fulfils the filter
    /// has one of the wanted values at the place of each. Clauses that cannot be bound are left out.
    pub(crate) fn equalities(&self, shape: Shape) -> Vec<Equality> {
        let bound = self.0.iter().filter_map(|predicate| bind::bind(shape, predicate).ok());
        bound.filter_map(Equality::of).collect()
    }
}

fn at(position: usize, reason: String) -> Error {
    Error::violation(format!("filter:{position}"), reason)
}

impl From<Predicate> for Filter {
    fn from(predicate: Predicate) -> Self {
        Self(vec![predicate])
    }
}

impl FromIterator<Predicate> for Filter {
    fn from_iter<I: IntoIterator<Item = Predicate>>(predicates: I) -> Self {
        Self(predicates.into_iter().collect())
    }
}

impl FromStr for Filter {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

/// The canonical text: lower-case operators, no blanks between the parts, quotes only where they are needed.
impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, predicate) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(";")?;
            }
            predicate.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({},{}", self.operator, self.path)?;
        for value in &self.values {
            if needs_quotes(value) {
                write!(f, ",'{}'", value.replace('\'', "''"))?;
            } else {
                write!(f, ",{value}")?;
            }
        }
        f.write_str(")")
    }
}

/// Semicolons need none by the grammar, but some parsers split on them first.
fn needs_quotes(value: &str) -> bool {
    value.is_empty() || value.trim() != value || value.contains([',', ')', '\'', ';'])
}
