//! The verbs of taking back, in the languages people write commits in.

/// How a subject begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SubjectOpening<'t> {
    /// It takes back what follows.
    TakesBack(&'t str),
    /// It puts back what follows.
    PutsBack(&'t str),
}

/// Verbs of taking back, as a subject begins with them.
const TAKES_BACK: &str = "
    revert | reverts | reverted | reverting | backout | back out | backs out | backed out | backing out |
    back-out | rollback | roll back | rolls back | rolled back | rolling back | roll-back | undo | undoes |
    undid | undoing | unmerge | un-merge | unship | unland | withdraw | withdraws | take back | takes back |
    retract | retracts | yank | yanks | revierte | revertir | reversión | reversion | deshacer | deshace |
    reverte | reverter | revertendo | desfaz | desfazer | annulla | annullato | annullare | annule | annuler |
    annulation | annulé | retour arrière | revenir sur | rückgängig | macht rückgängig | mache rückgängig |
    rücknahme | zurückgenommen | zurücknehmen | zurückgesetzt | zurückrollen | rolle zurück | terugdraaien |
    draai terug | ongedaan | tilbakestill | återställ | ångra | fortryd | kumoa | cofnij | cofa | cofnięcie |
    cofnięto | wycofaj | wycofanie | wycofuje | wycofano | vrátit | откат | откатить | откатываем | отмена |
    отменить | отменяет | відкат | скасувати | geri al | visszavon";
/// The same in languages without spaces, anywhere in the subject.
const TAKES_BACK_INSIDE: &str = "
    回滚 | 回退 | 撤销 | 撤回 | 还原 | 復原 | 還原 | 取り消 | 差し戻 | リバート | ロールバック | 打ち消 | 巻き戻 | 되돌리 | 되돌림 | 롤백 |
    rückgängig gemacht | rückgängig | zurückgenommen | zurückgesetzt | geri alındı | ongedaan gemaakt |
    teruggedraaid";
/// Verbs of putting back what was taken back.
const PUTS_BACK: &str = "
    reapply | reapplies | reapplied | re-apply | reland | relands | re-land | unrevert | un-revert | reinstate |
    reinstates | roll forward | reintroduce | re-introduce | redo | bring back | put back";
/// Weaker verbs: they take something back only if its hash or number follows at once.
const REMOVES: &str = "
    remove | removes | removed | drop | drops | dropped | disable | disables | disabled | discard | discards |
    kick out | throw out | pull out | cancel | cancels";
/// What may stand between a verb and what it takes back.
const BETWEEN: &str = "
    the | a | all | of | from | in | by | change | changes | commit | commits | merge | pr | prs | pull |
    request | requests | mr | patch | fix | for | made | introduced | with | work | this | that | and |
    partially | temporarily | again";
/// Nouns that make the verb before them a name: a revert button takes nothing back.
const THINGS: &str = "
    button | buttons | command | commands | support | plan | plans | script | scripts | history | stack |
    feature | action | actions | dialog | endpoint | api | handler | handling | logic | option | options | flow |
    mechanism | test | tests | docs | documentation | guide | tool | tooling | job | step | steps | strategy |
    procedure | redo | manager | menu | icon | shortcut | message | messages | on | when | if | should | is |
    now | works | crash | segment | journal | log | window";
/// Small words that a subject may begin with.
const SMALL: &str = "
    please | temporarily | temporary | partially | partial | automatically | wip | hotfix | urgent | auto |
    fully | manually | quickly | we | i | let's | automated | emergency";
/// Words before a verb with which nothing is taken back.
const NOT: &str = "
    not | don't | dont | doesn't | didn't | won't | cannot | can't | never | no | without | instead | rather |
    avoid | if | unless | could | would | may | might | how | when | case | before | test | tests | able | allow |
    allows | supports | support | add | adds | document | explain | crash | after | nicht | kein | keine | pas |
    ne | non | não | nie | не | sin";

/// How a subject begins, after marks, labels in brackets and kinds such as `fix(export):`.
pub(super) fn opening(subject: &str) -> Option<SubjectOpening<'_>> {
    let mut text = subject;
    for _ in 0..4 {
        if let Some(rest) = begins(text, PUTS_BACK) {
            return Some(SubjectOpening::PutsBack(rest));
        }
        if let Some(rest) = begins(text, TAKES_BACK) {
            let noun = first_word(rest).is_some_and(|word| each(THINGS).any(|known| known == word));
            let joined = rest.starts_with('/') || rest.starts_with('-');
            return (!noun && !joined).then_some(SubjectOpening::TakesBack(rest));
        }
        if let Some(rest) = begins(text, REMOVES) {
            return names_at_once(rest).then_some(SubjectOpening::TakesBack(rest));
        }
        match without_label(text) {
            Some(rest) => text = rest,
            None => break,
        }
    }
    let lower = subject.to_lowercase();
    each(TAKES_BACK_INSIDE).any(|word| lower.contains(word)).then_some(SubjectOpening::TakesBack(subject))
}

/// Whether a sentence inside a text takes something back that it names: "the billing export broke, so back out #2".
pub(super) fn says_inside(line: &str) -> bool {
    sentences(line).any(|sentence| {
        let words: Vec<String> = sentence.split_whitespace().map(bare).collect();
        (0..words.len()).any(|at| {
            let verb = each(TAKES_BACK).any(|verb| {
                let parts: Vec<&str> = verb.split(' ').collect();
                words
                    .get(at..at + parts.len())
                    .is_some_and(|here| here.iter().zip(&parts).all(|(word, part)| word == part))
            });
            let denied = words.iter().take(at).any(|word| each(NOT).any(|known| known == word));
            let rest = || sentence.split_whitespace().skip(at + 1).collect::<Vec<_>>().join(" ");
            verb && !denied && names_at_once(&rest())
        })
    })
}

/// Whether a hash or a number comes next, with nothing but small words before it.
fn names_at_once(text: &str) -> bool {
    for word in text.split_whitespace().take(8) {
        let plain = bare(word);
        let inner = word.trim_matches(|c: char| "()[]\"'`.,:;\u{201c}\u{201d}".contains(c));
        let numbered = inner.contains('#')
            || inner.starts_with('!')
            || inner.to_ascii_lowercase().starts_with("gh-")
            || inner.contains("/pull/");
        let hashed = plain.len() >= 7
            && plain.chars().all(|c| c.is_ascii_hexdigit())
            && plain.chars().any(|c| c.is_ascii_digit());
        if (numbered && inner.chars().any(|c| c.is_ascii_digit())) || hashed {
            return true;
        }
        if !each(BETWEEN).any(|known| known == plain)
            && plain != "out"
            && plain != "back"
            && !plain.chars().all(|c| c.is_ascii_digit())
        {
            return false;
        }
        if !plain.is_empty() && plain.chars().all(|c| c.is_ascii_digit()) {
            return true;
        }
    }
    false
}

fn begins<'t>(text: &'t str, verbs: &str) -> Option<&'t str> {
    let lower = text.to_lowercase();
    // Lower case may have another length; then only the ASCII verbs are compared.
    let same_length = lower.len() == text.len();
    let longest = each(verbs).filter(|verb| {
        let after = lower.strip_prefix(*verb).and_then(|rest| rest.chars().next());
        (same_length || verb.is_ascii())
            && lower.starts_with(*verb)
            && after.is_none_or(|c| !c.is_alphanumeric() && c != '_')
    });
    let verb = longest.max_by_key(|verb| verb.len())?;
    Some(text.get(verb.len()..).unwrap_or_default().trim_start_matches([':', ' ', '!']))
}

/// A subject without its first label: `[hotfix]`, `fix(export):`, `chore!:`, `URGENT -`, an emoji, `:rewind:`.
fn without_label(text: &str) -> Option<&str> {
    let trimmed = text.trim_start();
    if let Some(rest) = trimmed.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(_, rest)| rest) {
        return Some(rest.trim_start_matches([' ', ':', '-']));
    }
    if let Some((label, rest)) = trimmed.split_once(':')
        && label.len() <= 40
        && !label.contains('"')
        && label.split_whitespace().count() <= 3
    {
        return Some(rest.trim_start());
    }
    let begins = trimmed.find(|c: char| c.is_alphanumeric())?;
    if begins > 0 || trimmed.len() < text.len() {
        return trimmed.get(begins..);
    }
    let word = first_word(trimmed)?;
    let rest = trimmed.split_once(char::is_whitespace)?.1;
    each(SMALL).any(|known| known == word).then_some(rest)
}

fn first_word(text: &str) -> Option<String> {
    text.split_whitespace().next().map(bare).filter(|word| !word.is_empty())
}

fn bare(word: &str) -> String {
    word.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase()
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    [". ", "! ", "? ", "; "]
        .iter()
        .fold(vec![text], |parts, mark| parts.iter().flat_map(|part| part.split(*mark)).collect())
        .into_iter()
}

/// The words of a list.
fn each(list: &str) -> impl Iterator<Item = &str> {
    list.split('|').map(str::trim)
}
