//! What is only built for tests, which most rules leave out.

use std::collections::BTreeSet;

use syn::{Attribute, ImplItem, Item};

/// Whether an item is only built for tests.
pub fn is_for_tests(item: &Item) -> bool {
    attributes_of(item).iter().any(is_the_condition)
}

/// Whether a part of an `impl` is only built for tests.
pub fn is_part_for_tests(part: &ImplItem) -> bool {
    let attributes = match part {
        ImplItem::Const(one) => &one.attrs,
        ImplItem::Fn(one) => &one.attrs,
        ImplItem::Type(one) => &one.attrs,
        _ => return false,
    };
    attributes.iter().any(is_the_condition)
}

/// The modules in other files that a file declares for its tests.
pub fn modules_for_tests(file: &syn::File) -> BTreeSet<String> {
    let modules = file.items.iter().filter(|item| is_for_tests(item)).filter_map(|item| match item {
        Item::Mod(module) if module.content.is_none() => Some(module.ident.to_string()),
        _ => None,
    });
    modules.collect()
}

fn is_the_condition(attribute: &Attribute) -> bool {
    let condition = attribute.meta.require_list().map(|list| list.tokens.to_string()).unwrap_or_default();
    attribute.path().is_ident("cfg") && condition == "test"
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(one) => &one.attrs,
        Item::Enum(one) => &one.attrs,
        Item::Fn(one) => &one.attrs,
        Item::Impl(one) => &one.attrs,
        Item::Mod(one) => &one.attrs,
        Item::Static(one) => &one.attrs,
        Item::Struct(one) => &one.attrs,
        Item::Trait(one) => &one.attrs,
        Item::Type(one) => &one.attrs,
        Item::Use(one) => &one.attrs,
        _ => &[],
    }
}
