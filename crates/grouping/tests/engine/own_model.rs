//! A sentence model in a folder of one's own. The test makes a tiny network whose words have vectors and which averages
//! them.

use grouping::{Engine, EngineOptions, MachineVerdict, SentenceModel, TicketText};
use serde_json::json;
use tempfile::TempDir;

/// The meaning of each id of the vocabulary: three special tokens, two words with the same meaning in two languages,
/// and one with another.
const TABLE: [[f32; 3]; 6] =
    [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.1], [0.0, 1.0, 0.1], [1.0, 0.0, 0.0]];

/// A field of a protobuf message, <https://protobuf.dev/programming-guides/encoding/>.
enum Field<'a> {
    Number(u8, u64),
    Bytes(u8, &'a [u8]),
}

fn varint(mut value: u64, into: &mut Vec<u8>) {
    while value > 0x7f {
        into.push(0x80 | u8::try_from(value & 0x7f).unwrap());
        value >>= 7;
    }
    into.push(u8::try_from(value).unwrap());
}

fn message(fields: &[Field]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for field in fields {
        match field {
            Field::Number(tag, value) => {
                varint(u64::from(*tag) << 3, &mut bytes);
                varint(*value, &mut bytes);
            }
            Field::Bytes(tag, value) => {
                varint(u64::from(*tag) << 3 | 2, &mut bytes);
                varint(value.len() as u64, &mut bytes);
                bytes.extend_from_slice(value);
            }
        }
    }
    bytes
}

/// `ValueInfoProto` of a tensor: 1 is float, 7 is int64.
fn value(name: &str, element: u64, dimensions: &[&str]) -> Vec<u8> {
    let dimensions: Vec<Vec<u8>> = dimensions.iter().map(|d| message(&[Field::Bytes(2, d.as_bytes())])).collect();
    let shape = message(&dimensions.iter().map(|d| Field::Bytes(1, d)).collect::<Vec<_>>());
    let tensor = message(&[Field::Number(1, element), Field::Bytes(2, &shape)]);
    message(&[Field::Bytes(1, name.as_bytes()), Field::Bytes(2, &message(&[Field::Bytes(1, &tensor)]))])
}

/// An ONNX model that looks each token up in the table.
fn network() -> Vec<u8> {
    let raw: Vec<u8> = TABLE.iter().flatten().flat_map(|v| v.to_le_bytes()).collect();
    let table = message(&[
        Field::Number(1, TABLE.len() as u64),
        Field::Number(1, 3),
        Field::Number(2, 1),
        Field::Bytes(8, b"table"),
        Field::Bytes(9, &raw),
    ]);
    let look_up = message(&[
        Field::Bytes(1, b"table"),
        Field::Bytes(1, b"input_ids"),
        Field::Bytes(2, b"token_embeddings"),
        Field::Bytes(3, b"look_up"),
        Field::Bytes(4, b"Gather"),
    ]);
    let graph = message(&[
        Field::Bytes(1, &look_up),
        Field::Bytes(2, b"tiny"),
        Field::Bytes(5, &table),
        Field::Bytes(11, &value("input_ids", 7, &["batch", "tokens"])),
        Field::Bytes(12, &value("token_embeddings", 1, &["batch", "tokens", "dimensions"])),
    ]);
    let operators = message(&[Field::Bytes(1, b""), Field::Number(2, 13)]);
    message(&[Field::Number(1, 8), Field::Bytes(7, &graph), Field::Bytes(8, &operators)])
}

fn folder(file: &str, content: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("model.onnx"), network()).unwrap();
    std::fs::write(folder.path().join(file), content).unwrap();
    folder
}

/// Which of two topics comes first for a word of another language.
fn first_topic_for_the_invoice(folder: &TempDir) -> String {
    let model = SentenceModel::Dir(folder.path().to_owned());
    let mut engine = Engine::new(EngineOptions { model, ..EngineOptions::default() }).unwrap();
    engine.place(&TicketText::new("1", "Rechnung", ""), "about invoices");
    engine.place(&TicketText::new("2", "login", ""), "about logins");
    let decision = engine.decide(&TicketText::new("3", "invoice", ""));
    assert_ne!(decision.verdict, MachineVerdict::Join, "one word proves nothing");
    decision.candidates[0].topic.to_string()
}

#[test]
fn words_without_a_common_letter_match_with_a_word_piece_model() {
    let folder = folder("vocab.txt", "[CLS]\n[SEP]\n[UNK]\nrechnung\ninvoice\nlogin\n");
    assert_eq!(first_topic_for_the_invoice(&folder), "about invoices");
}

#[test]
fn words_without_a_common_letter_match_with_a_unigram_model() {
    let vocabulary = json!([
        ["<s>", 0.0],
        ["</s>", 0.0],
        ["<unk>", 0.0],
        ["\u{2581}Rechnung", -2.0],
        ["\u{2581}invoice", -2.0],
        ["\u{2581}login", -2.0]
    ]);
    let described = json!({"model": {"type": "Unigram", "unk_id": 2, "vocab": vocabulary}});
    let folder = folder("tokenizer.json", &described.to_string());
    assert_eq!(first_topic_for_the_invoice(&folder), "about invoices");
}

#[test]
fn the_error_names_what_a_folder_lacks() {
    let folder = tempfile::tempdir().unwrap();
    let model = SentenceModel::Dir(folder.path().to_owned());
    let error = Engine::new(EngineOptions { model, ..EngineOptions::default() }).unwrap_err();
    assert!(error.to_string().contains("model.onnx"), "{error}");
}
