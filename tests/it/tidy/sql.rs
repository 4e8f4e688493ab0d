//! All SQL is in `store`: nothing else holds a statement or runs one.

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Expr, ExprLit, ExprMethodCall, ImplItem, Item, Lit, LitStr,
    visit::{Visit, visit_expr_method_call, visit_impl_item, visit_item, visit_lit_str, visit_macro},
};

use super::{
    Finding, crate_folders, expect_none, read,
    syntax::{is_for_tests, is_part_for_tests},
};
use crate::source::files;

#[test]
fn only_the_store_holds_sql() {
    let mut findings = Vec::new();
    for folder in crate_folders() {
        for path in files(&[&folder.display().to_string()], &["rs"]) {
            if path.starts_with("src/store") {
                continue;
            }
            let found = Statements::of(&read(&path)).found.into_iter();
            findings.extend(found.map(|(line, sentence)| Finding { path: path.clone(), line, sentence }));
        }
    }
    expect_none("SQL is written or run outside of the store:", &findings);
}

/// The statements in a file, and where one is run, each with its line.
#[derive(Default)]
struct Statements {
    found: Vec<(usize, String)>,
}

impl Statements {
    fn of(text: &str) -> Self {
        let mut statements = Self::default();
        statements.visit_file(&syn::parse_file(text).unwrap());
        statements
    }

    fn read(&mut self, text: &LitStr) {
        if is_sql(&text.value()) {
            let beginning: String = text.value().trim().chars().take(40).collect();
            self.found.push((text.span().start().line, format!("{beginning:?} is SQL")));
        }
    }

    /// Nobody parses what a macro is given.
    fn tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let Lit::Str(text) = Lit::new(literal) {
                        self.read(&text);
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}

/// SQL's keywords are in upper case in this tree, and nobody shouts them in a sentence.
fn is_sql(text: &str) -> bool {
    let has = |word: &str| text.contains(word);
    let starts = |word: &str| text.trim_start().starts_with(word);
    has("INSERT INTO ")
        || has("DELETE FROM ")
        || (starts("UPDATE ") && has(" SET "))
        || starts("SELECT ")
        || has("(SELECT ")
        || (has("SELECT ") && has(" FROM "))
}

impl<'ast> Visit<'ast> for Statements {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(item) {
            visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, part: &'ast ImplItem) {
        if !is_part_for_tests(part) {
            visit_impl_item(self, part);
        }
    }

    /// Documentation is an attribute with a text.
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_lit_str(&mut self, text: &'ast LitStr) {
        self.read(text);
        visit_lit_str(self, text);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone());
        visit_macro(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if call.method == "query" && matches!(call.args.first(), Some(Expr::Lit(ExprLit { lit: Lit::Str(_), .. }))) {
            self.found.push((call.method.span().start().line, "`.query(\"...\")` runs a statement".to_owned()));
        }
        visit_expr_method_call(self, call);
    }
}

#[test]
fn statements_are_told_from_sentences() {
    let lines = |code: &str| Statements::of(code).found.into_iter().map(|(line, _)| line).collect::<Vec<_>>();
    assert_eq!(lines("fn f() {\n    conn.query(\"PRAGMA optimize\");\n}"), [2]);
    assert_eq!(lines("const A: &str = \"SELECT id FROM topic\";"), [1]);
    assert_eq!(lines("fn f() {\n    let a = format!(\"UPDATE {} SET a = 1\", table);\n}"), [2]);
    assert_eq!(lines("const A: &str = \"WITH a AS (SELECT 1) INSERT INTO b SELECT * FROM a\";"), [1]);
    assert_eq!(
        lines("/// SELECT id FROM topic\nfn f() { say(\"Select the topic to update from the list\"); }"),
        [0; 0]
    );
    assert_eq!(lines("#[cfg(test)]\nmod tests { const A: &str = \"DELETE FROM topic\"; }"), [0; 0]);
    assert_eq!(lines("fn f() { request.query(&[(\"q\", 1)]); }"), [0; 0]);
}
