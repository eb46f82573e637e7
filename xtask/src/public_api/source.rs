//! [`Source`]: the modules of a crate, by path, with the items that they declare.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use syn::{Attribute, Item};

/// The path of a module or an item below the root of its crate.
pub(super) type Place = Vec<String>;

/// All modules of a crate but those for tests.
#[derive(Default)]
pub(super) struct Source {
    pub(super) modules: BTreeMap<Place, Vec<Item>>,
}

impl Source {
    /// Reads a crate from its `lib.rs` on.
    ///
    /// # Errors
    /// Which file cannot be read or is not Rust.
    pub(super) fn read(library: &Path) -> Result<Self, String> {
        let mut source = Self::default();
        let folder = library.parent().unwrap_or(Path::new("."));
        source.file(library, folder, Vec::new())?;
        Ok(source)
    }

    /// Reads a file; the files of its modules are in `folder`.
    fn file(&mut self, file: &Path, folder: &Path, place: Place) -> Result<(), String> {
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        let parsed = syn::parse_file(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        self.module(parsed.items, folder, place)
    }

    fn module(&mut self, items: Vec<Item>, folder: &Path, place: Place) -> Result<(), String> {
        let items: Vec<_> = items
            .into_iter()
            .filter(|item| !is_for_tests(attributes(item)))
            .collect();
        for item in &items {
            let Item::Mod(module) = item else { continue };
            let name = module.ident.to_string();
            let (inner, below) = (folder.join(&name), [place.clone(), vec![name]].concat());
            match &module.content {
                Some((_, items)) => self.module(items.clone(), &inner, below)?,
                None if inner.join("mod.rs").exists() => self.file(&inner.join("mod.rs"), &inner, below)?,
                None => self.file(&inner.with_extension("rs"), &inner, below)?,
            }
        }
        self.modules.insert(place, items);
        Ok(())
    }

    pub(super) fn items(&self, place: &[String]) -> &[Item] {
        self.modules.get(place).map_or(&[], Vec::as_slice)
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    let mut conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.any(|condition| condition.parse_args::<syn::Ident>().is_ok_and(|word| word == "test"))
}

/// The attributes of the kinds of items that this is about.
pub(super) fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
