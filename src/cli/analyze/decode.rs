//! Converts an export to UTF-8 while it is read: from UTF-8, from UTF-16 by its byte order mark or by its zeros, else from the code
//! page that it most probably is in.

use std::io::{self, BufRead, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// How much of a file is used to guess its encoding.
const SNIFFED_BYTES: usize = 1 << 20;
const CHUNK_BYTES: usize = 64 * 1024;
/// With fewer bytes that are no ASCII, or zero, nothing tells one encoding from another, and it is the most usual.
const TELLING_BYTES: usize = 4;

/// A reader that gives UTF-8, whatever the encoding of the file.
pub(super) struct Decoding<R> {
    source: R,
    decoder: Decoder,
    raw: Vec<u8>,
    decoded: Vec<u8>,
    at: usize,
    ended: bool,
    foreign: Option<&'static str>,
    encoding: &'static Encoding,
    /// The length of the file's beginning in bytes, and of the text it became.
    sniffed: (u64, u64),
}

/// The first bytes of files that are no text, and what to do about each.
const FOREIGN: [(&[u8], &str); 8] = [
    (b"\x1f\x8b", "it is compressed with gzip; unpack it first (gunzip -k)"),
    (b"PK\x03\x04", "it is a ZIP archive or a spreadsheet's workbook; unpack it, or save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "it is a spreadsheet's workbook; save the sheet as CSV"),
    (b"\x28\xb5\x2f\xfd", "it is compressed with zstd; unpack it first (unzstd)"),
    (b"BZh", "it is compressed with bzip2; unpack it first (bunzip2 -k)"),
    (b"\xfd7zXZ", "it is compressed with xz; unpack it first (unxz -k)"),
    (b"SQLite format 3\0", "it is a database, not an export"),
    (b"%PDF", "it is a PDF; export the tickets as CSV or JSON"),
];

impl<R: Read> Decoding<R> {
    /// Reads a file in the encoding that is given, or in the one that its beginning looks like.
    pub(super) fn new(mut source: R, given: Option<&'static Encoding>) -> io::Result<Self> {
        let mut head = Vec::new();
        source.by_ref().take(SNIFFED_BYTES as u64).read_to_end(&mut head)?;
        let foreign = FOREIGN.iter().find(|(beginning, _)| head.starts_with(beginning)).map(|(_, what)| *what);
        let encoding = given.unwrap_or_else(|| guess(&head, head.len() < SNIFFED_BYTES));
        let mut decoder = encoding.new_decoder();
        let mut decoded = vec![0; decoder.max_utf8_buffer_length(head.len()).unwrap_or(head.len() * 3 + 16)];
        let (_, _, written, _) = decoder.decode_to_utf8(&head, &mut decoded, false);
        decoded.truncate(written);
        let sniffed = (head.len() as u64, written as u64);
        Ok(Self {
            source,
            decoder,
            raw: vec![0; CHUNK_BYTES],
            decoded,
            at: 0,
            ended: false,
            foreign,
            encoding,
            sniffed,
        })
    }

    /// What the file is, if it is not a readable text.
    pub(super) fn foreign(&self) -> Option<&'static str> {
        self.foreign
    }

    /// The encoding that it is read in.
    pub(super) fn encoding(&self) -> &'static Encoding {
        self.encoding
    }

    /// Estimates how many bytes of text this many bytes of the file are.
    pub(super) fn text_bytes(&self, file_bytes: u64) -> u64 {
        let (raw, text) = self.sniffed;
        file_bytes.saturating_mul(text) / raw.max(1)
    }

    fn refill(&mut self) -> io::Result<()> {
        while self.at == self.decoded.len() && !self.ended {
            let count = self.source.read(&mut self.raw)?;
            self.ended = count == 0;
            let room = self.decoder.max_utf8_buffer_length(count).unwrap_or(count * 3 + 16);
            self.decoded.resize(room, 0);
            let (_, _, written, _) = self.decoder.decode_to_utf8(&self.raw[..count], &mut self.decoded, self.ended);
            self.decoded.truncate(written);
            self.at = 0;
        }
        Ok(())
    }
}

impl<R: Read> Read for Decoding<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(buffer.len());
        buffer[..count].copy_from_slice(&ready[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Decoding<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.refill()?;
        Ok(&self.decoded[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.decoded.len());
    }
}

/// A letter that is cut at the end of the sample is no evidence, unless the file ends there.
fn guess(head: &[u8], whole: bool) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return encoding;
    }
    if let Some(encoding) = utf_16_without_mark(head) {
        return encoding;
    }
    match std::str::from_utf8(head) {
        Err(error) if whole || error.error_len().is_some() => code_page(head, whole),
        _ => UTF_8,
    }
}

/// UTF-16 that does not say so: of the two bytes of a comma, a digit or a Latin letter one is zero, always the same one. In UTF-8 no
/// letter has a zero.
fn utf_16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second, pairs) = (zeros(0), zeros(1), head.len() / 2);
    let are_of_one = |these: usize, others: usize| these >= TELLING_BYTES && 20 * these > pairs && 20 * others < these;
    if are_of_one(second, first) {
        Some(UTF_16LE)
    } else if are_of_one(first, second) {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// The code page that a text is most probably in.
fn code_page(head: &[u8], whole: bool) -> &'static Encoding {
    if head.iter().filter(|byte| !byte.is_ascii()).count() < TELLING_BYTES {
        return WINDOWS_1252;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(head, whole);
    detector.guess(None, Utf8Detection::Deny)
}

/// The encoding with this name, as `--encoding` takes it: `windows-1250`, `cp932`, `latin1`.
pub(super) fn named(name: &str) -> Result<&'static Encoding, String> {
    let lower = name.trim().to_ascii_lowercase();
    // What spreadsheets call the code pages of East Asia.
    let label = match lower.trim_start_matches("cp").trim_start_matches("ms") {
        "932" => "shift_jis",
        "936" => "gbk",
        "949" => "euc-kr",
        "950" => "big5",
        _ => lower.as_str(),
    };
    Encoding::for_label(label.as_bytes())
        .ok_or_else(|| format!("{name} is no known encoding; examples: utf-8, windows-1250, shift_jis"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> String {
        let mut text = String::new();
        Decoding::new(bytes, None).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_mark_is_not_part_of_the_text() {
        assert_eq!(read("\u{feff}id".as_bytes()), "id");
    }

    #[test]
    fn utf_16_of_a_spreadsheet_is_understood() {
        let bytes: Vec<u8> = std::iter::once(0xfeff).chain("id,ü".encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&bytes), "id,ü");
    }

    #[test]
    fn utf_16_without_a_mark_is_known_by_its_zeros() {
        let japanese = "番号,件名\r\n1,請求書が印刷できません\r\n2,ログインできません\r\n";
        for text in ["id,subject\n1,Ü\n", japanese] {
            let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            assert_eq!((read(&little).as_str(), read(&big).as_str()), (text, text));
        }
        assert_eq!(read(b"a\0b"), "a\0b", "one zero in a text is a fault of it");
    }

    #[test]
    fn what_is_not_utf_8_is_windows_1252() {
        assert_eq!(read(b"caf\xe9"), "café");
    }

    #[test]
    fn code_pages_are_told_apart_by_what_they_say() {
        let japanese = "番号,件名,内容\n1,請求書が印刷できません,昨日から請求書の印刷ボタンを押しても何も起きません\n";
        let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode(japanese);
        assert_eq!(read(&bytes), japanese);
        let polish = "Numer;Temat;Treść\n1;Nie można wysłać wiadomości;Po kliknięciu pojawia się błąd, proszę o pomoc. Dziękuję\n";
        let (bytes, _, _) = encoding_rs::WINDOWS_1250.encode(polish);
        assert_eq!(read(&bytes), polish);
    }

    #[test]
    fn an_encoding_is_known_by_what_spreadsheets_call_it() {
        for (name, encoding) in [
            ("cp932", encoding_rs::SHIFT_JIS),
            ("CP1250", encoding_rs::WINDOWS_1250),
            ("latin1", WINDOWS_1252),
            ("utf-8", UTF_8),
        ] {
            assert_eq!(named(name), Ok(encoding), "{name}");
        }
        assert!(named("klingon").is_err());
        let mut text = String::new();
        let (bytes, _, _) = encoding_rs::WINDOWS_1250.encode("łąka");
        Decoding::new(&*bytes, named("cp1250").ok()).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "łąka");
    }
}
