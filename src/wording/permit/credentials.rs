//! Sentences that speak of credentials. What the secret is cannot be told from its shape, so the sentence goes whole.

use std::{ops::Range, sync::LazyLock};

use regex::Regex;

use crate::wording::{
    pattern::{Pattern, pattern},
    tongue,
};

/// A sentence of fewer words after one about credentials may be the secret itself.
const SHORT: usize = 5;

/// So many words without a small one between them may be a seed phrase.
const SEED: usize = 11;

/// The places of sentences that go, in order.
pub(super) fn find(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut before = false;
    for at in sentences(text) {
        let sentence = &text[at.clone()];
        let mentions = cue().is_match(sentence) || is_seed(sentence);
        let speaks = mentions && !is_about_a_product(sentence);
        let follows = before && (sentence.split_whitespace().count() < SHORT || is_answer(sentence));
        if speaks || follows {
            found.push(at);
        }
        before = mentions;
    }
    found
}

/// The sentences of a text, without the space around them.
pub(super) fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut push = |from: usize, to: usize| {
        let whole = &text[from..to];
        let begin = from + whole.len() - whole.trim_start().len();
        let end = from + whole.trim_end().len();
        if begin < end {
            found.push(begin..end);
        }
    };
    // How many letters and figures the sentence has so far.
    let mut written = 0;
    let mut letters = text.char_indices().peekable();
    while let Some((at, c)) = letters.next() {
        let end = at + c.len_utf8();
        let spaced = letters.peek().is_none_or(|(_, next)| next.is_whitespace());
        let ends = matches!(c, '\n' | '。' | '！' | '？') || matches!(c, '.' | '!' | '?') && spaced;
        written += usize::from(c.is_alphanumeric());
        if ends && !(c == '.' && written < 4) {
            push(start, end);
            start = end;
            written = 0;
        }
    }
    push(start, text.len());
    found
}

fn is_answer(sentence: &str) -> bool {
    static ANSWER: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^(it\ is|it's|es\ ist|sie\ lautet|es\ lautet|c'est|es\ |é\ |è\ |het\ is)"));
    ANSWER.is_match(sentence)
}

fn is_seed(sentence: &str) -> bool {
    if !sentence.chars().all(|c| c.is_lowercase() || c.is_whitespace() || ",.-0123456789:)".contains(c)) {
        return false;
    }
    let words = || sentence.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    words().count() >= SEED && !words().any(|word| tongue::is_small_word(&word.to_lowercase()))
}

fn cue() -> &'static Pattern {
    static CUE: LazyLock<Pattern> = LazyLock::new(|| {
        Pattern::new(
            r#"pass[\s_-]?(word|phrase|code|wort|wd)|\bpwd?\b|\bpsw\b|\bpass\b|kenn-?wort|losung|geheim(zahl|nis|wort)|zugangs(daten|code)|anmelde-?daten|login-?daten
            | \b(pin|pins|tan|otp|totp|cvv2?|cvc2?|mdp|puk)\b|pin-?(code|nummer)|\bsicherheits(code|frage|nummer)|pr[üu]fnummer
            | (seed|recovery|backup|mnemonic|wiederherstellungs?)[\s-]?(phrase|key|code|words?|schl[üu]ssel|satz)|mnemonic|\bseed\b
            | (security|secret|verification|access|activation|one[\s-]?time|confirmation|2fa|mfa|unlock|door)[\s-]?(codes?|question|number|answer|pin)
            | credentials?|log[\s-]?in\s?(data|details|info\w*|name)\b|sign[\s-]?in\s(data|details)|(user\s?name|user|login|account)\s?(name)?\s?[:=]
            | \b(user|login|usr|username|benutzer|usuario|utente|utilisateur|usuário|gebruiker)\s+\S+\s*(/|,|and|und|et|y|e|en)?\s*(pass|pw|pwd|senha|clave|mdp)
            | (api|access|private|secret|license|licence|product|activation|encryption|ssh|client|lizenz|aktivierungs|produkt)[\s_-]?(keys?|secrets?|schl[üu]ssel|code)
            | \b(token|secret|bearer|authorization|auth|key|schl[üu]ssel|geheimnis)\s*("[^"]*"\s*)?([:=→]|=>|->|\bis\b|\bwas\b|\bist\b|\blautet\b)|bearer\s+\S{6,}
            | mots?\s+de\s+passe|identifiants?\b|codes?\s+(secret|confidentiel|d['’]acc[èe]s|de\s+s[ée]curit[ée]|pin)|phrase\s+(secr[èe]te|de\s+r[ée]cup[ée]ration)|cryptogramme|cl[ée]\s+(secr[èe]te|d['’]api|de\s+licence|priv[ée]e)
            | contrase[ñn]as?|\bclaves?\b|credencial(es)?|c[óo]digo\s+(secreto|de\s+seguridad|de\s+acceso|de\s+verificaci[óo]n|pin)|frase\s+(semilla|secreta|de\s+recuperaci[óo]n)|datos\s+de\s+acceso
            | \bsenhas?\b|palavras?[\s-]passe|credenciais|c[óo]digo\s+(de\s+seguran[çc]a|secreto|de\s+acesso|de\s+verifica[çc][ãa]o)|frase\s+(semente|de\s+recupera[çc][ãa]o)|dados\s+de\s+(acesso|login)|chave\s+(secreta|privada|de\s+(api|licen[çc]a|acesso))
            | wachtwoord(en)?|inlog-?(gegevens|naam|code)|toegangs(code|gegevens)|beveiligingscode|herstel(zin|code|sleutel)|geheime\s+(code|sleutel)|licentiesleutel
            | parola\s+(d['’]ordine|chiave|segreta)|\bparola\s*[:=è]|credenziali|codice\s+(segreto|di\s+sicurezza|di\s+accesso|pin|di\s+verifica)|frase\s+(segreta|di\s+recupero)|dati\s+di\s+accesso|chiave\s+(segreta|privata|di\s+licenza|api)
            | パスワード|パスコード|暗証番号|ログイン情報|認証情報|認証コード|シードフレーズ|リカバリーフレーズ|復元フレーズ|合言葉|秘密の(質問|鍵)|秘密鍵|アクセスキー|セキュリティコード|ライセンスキー|トークン\s*[:：は=]|ピンコード|APIキー"#,
        )
    });
    &CUE
}

/// Whether a sentence mentions nothing but a part of a product, and does not say what anything is.
fn is_about_a_product(sentence: &str) -> bool {
    static SAYS: LazyLock<Pattern> =
        LazyLock::new(|| Pattern::new(r#"[:=→"„“«「]|->|\b(is|was|ist|war|lautet|est|es|era|é|è|zijn|to|auf)\b"#));
    if SAYS.is_match(sentence) || is_seed(sentence) {
        return false;
    }
    let (mut rest, mut end) = (String::with_capacity(sentence.len()), 0);
    for part in part_of_a_product().find_iter(sentence) {
        rest.push_str(&sentence[end..part.start()]);
        rest.push(' ');
        end = part.end();
    }
    rest.push_str(&sentence[end..]);
    !cue().is_match(&rest)
}

/// What a product calls after passwords, and what people do there: "Password reset mail never arrives" gives nothing away. What
/// such words are said to be may be the secret all the same.
fn part_of_a_product() -> &'static Pattern {
    static PART: LazyLock<Pattern> = LazyLock::new(|| {
        Pattern::new(
            r"\bpassword[\s-](resets?|recovery|changes?|fields?|forms?|pages?|dialogs?|prompts?|(?:e-?)?mails?|links?|managers?|polic(y|ies)|box(es)?|inputs?|screens?|strength|expiry|requirements?|protection)(\s((?:e-?)?mails?|links?|pages?|forms?|dialogs?|screens?|requests?))?\b(\s*$|[.!?]|\s+(?:never|does|do|cannot|can|will|not|no|fails?|keeps?|shows?|has|goes|stays|takes|arrives?|in|on|for|after|since|when|and|or)\b)
            | \b(reset|recover|forgot|forgotten)\s(my\s|the\s|a\s|your\s|their\s)?passwords?(\s*$|[.!?])
            | \b(my\s|the\s)?(forgot(ten)?|reset)[\s-]password\s((?:e-?)?mails?|links?|pages?|forms?|buttons?|screens?)\b(\s*$|[.!?]|\s+(?:never|does|cannot|not|fails?|in|on|for|after|since|when)\b)
            | \bpasswort-?(reset|r[üu]cksetzung|zur[üu]cksetzung|[äa]nderung|feld|mail|seite|link)(-?(mails?|links?|seite|e-mails?))?\b(\s*$|[.!?]|\s+(?:kommt|kommen|geht|wird|funktioniert|fehlt|ist\s+leer|zeigt|nicht|nie)\b)
            | \bpasswort\s(zur[üu]ck(zu)?setzen|vergessen)(\s*$|[.!?]|\s+(?:geht|funktioniert|kommt)\b)
            | \b(r[ée]initialis\w+|r[ée]cup[ée]r\w+)\s(du\s|le\s|mon\s|de\s)mot\sde\spasse(\s*$|[.!?]|\s+(?:ne|n['’])\b) | \bmot\sde\spasse\soubli[ée](\s*$|[.!?]|\s+(?:ne|n['’])\b)
            | \b(restablec\w+|recuper\w+)\s(la\s|de\s|de\sla\s|mi\s)?contrase[ñn]a(\s*$|[.!?]|\s+(?:no|nunca)\b)
            | \b(redefin\w+|recuper\w+)\s(a\s|de\s|da\s|minha\s)?senha(\s*$|[.!?]|\s+(?:n[ãa]o|nunca)\b)
            | \bwachtwoord(\s(resetten|herstellen|vergeten)|-?(reset|herstel))(-?mail)?(\s*$|[.!?]|\s+(?:komt|werkt|niet|doet)\b)
            | \b(reimpost\w+|recuper\w+)\s(la\s|della\s|mia\s)?password(\s*$|[.!?]|\s+(?:non|mai)\b)
            | パスワード(リセット|再設定|変更)の?(メール|リンク|画面|ページ)(が|は)(届|来|表示|開|動)",
        )
    });
    &PART
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_goes_with_its_sentence_and_what_follows_it_shortly() {
        let text = "The sign-in fails. My password: \nsunshine\nThe page stays white after that.";
        let found: Vec<&str> = find(text).into_iter().map(|at| &text[at]).collect();
        assert_eq!(found, ["My password:", "sunshine"]);
        assert!(find("The export fails since Tuesday. The token expired message is shown.").is_empty());
    }

    #[test]
    fn what_a_product_does_with_passwords_is_no_secret_and_what_it_is_said_to_be_is() {
        for harmless in [
            "Password reset mail never arrives",
            "The password field stays empty.",
            "I cannot reset my password.",
            "The forgot password link does not work",
            "Die Passwort-Reset-Mail kommt nie an",
            "Ich kann mein Passwort nicht ändern, und Passwort zurücksetzen geht nicht",
            "La réinitialisation du mot de passe ne marche pas",
            "Restablecer la contraseña no funciona",
            "A recuperação de senha não funciona",
            "Wachtwoord resetten werkt niet",
            "Reimpostare la password non funziona",
            "パスワードリセットのメールが届きません",
        ] {
            let whole = harmless.starts_with("Ich kann mein Passwort");
            assert_eq!(find(harmless).is_empty(), !whole, "{harmless}");
        }
        for secret in [
            "My password reset is sunshine",
            "The password field: sunshine",
            "I reset my password to sunshine",
            "Password reset sunshine",
            "The password reset mail never arrives and my password is sunshine",
            "Mein Passwort-Feld sonnenschein",
            "Restablecer la contraseña girasol",
            "Password reset, sunshine",
            "The password reset mail for Bob is sunshine",
            "Redefinir a senha girassol",
            "パスワードリセットはひまわり",
        ] {
            assert_eq!(find(secret).len(), 1, "{secret}");
        }
        let after = "I cannot reset my password. It is sunshine that I chose. The page stays white since Monday noon.";
        assert_eq!(find(after).len(), 1, "what it is goes, although the sentence before stays");
    }
}
