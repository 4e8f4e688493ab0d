//! Words that say nothing about a cause, by language, and the courtesies of support mail.

use std::collections::HashMap;
use std::sync::LazyLock;

const ENGLISH: &str = "a about above after again all also am an and any are aren't as at be because been before being below between both but by came can cannot could couldn't did didn't do does doesn't doing don't down during each few for from further get gets getting got had hadn't has hasn't have haven't having he her here hers him his how however i i'd i'll i'm i've if in into is isn't it it's its itself just let like me more most my myself no nor not now of off on once one only or other our ours out over own please really same she should shouldn't so some such than thank thanks that that's the their theirs them then there there's these they they're this those through to too under until up us very was wasn't we we're we've were weren't what when where which while who whom why will with won't would wouldn't yes you you'd you'll you're you've your yours hello hi dear regards";
const GERMAN: &str = "aber alle als also am an auch auf aus bei beim bin bis bitte da damit danke das dass dem den der des dich die dies diese diesem diesen dieser dieses dir doch du durch ein eine einem einen einer eines er es etwas euch für gegen gibt hab habe haben hallo hat hatte hatten hier ich ihm ihn ihnen ihr ihre ihren im in ist ja jede jeder kann kein keine können mal man mehr mein meine meinem meinen meiner mich mir mit muss nach nicht nichts noch nun nur ob oder ohne schon sehr sein seine seit sich sie sind so um und uns unser unsere unter vom von vor wann war waren warum was weil wenn wer werden wie wieder wir wird wo wurde würde zu zum zur über";
const FRENCH: &str = "ai alors au aucun aussi autre aux avec avoir bien bonjour car ce cela ces cet cette chez comme comment dans de depuis des deux donc du elle elles en encore est et était être eu fait faut il ils j'ai je jusqu la le les leur lors lui ma mais me merci mes moi mon même n'est ne nos notre nous on ont ou où par parce pas peu peut plus pour pouvez pouvoir pourquoi quand que quel quelle qui sa sans se ses si soit son sont sous suis sur ta te tes toi ton tous tout toute très tu un une vos votre vous y à été c'est d'un d'une qu'il";
const SPANISH: &str = "a al algo alguien ante antes aquí así aunque bien buenos cada como con contra cual cuando cómo de del desde donde dos durante e el ella ellas ellos en entre era eran eres es esa ese eso esta estaba estado estamos estar estas este esto estos estoy está están fue gracias ha hace hacer han has hasta hay he hola la las le les lo los mas me mi mientras mis mucho muy más ni no nos nosotros o os otra otro para pero poder por porque puede puedo que quien qué se ser si sin sobre solo son soy su sus sé sí también tan tengo tiene todo todos tu tus un una uno usted y ya yo él favor";
const ITALIAN: &str = "a ad agli ai al alla alle allo anche ancora avere c'è che chi ci ciao come con cosa cui da dai dal dalla dalle degli dei del dell della delle di dopo dove e ed era essere fa fare gli grazie ha hai hanno ho i il in io l la le lei li lo loro lui ma mentre mi mia miei mio molto ne nei nel nella nelle no noi non nostro o ogni per perché perchè però più poi posso può qual quando quella quello questa queste questi questo qui sarà se sei senza si sia sono sta stato su sua sul sulla suo tra tu tutti tutto un una uno vi voi è";
const PORTUGUESE: &str = "a ao aos as até com como da das de dela dele deles depois do dos e ela elas ele eles em entre era essa esse esta estamos estas este estou está estão eu favor foi foram fosse há isso isto já lhe mais mas me mesmo meu meus minha minhas muito na nas nem no nos nossa nosso num numa não nós o obrigado obrigada olá os ou para pela pelas pelo pelos por porque posso pode qual quando que quem se sem ser seu seus sua suas são só também te tem tenho ter teu tinha tu tua um uma você vocês à às é";
const DUTCH: &str = "aan al alles als altijd ben bij beste daar dan dat de der deze die dit doch doen door dus een en er ge geen geweest haar had heb hebben heeft hem het hier hij hoe hun iemand iets ik in is ja je kan kunnen kunt maar me meer men met mij mijn moet na naar niet niets nog nu of om omdat onder ons ook op over reeds te tegen toch toen tot u uit uw van veel voor want waren was wat werd wezen wie wij wil worden wordt zal ze zelf zich zij zijn zo zonder zou bedankt";
const SWEDISH: &str = "alla att av blev bli blir de dem den denna deras dess det detta dig din dina dit du då efter ej eller en er ett från för ha hade han har hej henne hennes hon honom hur här i icke ingen inom inte jag ju kan kunde man med mellan men mig min mina mitt mot mycket ni nu när någon något några och om oss på samma sedan sig sin sina sitta själv skulle som så sådan till tack under upp ut utan vad var varför vara varit varje vart vem vi vid vilken är över";

/// For each word, one bit for each language in which it is a stop word.
static LANGUAGES: LazyLock<HashMap<&'static str, u8>> = LazyLock::new(|| {
    let mut languages: HashMap<&'static str, u8> = HashMap::new();
    let lists = [ENGLISH, GERMAN, FRENCH, SPANISH, ITALIAN, PORTUGUESE, DUTCH, SWEDISH];
    for (at, list) in lists.iter().enumerate() {
        for word in list.split(' ') {
            *languages.entry(word).or_default() |= 1 << at;
        }
    }
    languages
});

/// Longer words are not stop words in any language and are not looked up.
const LONGEST_BYTES: usize = 12;

/// The languages, in the order of `TextLanguage::SPOKEN`, in which a word in lower case is a stop word.
pub(crate) fn languages_of(word: &str) -> u8 {
    if word.len() > LONGEST_BYTES { 0 } else { LANGUAGES.get(word).copied().unwrap_or(0) }
}

#[cfg(test)]
mod tests {
    use super::super::language::TextLanguage;
    use super::*;

    #[test]
    fn a_word_may_be_a_stop_word_in_several_languages() {
        let languages = languages_of("die");
        assert!(TextLanguage::German.is_among(languages) && TextLanguage::Dutch.is_among(languages));
        assert!(!TextLanguage::English.is_among(languages) && !TextLanguage::Other.is_among(languages));
    }

    #[test]
    fn every_listed_word_is_short_enough_to_be_looked_up() {
        assert!(LANGUAGES.keys().all(|word| languages_of(word) != 0));
    }
}
