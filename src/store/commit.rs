//! How a transaction ends: what it touched is counted, then all of it is durable at once.

use super::{Result, Tx, impacts};

impl Tx {
    /// Makes what was done durable, with what topics weigh by it.
    ///
    /// # Errors
    /// When the database cannot. Then nothing was done.
    pub async fn commit(mut self) -> Result<()> {
        if !self.touched.is_empty() {
            // Apart, so that it takes no room in everything that commits.
            Box::pin(impacts::keep_up(&mut self)).await?;
        }
        self.end().await
    }
}
