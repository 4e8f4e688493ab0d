//! The texts of `templates/`, inside the binary. Each language has files of its own, so nobody has to read Rust to
//! translate.

use std::borrow::Cow;

use rust_embed::RustEmbed;

/// What customers are told: `MILESTONE/LANGUAGE.txt`, and `frame/LANGUAGE.txt` around each.
#[derive(RustEmbed)]
#[folder = "templates/messages/"]
struct Messages;

/// What agents are told of a milestone: `MILESTONE.txt`.
#[derive(RustEmbed)]
#[folder = "templates/notes/"]
struct Notes;

/// The words of the customer's page and of dates: `LANGUAGE.toml`.
#[derive(RustEmbed)]
#[folder = "templates/languages/"]
struct Languages;

/// How customers answer, in each language: `LANGUAGE.toml`.
#[derive(RustEmbed)]
#[folder = "templates/replies/"]
struct Replies;

/// Every file of answers with its language's code, sorted by code.
pub(super) fn replies() -> Vec<(String, String)> {
    let names = Replies::iter().filter_map(|path| path.strip_suffix(".toml").map(str::to_owned));
    let mut texts: Vec<(String, String)> =
        names.filter_map(|name| Some((name.clone(), text(Replies::get(&format!("{name}.toml")))?))).collect();
    texts.sort_unstable();
    texts
}

/// Every message with its name, such as `shipped/en`, sorted by name.
pub(super) fn messages() -> Vec<(String, String)> {
    let names = Messages::iter().filter_map(|path| path.strip_suffix(".txt").map(str::to_owned));
    let mut texts: Vec<(String, String)> =
        names.filter_map(|name| Some((name.clone(), text(Messages::get(&format!("{name}.txt")))?))).collect();
    texts.sort_unstable();
    texts
}

/// The note about the milestone of this name.
pub(super) fn note(milestone: &str) -> Option<String> {
    text(Notes::get(&format!("{milestone}.txt")))
}

/// The file of the language with this code.
pub(super) fn language(code: &str) -> Option<String> {
    text(Languages::get(&format!("{code}.toml")))
}

fn text(file: Option<rust_embed::EmbeddedFile>) -> Option<String> {
    let bytes: Cow<'static, [u8]> = file?.data;
    String::from_utf8(bytes.into_owned()).ok()
}
