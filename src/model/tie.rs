//! A tie: what an agent did in the helpdesk that says that two tickets are about the same.
//!
//! It is a person's word, but a weaker one than what somebody says to Heard: it places a ticket only where nobody else has said
//! where it belongs, and whoever does so later is right (G8, a person's decision beats the machine's).

use super::words::words;

words! {
    /// What ties a ticket to others.
    pub enum Tie {
        /// It is an incident of a problem ticket.
        Incident = "incident",
        /// It was merged into a ticket of another customer. What is merged into one of the same customer need not be about the
        /// same: whole programs do nothing else but merge whatever somebody wrote within a month.
        MergedTicket = "merged_ticket",
        /// A note in it is the address of an issue, and nothing else.
        SameIssue = "same_issue",
    }
}

/// What may stand before an address, with a colon, and says no more than that it is one. Any other word may say that it is another
/// matter: "Related: ", "Not: ".
const LABELS: [&str; 15] = [
    "bug",
    "defect",
    "dup",
    "dupe",
    "duplicado",
    "duplicate",
    "duplikat",
    "doublon",
    "feature",
    "gh",
    "github",
    "issue",
    "ticket",
    "tracked",
    "tracker",
];

/// The address that a note is, if it is nothing else, or stands after a label and a colon: "Bug: https://...". What is said
/// beside an address may be that it is *not* this one, or only perhaps.
pub fn lone_address(note: &str) -> Option<&str> {
    let mut words = note.split_whitespace();
    let (first, second) = (words.next()?, words.next());
    if words.next().is_some() {
        return None;
    }
    let address = match second {
        None => first,
        Some(address) => {
            let label = first.strip_suffix(':')?.to_lowercase();
            Some(address).filter(|_| LABELS.contains(&label.as_str()))?
        }
    };
    address.contains("://").then(|| address.trim_start_matches('<').trim_end_matches('>'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_points_somewhere_only_where_it_says_nothing_else() {
        let issue = "https://github.com/acme/product/issues/7";
        for note in [issue.to_owned(), format!("\n {issue} \n"), format!("<{issue}>")] {
            assert_eq!(lone_address(&note), Some(issue), "{note:?}");
        }
        for label in ["Bug", "BUG", "Issue", "Duplicate", "GitHub", "Tracked"] {
            assert_eq!(lone_address(&format!("{label}: {issue}")), Some(issue), "{label}");
        }
        for label in
            ["Related", "Unrelated", "Not", "Cf", "See", "Maybe", "Blocked", "Verwandt", "https://acme.test/", "", ":"]
        {
            assert_eq!(lone_address(&format!("{label}: {issue}")), None, "{label}");
        }
        for note in [
            String::new(),
            "acme/product#7".to_owned(),
            format!("Is it {issue} ?"),
            format!("not {issue}"),
            format!("Not this one: {issue}"),
            format!("{issue} {issue}"),
            format!("{issue} maybe"),
        ] {
            assert_eq!(lone_address(&note), None, "{note:?}");
        }
    }
}
