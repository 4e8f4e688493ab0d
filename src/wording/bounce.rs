//! Whether a message reports that mail came back (osTicket/osTicket#4911, chatwoot/chatwoot#11873, zammad/zammad#1925).
//!
//! A report that mail is late is none: it may still arrive.

use std::sync::LazyLock;

use regex::Regex;

use super::{pattern::pattern, reply};

/// How a report begins, in the words of the mail systems that are common.
static HEADING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"undeliver(ed|able)\b | \b(e-?)?mail\ delivery\ (failed|failure) | \bmail\ system\ error | message\ undeliverable
        | delivery\ (to\ the\ following\ recipients?\ )?(has\ )?(failed|failure|incomplete)
        | delivery\ status\ notification\ \(failure\) | \bfailure\ notice | returned\ (mail|to\ sender)
        | (could\ not|couldn.t|cannot|was\ not|wasn.t)\ (be\ )?delivered | address\ (not\ found|rejected)
        | unzustellbar | nicht\ zugestellt | zustellung\ fehlgeschlagen | non\ remis | [ée]chec\ de\ (la\ )?(remise|distribution)
        | no\ entregad | no\ se\ (ha\ )?p(udo|odido)\ entregar | mancat[ao]\ (consegna|recapito)
        | n[ãa]o\ (foi\ |p[ôo]de\ ser\ )?entregue | onbestelbaar | niet\ (worden\ )?bezorgd | 配信(不能|できません|に失敗)",
    )
});

/// How reports begin that only a mail system writes: Postfix, Exim, qmail. A helpdesk that says nothing of their author shows
/// them as mail of a customer.
static BY_A_MAILER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^this\ is\ the\ mail\ system\ at\ host\b | ^this\ message\ was\ created\ automatically\ by\ mail\ delivery\ software
        | ^(hi\.\ )?this\ is\ the\ qmail-send\ program\ at\b",
    )
});

/// A final answer of a mail server.
static REFUSED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b5\.\d{1,3}\.\d{1,3}\b | \b55[0-4][\ -] | \baction:\s*failed\b"));

/// The same as only a report has it: customers have versions such as 5.2.1, and read codes in logs.
static REFUSED_BY_A_SERVER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b5\d\d[\ -]\#?5\.\d{1,3}\.\d{1,3}\b | \baction:\s*failed\b"));

/// What says that it is only late.
static LATE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\(delay\) | \bdelayed\b | \bwill\ (be\ retried|retry|keep\ trying|continue\ trying) | \bnot\ yet\ been\ delivered
        | verzögert",
    )
});

/// How many lines of a message are its beginning.
const FIRST_LINES: usize = 8;

/// Whether a message reports that mail came back. `by_mailer` says that its author is a mail system. Without that it takes more
/// than the words of a report: a mail server's final answer, or a first line that only machines write. Customers write of mail,
/// too.
#[must_use]
pub fn is_one(by_mailer: bool, body: &str) -> bool {
    let lines = body.lines().map(str::trim).filter(|line| !line.is_empty());
    let first: String = lines.take(FIRST_LINES).collect::<Vec<_>>().join("\n");
    // Reports are broken into lines anywhere.
    let (heading, refused) = (HEADING.is_match(&first.replace('\n', " ")), REFUSED.is_match(body));
    if LATE.is_match(&first) && !refused {
        return false;
    }
    let by_mailer = by_mailer || BY_A_MAILER.is_match(&first);
    if by_mailer {
        return heading || refused;
    }
    let Some(found) = first.lines().next().and_then(|line| HEADING.find(line)) else { return false };
    REFUSED_BY_A_SERVER.is_match(body) || (found.start() == 0 && reply::is_automatic("", &first))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_that_mail_came_back_is_one() {
        for body in [
            "Undelivered Mail Returned to Sender\n\nThis is the mail system at host mx.acme.test.\n<ana@x.test>: 550 5.1.1 no such user",
            "Delivery Status Notification (Failure)\n\nYour message to ana@x.test couldn't be delivered.",
            "Mail delivery failed: returning message to sender",
            "Ihre Nachricht konnte nicht zugestellt werden.\n\nUnzustellbar: Re: CSV",
            "Échec de la remise : Re: export\n\n550 5.4.1 Recipient address rejected",
            "<ana@x.test>: host mx.x.test said: 554 rejected",
        ] {
            assert!(is_one(true, body), "{body}");
        }
        let by_the_requester = "Undelivered Mail Returned to Sender\n\n<ana@x.test>: 550 5.1.1 User unknown";
        assert!(is_one(false, by_the_requester), "some helpdesks take the report for the customer's own mail");
        for body in [
            "This is the mail system at host mx.acme.test.\n\nI'm sorry to have to inform you that your message could not\nbe \
             delivered to one or more recipients.\n\n<ana@x.test>: unknown user: \"ana\"",
            "This is the mail system at host mx.acme.test.\n\n<ana@x.test>: host mx.x.test said: 550 5.1.1 no such user",
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered \
             to one or more of its recipients.",
            "Hi. This is the qmail-send program at mx.acme.test.\nI'm afraid I wasn't able to deliver your message.\n\n\
             <ana@x.test>:\nSorry, no mailbox here by that name. (#5.1.1)",
        ] {
            assert!(is_one(false, body), "{body}");
        }
        assert!(is_one(false, "Undelivered Mail Returned to Sender\n\nThis is the mail system at host mx.acme.test."));
    }

    #[test]
    fn what_is_late_or_speaks_of_mail_is_none() {
        for body in [
            "Delivery Status Notification (Delay)\n\nYour message has not yet been delivered. It will be retried.",
            "This is the mail system at host mx.acme.test.\n\n# THIS IS A WARNING ONLY. #\n\nYour message could not be delivered for \
             more than 4 hour(s).\nIt will be retried until it is 5 day(s) old.",
            "Thank you, it works now.",
        ] {
            assert!(!is_one(true, body), "{body}");
        }
        for body in [
            "Your export says 'mail delivery failed' when I click on send.",
            "We see 550 5.1.1 in the log of your product.",
            "We are on 5.2.1 now and the mail still could not be delivered.",
            "My parcel was not delivered.\n\n> That is fixed in version 5.4.0.",
            "It is still broken.\n\nThe log says 550 5.1.1, and the mail could not be delivered.",
        ] {
            assert!(!is_one(false, body), "{body}");
        }
    }
}
