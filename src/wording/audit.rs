//! The audit log as people read it: what each action is called, and the files that are given away.

use crate::{
    base::characters::no_formula,
    model::audit::{AuditAct, AuditRow, BrokenChain},
};

/// What an action is called. One that is not known here is called by its word.
pub fn action(word: &str) -> &str {
    ACTIONS.iter().find(|(known, _)| *known == word).map_or(word, |(_, said)| *said)
}

const ACTIONS: &[(&str, &str)] = &[
    ("accept_invitation", "set their password"),
    ("approve", "approved a message"),
    ("approve_issue", "let an issue go"),
    ("arrived", "said that a message arrived"),
    ("bind_provider", "came by the company\u{2019}s sign-in first"),
    ("cancel", "cancelled a message"),
    ("change_password", "changed their password"),
    ("confirm", "noted a customer's answer"),
    ("connect", "connected a helpdesk or GitHub"),
    ("decline", "declined a topic"),
    ("edit", "changed a message"),
    ("end_session", "ended a session"),
    ("end_sessions", "ended sessions"),
    ("erase", "forgot a customer"),
    ("escalate", "escalated a ticket"),
    ("export", "exported a customer"),
    ("export_list", "exported a list"),
    ("invite", "invited somebody"),
    ("invite_again", "invited somebody again"),
    ("kind", "set a topic's kind"),
    ("link_issue", "linked an issue"),
    ("make_token", "made a token"),
    ("merge", "merged two topics"),
    ("move", "moved a ticket"),
    ("not_same", "said: not the same"),
    ("opt_in", "noted that a customer wants messages"),
    ("opt_out", "noted that a customer wants no messages"),
    ("pause", "paused messages"),
    ("quote", "let a ticket be quoted"),
    ("replay", "read a delivery again"),
    ("restore", "wanted a message after all"),
    ("resume", "resumed messages"),
    ("retry", "tried failed work again"),
    ("revoke_links", "ended links to customers' pages"),
    ("revoke_token", "ended a token"),
    ("set_attributes", "said what an organization is worth"),
    ("set_role", "gave a role"),
    ("sign_in", "signed in"),
    ("split", "split a topic"),
    ("state_release", "stated a release"),
    ("state_shipped", "said that a fix is out"),
    ("summarise", "wrote what customers may read"),
    ("switch_off", "switched an account off"),
    ("switch_on", "switched an account on"),
    ("title", "named a topic"),
    ("undo", "undid a decision"),
    ("unquote", "kept a ticket out of its issue"),
    ("workaround", "told a way around"),
];

/// What is wrong with the log, in a sentence.
pub fn broken(chain: BrokenChain) -> String {
    match chain {
        BrokenChain::Changed(row) => {
            format!("Row {row} does not say what it said when it was written, or another row stood before it.")
        }
        BrokenChain::Missing(row) => format!("Rows are missing from row {row} on."),
    }
}

/// The columns of the log as a file.
pub const COLUMNS: [&str; 11] =
    ["row", "at", "actor", "name", "address", "action", "subject", "from", "to", "hash", "said"];

/// A row for a spreadsheet. What would be taken for a formula begins with an apostrophe, because people open such files.
pub fn cells(row: &AuditRow) -> [String; 11] {
    let AuditAct { actor, name, address, action: word, subject, was, became, at } = &row.act;
    let optional = |text: Option<&str>| plain(text.unwrap_or_default());
    [
        row.seq.to_string(),
        at.to_string(),
        plain(actor),
        optional(name.as_deref()),
        optional(address.as_deref()),
        plain(word),
        plain(subject),
        optional(was.as_deref()),
        optional(became.as_deref()),
        hex::encode(&row.hash),
        action(word).to_owned(),
    ]
}

fn plain(text: &str) -> String {
    no_formula(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_the_file_is_a_formula() {
        for formula in
            ["=HYPERLINK(\"http://evil.test\")", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\u{ff1d}1", "\u{ff20}SUM(1)"]
        {
            assert!(plain(formula).starts_with('\''), "{formula:?}");
        }
        assert_eq!(plain("maya@acme.test"), "maya@acme.test");
    }

    #[test]
    fn actions_are_said_in_words_and_in_order() {
        assert_eq!(action("merge"), "merged two topics");
        assert_eq!(action("something_new"), "something_new");
        assert!(ACTIONS.is_sorted());
    }
}
