//! Support notes that a customer wants to be told nothing more. Unlike what somebody says with a link, it counts for every
//! helpdesk.

use crate::{
    flow::{app::App, error::Error},
    model::{customer::Customer, decision::Actor, id::CustomerId, refusal::Missing},
    store::{audit, customers, opt_outs},
};

/// A customer wants to be told nothing more by any helpdesk, or wants to be told again.
pub async fn set_for_all(app: &App, id: CustomerId, out: bool, actor: &Actor) -> Result<Customer, Error> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    customers::hold(&mut tx, id).await?;
    customers::get(&mut tx, id).await?.ok_or(Missing::Customer(id))?;
    opt_outs::set_for_all(&mut tx, id, out.then_some(now)).await?;
    audit::add(&mut tx, actor, if out { "opt_out" } else { "opt_in" }, &id.to_string(), now).await?;
    let customer = customers::get(&mut tx, id).await?.ok_or(Missing::Customer(id))?;
    tx.commit().await?;
    Ok(customer)
}
