//! What is no proof that a fix is out, as it happened to others: each of these was told once, or never and nobody was
//! asked (G5, shipped means in users' hands).
//!
//! `proof/takings.rs`: what takes a fix back. `proof/sources.rs`: sources that are silent or late. `proof/names.rs`: names
//! of releases, tags and environments. `proof/again.rs`: what went away and came back. `proof/milestones.rs`: closed
//! milestones. `proof/branches.rs`: fixes in branches of their own and on release lines. `proof/carried.rs`:
//! backports. `proof/closings.rs`: issues that were closed as not planned. `proof/deployments.rs`: deployments that fail later.
//! `proof/strangers.rs`: what somebody says who may not write. `proof/outsiders.rs`: the same in other branches and repositories.
//! `proof/long.rs`: lists that are longer than one answer.

mod again;
mod branches;
mod carried;
mod closings;
mod deployments;
mod long;
mod milestones;
mod names;
mod outsiders;
mod sources;
mod strangers;
mod takings;

use heard::{
    flow::people::milestones as people,
    model::{decision::Actor, id::TopicId},
};
use serde_json::Value;

use crate::{story::Complaint, world::World};

impl World {
    /// Everything settles, and the customer was not told by itself.
    pub async fn tells_nobody(&self, complaint: &Complaint, why: &str) {
        self.settles().await;
        let told = self.helpdesk.replies_by_heard(complaint.ticket);
        assert!(told.is_empty(), "{why}: {told:?}");
    }

    /// A person is asked before the customer is told. Gives the reason they read.
    pub async fn asks_first(&self, complaint: &Complaint, why: &str) -> String {
        self.tells_nobody(complaint, why).await;
        let draft = self.update_that_is("shipped", "draft").await;
        let reason = draft["reason"].as_str().unwrap_or_default().to_owned();
        assert!(reason.contains("a person has to say"), "{why}: {draft}");
        reason
    }

    /// A person declines the topic.
    pub async fn is_declined(&self, complaint: &Complaint, words: &str) {
        let topic = TopicId::parse(&complaint.topic).unwrap();
        people::decline(self.app(), topic, words, &Actor::admin()).await.unwrap();
    }

    /// A person states that the fix is out.
    pub async fn is_stated_to_be_out(&self, complaint: &Complaint, version: &str) {
        let topic = TopicId::parse(&complaint.topic).unwrap();
        people::state_shipped(self.app(), topic, version, &Actor::admin()).await.unwrap();
    }

    /// The sentences on the topic's page.
    pub async fn evidence(&self, complaint: &Complaint) -> Vec<Value> {
        let page = self.get(&format!("/api/v1/topics/{}", complaint.topic)).await;
        page["evidence"].as_array().cloned().unwrap_or_default()
    }
}
