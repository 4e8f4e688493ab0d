//! A spike, as people say it.

use super::text;
use crate::model::spike::TopicSpike;

/// "5 customers within 2 hours, usually about one in 3 weeks".
pub fn said(spike: &TopicSpike) -> String {
    let hours = spike.last_at.since(spike.began_at).as_secs().div_ceil(3_600).max(1);
    let customers = text::count(u64::try_from(spike.customers).unwrap_or_default(), "customer", "customers");
    let within = match hours {
        1 => "an hour".to_owned(),
        2..=48 => format!("{hours} hours"),
        _ => format!("{} days", hours.div_ceil(24)),
    };
    format!("{customers} within {within}, usually {}", usual(spike.usual))
}

fn usual(a_week: f64) -> String {
    match a_week {
        _ if a_week >= 1.5 => format!("about {a_week:.0} a week"),
        _ if a_week >= 0.75 => "about one a week".to_owned(),
        _ if a_week >= 0.2 => format!("about one in {:.0} weeks", 1.0 / a_week),
        _ => "hardly anybody".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::clock::Time;

    #[test]
    fn a_spike_is_said_with_what_is_usual() {
        let said = |hours: i64, customers, usual| {
            let at = |hours: i64| Time::from_micros(hours * 3_600_000_000);
            said(&TopicSpike { began_at: at(0), last_at: at(hours), customers, usual })
        };
        assert_eq!(said(0, 4, 0.0), "4 customers within an hour, usually hardly anybody");
        assert_eq!(said(2, 5, 0.33), "5 customers within 2 hours, usually about one in 3 weeks");
        assert_eq!(said(24, 9, 1.0), "9 customers within 24 hours, usually about one a week");
        assert_eq!(said(72, 90, 12.4), "90 customers within 3 days, usually about 12 a week");
    }
}
