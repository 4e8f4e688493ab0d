//! The fields with an organization's account value: plan, revenue, renewal date, segment.
//!
//! Every account has its own names for these fields, which the settings give; the defaults are common names. A field is
//! the organization's unless it is written `user:KEY` or `ticket:FIELD_ID`.

use serde::Deserialize;
use serde_json::Value;

use crate::{
    base::clock::Time,
    helpdesk::{account_value, lenient},
    model::currency::WrittenCurrency,
};

/// The names of the fields. Of several, the first that is filled in counts.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct AccountFields {
    plan: FieldNames,
    revenue: FieldNames,
    renewal: FieldNames,
    segment: FieldNames,
}

impl Default for AccountFields {
    fn default() -> Self {
        let names = |names: &[&str]| FieldNames::Several(names.iter().map(|&name| name.to_owned()).collect());
        Self {
            plan: names(&["plan"]),
            revenue: names(&["arr", "revenue"]),
            renewal: names(&["renewal_date", "renewal"]),
            segment: names(&["segment"]),
        }
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum FieldNames {
    One(String),
    Several(Vec<String>),
}

impl FieldNames {
    fn as_slice(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Several(names) => names,
        }
    }
}

/// The values of the fields.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct AccountValue {
    pub(super) plan: Option<String>,
    pub(super) revenue_cents: Option<i64>,
    pub(super) revenue_currency: Option<WrittenCurrency>,
    pub(super) renewal_at: Option<Time>,
    pub(super) segment: Option<String>,
}

impl AccountFields {
    /// Looks up every field.
    pub(super) fn read<'v>(
        &self,
        organization: impl Fn(&str) -> Option<&'v Value>,
        user: impl Fn(&str) -> Option<&'v Value>,
        ticket: impl Fn(&str) -> Option<&'v Value>,
    ) -> AccountValue {
        let value = |name: &String| match name.split_once(':') {
            Some(("user", key)) => user(key),
            Some(("ticket", id)) => ticket(id),
            Some(("organization", key)) => organization(key),
            _ => organization(name),
        };
        let amount = |value: &Value| Some((account_value::cents(value)?, account_value::currency(value)));
        let revenue = first(&self.revenue, value, amount);
        AccountValue {
            plan: first(&self.plan, value, lenient::text),
            revenue_cents: revenue.map(|(cents, _)| cents),
            revenue_currency: revenue.and_then(|(_, currency)| currency),
            renewal_at: first(&self.renewal, value, account_value::day),
            segment: first(&self.segment, value, lenient::text),
        }
    }
}

fn first<'v, T>(
    names: &FieldNames,
    value: impl Fn(&String) -> Option<&'v Value>,
    read: impl Fn(&Value) -> Option<T>,
) -> Option<T> {
    names.as_slice().iter().filter_map(value).find_map(read)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_is_looked_up_where_its_name_says() {
        let fields: AccountFields =
            toml::from_str("plan = 'user:tier'\nrevenue = ['gone', 'mrr_x12']\nsegment = 'ticket:360001'").unwrap();
        let organization = json!({"plan": "free", "mrr_x12": "€12k", "renewal_date": "2027-03-31", "gone": null});
        let user = json!({"tier": "gold"});
        let ticket = json!({"360001": "retail"});
        let worth = fields.read(|key| organization.get(key), |key| user.get(key), |id| ticket.get(id));
        assert_eq!(worth.plan.as_deref(), Some("gold"));
        assert_eq!(worth.revenue_cents, Some(1_200_000));
        assert_eq!(worth.revenue_currency, WrittenCurrency::of("€"));
        assert_eq!(worth.renewal_at, Time::parse("2027-03-31T00:00:00Z"));
        assert_eq!(worth.segment.as_deref(), Some("retail"));
    }
}
