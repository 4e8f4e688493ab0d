//! What is wrong is said all at once, also where it is no mistake of one setting.

use super::{CONNECTION, parse, parse_with};

#[test]
fn a_variable_that_sets_nothing_is_refused_where_a_slip_is_likely() {
    let wrong = parse_with("", &[("HEARD_LISTN", "x"), ("HEARD_SERVICE_HOST", "10.0.0.1")]).unwrap_err();
    assert_eq!(wrong, "environment HEARD_LISTN: HEARD_LISTN sets nothing; did you mean HEARD_LISTEN?");
    let wrong = parse_with(CONNECTION, &[("HEARD_CONNECTIONS_ACME_TOKN", "x")]).unwrap_err();
    assert!(wrong.ends_with("did you mean HEARD_CONNECTIONS_ACME_TOKEN?"), "{wrong}");
    let named = format!("{CONNECTION}token = \"env:HEARD_CONNECTIONS_ACME_TOKN\"\n");
    assert!(parse_with(&named, &[("HEARD_CONNECTIONS_ACME_TOKN", "x")]).is_ok(), "the file says what it is for");
}

#[test]
fn a_variable_of_a_connection_that_is_gone_or_not_there_yet_stops_nothing() {
    let named = |name: &str| CONNECTION.replace("\"acme\"", &format!("{name:?}"));
    for (there, other) in [
        ("acme-eu", "HEARD_CONNECTIONS_ACME_US_TOKEN"),
        ("acme", "HEARD_CONNECTIONS_ACME2_TOKEN"),
        ("acme", "HEARD_CONNECTIONS_ACME_2_TOKEN"),
    ] {
        let notices = parse_with(&named(there), &[(other, "x")]).unwrap().notices;
        assert!(notices.len() == 1 && notices[0].contains(other) && notices[0].contains("did you mean"), "{notices:?}");
    }
    let wrong = parse_with("", &[("HEARD_TEL_SHIPPED", "send")]).unwrap_err();
    assert!(wrong.ends_with("did you mean HEARD_TELL_SHIPPED?"), "{wrong}");
}

#[test]
fn all_mistakes_are_said_at_once_and_none_that_only_follows_from_another() {
    let text = "listen = 1\nhold = 2\n[github]\napp_id = \"x\"\n[[repositories]]\nname = \"acme/product\"\nrelease = \"soon\"\n\
                [[connections]]\nname = \"acme\"\nhelpdesk = \"zendesk\"\nurl = \"nowhere\"\nwebhook_secret = \"short\"\n\
                [tell]\nhold_minutes = -1\nshipped = \"always\"\n[log]\nlevel = \"verbose\"\n";
    let wrong = parse(text).unwrap_err();
    let mut lines: Vec<usize> = wrong
        .lines()
        .map(|line| line.strip_prefix("heard.toml line ").unwrap().split(':').next().unwrap().parse().unwrap())
        .collect();
    lines.sort_unstable();
    assert_eq!(lines, [1, 2, 4, 7, 11, 12, 14, 15, 17], "{wrong}");
    let unquoted = parse("listen = here\n").unwrap_err();
    assert!(unquoted.starts_with("heard.toml line 1: this is not TOML"), "{unquoted}");
}

#[test]
fn the_address_of_a_page_of_zendesk_is_not_that_of_the_account() {
    for page in ["/agent", "/agent/dashboard", "/api/v2"] {
        let wrong = parse(&CONNECTION.replace(".zendesk.com", &format!(".zendesk.com{page}"))).unwrap_err();
        assert!(wrong.contains("expected the account alone, such as https://acme.zendesk.com"), "{wrong}");
    }
}
