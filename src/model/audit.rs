//! The audit log: who did what, each row with a hash of itself and of the row before, so that a row that was changed, taken out or
//! put in is seen (`heard audit verify`). It holds ids and words of ours and nothing of a customer, so forgetting one leaves it whole.

use serde::Serialize;

use crate::base::{clock::Time, signature::sha256};

/// The hash before the first row.
pub const BEGINNING: [u8; 32] = [0; 32];

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditAct {
    /// Who, as stored: `admin`, `person:ID`, `token:ID`, `github:LOGIN` and so on.
    pub actor: String,
    /// What they were called then.
    pub name: Option<String>,
    /// From which address, if it is known.
    pub address: Option<String>,
    /// What they did, in a word.
    pub action: String,
    /// With what: an id, or a word of ours.
    pub subject: String,
    /// What it was before, where a word or an id says it.
    pub was: Option<String>,
    /// What it became.
    pub became: Option<String>,
    /// When.
    pub at: Time,
}

/// A row of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRow {
    /// Its place, from 1 on.
    pub seq: i64,
    /// What was done.
    pub act: AuditAct,
    /// The hash of it and of the row before.
    pub hash: Vec<u8>,
}

impl AuditAct {
    /// The hash of a row with this in it. Each part is written with its length, so that no two rows read alike, and times in
    /// microseconds, which both databases keep.
    pub fn hash(&self, seq: i64, before: &[u8]) -> [u8; 32] {
        let mut bytes = Vec::new();
        let mut write = |part: Option<&[u8]>| match part {
            Some(part) => {
                bytes.push(1);
                bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
                bytes.extend_from_slice(part);
            }
            None => bytes.push(0),
        };
        write(Some(before));
        write(Some(seq.to_be_bytes().as_slice()));
        write(Some(self.at.as_micros().to_be_bytes().as_slice()));
        for text in [&self.actor, &self.action, &self.subject] {
            write(Some(text.as_bytes()));
        }
        for text in [&self.name, &self.address, &self.was, &self.became] {
            write(text.as_ref().map(String::as_bytes));
        }
        sha256(&[b"audit:", &bytes])
    }
}

/// What is wrong with the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokenChain {
    /// The row at this place says something else than when it was written, or another row stood before it.
    Changed(i64),
    /// Rows are missing from this place on.
    Missing(i64),
}

/// A log that is read from its beginning, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditChain {
    rows: i64,
    head: Vec<u8>,
}

impl AuditChain {
    /// Nothing is read yet.
    pub fn begin() -> Self {
        Self { rows: 0, head: BEGINNING.to_vec() }
    }

    /// Reads the next row.
    pub fn follow(&mut self, row: &AuditRow) -> Result<(), BrokenChain> {
        if row.seq != self.rows + 1 {
            return Err(BrokenChain::Missing(self.rows + 1));
        }
        if row.act.hash(row.seq, &self.head).as_slice() != row.hash {
            return Err(BrokenChain::Changed(row.seq));
        }
        self.rows = row.seq;
        self.head.clone_from(&row.hash);
        Ok(())
    }

    /// Whether it ends where the log counted to.
    pub fn ends_at(&self, counted: i64) -> Result<(), BrokenChain> {
        if self.rows == counted { Ok(()) } else { Err(BrokenChain::Missing(self.rows + 1)) }
    }

    /// How many rows were read.
    pub fn rows(&self) -> i64 {
        self.rows
    }

    /// The hash of the last one.
    pub fn head(&self) -> &[u8] {
        &self.head
    }
}

/// Which rows are looked for. What is absent fits everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Words that stand in who, what or with what.
    pub words: Option<String>,
    /// Only this action.
    pub action: Option<String>,
    /// Only this actor, as stored.
    pub actor: Option<String>,
    /// Only rows before this place.
    pub before: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(action: &str) -> AuditAct {
        AuditAct {
            actor: "admin".to_owned(),
            name: None,
            address: None,
            action: action.to_owned(),
            subject: "everything".to_owned(),
            was: None,
            became: None,
            at: Time::from_micros(7),
        }
    }

    fn log(actions: &[&str]) -> Vec<AuditRow> {
        let mut before = BEGINNING.to_vec();
        let rows = actions.iter().zip(1..).map(|(action, seq)| {
            let hash = act(action).hash(seq, &before).to_vec();
            before.clone_from(&hash);
            AuditRow { seq, act: act(action), hash }
        });
        rows.collect()
    }

    fn read(rows: &[AuditRow], counted: i64) -> Result<(), BrokenChain> {
        let mut chain = AuditChain::begin();
        for row in rows {
            chain.follow(row)?;
        }
        chain.ends_at(counted)
    }

    #[test]
    fn a_row_that_was_changed_taken_out_or_cut_off_is_seen() {
        let rows = log(&["pause", "resume", "erase"]);
        assert_eq!(read(&rows, 3), Ok(()));
        let mut changed = rows.clone();
        changed[1].act.actor = "machine".to_owned();
        assert_eq!(read(&changed, 3), Err(BrokenChain::Changed(2)));
        let without = [rows[0].clone(), rows[2].clone()];
        assert_eq!(read(&without, 3), Err(BrokenChain::Missing(2)));
        assert_eq!(read(&rows[..2], 3), Err(BrokenChain::Missing(3)), "the last one is gone");
        let mut renumbered = without.to_vec();
        renumbered[1].seq = 2;
        assert_eq!(read(&renumbered, 2), Err(BrokenChain::Changed(2)));
    }

    #[test]
    fn no_two_rows_read_alike() {
        let one = AuditAct { was: Some("ab".into()), became: Some("c".into()), ..act("role") };
        let other = AuditAct { was: Some("a".into()), became: Some("bc".into()), ..act("role") };
        let none = AuditAct { was: None, became: Some("c".into()), ..act("role") };
        let empty = AuditAct { was: Some(String::new()), became: Some("c".into()), ..act("role") };
        let hashes = [&one, &other, &none, &empty].map(|act| act.hash(1, &BEGINNING));
        assert!((1..4).all(|nth| hashes[..nth].iter().all(|hash| *hash != hashes[nth])));
    }
}
