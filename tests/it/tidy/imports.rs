//! Which file of a crate uses which: by the names that its code mentions, followed through re-exports to the file that
//! defines them. A module that is declared is not used by that, and code that is only built for tests does not count.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use proc_macro2::{TokenStream, TokenTree};
use syn::{ImplItem, Item, UseTree, Visibility, visit::Visit};

use super::{
    read,
    syntax::{is_for_tests, is_part_for_tests, modules_for_tests},
};
use crate::source::files;

/// A path in the crate, such as `flow::tell`, in its parts.
type ModulePath = Vec<String>;

/// The files of one crate and the files that each uses.
pub struct Imports {
    /// Which files each uses, itself left out.
    pub used: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
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
    /// The modules it declares for its tests.
    for_tests: BTreeSet<String>,
}

impl Imports {
    /// Reads the crate whose sources lie in this folder.
    pub fn of_crate(folder: &Path) -> Self {
        let paths = files(&[&folder.display().to_string()], &["rs"]).into_iter();
        // The binary is a crate of its own, above the library.
        let texts = paths.filter(|path| *path != folder.join("main.rs")).map(|path| {
            let text = read(&path);
            (path, text)
        });
        Self::of_files(folder, texts)
    }

    fn of_files(folder: &Path, texts: impl Iterator<Item = (PathBuf, String)>) -> Self {
        let mut places = BTreeMap::new();
        let mut said = BTreeMap::new();
        for (path, text) in texts {
            let module = module_path(path.strip_prefix(folder).unwrap_or(&path));
            said.insert(module.clone(), Mentions::of(&text));
            places.insert(module, path);
        }
        let only_tests: Vec<ModulePath> = said
            .iter()
            .flat_map(|(module, mentions)| {
                mentions.for_tests.iter().map(|name| [module.as_slice(), std::slice::from_ref(name)].concat())
            })
            .collect();
        said.retain(|module, _| !only_tests.iter().any(|tests| module.starts_with(tests)));
        let place = |module: &ModulePath| places[module].clone();
        let used = said.keys().map(|module| (place(module), used_by(module, &said).iter().map(place).collect()));
        Self { used: used.collect() }
    }

    /// The circles: sets of files from each of which a way of uses leads to each other.
    pub fn circles(&self) -> Vec<BTreeSet<PathBuf>> {
        let reached: BTreeMap<_, _> = self.used.keys().map(|file| (file, self.reached_from(file))).collect();
        let mut circles: Vec<BTreeSet<PathBuf>> = Vec::new();
        for (file, others) in &reached {
            let tied = others.iter().filter(|other| reached[other].contains(*file)).cloned().collect::<BTreeSet<_>>();
            if tied.len() > 1 && !circles.contains(&tied) {
                circles.push(tied);
            }
        }
        circles
    }

    /// Every file that is used by this one, or by one that it uses; itself only where the way leads back.
    fn reached_from(&self, file: &Path) -> BTreeSet<PathBuf> {
        let mut reached = BTreeSet::new();
        let mut waiting: Vec<&PathBuf> = self.used[file].iter().collect();
        while let Some(next) = waiting.pop() {
            if reached.insert(next.clone()) {
                waiting.extend(&self.used[next]);
            }
        }
        reached
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
    // A small name that stands alone may be a variable; where it is imported for the file itself, that counts below.
    let is_known = |path: &[String]| path.len() > 1 || path[0].starts_with(char::is_uppercase);
    let mentioned = mentions.paths.iter().map(|path| match known.get(&path[0]) {
        Some(import) if is_known(path) => [import.as_slice(), &path[1..]].concat(),
        _ => path.clone(),
    });
    let imported = mentions.imports.iter().filter(|one| !one.public).map(|one| one.path.clone());
    for path in imported.chain(mentioned) {
        // Of a module that is imported whole, the paths say what is used.
        let path = from_the_root(module, &path, said).filter(|path| !said.contains_key(path));
        used.extend(path.and_then(|path| defining(&path, said, 0)));
    }
    used.remove(module);
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
        let file = syn::parse_file(text).unwrap();
        let mut mentions = Self { for_tests: modules_for_tests(&file), ..Self::default() };
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
        if is_for_tests(item) {
            return;
        }
        if let Item::Use(import) = item {
            let public = !matches!(import.vis, Visibility::Inherited);
            self.import(public, Vec::new(), &import.tree);
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_impl_item(&mut self, part: &'ast ImplItem) {
        if !is_part_for_tests(part) {
            syn::visit::visit_impl_item(self, part);
        }
    }

    /// `pub(super)` and `pub(in crate::x)` use nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.paths.push(path.segments.iter().map(|part| part.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone());
        syn::visit::visit_macro(self, call);
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

/// The files that each file of a small crate uses, without `.rs`.
fn uses(texts: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
    let name = |path: &Path| path.with_extension("").display().to_string();
    let texts = texts.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned()));
    let imports = Imports::of_files(Path::new(""), texts);
    imports.used.iter().map(|(file, used)| (name(file), used.iter().map(|one| name(one)).collect())).collect()
}

#[test]
fn a_name_is_followed_to_the_file_that_defines_it() {
    let used = uses(&[
        ("lib.rs", "mod shapes; mod page; mod text; pub use shapes::Circle;"),
        (
            "shapes/mod.rs",
            "mod circle; mod square; pub use circle::Circle; pub(crate) use square::{self, Square as Box}; pub struct Side;",
        ),
        ("shapes/circle.rs", "use super::Side; pub struct Circle(Side);"),
        ("shapes/square.rs", "pub struct Square; pub fn area() {}"),
        ("page.rs", "use crate::{Circle, shapes::{self, Box}, text}; fn f() { shapes::square::area(); text::say(); }"),
        ("text.rs", "pub fn say() { let a = vec![super::shapes::Side, 1]; }"),
    ]);
    assert_eq!(used["shapes/circle"], ["shapes/mod"]);
    assert_eq!(used["shapes/mod"], [""; 0], "what it declares and passes on it does not use");
    assert_eq!(used["page"], ["shapes/circle", "shapes/square", "text"]);
    assert_eq!(used["text"], ["shapes/mod"], "a path in a macro counts");
    assert_eq!(used["lib"], [""; 0]);
}

#[test]
fn what_a_file_passes_on_and_uses_itself_it_uses() {
    let used = uses(&[
        ("lib.rs", "mod a; pub use a::A; pub fn make() -> A { A }"),
        ("a.rs", "pub struct A; #[cfg(test)] mod tests { use crate::make; }"),
    ]);
    assert_eq!((used["lib"].as_slice(), used["a"].as_slice()), (["a".to_owned()].as_slice(), [].as_slice()));
}

#[test]
fn what_is_only_built_for_tests_does_not_count() {
    let used = uses(&[
        ("lib.rs", "mod a; mod b; #[cfg(test)] mod fixtures;"),
        ("a.rs", "pub struct A; impl A { #[cfg(test)] fn of(b: crate::b::B) {} }"),
        ("b.rs", "pub struct B(crate::a::A);"),
        ("fixtures.rs", "use crate::a::A;"),
    ]);
    assert_eq!(used["a"], [""; 0]);
    assert_eq!(used["b"], ["a"]);
    assert!(!used.contains_key("fixtures"));
}

#[test]
fn a_circle_is_seen_and_what_only_leads_to_it_is_not() {
    let texts = [
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "pub struct B(super::c::C);"),
        ("c.rs", "pub struct C; fn f() { crate::a::A; }"),
        ("d.rs", "use crate::a::A;"),
    ];
    let texts = texts.map(|(path, text)| (PathBuf::from(path), text.to_owned()));
    let circles = Imports::of_files(Path::new(""), texts.into_iter()).circles();
    assert_eq!(circles, [["a.rs", "b.rs", "c.rs"].map(PathBuf::from).into_iter().collect()]);
}
