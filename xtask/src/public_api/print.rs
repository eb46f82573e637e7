//! Items as lines.

use quote::ToTokens;
use syn::{Attribute, Fields, ImplItem, Item, ItemImpl, ItemTrait, Signature, TraitItem, Variant};

use super::resolve::is_public;

/// An item and its members, a line each.
pub(super) fn item(item: &Item, path: &str) -> Vec<String> {
    match item {
        Item::Const(item) => vec![format!("pub const {path}: {}", text(&item.ty))],
        Item::Static(item) => vec![format!("pub static {path}: {}", text(&item.ty))],
        Item::Type(item) => vec![format!("pub type {path}{} = {}", text(&item.generics), text(&item.ty))],
        Item::Fn(item) => vec![format!("pub {}", function(&item.sig, path))],
        Item::Struct(item) => {
            let (open, derives) = (openness(&item.attrs), derives(&item.attrs));
            let (generics, clause) = (text(&item.generics), where_clause(&item.generics));
            let mut lines = vec![format!(
                "{open}pub struct {path}{generics}{clause}{}",
                shape(&item.fields)
            )];
            lines.extend(derives.map(|derived| format!("impl {derived} for {path}")));
            lines.extend(fields(&item.fields, path, true));
            lines
        }
        Item::Enum(item) => {
            let (open, derives) = (openness(&item.attrs), derives(&item.attrs));
            let (generics, clause) = (text(&item.generics), where_clause(&item.generics));
            let mut lines = vec![format!("{open}pub enum {path}{generics}{clause}")];
            lines.extend(derives.map(|derived| format!("impl {derived} for {path}")));
            lines.extend(item.variants.iter().flat_map(|variant| self::variant(variant, path)));
            lines
        }
        Item::Trait(item) => definition(item, path),
        _ => Vec::new(),
    }
}

/// Whether all fields can be named, so that others can make a value.
fn shape(fields: &Fields) -> &'static str {
    let hidden = fields.iter().any(|field| !is_public(&field.vis));
    match fields {
        Fields::Unit => "",
        _ if hidden => " { private fields }",
        _ => " { public fields }",
    }
}

fn variant(variant: &Variant, path: &str) -> Vec<String> {
    let path = format!("{path}::{}", variant.ident);
    let mut lines = vec![format!("{}variant {path}", openness(&variant.attrs))];
    lines.extend(fields(&variant.fields, &path, false));
    lines
}

fn fields(fields: &Fields, path: &str, only_public: bool) -> Vec<String> {
    let named = fields
        .iter()
        .enumerate()
        .filter(|(_, field)| !only_public || is_public(&field.vis));
    let line = |(index, field): (usize, &syn::Field)| {
        let name = field
            .ident
            .as_ref()
            .map_or_else(|| index.to_string(), ToString::to_string);
        format!("field {path}::{name}: {}", text(&field.ty))
    };
    named.map(line).collect()
}

fn definition(item: &ItemTrait, path: &str) -> Vec<String> {
    let bounds = text(&item.supertraits);
    let above = if bounds.is_empty() {
        String::new()
    } else {
        format!(": {bounds}")
    };
    let (generics, clause) = (text(&item.generics), where_clause(&item.generics));
    let mut lines = vec![format!("pub trait {path}{generics}{above}{clause}")];
    lines.extend(item.items.iter().filter_map(|member| match member {
        TraitItem::Fn(member) => {
            let provided = if member.default.is_some() {
                "provided "
            } else {
                "required "
            };
            Some(format!(
                "{provided}{}",
                function(&member.sig, &format!("{path}::{}", member.sig.ident))
            ))
        }
        TraitItem::Const(member) => {
            let provided = if member.default.is_some() {
                "provided "
            } else {
                "required "
            };
            Some(format!(
                "{provided}const {path}::{}: {}",
                member.ident,
                text(&member.ty)
            ))
        }
        TraitItem::Type(member) => Some(format!(
            "required type {path}::{}: {}",
            member.ident,
            text(&member.bounds)
        )),
        _ => None,
    }));
    lines
}

/// What an `impl` adds: its public members, or the trait.
pub(super) fn implementation(item: &ItemImpl, path: &str) -> Vec<String> {
    let (generics, clause) = (text(&item.generics), where_clause(&item.generics));
    if let Some((implemented, _)) = &item.trait_ {
        let whole = format!("impl{generics} {} for {path}{clause}", text(implemented));
        return vec![whole];
    }
    let bounds = if generics.is_empty() {
        String::new()
    } else {
        format!("impl{generics}{clause}: ")
    };
    let member = |member: &ImplItem| match member {
        ImplItem::Fn(member) if is_public(&member.vis) => {
            let line = function(&member.sig, &format!("{path}::{}", member.sig.ident));
            Some(conditions(&member.attrs) + &bounds + "pub " + &line)
        }
        ImplItem::Const(member) if is_public(&member.vis) => {
            let (name, kind) = (&member.ident, text(&member.ty));
            Some(format!("{bounds}pub const {path}::{name}: {kind}"))
        }
        _ => None,
    };
    item.items.iter().filter_map(member).collect()
}

fn function(signature: &Signature, path: &str) -> String {
    let name = signature.ident.to_string();
    text(signature).replacen(&format!("fn {name}"), &format!("fn {path}"), 1)
}

fn where_clause(generics: &syn::Generics) -> String {
    let clause = text(&generics.where_clause);
    if clause.is_empty() {
        clause
    } else {
        format!(" {clause}")
    }
}

fn openness(attributes: &[Attribute]) -> &'static str {
    if attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("non_exhaustive"))
    {
        "#[non_exhaustive] "
    } else {
        ""
    }
}

fn derives(attributes: &[Attribute]) -> impl Iterator<Item = String> {
    let derives = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("derive"));
    derives.flat_map(|attribute| {
        let mut names = Vec::new();
        let read = attribute.parse_nested_meta(|derived| {
            names.push(text(&derived.path));
            Ok(())
        });
        // What the compiler cannot read either does not get this far.
        read.map(|()| names).unwrap_or_default()
    })
}

/// The features and platforms that an item needs.
pub(super) fn conditions(attributes: &[Attribute]) -> String {
    let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    conditions.map(|condition| text(condition) + " ").collect()
}

pub(super) fn is_exported(attributes: &[Attribute]) -> bool {
    attributes
        .iter()
        .any(|attribute| attribute.path().is_ident("macro_export"))
}

/// Tokens as people write them.
fn text(tokens: &impl ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (spaced, usual) in [
        (" :: ", "::"),
        (":: ", "::"),
        (" ::", "::"),
        (" < ", "<"),
        (" <", "<"),
        ("< ", "<"),
        (" >", ">"),
        (" ,", ","),
        (",>", ">"),
        (", >", ">"),
        ("& ", "&"),
        (" : ", ": "),
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        (",)", ")"),
        ("[ ", "["),
        (" ]", "]"),
        (" [", "["),
        ("# ", "#"),
        (" ;", ";"),
        ("? ", "?"),
        ("->(", "-> ("),
        ("->[", "-> ["),
        (":(", ": ("),
        (":[", ": ["),
        (",(", ", ("),
        (",[", ", ["),
        ("=(", "= ("),
        ("static[", "static ["),
        ("(mut self", "(self"),
        (", mut ", ", "),
        ("\n", " "),
    ] {
        text = text.replace(spaced, usual);
    }
    text
}
