//! Which file of a crate uses which: by the names that its code mentions, followed through re-exports to the file that
//! defines them. Code that is only built for tests does not count.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Item, UseTree, Visibility, visit::Visit};

use crate::source::files;

/// A path in the crate, such as `flow::tell`, in its parts.
type ModulePath = Vec<String>;

/// The files of one crate and the files that each uses.
pub struct Imports {
    /// Where each module's file lies.
    pub files: BTreeMap<ModulePath, PathBuf>,
    /// Which modules each uses, itself left out.
    pub used: BTreeMap<ModulePath, BTreeSet<ModulePath>>,
}

/// A path that is known under a name from then on.
struct Import {
    /// Whether others may import it from here: a re-export, which uses nothing by itself.
    public: bool,
    path: Vec<String>,
    name: String,
}

/// What one file says.
#[derive(Default)]
struct Mentions {
    /// What it defines at its top.
    defines: BTreeSet<String>,
    /// What it imports.
    imports: Vec<Import>,
    /// Every path that its code mentions.
    paths: Vec<Vec<String>>,
}

impl Imports {
    /// Reads the crate whose sources lie in this folder.
    pub fn of(folder: &str) -> Self {
        let mut found = BTreeMap::new();
        let mut said = BTreeMap::new();
        for path in files(&[folder], &["rs"]) {
            let module = module_path(path.strip_prefix(folder).unwrap());
            if module.last().is_some_and(|name| name == "tests") || path.ends_with("main.rs") {
                continue;
            }
            let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&path)).unwrap();
            said.insert(module.clone(), Mentions::of(&text));
            found.insert(module, path);
        }
        let used = said.keys().map(|module| (module.clone(), used_by(module, &said))).collect();
        Self { files: found, used }
    }

    /// The modules that lie on a circle or between two, each with those of the same kind that it uses.
    pub fn tied(&self) -> BTreeMap<ModulePath, BTreeSet<ModulePath>> {
        let mut left = self.used.clone();
        loop {
            let used: BTreeSet<ModulePath> = left.values().flatten().cloned().collect();
            let kept: BTreeSet<ModulePath> = left
                .iter()
                .filter(|(module, uses)| !uses.is_empty() && used.contains(*module))
                .map(|(m, _)| m.clone())
                .collect();
            if kept.len() == left.len() {
                return left;
            }
            left.retain(|module, _| kept.contains(module));
            for uses in left.values_mut() {
                uses.retain(|one| kept.contains(one));
            }
        }
    }
}

/// `a/b.rs` and `a/b/mod.rs` are `a::b`; the root of the crate is empty.
fn module_path(path: &Path) -> ModulePath {
    let mut parts: Vec<String> =
        path.with_extension("").components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    if parts.last().is_some_and(|last| last == "mod" || last == "lib") {
        parts.pop();
    }
    parts
}

fn used_by(module: &ModulePath, said: &BTreeMap<ModulePath, Mentions>) -> BTreeSet<ModulePath> {
    let mentions = &said[module];
    let known: BTreeMap<&String, &Vec<String>> = mentions.imports.iter().map(|one| (&one.name, &one.path)).collect();
    let mut used = BTreeSet::new();
    let through_imports = mentions.paths.iter().map(|path| match known.get(&path[0]) {
        Some(import) if path.len() > 1 => [import.as_slice(), &path[1..]].concat(),
        _ => path.clone(),
    });
    let own = mentions.imports.iter().filter(|one| !one.public).map(|one| one.path.clone());
    for path in own.chain(through_imports) {
        let Some(path) = from_the_root(module, &path, said) else { continue };
        used.extend(defining(&path, said, 0));
    }
    used.remove(module);
    // The root only lists the modules; what it re-exports was followed to where it is defined.
    used.remove(&Vec::new());
    used
}

/// The same path from the crate's root; `None` where it leads out of the crate.
fn from_the_root(module: &ModulePath, path: &[String], said: &BTreeMap<ModulePath, Mentions>) -> Option<ModulePath> {
    match path.first()?.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([module.as_slice(), &path[1..]].concat()),
        "super" => {
            let ups = path.iter().take_while(|part| *part == "super").count();
            let base = module.get(..module.len().checked_sub(ups)?)?;
            Some([base, &path[ups..]].concat())
        }
        first => {
            let child = [module.as_slice(), &[first.to_owned()]].concat();
            said.contains_key(&child).then(|| [module.as_slice(), path].concat())
        }
    }
}

/// The file in which what a path names is defined.
fn defining(path: &[String], said: &BTreeMap<ModulePath, Mentions>, depth: usize) -> Option<ModulePath> {
    const REEXPORTS_MAX: usize = 8;
    let at = (0..=path.len()).rev().find(|at| said.contains_key(&path[..*at]))?;
    let home = path[..at].to_vec();
    let Some(name) = path.get(at) else { return Some(home) };
    if depth < REEXPORTS_MAX && !said[&home].defines.contains(name) {
        for import in said[&home].imports.iter().filter(|import| import.name == *name) {
            if let Some(import) = from_the_root(&home, &import.path, said) {
                return defining(&[&import, &path[at + 1..]].concat(), said, depth + 1);
            }
        }
    }
    Some(home)
}

impl Mentions {
    fn of(text: &str) -> Self {
        let mut mentions = Self::default();
        let file = syn::parse_file(text).unwrap();
        for item in &file.items {
            mentions.defines.extend(name_of(item));
        }
        mentions.visit_file(&file);
        mentions
    }

    fn import(&mut self, public: bool, mut before: Vec<String>, tree: &UseTree) {
        let name = match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                return self.import(public, before, &path.tree);
            }
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.import(public, before.clone(), tree));
            }
            UseTree::Glob(_) => "*".to_owned(),
            UseTree::Name(name) if name.ident == "self" => before.last().cloned().unwrap_or_default(),
            UseTree::Name(name) => {
                before.push(name.ident.to_string());
                name.ident.to_string()
            }
            UseTree::Rename(rename) => {
                before.push(rename.ident.to_string());
                rename.rename.to_string()
            }
        };
        self.imports.push(Import { public, path: before, name });
    }

    /// The paths in what a macro is given, which nobody parses.
    fn tokens(&mut self, tokens: TokenStream) {
        let (mut path, mut colons): (Vec<String>, usize) = (Vec::new(), 0);
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.paths.extend((path.len() > 1).then(|| std::mem::take(&mut path)));
                        path.clear();
                    }
                    path.push(ident.to_string());
                }
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
            colons = 0;
        }
        self.paths.extend((path.len() > 1).then_some(path));
    }
}

impl<'ast> Visit<'ast> for Mentions {
    fn visit_item(&mut self, item: &'ast Item) {
        if attributes_of(item).iter().any(is_for_tests) {
            return;
        }
        if let Item::Use(import) = item {
            let public = !matches!(import.vis, Visibility::Inherited);
            self.import(public, Vec::new(), &import.tree);
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.paths.push(path.segments.iter().map(|part| part.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }

    /// `pub(super)` names a module and uses nothing of it.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone());
        syn::visit::visit_macro(self, call);
    }
}

fn is_for_tests(attribute: &Attribute) -> bool {
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
        Item::Use(one) => &one.attrs,
        _ => &[],
    }
}

/// What an item is called.
fn name_of(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(one) => &one.ident,
        Item::Enum(one) => &one.ident,
        Item::Fn(one) => &one.sig.ident,
        Item::Macro(one) => one.ident.as_ref()?,
        Item::Static(one) => &one.ident,
        Item::Struct(one) => &one.ident,
        Item::Trait(one) => &one.ident,
        Item::Type(one) => &one.ident,
        _ => return None,
    };
    Some(name.to_string())
}
