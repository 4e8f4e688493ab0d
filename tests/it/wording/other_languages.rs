//! The texts in other languages than English: drafts until somebody fluent has read them here.

use heard::{
    model::{milestone::MilestoneKind, topic::TopicKind},
    wording::update::UpdateFacts,
};
use insta::assert_snapshot;

use super::{at, bare, bug, text, wish};

fn shipped(locale: &'static str) -> String {
    let summary = None;
    text(&UpdateFacts { locale: Some(locale), summary, stop_url: None, ..bug(MilestoneKind::Shipped) })
}

fn silence(locale: &'static str) -> String {
    let facts = UpdateFacts { locale: Some(locale), stop_url: None, ..bare(TopicKind::Bug, MilestoneKind::Silence) };
    text(&UpdateFacts { now: at("2026-04-02T08:00:00Z"), ..facts })
}

fn declined(locale: &'static str) -> String {
    text(&UpdateFacts { locale: Some(locale), stop_url: None, ..wish(MilestoneKind::Declined) })
}

#[test]
fn a_german_customer_reads_german() {
    assert_snapshot!(shipped("de"), @"
    Guten Tag Ana Sousa,

    Am 3. März schrieben Sie uns:

    > every CSV export of our monthly report is missing its last row.

    Das ist behoben. Sie finden es in Version 2.4.0, die vor einigen Stunden erschienen ist: https://acme.test/releases/2.4.0

    Danke, dass Sie sich die Zeit genommen haben, uns zu schreiben.

    Stimmt es jetzt bei Ihnen?

    Ja, es funktioniert: https://heard.acme.test/c/9f2k?works
    Es funktioniert noch nicht: https://heard.acme.test/c/9f2k?still_broken

    Oder antworten Sie einfach auf diese Nachricht. Wenn noch etwas nicht stimmt, nehmen wir uns die Sache wieder vor.

    Sam, Acme support

    Wie weit es ist: https://heard.acme.test/c/9f2k
    ");
    assert_snapshot!(silence("de"), @"
    Guten Tag,

    Am 3. März schrieben Sie uns, dass etwas nicht funktioniert.

    Das ist jetzt vier Wochen her, und Sie sollen wissen, wie es steht. Behoben ist es noch nicht. Vergessen ist es nicht: Es steht weiter auf unserer Liste, mit dem, was Sie geschrieben haben.

    Einen Termin haben wir nicht, und raten möchten wir nicht. Wenn es für Sie dringender geworden ist oder keine Rolle mehr spielt, antworten Sie einfach auf diese Nachricht. Das hilft uns, das Richtige zuerst zu tun.

    Acme support

    Wie weit es ist: https://heard.acme.test/c/9f2k
    ");
    assert_snapshot!(declined("de"), @"
    Guten Tag Tomás Echeverría,

    Im Dezember 2025 schrieben Sie uns:

    > Could the kiosk be dark at night?

    Wir haben entschieden, das nicht zu bauen.

    Wir wissen, dass Sie sich eine andere Antwort erhofft haben, und sagen es Ihnen lieber offen, als Sie warten zu lassen.

    Wenn Ihnen das wichtiger ist, als wir verstanden haben, antworten Sie auf diese Nachricht und erzählen Sie uns etwas mehr darüber. Wir tragen es dann noch einmal zu denen, die darüber entscheiden.

    Sam, Acme support

    Wie weit es ist: https://heard.acme.test/c/9f2k
    ");
}

#[test]
fn a_french_customer_reads_french() {
    assert_snapshot!(shipped("fr"), @"
    Bonjour Ana,

    Le mardi 3 mars, vous nous avez écrit :

    > every CSV export of our monthly report is missing its last row.

    C’est corrigé. C’est dans la version 2.4.0, parue il y a quelques heures : https://acme.test/releases/2.4.0

    Merci d’avoir pris le temps de nous écrire.

    Est-ce que tout fonctionne maintenant de votre côté ?

    Oui, cela fonctionne: https://heard.acme.test/c/9f2k?works
    Cela ne fonctionne toujours pas: https://heard.acme.test/c/9f2k?still_broken

    Ou répondez simplement à ce message. Si quelque chose ne va toujours pas, nous nous y remettrons.

    Sam, Acme support

    Où cela en est: https://heard.acme.test/c/9f2k
    ");
    assert_snapshot!(silence("fr"), @"
    Bonjour,

    Le mardi 3 mars, vous nous avez signalé que quelque chose ne fonctionnait pas.

    Votre message date d’il y a quatre semaines, et vous méritez un mot de notre part. Ce n’est pas encore corrigé. Ce n’est pas oublié : cela reste sur notre liste, avec ce que vous nous avez écrit.

    Nous n’avons pas de date et préférons ne pas en deviner une. Si c’est devenu plus pressant pour vous, ou si cela n’a plus d’importance, répondez simplement à ce message : cela nous aide à faire les choses dans le bon ordre.

    Acme support

    Où cela en est: https://heard.acme.test/c/9f2k
    ");
    assert_snapshot!(declined("fr"), @"
    Bonjour Tomás,

    En décembre 2025, vous nous avez écrit :

    > Could the kiosk be dark at night?

    Nous avons décidé de ne pas le réaliser.

    Nous savons que ce n’est pas la réponse que vous espériez, et nous préférons vous le dire franchement plutôt que de vous laisser attendre.

    Si cela compte davantage pour vous que nous ne l’avons compris, répondez à ce message et dites-nous-en un peu plus : nous le porterons de nouveau à ceux qui décident.

    Sam, Acme support

    Où cela en est: https://heard.acme.test/c/9f2k
    ");
}

#[test]
fn a_spanish_customer_reads_spanish() {
    assert_snapshot!(shipped("es"), @"
    Hola, Ana:

    El martes 3 de marzo nos escribió:

    > every CSV export of our monthly report is missing its last row.

    Ya está arreglado. Está en la versión 2.4.0, publicada hace unas horas: https://acme.test/releases/2.4.0

    Gracias por tomarse el tiempo de escribirnos.

    ¿Le funciona bien ahora?

    Sí, funciona: https://heard.acme.test/c/9f2k?works
    Sigue sin funcionar: https://heard.acme.test/c/9f2k?still_broken

    O simplemente responda a este mensaje. Si algo sigue sin estar bien, volveremos a ocuparnos de ello.

    Sam, Acme support

    Cómo va: https://heard.acme.test/c/9f2k
    ");
    assert_snapshot!(silence("es"), @"
    Hola:

    El martes 3 de marzo nos contó que algo no funcionaba.

    Han pasado cuatro semanas y merece saber cómo está el asunto. Todavía no está arreglado. No se ha olvidado: sigue en nuestra lista, con lo que nos escribió.

    No tenemos fecha y preferimos no adivinarla. Si ahora le corre más prisa, o si ya no importa, responda a este mensaje; eso nos ayuda a hacer las cosas en el orden correcto.

    Acme support

    Cómo va: https://heard.acme.test/c/9f2k
    ");
    assert_snapshot!(declined("es"), @"
    Hola, Tomás:

    En diciembre de 2025 nos escribió:

    > Could the kiosk be dark at night?

    Hemos decidido no hacerlo.

    Sabemos que no es la respuesta que esperaba, y preferimos decírselo con claridad antes que dejarle esperando.

    Si esto es más importante para usted de lo que hemos entendido, responda a este mensaje y cuéntenos un poco más: lo llevaremos de nuevo a quienes deciden.

    Sam, Acme support

    Cómo va: https://heard.acme.test/c/9f2k
    ");
}

#[test]
fn a_portuguese_customer_reads_portuguese() {
    assert_snapshot!(shipped("pt-BR"), @"
    Olá, Ana,

    Em 3 de março, você nos escreveu:

    > every CSV export of our monthly report is missing its last row.

    Isso está corrigido. Está na versão 2.4.0, publicada há algumas horas: https://acme.test/releases/2.4.0

    Agradecemos por ter reservado um tempo para nos escrever.

    Está funcionando para você agora?

    Sim, funciona: https://heard.acme.test/c/9f2k?works
    Ainda não funciona: https://heard.acme.test/c/9f2k?still_broken

    Ou simplesmente responda a esta mensagem. Se algo ainda não estiver certo, voltaremos a tratar disso.

    Sam, Acme support

    Em que pé está: https://heard.acme.test/c/9f2k
    ");
    assert_snapshot!(silence("pt-BR"), @"
    Olá,

    Em 3 de março, você nos contou que algo não funcionava.

    A sua mensagem já tem 4 semanas, e você merece saber em que pé está o assunto. Isso ainda não está corrigido. Não foi esquecido: continua na nossa lista, com o que você nos escreveu.

    Não temos data e preferimos não adivinhar. Se ficou mais urgente para você, ou se já não importa, responda a esta mensagem; isso nos ajuda a fazer as coisas na ordem certa.

    Acme support

    Em que pé está: https://heard.acme.test/c/9f2k
    ");
    assert_snapshot!(declined("pt-BR"), @"
    Olá, Tomás,

    Em dezembro de 2025, você nos escreveu:

    > Could the kiosk be dark at night?

    Decidimos não fazer isso.

    Sabemos que não é a resposta que você esperava, e preferimos dizer isso com clareza a deixar você esperando.

    Se isso for mais importante para você do que entendemos, responda a esta mensagem e conte um pouco mais: nós levamos de novo às pessoas que decidem.

    Sam, Acme support

    Em que pé está: https://heard.acme.test/c/9f2k
    ");
}

#[test]
fn a_dutch_customer_reads_dutch() {
    assert_snapshot!(shipped("nl"), @"
    Hallo Ana,

    Op dinsdag 3 maart schreef u ons:

    > every CSV export of our monthly report is missing its last row.

    Dat is opgelost. Het zit in versie 2.4.0, die een paar uur geleden is uitgekomen: https://acme.test/releases/2.4.0

    Dank dat u de tijd nam om ons te schrijven.

    Gaat het nu goed bij u?

    Ja, het werkt: https://heard.acme.test/c/9f2k?works
    Het werkt nog niet: https://heard.acme.test/c/9f2k?still_broken

    Of antwoord gewoon op dit bericht. Als er nog iets niet klopt, pakken we het weer op.

    Sam, Acme support

    Hoe het ermee staat: https://heard.acme.test/c/9f2k
    ");
    assert_snapshot!(silence("nl"), @"
    Hallo,

    Op dinsdag 3 maart schreef u ons dat er iets niet werkte.

    Dat is nu vier weken geleden, en u hebt recht op een bericht. Het is nog niet opgelost. Het is niet vergeten: het staat nog op onze lijst, met wat u hebt geschreven.

    We hebben geen datum, en willen er liever niet naar raden. Is het voor u dringender geworden, of doet het er niet meer toe, antwoord dan op dit bericht; dat helpt ons de dingen in de goede volgorde te doen.

    Acme support

    Hoe het ermee staat: https://heard.acme.test/c/9f2k
    ");
    assert_snapshot!(declined("nl"), @"
    Hallo Tomás,

    In december 2025 schreef u ons:

    > Could the kiosk be dark at night?

    We hebben besloten dit niet te maken.

    We weten dat dit niet het antwoord is waarop u hoopte, en zeggen het u liever eerlijk dan dat we u laten wachten.

    Is dit voor u belangrijker dan wij hebben begrepen, antwoord dan op dit bericht en vertel ons er iets meer over. Dan brengen we het opnieuw bij de mensen die erover beslissen.

    Sam, Acme support

    Hoe het ermee staat: https://heard.acme.test/c/9f2k
    ");
}

#[test]
fn an_italian_customer_reads_italian() {
    assert_snapshot!(shipped("it"), @"
    Buongiorno Ana,

    Martedì 3 marzo ci ha scritto:

    > every CSV export of our monthly report is missing its last row.

    Ora è risolto. È nella versione 2.4.0, uscita qualche ora fa: https://acme.test/releases/2.4.0

    Grazie per aver trovato il tempo di scriverci.

    Ora funziona come dovrebbe?

    Sì, funziona: https://heard.acme.test/c/9f2k?works
    Non funziona ancora: https://heard.acme.test/c/9f2k?still_broken

    Oppure risponda semplicemente a questo messaggio. Se qualcosa ancora non va, ce ne occuperemo di nuovo.

    Sam, Acme support

    A che punto siamo: https://heard.acme.test/c/9f2k
    ");
    assert_snapshot!(silence("it"), @"
    Buongiorno,

    Martedì 3 marzo ci ha segnalato che qualcosa non funzionava.

    È passato un po’ di tempo (quattro settimane) e merita di sapere a che punto siamo. Non è ancora risolto. Non è dimenticato: è ancora nella nostra lista, con quello che ci ha scritto.

    Non abbiamo una data e preferiamo non tirare a indovinare. Se per Lei è diventato più urgente, o se non ha più importanza, risponda a questo messaggio: ci aiuta a fare le cose nell’ordine giusto.

    Acme support

    A che punto siamo: https://heard.acme.test/c/9f2k
    ");
    assert_snapshot!(declined("it"), @"
    Buongiorno Tomás,

    A dicembre 2025 ci ha scritto:

    > Could the kiosk be dark at night?

    Abbiamo deciso di non realizzarlo.

    Sappiamo che non è la risposta che sperava, e preferiamo dirglielo con chiarezza piuttosto che lasciarLa in attesa.

    Se per Lei è più importante di quanto abbiamo capito, risponda a questo messaggio e ci dica qualcosa di più: lo porteremo di nuovo a chi decide.

    Sam, Acme support

    A che punto siamo: https://heard.acme.test/c/9f2k
    ");
}

#[test]
fn a_japanese_customer_reads_japanese() {
    assert_snapshot!(shipped("ja"), @"
    Ana Sousa様

    3月3日(火)に、次のご連絡をいただきました。

    > every CSV export of our monthly report is missing its last row.

    この点は修正されました。数時間前に公開したバージョン2.4.0に含まれています。

    https://acme.test/releases/2.4.0

    お時間を割いてご連絡くださり、ありがとうございました。

    現在は正しく動いておりますでしょうか。

    はい、動いています: https://heard.acme.test/c/9f2k?works
    まだ直っていません: https://heard.acme.test/c/9f2k?still_broken

    このメッセージにそのままご返信いただいてもかまいません。まだ問題がある場合は、あらためて対応いたします。

    Sam, Acme support

    このお問い合わせの状況: https://heard.acme.test/c/9f2k
    ");
    assert_snapshot!(silence("ja"), @"
    お客様

    3月3日(火)に、不具合のご連絡をいただきました。

    ご連絡をいただいてから4週間が経ちましたので、現在の状況をお知らせいたします。まだ修正には至っておりません。忘れているわけではなく、いただいた内容とともに、引き続き対応の対象としております。

    時期は決まっておらず、不確かな日程をお伝えすることは控えさせていただきます。お急ぎになった場合や、すでに必要がなくなった場合は、このメッセージにご返信ください。順序を決める際の参考にさせていただきます。

    Acme support

    このお問い合わせの状況: https://heard.acme.test/c/9f2k
    ");
    assert_snapshot!(declined("ja"), @"
    Tomás Echeverría様

    2025年12月に、次のご連絡をいただきました。

    > Could the kiosk be dark at night?

    検討の結果、この機能の開発は見送ることにいたしました。

    ご期待に沿えるお返事ではないことは承知しております。お待たせし続けるよりも、率直にお伝えすべきと考えました。

    私どもの理解以上に大切な点でしたら、このメッセージへの返信で、もう少し詳しくお聞かせください。決定に関わる担当者にあらためて伝えます。

    Sam, Acme support

    このお問い合わせの状況: https://heard.acme.test/c/9f2k
    ");
}
