//! What a list request asks for: which objects ([`Filter`]), which of their attributes ([`Selection`]), in which order
//! ([`Sort`]), which page ([`Marker`]). All of it is read from [`Params`] into a [`Query`], checked against the attribute
//! table of the listed type, and evaluated on typed models without building JSON. Nothing here fetches objects.

mod filter;
mod fingerprint;
#[cfg(test)]
mod laws;
mod list;
mod listed;
mod marker;
mod names;
mod number;
mod params;
mod path;
mod project;
mod resolve;
mod select;
mod sort;
#[cfg(test)]
pub(crate) mod testing;

pub(crate) use filter::{Equality, Scalar};
pub use filter::{Filter, FilterLimits, Matcher, ObjectMatcher, Operator, Predicate};
pub use fingerprint::Fingerprint;
pub use list::{ListQuery, PageLimits, Query, RESERVED};
pub use marker::Marker;
pub(crate) use names::{closest, hint};
pub(crate) use number::Number;
pub use params::Params;
pub use path::{Path, Segment};
pub use project::Selected;
pub(crate) use resolve::{Step, flat, resolve_in};
pub use select::Selection;
pub use sort::{Sort, SortKey, Sorter};
