//! What a path means in a module: an item of the crate, a module of it, or something of another crate.

use syn::{Item, ItemUse, UseTree, Visibility};

use super::source::{Place, Source};

/// How many imports a name is followed through.
const MOST_IMPORTS: usize = 16;

/// One name that a `use` brings, or everything of a module.
pub(super) struct Import {
    pub(super) path: Vec<String>,
    /// `None` for `*` and for `_`.
    pub(super) name: Option<String>,
    pub(super) everything: bool,
}

/// The names that a `use` brings.
pub(super) fn imports(item: &ItemUse) -> Vec<Import> {
    let mut found = Vec::new();
    collect(&item.tree, Vec::new(), &mut found);
    found
}

fn collect(tree: &UseTree, mut path: Vec<String>, found: &mut Vec<Import>) {
    let import = |path, name, everything| Import { path, name, everything };
    match tree {
        UseTree::Path(part) => {
            path.push(part.ident.to_string());
            collect(&part.tree, path, found);
        }
        UseTree::Name(leaf) if leaf.ident == "self" => {
            let name = path.last().cloned();
            found.push(import(path, name, false));
        }
        UseTree::Name(leaf) => {
            path.push(leaf.ident.to_string());
            found.push(import(path, Some(leaf.ident.to_string()), false));
        }
        UseTree::Rename(leaf) => {
            path.push(leaf.ident.to_string());
            let name = Some(leaf.rename.to_string()).filter(|name| name != "_");
            found.push(import(path, name, false));
        }
        UseTree::Glob(_) => found.push(import(path, None, true)),
        UseTree::Group(group) => group.items.iter().for_each(|tree| collect(tree, path.clone(), found)),
    }
}

/// What a path means.
pub(super) enum Meaning {
    Module(Place),
    /// The module that declares it, and its name.
    Item(Place, String),
    Foreign,
}

/// What `path` means, written in the module at `place`.
pub(super) fn meaning(source: &Source, place: &[String], path: &[String]) -> Meaning {
    follow(source, place, path, MOST_IMPORTS)
}

fn follow(source: &Source, place: &[String], path: &[String], imports: usize) -> Meaning {
    let mut place = place.to_vec();
    let mut rest = path.iter();
    while let Some(name) = rest.next() {
        match name.as_str() {
            "crate" => place.clear(),
            "self" => {}
            "super" => drop(place.pop()),
            name => {
                let below = [place.clone(), vec![name.to_owned()]].concat();
                if source.modules.contains_key(&below) {
                    place = below;
                } else if declares(source, &place, name) {
                    return Meaning::Item(place, name.to_owned());
                } else {
                    return imported(source, &place, name, rest.as_slice(), imports);
                }
            }
        }
    }
    Meaning::Module(place)
}

/// What a name means that a module imports.
fn imported(source: &Source, place: &[String], name: &str, rest: &[String], left: usize) -> Meaning {
    let Some(left) = left.checked_sub(1) else {
        return Meaning::Foreign;
    };
    for item in source.items(place) {
        let Item::Use(item) = item else { continue };
        for import in imports(item) {
            let named = import.name.as_deref() == Some(name);
            let path = if named {
                [&import.path, rest].concat()
            } else if import.everything {
                [import.path.as_slice(), &[name.to_owned()], rest].concat()
            } else {
                continue;
            };
            // `use http::X` beside `mod http` of another module is about a crate.
            let same = path.first().is_some_and(|first| first == name) && !named;
            match follow(source, place, &path, if same { 0 } else { left }) {
                Meaning::Foreign => {}
                found => return found,
            }
        }
    }
    Meaning::Foreign
}

fn declares(source: &Source, place: &[String], name: &str) -> bool {
    source
        .items(place)
        .iter()
        .any(|item| ident(item).is_some_and(|ident| ident == name))
}

/// The name of an item that is not a module and not an import.
pub(super) fn ident(item: &Item) -> Option<&syn::Ident> {
    declared(item).map(|(_, ident)| ident)
}

/// Visibility and name of an item that is not a module and not an import.
pub(super) fn declared(item: &Item) -> Option<(&Visibility, &syn::Ident)> {
    match item {
        Item::Const(item) => Some((&item.vis, &item.ident)),
        Item::Enum(item) => Some((&item.vis, &item.ident)),
        Item::Fn(item) => Some((&item.vis, &item.sig.ident)),
        Item::Static(item) => Some((&item.vis, &item.ident)),
        Item::Struct(item) => Some((&item.vis, &item.ident)),
        Item::Trait(item) => Some((&item.vis, &item.ident)),
        Item::Type(item) => Some((&item.vis, &item.ident)),
        _ => None,
    }
}

pub(super) fn is_public(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}
