//! When "still broken" opens a topic again.

use super::progress::ToldCounts;

/// From how many answers on a share of them counts. One of one says little.
const ANSWERS_FOR_A_SHARE: i64 = 3;

/// What is enough to open a topic again. One of these is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReopenPolicy {
    /// So many customers say that it is still broken.
    pub customers: Option<i64>,
    /// One says in words what they see.
    pub words: bool,
    /// So many of a hundred who answered say so.
    pub percent: Option<i64>,
}

impl ReopenPolicy {
    /// Reads `2, words, 33%`, or some of these.
    pub fn parse(text: &str) -> Option<Self> {
        let mut policy = Self { customers: None, words: false, percent: None };
        for part in text.split(',').map(str::trim) {
            let known = match (part, part.strip_suffix('%')) {
                ("words", _) => !std::mem::replace(&mut policy.words, true),
                (_, Some(percent)) => policy.percent.replace(whole(percent, 100)?).is_none(),
                (customers, None) => policy.customers.replace(whole(customers, 1_000)?).is_none(),
            };
            known.then_some(())?;
        }
        Some(policy)
    }

    /// Whether what was answered is enough, after somebody said that it is still broken, perhaps in words.
    pub fn is_met(&self, told: &ToldCounts, in_words: bool) -> bool {
        let answers = told.confirmed + told.still_broken;
        let share = |percent| answers >= ANSWERS_FOR_A_SHARE && told.still_broken * 100 >= percent * answers;
        (self.words && in_words)
            || self.customers.is_some_and(|customers| told.still_broken >= customers)
            || self.percent.is_some_and(share)
    }
}

fn whole(text: &str, most: i64) -> Option<i64> {
    text.trim().parse().ok().filter(|number| (1..=most).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(confirmed: i64, still_broken: i64) -> ToldCounts {
        ToldCounts { told: 10, confirmed, still_broken, ..ToldCounts::default() }
    }

    #[test]
    fn two_customers_or_one_with_words_or_a_third_reopen() {
        let usual = ReopenPolicy::parse("2, words, 33%").unwrap();
        assert!(!usual.is_met(&told(0, 1), false), "a single click says little");
        assert!(usual.is_met(&told(0, 1), true), "words say what is wrong");
        assert!(usual.is_met(&told(9, 2), false), "two agree");
        assert!(usual.is_met(&told(2, 1), false), "a third of those who answered");
        assert!(!usual.is_met(&told(3, 1), false), "a quarter of them");
        let strict = ReopenPolicy::parse("5").unwrap();
        assert!(!strict.is_met(&told(0, 4), true) && strict.is_met(&told(0, 5), false));
    }

    #[test]
    fn a_policy_that_says_nothing_or_too_much_is_refused() {
        for wrong in ["", "0", "two", "words, words", "2, 3", "33%, 50%", "101%", "2,", "-1", "2 words"] {
            assert_eq!(ReopenPolicy::parse(wrong), None, "{wrong}");
        }
    }
}
