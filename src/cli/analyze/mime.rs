//! Decodes the encoded words of mail headers (RFC 2047), such as `=?UTF-8?B?w5xi?=`, which some exports leave as they are.
//!
//! Mail programs cut a letter in two between words of one encoding, though they must not (zammad#2953, node-imap#360). So words
//! that follow each other are joined before they are decoded.

use std::borrow::Cow;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use encoding_rs::Encoding;
use regex::{Captures, Regex};

/// Its charset, perhaps with a language, its encoding, and its text.
static ENCODED_WORD: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[A-Za-z0-9-]*)?\?([BbQq])\?([^?]*)\?=").ok());

/// Padding may be missing, and bits may be left over.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The text with its encoded words decoded. What cannot be decoded stays as it is.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    let Some(words) = ENCODED_WORD.as_ref().filter(|_| text.contains("=?")) else { return Cow::Borrowed(text) };
    let mut shown = String::with_capacity(text.len());
    let mut open: Option<(&'static Encoding, Vec<u8>)> = None;
    let mut end = 0;
    for found in words.captures_iter(text) {
        let Some(whole) = found.get(0) else { continue };
        let between = &text[end..whole.start()];
        end = whole.end();
        let next = bytes_of(&found);
        // The space between two of them is part of neither.
        let is_apart = open.is_none() || next.is_none() || !between.trim().is_empty();
        if let (false, Some((encoding, bytes)), Some((same, more))) = (is_apart, open.as_mut(), next.as_ref())
            && *encoding == *same
        {
            bytes.extend_from_slice(more);
            continue;
        }
        close(&mut shown, open.take());
        if is_apart {
            shown.push_str(between);
        }
        if next.is_none() {
            shown.push_str(whole.as_str());
        }
        open = next;
    }
    close(&mut shown, open);
    shown.push_str(&text[end..]);
    Cow::Owned(shown)
}

fn close(shown: &mut String, open: Option<(&'static Encoding, Vec<u8>)>) {
    if let Some((encoding, bytes)) = open {
        shown.push_str(&encoding.decode_without_bom_handling(&bytes).0);
    }
}

/// The bytes of an encoded word. `None` if it is none.
fn bytes_of(found: &Captures<'_>) -> Option<(&'static Encoding, Vec<u8>)> {
    let encoding = Encoding::for_label(found[1].as_bytes())?;
    let bytes = match &found[2] {
        "B" | "b" => LENIENT.decode(found[3].split_whitespace().collect::<String>()).ok()?,
        _ => quoted(&found[3]),
    };
    Some((encoding, bytes))
}

/// `_` is a space, and `=C3` a byte.
fn quoted(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut read = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = bytes.get(at + 1..at + 3).filter(|_| *byte == b'=').and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(said) => {
                read.push(said);
                at += 3;
            }
            None => {
                read.push(if *byte == b'_' { b' ' } else { *byte });
                at += 1;
            }
        }
    }
    read
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_words_are_read_as_they_were_written() {
        for (written, read) in [
            ("=?UTF-8?B?RXhwb3J0IGJyaWNodCBhYiDDvGJlcg==?=", "Export bricht ab über"),
            ("=?utf-8?Q?R=C3=BCckgabe_geht_nicht?=", "Rückgabe geht nicht"),
            ("Re: =?ISO-8859-1?Q?Caf=E9?= closed", "Re: Café closed"),
            ("=?UTF-8*de?Q?f=C3=BCr?= =?UTF-8?Q?_alle?=", "für alle"),
            ("=?iso-2022-jp?B?GyRCN29MPhsoQg==?=", "件名"),
            ("Is 2 =? 3", "Is 2 =? 3"),
            ("=?x-unknown?Q?abc?= d", "=?x-unknown?Q?abc?= d"),
            ("plain", "plain"),
        ] {
            assert_eq!(decoded(written), read, "{written}");
        }
    }

    #[test]
    fn a_letter_that_was_cut_in_two_is_whole_again() {
        let cut = "=?UTF-8?Q?pasi=C5=BEad=C4?=\n =?UTF-8?Q?=97jim=C5=B3?=";
        assert_eq!(decoded(cut), "pasižadėjimų");
        // "Behörden", in Base64.
        assert_eq!(decoded("=?utf-8?B?QmVoww==?= =?utf-8?B?tnJkZW4=?="), "Behörden");
    }

    #[test]
    fn words_of_two_charsets_stand_side_by_side() {
        assert_eq!(decoded("=?utf-8?Q?a?= =?iso-8859-1?Q?=E9?= x"), "aé x");
    }
}
