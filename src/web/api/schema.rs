//! How our own types look in the API's description.

use std::borrow::Cow;

use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat,
        schema::{SchemaType, Type},
    },
};

use crate::{base::clock::Time, model, web::download::TableFormat, wording::language::Language};

fn text(format: Option<KnownFormat>, description: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::new(Type::String))
        .format(format.map(SchemaFormat::KnownFormat))
        .description(Some(description))
}

macro_rules! described {
    ($($type:ty, $name:expr => $schema:expr;)+) => {$(
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                $schema.into()
            }
        }
        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }
        }
    )+};
}

macro_rules! ids {
    ($($type:ident, $noun:literal;)+) => {
        described! {$(
            model::id::$type, stringify!($type) => text(Some(KnownFormat::Uuid), concat!("The id of ", $noun, "."));
        )+}
    };
}

macro_rules! enums {
    ($($type:ty, $name:literal, $says:literal;)+) => {
        described! {$(
            $type, $name => text(None, $says).enum_values(Some(<$type>::ALL.iter().map(|word| word.as_str())));
        )+}
    };
}

described! {
    Time, "Time" => text(Some(KnownFormat::DateTime), "An instant in UTC (RFC 3339).");
    Language, "Language" => text(None, "A language in which Heard writes, as its code.")
        .enum_values(Some(Language::ALL.iter().map(|language| language.code())));
}

ids! {
    TopicId, "a topic";
    TicketId, "a ticket";
    CustomerId, "a customer";
    OrganizationId, "an organization";
    UpdateId, "an update";
    DeliveryId, "a delivery";
    ReleaseId, "a release";
    PromiseId, "a promise";
    PersonId, "somebody of the team";
    ApiTokenId, "a token";
    SessionId, "a session of the console";
}

enums! {
    model::topic::TopicKind, "TopicKind", "What a topic is about.";
    model::ticket::TicketStatus, "TicketStatus", "A ticket's status in its helpdesk.";
    model::ranking::TopicOrder, "TopicOrder", "The order of a list of topics.";
    model::ranking::TicketOrder, "TicketOrder", "The order of an exported list of tickets.";
    TableFormat, "TableFormat", "In what form rows are exported.";
    model::topic::TopicState, "TopicState", "Where a topic is on its way back to the customers who raised it.";
    model::milestone::MilestoneKind, "MilestoneKind", "A step on that way.";
    model::milestone::Confidence, "Confidence", "How sure it is that something shipped.";
    model::update::UpdateState, "UpdateState", "Where an update is.";
    model::update::CustomerVerdict, "ConfirmationVerdict", "A customer's verdict on a fix.";
    model::delivery::DeliveryState, "DeliveryState", "Where a delivery is.";
    model::decision::Verdict, "Verdict", "What was decided about a ticket or a topic.";
    model::decision::Maker, "Maker", "Who decided.";
    model::issue::IssueState, "IssueState", "What GitHub says of the issue.";
    model::role::Role, "Role", "What somebody is in the team.";
    model::role::Scope, "Scope", "What a token may do of what its role may.";
    model::release::ReleaseSource, "ReleaseSource", "How a release was learned of.";
}
