//! Statements over many rows: one call of the database for all of them, and few enough texts that each stays prepared.
//!
//! A list of rows is filled up with empty ones to the next power of two. Whoever writes such a statement leaves out rows without
//! their first value. Each value is bound by itself, as anywhere else, so that what is left out of texts is left out here, too.
//! SQLite looks named parameters up one after the other, so it gets nameless ones.

use std::fmt::Write as _;

/// How many rows a statement takes at most. With sixteen columns that is far below what the engines bind at once: 32,766 values on
/// SQLite, 65,535 on PostgreSQL.
pub(super) const ROWS_MAX: usize = 256;

/// A statement that holds a list of rows, in both engines' spelling.
#[derive(Debug)]
pub struct ManyRows(Vec<Text>);

/// The statement with so many rows.
#[derive(Debug)]
struct Text {
    rows: usize,
    sqlite: String,
    postgres: String,
}

impl ManyRows {
    /// A statement in which rows of so many columns stand between two texts.
    pub(super) fn new(before: &str, columns: usize, after: &str) -> Self {
        let lengths = std::iter::successors(Some(1_usize), |rows| rows.checked_mul(2));
        let text = |rows| Text {
            rows,
            sqlite: format!("{before}{}{after}", list(rows, columns, false)),
            postgres: format!("{before}{}{after}", list(rows, columns, true)),
        };
        Self(lengths.take_while(|rows| *rows <= ROWS_MAX).map(text).collect())
    }

    /// How many rows to bind where there are so many: these, and empty ones.
    pub(super) fn to_bind(&self, rows: usize) -> usize {
        self.text(rows).map_or(rows, |text| text.rows)
    }

    /// The text for so many rows, as SQLite is told and as PostgreSQL is.
    pub(super) fn texts(&self, rows: usize) -> (&str, &str) {
        self.text(rows).map_or(("", ""), |text| (&text.sqlite, &text.postgres))
    }

    fn text(&self, rows: usize) -> Option<&Text> {
        self.0.iter().find(|text| text.rows >= rows).or(self.0.last())
    }
}

/// `(?, ?), (?, ?)`, or `($1, $2), ($3, $4)`.
fn list(rows: usize, columns: usize, numbered: bool) -> String {
    let mut list = String::new();
    for place in 0..rows * columns {
        list.push_str(match (place, place % columns) {
            (0, _) => "(",
            (_, 0) => "), (",
            _ => ", ",
        });
        if numbered {
            // Writing into a text cannot fail.
            let _ = write!(list, "${}", place + 1);
        } else {
            list.push('?');
        }
    }
    list.push(')');
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_rows_is_filled_up_to_the_next_prepared_length() {
        let statement = ManyRows::new("VALUES ", 2, " ORDER BY 1");
        assert_eq!(statement.texts(1), ("VALUES (?, ?) ORDER BY 1", "VALUES ($1, $2) ORDER BY 1"));
        assert_eq!(statement.texts(2).1, "VALUES ($1, $2), ($3, $4) ORDER BY 1");
        assert_eq!(statement.texts(3).0, "VALUES (?, ?), (?, ?), (?, ?), (?, ?) ORDER BY 1");
        let bound: Vec<usize> = [1, 2, 3, 64, 65, 255, 256].map(|rows| statement.to_bind(rows)).to_vec();
        assert_eq!(bound, [1, 2, 4, 64, 128, 256, 256]);
    }
}
