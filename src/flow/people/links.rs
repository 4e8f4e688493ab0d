//! A person ends the links to customers' pages: one message's, one customer's, or all.

use crate::{
    flow::{app::App, error::Error},
    model::{
        decision::Actor,
        id::{CustomerId, UpdateId},
        refusal::Missing,
    },
    store::{audit, customers, pages, updates},
};

/// Which links end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedLinks {
    /// Those that an update was sent with.
    OfUpdate(UpdateId),
    /// Those of a customer.
    OfCustomer(CustomerId),
    /// All.
    All,
}

/// Ends links at once, and says how many. Whoever has one sees a page that says so. What is sent later has a new link.
pub async fn revoke(app: &App, which: EndedLinks, actor: &Actor) -> Result<u64, Error> {
    let now = app.clock.now();
    let mut tx = app.database.begin().await?;
    let (customer, update, subject) = match which {
        EndedLinks::OfUpdate(update) => {
            updates::get(&mut tx, update).await?.ok_or(Missing::Update(update))?;
            (None, Some(update), update.to_string())
        }
        EndedLinks::OfCustomer(customer) => {
            customers::get(&mut tx, customer).await?.ok_or(Missing::Customer(customer))?;
            (Some(customer), None, customer.to_string())
        }
        EndedLinks::All => (None, None, "all".to_owned()),
    };
    let ended = pages::revoke(&mut tx, customer, update, now).await?;
    audit::add(&mut tx, actor, "revoke_links", &subject, now).await?;
    tx.commit().await?;
    Ok(ended)
}
