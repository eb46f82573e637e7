//! The files are as the sources; and what is seen of a small crate.

use std::fs;
use std::path::Path;

use super::{current, difference, run};

#[test]
fn the_public_interface_is_as_written_down() {
    if let Err(reason) = run(&crate::root(), false) {
        panic!("\n{reason}");
    }
}

#[test]
fn what_can_be_named_from_outside_is_seen() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/tmp/xtask/public-api");
    fs::create_dir_all(folder.join("deep")).unwrap();
    for (file, text) in [
        (
            "lib.rs",
            "mod deep; mod hidden { pub struct Hidden; } pub mod shown { pub use crate::deep::Thing as Other; }\n\
             pub use deep::{Thing, Way, inner}; pub use serde::Serialize; pub(crate) use deep::Secret;\n\
             #[cfg(test)] mod tests { pub fn test() {} }\n\
             #[cfg(feature = \"more\")] pub fn more<T: Clone>(all: &[T]) -> Result<(), Box<dyn Fn(u8) -> T>> { loop {} }\n\
             #[derive(Debug, Clone)] #[non_exhaustive] pub enum Either { One(u8), Other { name: String } }",
        ),
        (
            "deep/mod.rs",
            "pub mod inner; use std::fmt;\n\
             pub struct Thing { pub open: u8, closed: u8 } pub struct Secret; struct Private;\n\
             impl Thing { pub const fn new(open: u8) -> Self { loop {} } fn private(&self) {} pub(crate) fn own(&self) {} }\n\
             impl fmt::Display for Thing { } impl fmt::Display for Private { } impl Secret { pub fn told(&self) {} }\n\
             pub trait Way: Send { const LENGTH: usize; fn go(&self) -> u8; fn stay(&self) {} }",
        ),
        (
            "deep/inner.rs",
            "use super::Thing; impl Thing { pub async fn wait<'a>(&'a mut self) {} } pub static ONE: &str = \"1\";",
        ),
    ] {
        fs::write(folder.join(file), text).unwrap();
    }
    let lines = current(&folder.join("lib.rs"), "small").unwrap();
    let expected = "\
#[cfg(feature = \"more\")] pub fn small::more<T: Clone>(all: &[T]) -> Result<(), Box<dyn Fn(u8) -> T>>
#[non_exhaustive] pub enum small::Either
field small::Either::One::0: u8
field small::Either::Other::name: String
field small::shown::Other::open: u8
impl Clone for small::Either
impl Debug for small::Either
impl fmt::Display for small::shown::Other
provided fn small::Way::stay(&self)
pub async fn small::shown::Other::wait<'a>(&'a mut self)
pub const fn small::shown::Other::new(open: u8) -> Self
pub mod small::inner
pub mod small::shown
pub static small::inner::ONE: &str
pub struct small::shown::Other { private fields }
pub trait small::Way: Send
pub use small::Serialize = serde::Serialize
pub use small::Thing = small::shown::Other
required const small::Way::LENGTH: usize
required fn small::Way::go(&self) -> u8
variant small::Either::One
variant small::Either::Other
";
    assert_eq!(difference(expected, &lines), "");
}
