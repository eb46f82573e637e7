//! The walk from the root of a crate over everything that can be named from outside.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Item, ItemImpl, ItemUse, Type};

use super::print;
use super::resolve::{Meaning, declared, ident, imports, is_public, meaning};
use super::source::{Place, Source, attributes};

/// The lines of a crate, in order.
pub(super) fn lines(source: &Source, name: &str) -> BTreeSet<String> {
    let mut walk = Walk {
        source,
        lines: BTreeSet::new(),
        seen: BTreeMap::new(),
        under_way: Vec::new(),
    };
    walk.module(&Vec::new(), name);
    walk.implementations();
    walk.lines
}

struct Walk<'s> {
    source: &'s Source,
    lines: BTreeSet<String>,
    /// Where an item was declared, and under which name it was met first.
    seen: BTreeMap<(Place, String), String>,
    /// Modules whose items are being looked at, so that a circle of `*` ends.
    under_way: Vec<(Place, String)>,
}

impl<'s> Walk<'s> {
    /// Everything that is public in a module, which is known outside as `path`: what it declares, then what it imports.
    fn module(&mut self, place: &Place, path: &str) {
        let visit = (place.clone(), path.to_owned());
        if self.under_way.contains(&visit) {
            return;
        }
        self.under_way.push(visit);
        let items = self.source.items(place);
        for item in items {
            match item {
                Item::Mod(module) if is_public(&module.vis) => {
                    let name = module.ident.to_string();
                    self.add(item, format!("pub mod {path}::{name}"));
                    self.module(
                        &[place.clone(), vec![name.clone()]].concat(),
                        &format!("{path}::{name}"),
                    );
                }
                Item::Macro(exported) if print::is_exported(&exported.attrs) => {
                    let name = exported.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                    self.add(item, format!("macro {path}::{name}!"));
                }
                _ => {
                    let public = declared(item).filter(|(visibility, _)| is_public(visibility));
                    if let Some((_, name)) = public {
                        self.item(item, place, &format!("{path}::{name}"));
                    }
                }
            }
        }
        for item in items {
            if let Item::Use(import) = item
                && is_public(&import.vis)
            {
                self.import(item, import, place, path);
            }
        }
        self.under_way.pop();
    }

    fn import(&mut self, item: &Item, import: &ItemUse, place: &Place, path: &str) {
        for import in imports(import) {
            let shown = match &import.name {
                Some(name) => format!("{path}::{name}"),
                None => path.to_owned(),
            };
            match meaning(self.source, place, &import.path) {
                Meaning::Module(module) if import.everything => self.module(&module, path),
                Meaning::Module(module) => {
                    self.add(item, format!("pub mod {shown}"));
                    self.module(&module, &shown);
                }
                Meaning::Item(place, name) => {
                    let mut items = self.source.items(&place).iter();
                    if let Some(item) = items.find(|item| ident(item).is_some_and(|ident| *ident == name)) {
                        self.item(item, &place, &shown);
                    }
                }
                Meaning::Foreign => {
                    let everything = if import.everything { "::*" } else { "" };
                    self.add(
                        item,
                        format!("pub use {shown} = {}{everything}", import.path.join("::")),
                    );
                }
            }
        }
    }

    /// An item that is known outside as `path`. The second name of it refers to the first.
    fn item(&mut self, item: &Item, place: &Place, path: &str) {
        let Some(name) = ident(item) else { return };
        let declaration = (place.clone(), name.to_string());
        if let Some(first) = self.seen.get(&declaration) {
            if first != path {
                let line = format!("pub use {path} = {first}");
                self.lines.insert(line);
            }
            return;
        }
        self.seen.insert(declaration, path.to_owned());
        for line in print::item(item, path) {
            self.add(item, line);
        }
    }

    fn add(&mut self, item: &Item, line: String) {
        self.lines.insert(print::conditions(attributes(item)) + &line);
    }

    /// What is implemented for, or with, what can be named.
    fn implementations(&mut self) {
        for (place, items) in &self.source.modules {
            for item in items {
                let Item::Impl(implementation) = item else { continue };
                if let Some(path) = self.subject(place, implementation) {
                    for line in print::implementation(implementation, &path) {
                        self.add(item, line);
                    }
                }
            }
        }
    }

    /// The public path of the type that is implemented for.
    fn subject(&self, place: &Place, implementation: &ItemImpl) -> Option<String> {
        let Type::Path(path) = &*implementation.self_ty else {
            return None;
        };
        let segments: Vec<_> = path
            .path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        match meaning(self.source, place, &segments) {
            Meaning::Item(place, name) => self.seen.get(&(place, name)).cloned(),
            Meaning::Module(_) | Meaning::Foreign => None,
        }
    }
}
