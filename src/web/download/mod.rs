//! Lists as files: CSV for spreadsheets, JSON lines for programs. They are read a page at a time while they are sent, so that no list
//! is held in memory, and a failure breaks the connection off instead of ending a file that looks whole.

mod rows;
mod table;

use actix_web::{
    HttpResponse,
    http::header,
    web::{Bytes, Data},
};
use futures::stream;

use self::table::BreaksOff;
pub use self::{
    rows::ListedRows,
    table::{Reader, TableFormat},
};
use crate::{base::limits::EXPORT_ROWS, flow::App};

/// How many topics a file has at most.
pub const TOPICS_MAX: i64 = 10_000;

/// A list as a file.
pub fn answer(app: Data<App>, rows: ListedRows, format: TableFormat, reader: Reader) -> HttpResponse {
    let name = format!("heard-{}-{}.{}", rows.noun(), app.clock.now().date(), format.as_str());
    let writing = Writing { app, rows, format, reader, written: 0, is_begun: false, is_done: false };
    let pieces = stream::try_unfold(writing, |mut writing: Writing| async move {
        let piece = writing.next().await?;
        Ok::<_, BreaksOff>(piece.map(|piece| (piece, writing)))
    });
    HttpResponse::Ok()
        .content_type(format.content_type())
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(Box::pin(pieces))
}

/// A file that is being written.
struct Writing {
    app: Data<App>,
    rows: ListedRows,
    format: TableFormat,
    reader: Reader,
    written: usize,
    is_begun: bool,
    is_done: bool,
}

impl Writing {
    async fn next(&mut self) -> Result<Option<Bytes>, BreaksOff> {
        if self.is_done {
            return Ok(None);
        }
        let mut rows = self.rows.next(&self.app).await.inspect_err(|error| {
            tracing::warn!(%error, "An export broke off");
        })?;
        let room = EXPORT_ROWS.saturating_sub(self.written);
        let is_cut = rows.len() > room;
        rows.truncate(room);
        self.written += rows.len();
        self.is_done = rows.is_empty() || is_cut;
        let columns = self.rows.columns();
        let mut piece = Vec::new();
        if !self.is_begun {
            self.is_begun = true;
            piece.extend(self.format.head(columns, self.reader)?);
        }
        piece.extend(self.format.lines(columns, &rows)?);
        if is_cut {
            piece.extend(self.format.cut(EXPORT_ROWS)?);
        }
        Ok((!piece.is_empty()).then(|| Bytes::from(piece)))
    }
}
