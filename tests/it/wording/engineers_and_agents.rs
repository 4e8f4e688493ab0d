//! What engineers read on GitHub, agents in the helpdesk, and customers on their own page.

use heard::{
    model::{
        milestone::MilestoneKind,
        topic::{TopicKind, TopicState},
        update::{CustomerVerdict, Via},
    },
    wording::{
        issue::{self, IssueComment, IssueFacts, RepositoryVisibility, Trend},
        language::Language,
        note::{self, Note, PossibleDuplicate},
        page::{self, TopicStanding},
        permit::Vocabulary,
        redact::{self, KnownPeople},
    },
};
use insta::assert_snapshot;

use super::at;

const KNOWN: KnownPeople = KnownPeople {
    names: &["Ana Sousa", "Sam Okafor"],
    organizations: &["Lovelace Ltd"],
    emails: &["ana.sousa@lovelace.test"],
    own_urls: &["https://heard.acme.test/topics/"],
};

static NO_WORDS: Vocabulary = Vocabulary::EMPTY;

const TOPIC: &str = "https://heard.acme.test/topics/0197b2f0-4411-7111-8111-411111111111";

fn facts(quotes: &[String]) -> IssueFacts<'_> {
    IssueFacts {
        kind: TopicKind::Bug,
        title: "Re: URGENT!!! CSV export is missing the last row.",
        title_is_written: true,
        known: KNOWN,
        vocabulary: &NO_WORDS,
        customer_count: 12,
        likely_customer_count: 5,
        organization_count: 9,
        ticket_count: 15,
        trend: Some(Trend::Rising),
        first_seen_at: at("2026-03-03T10:00:00Z"),
        last_seen_at: at("2026-03-20T10:00:00Z"),
        versions: &["2.3.1", "2.4.0", "2.3.1", "10.0.0.1", "@everyone <b>", "Ana Sousa's build"],
        platforms: &["Windows 11", "iOS"],
        quotes,
        console_url: TOPIC,
        confirmed_count: 3,
        still_broken_count: 1,
        still_broken_quotes: &[],
    }
}

#[test]
fn an_issue_in_a_private_repository_has_redacted_quotes() {
    let quotes = [
        "every CSV export is missing its last row",
        "[name] cannot close the month",
        "Die letzte Zeile fehlt",
        "a fourth",
    ]
    .map(str::to_owned);
    let facts = facts(&quotes);
    assert_snapshot!(issue::title(&facts, RepositoryVisibility::Private), @"CSV export is missing the last row");
    assert_snapshot!(issue::section(&facts, RepositoryVisibility::Private), @"
    **Bug**, raised by 12 customers of 9 organizations in 15 tickets; 5 more are likely to mean it. First seen 3 March 2026, last 20 March 2026, rising.

    **In customers' words** (redacted)

    > every CSV export is missing its last row

    > [name] cannot close the month

    > Die letzte Zeile fehlt

    **Versions named:** 2.3.1, 2.4.0. **Platforms named:** Windows 11, iOS.

    3 customers say that it works, **1 that it is still broken.**

    [The whole topic in Heard](https://heard.acme.test/topics/0197b2f0-4411-7111-8111-411111111111), for those with access.
    ");
}

#[test]
fn an_issue_in_a_public_repository_has_counts_and_neutral_facts_only() {
    let quotes = ["every CSV export is missing its last row".to_owned()];
    let facts = facts(&quotes);
    let section = issue::section(&facts, RepositoryVisibility::Public);
    assert!(!section.contains("every CSV") && !section.contains("Ana"), "{section}");
    assert_eq!(redact::check(&section, &KnownPeople { names: &["Ana Sousa"], ..KNOWN }), Ok(()));
    assert_snapshot!(section, @"
    **Bug**, raised by 12 customers of 9 organizations in 15 tickets; 5 more are likely to mean it. First seen 3 March 2026, last 20 March 2026, rising.

    **Versions named:** 2.3.1, 2.4.0. **Platforms named:** Windows 11, iOS.

    3 customers say that it works, **1 that it is still broken.**

    [The whole topic in Heard](https://heard.acme.test/topics/0197b2f0-4411-7111-8111-411111111111), for those with access.
    ");
}

#[test]
fn an_issue_of_one_customer_says_no_more_than_it_knows() {
    let facts = IssueFacts {
        customer_count: 1,
        likely_customer_count: 0,
        organization_count: 0,
        ticket_count: 1,
        trend: None,
        last_seen_at: at("2026-03-03T10:00:00Z"),
        versions: &[],
        platforms: &[],
        confirmed_count: 0,
        still_broken_count: 0,
        ..facts(&[])
    };
    assert_snapshot!(issue::section(&facts, RepositoryVisibility::Private), @"
    **Bug**, raised by 1 customer in 1 ticket. Seen on 3 March 2026.

    [The whole topic in Heard](https://heard.acme.test/topics/0197b2f0-4411-7111-8111-411111111111), for those with access.
    ");
}

#[test]
fn a_subject_is_no_title_in_public_and_lets_no_name_out_elsewhere() {
    for (subject, private) in [
        ("Marta Kowalczyk cannot sign the contract", "[name] cannot sign the contract"),
        ("Dr. Henrik Solberg's export fails at Zybertronix", "[name]'s export fails at [name 2]"),
        ("Order INV-2026-00123 is printed twice", "Order [number] is printed twice"),
    ] {
        let facts = IssueFacts { title: subject, title_is_written: false, ..facts(&[]) };
        assert_eq!(issue::title(&facts, RepositoryVisibility::Public), "A bug that customers report");
        assert_eq!(issue::title(&facts, RepositoryVisibility::Private), private);
    }
}

#[test]
fn a_title_is_short_neutral_and_names_nobody() {
    let title = |title: &'static str, visibility| issue::title(&IssueFacts { title, ..facts(&[]) }, visibility);
    for (subject, private, public) in [
        (
            "CSV export is missing the last row",
            "CSV export is missing the last row",
            "CSV export is missing the last row",
        ),
        ("FWD: Re: export broken!!!", "Export broken", "Export broken"),
        ("EXPORT IS MISSING THE LAST ROW", "Export is missing the last row", "Export is missing the last row"),
        ("Export for Ana Sousa fails", "Export for [name] fails", "A bug that customers report"),
        ("ana.sousa@lovelace.test", "A bug that customers report", "A bug that customers report"),
        ("", "A bug that customers report", "A bug that customers report"),
    ] {
        assert_eq!(title(subject, RepositoryVisibility::Private), private);
        assert_eq!(title(subject, RepositoryVisibility::Public), public);
    }
    let long = Box::leak("the export is missing a row ".repeat(9).into_boxed_str());
    assert!(title(long, RepositoryVisibility::Private).chars().count() < 80);
}

#[test]
fn a_comment_on_an_issue_gives_counts_and_no_names() {
    let comment = |comment| issue::comment(&comment, &KNOWN);
    assert_snapshot!(comment(IssueComment::Customers { customer_count: 25, organization_count: 19 }), @"25 customers of 19 organizations have raised this by now.");
    assert_snapshot!(comment(IssueComment::StillBroken { still_broken_count: 2, told_count: 23, version: Some("v2.4.0") }), @"Of 23 customers who were told of the fix, 2 say that it is still broken in v2.4.0.");
    assert_snapshot!(comment(IssueComment::StillBroken { still_broken_count: 1, told_count: 1, version: None }), @"The one customer who was told of the fix says that it is still broken.");
}

#[test]
fn a_comment_is_worth_it_at_few_numbers_of_customers() {
    for (before, now, threshold) in
        [(0, 9, None), (9, 10, Some(10)), (10, 24, None), (3, 130, Some(100)), (30, 31, None)]
    {
        assert_eq!(issue::passed_threshold(before, now), threshold, "{before} {now}");
    }
}

#[test]
fn every_note_tells_the_agent_what_to_do_next() {
    let title = "CSV export is missing the last row";
    let likely = [PossibleDuplicate {
        title: "Export drops rows",
        url: "https://github.com/acme/product/issues/7",
        customer_count: 4,
    }];
    let notes = [
        Note::Escalated {
            title,
            topic_url: TOPIC,
            customer_count: 1,
            likely_customer_count: 0,
            likely_told_from: None,
            issue_url: None,
            in_review: false,
            likely: &[],
        },
        Note::Escalated {
            title,
            topic_url: TOPIC,
            customer_count: 3,
            likely_customer_count: 5,
            likely_told_from: None,
            issue_url: None,
            in_review: false,
            likely: &likely,
        },
        Note::Filed { issue_url: "https://github.com/acme/product/issues/9", issue: "acme/product#9" },
        Note::Reached {
            milestone: MilestoneKind::FixMerged,
            title,
            topic_url: TOPIC,
            version: None,
            words: None,
            doubt: Some("acme/product#7 was merged into next, which is not the default branch"),
        },
        Note::Reached {
            milestone: MilestoneKind::Workaround,
            title,
            topic_url: TOPIC,
            version: None,
            words: Some("add an empty last column"),
            doubt: None,
        },
        Note::ToldElsewhere {
            ticket_url: "https://acme.zendesk.com/agent/tickets/12",
            milestone: MilestoneKind::Shipped,
        },
        Note::StillBroken {
            title,
            topic_url: TOPIC,
            via: Via::Page,
            words: Some("Still 99 of 100 rows"),
            version: Some("2.4.0"),
            effect: note::StillBrokenEffect::Reopened,
        },
        Note::Confirmed { via: Via::Reply, words: None },
        Note::Regression { title, topic_url: TOPIC, version: Some("2.4.0") },
    ];
    for note in &notes {
        assert!(note::write(note).rsplit("\n\n").next().is_some_and(|last| last.starts_with("Next: ")), "{note:?}");
    }
    let all: Vec<String> = notes.iter().map(note::write).collect();
    assert_snapshot!(all.join("\n\n---\n\n"), @"
    Heard: escalated “CSV export is missing the last row” to engineering; 1 customer raises it. https://heard.acme.test/topics/0197b2f0-4411-7111-8111-411111111111

    No other topic looks like the same.

    Next: the issue is filed and noted here. You need not do anything; the customer is told when it has shipped.

    ---

    Heard: escalated “CSV export is missing the last row” to engineering; 3 customers raise it. https://heard.acme.test/topics/0197b2f0-4411-7111-8111-411111111111

    5 more customers most probably ask for it too. Nobody tells them before somebody says there which of them do.

    It may be the same as:

    - “Export drops rows” (4 customers): https://github.com/acme/product/issues/7

    Next: if one of these is the same, open it and merge; otherwise there is nothing to do, and the customer is told when it has shipped.

    ---

    Heard: the issue is filed as acme/product#9: https://github.com/acme/product/issues/9

    Next: engineering decides. Later steps are noted here while somebody works on this ticket, and the customer is told when it has shipped.

    ---

    Heard: the change for “CSV export is missing the last row” is merged. No customer has it yet: merged is not shipped. https://heard.acme.test/topics/0197b2f0-4411-7111-8111-411111111111

    It is not certain that this is the fix: acme/product#7 was merged into next, which is not the default branch. A person is asked before any customer is told.

    Next: please do not promise it yet. The customer is told when a release has it.

    ---

    Heard: there is a way around “CSV export is missing the last row” until it is fixed. https://heard.acme.test/topics/0197b2f0-4411-7111-8111-411111111111

    In words for customers: Add an empty last column.

    Next: pass it on if it fits this customer. They are told when the fix itself has shipped.

    ---

    Heard: this customer has asked twice, and was told (shipped) in the other ticket: https://acme.zendesk.com/agent/tickets/12

    Next: nothing to do here, unless this ticket asks for something else as well.

    ---

    Heard: the customer says that “CSV export is missing the last row” is still broken in 2.4.0, on their own page.

    In their words: “Still 99 of 100 rows”

    The topic is open again: https://heard.acme.test/topics/0197b2f0-4411-7111-8111-411111111111

    Next: please answer the customer, and ask what they see instead if they have not said it.

    ---

    Heard: the customer says that it works, in a reply.

    Next: nothing to do. The ticket may be solved.

    ---

    Heard: this reads like “CSV export is missing the last row”, which had shipped in 2.4.0. https://heard.acme.test/topics/0197b2f0-4411-7111-8111-411111111111

    It was written after that, so it may have come back, or this customer may not have the version yet.

    Next: please find out which version they use. If it has come back, escalate this ticket; if it is something else, move it to a topic of its own.
    ");
}

#[test]
fn the_customers_own_page_says_where_each_thing_stands() {
    let mut lines = Vec::new();
    for state in TopicState::ALL {
        for kind in TopicKind::ALL {
            let standing = TopicStanding {
                state: *state,
                kind: *kind,
                has_workaround: false,
                version: Some("2.4.0"),
                verdict: None,
            };
            let meaning = page::meaning(&standing, Language::English);
            let says_done = meaning.contains("is fixed")
                || meaning.contains("is there now")
                || meaning.contains("in your hands now");
            assert_eq!(says_done, *state == TopicState::Shipped, "{meaning}");
            lines.push(format!("{}: {meaning}", page::state(&standing, Language::English)));
        }
    }
    assert_snapshot!(lines.join("\n"), @"
    With our support team: We have your report and are looking at it. You will hear from us when there is something new.
    With our support team: We have your wish and are looking at it. You will hear from us when there is something new.
    With our support team: We have your question and are looking at it. You will hear from us when there is something new.
    With the people who build the product: We have your report and are looking at it. You will hear from us when there is something new.
    With the people who build the product: We have your wish and are looking at it. You will hear from us when there is something new.
    With the people who build the product: We have your question and are looking at it. You will hear from us when there is something new.
    Planned: We mean to put this right. Nobody has begun yet, so there is no date.
    Planned: We mean to build this. Nobody has begun yet, so there is no date.
    Planned: We mean to change what made you ask. Nobody has begun yet, so there is no date.
    Being worked on: Somebody is working on this. We have no date yet, and would rather not guess one.
    Being worked on: This is being built. We have no date yet, and would rather not guess one.
    Being worked on: Somebody is working on what made you ask. We have no date yet, and would rather not guess one.
    Written, not out yet: The change that should put this right is written. It comes with one of the next versions, and we will write to you then.
    Written, not out yet: The work on this is done on our side. It comes with one of the next versions, and we will write to you then.
    Written, not out yet: The change that came of your question is written. It comes with one of the next versions, and we will write to you then.
    Out, in version 2.4.0: This is fixed.
    Out, in version 2.4.0: This is there now.
    Out, in version 2.4.0: Your question led to a change, and it is in your hands now.
    Decided against: We have decided to leave this as it is.
    Decided against: We have decided not to build this.
    Decided against: We have decided not to change anything here.
    With the people who build the product: We have your report and are looking at it. You will hear from us when there is something new.
    With the people who build the product: We have your wish and are looking at it. You will hear from us when there is something new.
    With the people who build the product: We have your question and are looking at it. You will hear from us when there is something new.
    ");
    let shipped = TopicStanding {
        state: TopicState::Shipped,
        kind: TopicKind::Bug,
        has_workaround: true,
        version: None,
        verdict: None,
    };
    assert_eq!(page::state(&shipped, Language::English), "Out");
    let broken = TopicStanding { verdict: Some(CustomerVerdict::StillBroken), ..shipped };
    assert_eq!(page::state(&broken, Language::English), "You told us that it is still broken");
    let around = TopicStanding { state: TopicState::InProgress, ..shipped };
    assert_eq!(page::state(&around, Language::English), "Not done yet, but there is a way around");
    assert_eq!(
        page::heading(Some("Ben"), Language::English),
        "Hello Ben, here is what you wrote to us, and how it stands."
    );
    let asked = page::asked(at("2026-03-20T08:20:00Z"), at("2026-03-20T15:00:00Z"), Language::English);
    assert_eq!(asked, "You wrote a few hours ago");
}

#[test]
fn the_page_names_what_it_is_given_in_every_language() {
    for language in Language::ALL {
        assert!(page::heading(Some("Ben"), *language).contains("Ben"));
        assert!(page::read_by("Maya", *language).contains("Maya"));
        let standing = TopicStanding {
            state: TopicState::Shipped,
            kind: TopicKind::Bug,
            has_workaround: false,
            version: Some("2.4.0"),
            verdict: None,
        };
        let said = [
            page::state(&standing, *language),
            page::asked(at("2026-03-03T08:20:00Z"), at("2026-03-20T15:00:00Z"), *language),
            page::heading(None, *language),
        ];
        assert!(said[0].contains("2.4.0"), "{said:?}");
        assert!(said.iter().all(|line| !line.contains(['{', '}', '!'])), "{said:?}");
    }
}
