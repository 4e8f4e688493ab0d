//! How our values are stored in columns, in each engine's native types.
//!
//! | ours | PostgreSQL | SQLite |
//! |---|---|---|
//! | [`Time`] | `TIMESTAMPTZ` | integer microseconds, since text of varying length would not sort |
//! | ids | `UUID` | 16 bytes |
//! | words | `TEXT` | text |

use jiff_sqlx::ToSqlx as _;
use sqlx::{
    Decode, Encode, Postgres, Sqlite, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgTypeInfo, PgValueRef},
    sqlite::{SqliteArgumentsBuffer, SqliteTypeInfo, SqliteValueRef},
};
use uuid::Uuid;

use crate::{base::clock::Time, model};

impl Type<Sqlite> for Time {
    fn type_info() -> SqliteTypeInfo {
        <i64 as Type<Sqlite>>::type_info()
    }
    fn compatible(ty: &SqliteTypeInfo) -> bool {
        <i64 as Type<Sqlite>>::compatible(ty)
    }
}
impl Encode<'_, Sqlite> for Time {
    fn encode_by_ref(&self, buf: &mut SqliteArgumentsBuffer) -> Result<IsNull, BoxDynError> {
        Encode::<Sqlite>::encode(self.as_micros(), buf)
    }
}
impl Decode<'_, Sqlite> for Time {
    fn decode(value: SqliteValueRef<'_>) -> Result<Self, BoxDynError> {
        Ok(Self::from_micros(<i64 as Decode<Sqlite>>::decode(value)?))
    }
}
impl Type<Postgres> for Time {
    fn type_info() -> PgTypeInfo {
        <jiff_sqlx::Timestamp as Type<Postgres>>::type_info()
    }
}
impl Encode<'_, Postgres> for Time {
    fn encode_by_ref(&self, buf: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Encode::<Postgres>::encode(self.timestamp().to_sqlx(), buf)
    }
}
impl Decode<'_, Postgres> for Time {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        let at = <jiff_sqlx::Timestamp as Decode<Postgres>>::decode(value)?.to_jiff();
        Ok(Self::from_micros(at.as_microsecond()))
    }
}

/// Implements a column type by means of another that both engines know.
macro_rules! column {
    ($type:ty as $stored:ty: |$value:ident| $encode:expr, |$raw:ident| $decode:expr) => {
        column!(@engine $type, $stored, Sqlite, SqliteTypeInfo, SqliteArgumentsBuffer, SqliteValueRef, |$value| $encode, |$raw| $decode);
        column!(@engine $type, $stored, Postgres, PgTypeInfo, PgArgumentBuffer, PgValueRef, |$value| $encode, |$raw| $decode);
    };
    (@engine $type:ty, $stored:ty, $engine:ty, $info:ty, $buffer:ty, $reference:ident, |$value:ident| $encode:expr, |$raw:ident| $decode:expr) => {
        impl Type<$engine> for $type {
            fn type_info() -> $info {
                <$stored as Type<$engine>>::type_info()
            }
            fn compatible(ty: &$info) -> bool {
                <$stored as Type<$engine>>::compatible(ty)
            }
        }
        impl Encode<'_, $engine> for $type {
            fn encode_by_ref(&self, buf: &mut $buffer) -> Result<IsNull, BoxDynError> {
                let $value = self;
                <$stored as Encode<$engine>>::encode($encode, buf)
            }
        }
        impl Decode<'_, $engine> for $type {
            fn decode(value: $reference<'_>) -> Result<Self, BoxDynError> {
                let $raw = <$stored as Decode<$engine>>::decode(value)?;
                $decode
            }
        }
    };
}

macro_rules! id_columns {
    ($($id:ident),+ $(,)?) => {$(
        column!(model::id::$id as Uuid: |id| id.uuid(), |uuid| Ok(Self::from(uuid)));
    )+};
}

column!(model::issue::Repository as String: |repository| repository.as_str().to_owned(), |text| {
    Self::parse(&text).ok_or_else(|| format!("{text:?} is no repository").into())
});

macro_rules! word_columns {
    ($($word:ty),+ $(,)?) => {$(
        column!($word as String: |word| word.as_str().to_owned(), |text| {
            Self::parse(&text).ok_or_else(|| format!("{text:?} is not a word of {}", stringify!($word)).into())
        });
    )+};
}

id_columns!(
    DeliveryId,
    CustomerId,
    OrganizationId,
    TicketId,
    MessageId,
    TopicId,
    DecisionId,
    MilestoneId,
    ReleaseId,
    UpdateId,
    FailureId,
    OutboxMessageId,
    PromiseId,
    PersonId,
    ApiTokenId,
    SessionId,
);

word_columns!(
    model::ticket::TicketStatus,
    model::ticket::MessageAuthor,
    model::ticket::MessageTrust,
    model::ticket::TicketChannel,
    model::standing::Standing,
    model::topic::TopicKind,
    model::topic::TopicState,
    model::milestone::MilestoneKind,
    model::milestone::Confidence,
    model::update::UpdateState,
    model::update::CustomerVerdict,
    model::update::Via,
    model::decision::Verdict,
    model::decision::GroupingOutcome,
    model::decision::Maker,
    model::tie::Tie,
    model::delivery::DeliveryState,
    model::fix::FixSource,
    model::issue::Filing,
    model::issue::IssueState,
    model::issue::CloseReason,
    model::release::ReleaseSource,
    model::outbox::OutboxKind,
    model::outbox::OutboxState,
    model::role::Role,
    model::role::Scope,
);

/// Reads a struct from a row of either engine, field by field from columns of the same name.
/// `json field` is stored as JSON; `flat field` is a record itself, with its columns in the same row; `field = "column"` where the names
/// differ.
macro_rules! record {
    ($type:ty { $($fields:tt)+ }) => {
        record!(@engine $type, sqlx::sqlite::SqliteRow, [$($fields)+]);
        record!(@engine $type, sqlx::postgres::PgRow, [$($fields)+]);
    };
    (@engine $type:ty, $row:ty, [$($fields:tt)+]) => {
        impl<'r> sqlx::FromRow<'r, $row> for $type {
            fn from_row(row: &'r $row) -> Result<Self, sqlx::Error> {
                record!(@build row, {}, $($fields)+)
            }
        }
    };
    (@build $row:ident, {$($done:tt)*}, json $field:ident $(, $($rest:tt)*)?) => {
        record!(@build $row, {$($done)* $field: { let sqlx::types::Json(value) = sqlx::Row::try_get($row, stringify!($field))?; value },}, $($($rest)*)?)
    };
    (@build $row:ident, {$($done:tt)*}, flat $field:ident $(, $($rest:tt)*)?) => {
        record!(@build $row, {$($done)* $field: sqlx::FromRow::from_row($row)?,}, $($($rest)*)?)
    };
    (@build $row:ident, {$($done:tt)*}, $field:ident = $column:literal $(, $($rest:tt)*)?) => {
        record!(@build $row, {$($done)* $field: sqlx::Row::try_get($row, $column)?,}, $($($rest)*)?)
    };
    (@build $row:ident, {$($done:tt)*}, $field:ident $(, $($rest:tt)*)?) => {
        record!(@build $row, {$($done)* $field: sqlx::Row::try_get($row, stringify!($field))?,}, $($($rest)*)?)
    };
    (@build $row:ident, {$($done:tt)*},) => { Ok(Self { $($done)* }) };
}
pub(super) use record;

/// The states of an update that can still be changed or taken back, as SQL; see
/// [`crate::model::update::UpdateState::is_unsent`].
macro_rules! unsent {
    () => {
        "('draft', 'held')"
    };
}
pub(super) use unsent;

/// The states of an update that the customer may still get, as SQL; see
/// [`crate::model::update::UpdateState::is_waiting`].
macro_rules! waiting {
    () => {
        "('draft', 'held', 'sending')"
    };
}
pub(super) use waiting;

/// The states of an update that the customer is still owed, as SQL; see [`crate::model::update::UpdateState::is_owed`].
macro_rules! owed {
    () => {
        "('draft', 'held', 'sending', 'failed', 'in_doubt')"
    };
}
pub(super) use owed;

/// Whether a row of `pause` stops messages about a topic in a connection, as SQL. A repository is paused by every name that it has or
/// had.
macro_rules! pauses {
    ($topic:literal, $connection:literal) => {
        concat!(
            "(pause.part = 'everything' OR pause.part = 'connection:' || ",
            $connection,
            " OR pause.topic_id = ",
            $topic,
            " OR pause.part IN (SELECT 'repository:' || lower(issue.repository) FROM issue WHERE issue.topic_id = ",
            $topic,
            ") OR pause.part IN (SELECT 'repository:' || renamed.name FROM issue
                JOIN renamed ON renamed.became = lower(issue.repository) WHERE issue.topic_id = ",
            $topic,
            "))"
        )
    };
}
pub(super) use pauses;

/// Whether two milestones tell of the same release, as SQL. Whoever states a version makes a release of it for one topic alone, so
/// where one of the two was stated, what it is called counts. It is NULL where nobody named a release.
macro_rules! the_same_release {
    ($one:literal, $other:literal) => {
        concat!(
            "(",
            $one,
            ".release_id = ",
            $other,
            ".release_id OR EXISTS (SELECT 1 FROM release named
                JOIN release called ON lower(ltrim(called.version, 'vV')) = lower(ltrim(named.version, 'vV'))
                 AND (called.source = 'stated' OR named.source = 'stated')
                 AND (lower(called.repository) = lower(named.repository) OR called.repository = '' OR named.repository = '')
                 AND (called.component = named.component OR called.component IS NULL OR named.component IS NULL)
                WHERE named.id = ",
            $one,
            ".release_id AND called.id = ",
            $other,
            ".release_id))"
        )
    };
}
pub(super) use the_same_release;

#[cfg(test)]
mod tests {
    use crate::model::update::UpdateState;

    fn listed(is_in: impl Fn(UpdateState) -> bool) -> String {
        let words: Vec<String> =
            UpdateState::ALL.iter().filter(|state| is_in(**state)).map(|state| format!("'{state}'")).collect();
        format!("({})", words.join(", "))
    }

    #[test]
    fn sql_and_the_model_mean_the_same_states() {
        assert_eq!(unsent!(), listed(UpdateState::is_unsent));
        assert_eq!(waiting!(), listed(UpdateState::is_waiting));
        assert_eq!(owed!(), listed(UpdateState::is_owed));
    }
}
