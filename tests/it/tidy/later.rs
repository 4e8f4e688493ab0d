//! Nothing that lands is left for later.

use super::{EVERYWHERE, expect_none, lines};

#[test]
fn nothing_is_left_for_later() {
    let findings =
        lines(EVERYWHERE, |_, line| left(line).map(|word| format!("{word} does not belong into what lands")).collect());
    expect_none("Something is left for later:", &findings);
}

fn left(line: &str) -> impl Iterator<Item = &str> {
    ["todo!", "unimplemented!", "dbg!", "#[ignore"].into_iter().filter(|word| line.contains(word))
}

#[test]
fn what_is_left_for_later_is_seen() {
    assert_eq!(left("let x = todo!();").collect::<Vec<_>>(), ["todo!"]);
    assert_eq!(left("let todo = 1;").next(), None);
}
