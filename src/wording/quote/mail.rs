//! Which lines of a mail its writer wrote, and which a mail program, a company or an earlier mail added.
//!
//! Programs mark what they quote in many ways and languages: by ">", by "On … wrote:" on one line or two, by a block of
//! "From:", "Sent:" and "Subject:", or by a line above (`github/email_reply_parser#69`, `twentyhq/twenty#25315`).

use std::sync::LazyLock;

use regex::Regex;

use crate::wording::pattern::pattern;

/// The lines without quoted mails, legal footers and what phones add.
pub(super) fn lines(text: &str) -> Vec<&str> {
    let all: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut written = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let line = all[at].trim();
        let here = Head::at(&all[at..]);
        match here {
            Some(Head::Block) => break,
            Some(Head::Line(length)) => {
                let begun = written.iter().any(|line: &&str| !line.trim().is_empty());
                let marked = all[at + length..].iter().find(|line| !line.trim().is_empty());
                if begun || !marked.is_some_and(|line| line.trim_start().starts_with('>')) {
                    break;
                }
                at += length;
                continue;
            }
            None if is_legal_footer(line) => break,
            // In an answer it is quoted. A helpdesk's own mail begins with it.
            None if is_instruction(line) && written.iter().any(|line: &&str| !line.trim().is_empty()) => break,
            None if line.starts_with(['>', '|']) || is_of_a_phone(line) => {}
            None => written.push(all[at]),
        }
        at += 1;
    }
    written
}

/// Where an earlier mail begins.
enum Head {
    /// A block or rule after which everything is the earlier mail.
    Block,
    /// A line such as "On … wrote:", over this many lines. The earlier mail may be marked by ">", with answers below it.
    Line(usize),
}

impl Head {
    fn at(lines: &[&str]) -> Option<Self> {
        let first = unmarked(lines.first()?);
        if first.starts_with('>') || is_instruction(first) {
            return None;
        }
        if is_rule(first) || is_block(lines) {
            return Some(Self::Block);
        }
        if is_line(first) {
            return Some(Self::Line(1));
        }
        let second = lines.get(1).map(|line| line.trim()).filter(|line| !line.is_empty() && !line.starts_with('>'))?;
        (begins_line(first) && is_line(&format!("{first} {second}"))).then_some(Self::Line(2))
    }
}

/// A line without the marks that bold print leaves in plain text.
fn unmarked(line: &str) -> &str {
    line.trim().trim_start_matches('*').trim_start()
}

fn begins_line(line: &str) -> bool {
    static BEGINS: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^ (on|am|le|el|em|op|il|den|w\ dniu|pon|wt|[sś]r|czw|pt|sob|niedz)\b .* \d"));
    BEGINS.is_match(line)
}

/// The line that a mail program puts above the mail that is being answered.
fn is_line(line: &str) -> bool {
    static LINE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^ ( -* \s* (on|am|le|el|em|op|il|den|w\ dniu|pon|wt|[sś]r|czw|pt|sob|niedz)\b .{0,200}
                  \b(wrote|schrieb|a\ [eé]crit|escribi[oó]|escreveu|schreef|ha\ scritto|skrev|napisa[lł]\w*)\b .{0,120} : \s* -*
              | -{2,} \s* (on|am|le|el|em|op|il) \s .{0,200} \b(wrote|schrieb|[eé]crit|escribi[oó]|escreveu|schreef|scritto) \s* -{2,}
              | .{1,80} \s (schrieb\ am|skrev\ den) \s .{0,60} :
              | .{0,80}のメール:
              | \d{4}[年/.-]\d{1,2}[月/.-]\d{1,2}日? .{0,60} [<@] .* : ) $",
        )
    });
    LINE.is_match(line)
}

/// A rule or heading above an earlier mail.
fn is_rule(line: &str) -> bool {
    static RULE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^ ( -{2,}\s*(original|forwarded|urspr[uü]ngliche|weitergeleitete|message|mensa[jg]|messaggio|oorspronkelijk|doorgestuurd|wiadomo).*
              | (begin\ forwarded\ message|anfang\ der\ weitergeleiteten).*
              | \#\#-? .* -?\#\#
              | _{8,} | -{8,} | ={8,} ) $",
        )
    });
    RULE.is_match(line)
}

/// "From:" with "Sent:", "To:" or "Subject:" soon below it, or with an address beside it.
fn is_block(lines: &[&str]) -> bool {
    static FROM: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"^ \*? (from|von|de|van|da|fra|fr[aå]n|od|差出人|送信者) \s* :\*? \s* (?<who>.*) $"));
    static BELOW: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^ \*? (sent|date|to|subject|gesendet|datum|an|betreff|envoy[eé]|date|[àa]|objet|enviado|fecha|para|asunto|data|assunto
                    |inviato|oggetto|a|verzonden|aan|onderwerp|sendt|skickat|til|till|emne|[aä]mne|wys[lł]ano|do|temat
                    |送信日時|日時|宛先|件名) \s* :\*? \s ",
        )
    });
    let Some(who) = lines.first().and_then(|line| FROM.captures(line.trim())) else { return false };
    let below = lines[1..].iter().map(|line| line.trim()).filter(|line| !line.is_empty()).take(4);
    let fields = below.filter(|line| BELOW.is_match(&format!("{line} "))).count();
    fields > 0 || who["who"].contains(['@', '<', '['])
}

/// The first line of what companies put below each mail.
fn is_legal_footer(line: &str) -> bool {
    static OPENING: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^ \W* ( (confidential(ity)?|legal|important|privacy) \s+ (notice|note|disclaimer)\b | disclaimer\b | notice\ to\ recipients?\b
              | (the\ information\ (contained\ )?in\ )? (this|the)\ (e-?mail|message|communication|transmission)\b .*
                    \b(confidential|privileged|intended|addressee|recipient|virus)
              | if\ you\ (are\ not|have\ received)\ (the\ intended|this\ (e-?mail|message))
              | (diese|der\ inhalt\ dieser)\ (e-?mail|nachricht)\b .* (vertraulich|adressat|bestimmt)
              | (ce|cet|le\ pr[eé]sent)\ (message|courriel|e-?mail)\b .* (confidenti|destinataire)
              | (este|esta)\ (mensa\w+|correo|e-?mail)\b .* (confidenc|destinat)
              | (questo|la\ presente|il\ presente)\ (messaggio|e-?mail)\b .* (riservat|confidenzial|destinatari)
              | (dit|deze)\ (bericht|e-?mail)\b .* (vertrouwelijk|bestemd)
              | ta\ wiadomo.* (poufn|adresat)
              | 本メール.*(機密|秘密) )",
        )
    });
    OPENING.is_match(line)
}

/// What phones and mail programs add.
fn is_of_a_phone(line: &str) -> bool {
    static ADDED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^ ( sent\ (from|with|via|using)\ (my|mail|outlook|yahoo|proton|samsung|a|the) | get\ outlook\ for | (gesendet|verschickt)\ (von|mit|über)
              | von\ mein\w+\ .*\ gesendet | envoyé\ (de|depuis|avec)\ | enviado\ (desde|do|da|de|a\ partir|con)\ | inviato\ (da|dal|con)\s
              | (verzonden|verstuurd)\ (vanaf|met|van)\  | wysłan[eo]\ z\  | .{2,30}(から|で)送信$ ) ",
        )
    });
    ADDED.is_match(line)
}

/// The line above which a helpdesk reads answers.
fn is_instruction(line: &str) -> bool {
    let lower = line.to_lowercase();
    line.len() < 120 && (lower.contains("reply above this line") || lower.contains("type your reply above"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_mail_is_left_out_however_it_is_quoted() {
        for (mail, written) in [
            ("Yes\n\nFrom: Acme\nSent: Saturday\nTo: Ana\nSubject: Fixed\n\nIt works", "Yes"),
            ("Yes\n\n*Von:* Acme\n*Gesendet:* Samstag\n*An:* Ana\n\nText", "Yes"),
            ("Yes\n\nOn Sat, Nov 28, 2026 at 10:04 Acme\n<a@b.example> wrote:\nText", "Yes"),
            ("Oui\n\nLe sam. 28 nov. 2026 à 10:04, Acme a écrit :\nTexte", "Oui"),
            ("はい\n\n2026年11月28日(土) 10:04 Acme <a@b.example>:\n本文", "はい"),
            ("Ja\n\nAcme schrieb am Do. 20. Juni 2024 um 14:49:\nText", "Ja"),
            ("From: Acme\nSent: Saturday\n\nIt works", ""),
            ("On Sat Sam wrote:\n> Right?\n\nYes", "Yes"),
            ("On Sat Sam wrote:\nRight?\n\nYes", ""),
            ("Yes\n\nThis e-mail is confidential and intended for its addressee.\nIt is broken", "Yes"),
            ("From: the first row on, it is wrong", "From: the first row on, it is wrong"),
            ("On Monday it worked", "On Monday it worked"),
        ] {
            assert_eq!(lines(mail).join("\n").trim(), written, "{mail}");
        }
    }
}
