//! What is shown, as a file: the same filters in the address, every row, every column. Each export is written down.

use actix_web::web;
use serde::Deserialize;

use super::{
    acts::topic_id,
    board::BoardQuery,
    shell::{Answer, ConsoleError},
    tickets::TicketsAddress,
    updates::updates_of,
};
use crate::{
    flow::{people::exports, ranking::ranked},
    model::role::{Privilege, right},
    store::{board::BoardCut, topics},
    web::{
        download::{self, ListedRows, Reader, TableFormat},
        may::May,
    },
};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/export/topics", web::get().to(board))
        .route("/export/tickets", web::get().to(tickets))
        .route("/export/updates", web::get().to(updates))
        .route("/export/topics/{id}/customers", web::get().to(customers));
}

#[derive(Deserialize)]
struct ExportForm {
    format: Option<String>,
}

impl ExportForm {
    fn read(&self) -> Result<TableFormat, ConsoleError> {
        let word = self.format.as_deref().unwrap_or("csv");
        TableFormat::parse(word).ok_or_else(|| ConsoleError::refused("Lists are exported as csv or as jsonl."))
    }
}

async fn board(
    May { app, by, caller, .. }: May<right::ReadTopics>,
    form: web::Query<ExportForm>,
    asked: web::Query<BoardQuery>,
) -> Answer {
    let format = form.read()?;
    let with_amounts = caller.may(Privilege::ReadCustomers);
    let mut conn = app.database.read().await?;
    let (wanted, order) = (asked.filter(with_amounts), asked.order(with_amounts));
    let cut = BoardCut { order, with_amounts, skip: 0, limit: download::TOPICS_MAX };
    let found = ranked(&mut conn, &wanted, cut, app.clock.now()).await?;
    drop(conn);
    exports::begin(&app, "topics", &by).await?;
    Ok(download::answer(app, ListedRows::Topics { rest: found.into_iter(), with_amounts }, format, Reader::Person))
}

async fn tickets(
    May { app, by, .. }: May<right::ReadCustomers>,
    form: web::Query<ExportForm>,
    asked: web::Query<TicketsAddress>,
) -> Answer {
    let (format, filter) = (form.read()?, asked.filter()?);
    exports::begin(&app, "tickets", &by).await?;
    Ok(download::answer(app, ListedRows::Tickets { filter, after: None }, format, Reader::Person))
}

#[derive(Deserialize)]
struct UpdatesToExport {
    state: Option<String>,
    topic: Option<String>,
}

async fn updates(
    May { app, by, .. }: May<right::ReadCustomers>,
    form: web::Query<ExportForm>,
    asked: web::Query<UpdatesToExport>,
) -> Answer {
    let format = form.read()?;
    let of = updates_of(asked.state.as_deref(), asked.topic.as_deref());
    let of = of.ok_or_else(|| ConsoleError::missing("There are no updates in such a state, or of such a topic."))?;
    exports::begin(&app, "updates", &by).await?;
    Ok(download::answer(app, ListedRows::Updates { of, after: None }, format, Reader::Person))
}

async fn customers(
    May { app, by, .. }: May<right::ReadCustomers>,
    path: web::Path<String>,
    form: web::Query<ExportForm>,
) -> Answer {
    let format = form.read()?;
    let mut conn = app.database.read().await?;
    let topic = topics::current(&mut conn, topic_id(&path)?).await?;
    let topic = topic.ok_or_else(|| ConsoleError::missing("There is no such topic."))?.id;
    drop(conn);
    exports::begin(&app, &topic.to_string(), &by).await?;
    Ok(download::answer(app, ListedRows::Customers { topic, after: None }, format, Reader::Person))
}
