//! What a person says about an organization. The helpdesk's own fields do not overrule it.

use crate::{
    flow::{app::App, error::Error},
    model::{decision::Actor, id::OrganizationId, refusal::Missing},
    store::{
        audit,
        customers::{self, Attributes},
    },
};

/// Sets the plan, the revenue, the renewal and the segment of an organization, all at once.
pub async fn set(app: &App, organization: OrganizationId, attributes: &Attributes, actor: &Actor) -> Result<(), Error> {
    let mut tx = app.database.begin().await?;
    if !customers::set_attributes(&mut tx, organization, attributes).await? {
        return Err(Missing::Organization(organization).into());
    }
    audit::add(&mut tx, actor, "set_attributes", &organization.to_string(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
