//! A topic whose tickets were all moved, merged away or deleted is offered nowhere, and its page leads on.

use serde_json::{Value, json};

use crate::{
    databases,
    story::{BODY, SUBJECT},
    world::{ADMIN, World},
};

impl World {
    /// The ids of the topics that the API lists.
    async fn listed(&self) -> Vec<Value> {
        let listed = self.get("/api/v1/topics").await;
        listed["topics"].as_array().unwrap().iter().map(|topic| topic["id"].clone()).collect()
    }

    /// A page of the console: the status, where it leads, and what it says.
    async fn console(&self, path: &str) -> (u16, Option<String>, String) {
        let form = format!("token={ADMIN}");
        let login = self.anonymous().post(format!("{}/login", self.url()));
        let login = login.header("content-type", "application/x-www-form-urlencoded").body(form).send().await.unwrap();
        let cookie = login.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let shown =
            self.anonymous().get(format!("{}{path}", self.url())).header("cookie", cookie).send().await.unwrap();
        let leads = shown.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        (shown.status().as_u16(), leads, shown.text().await.unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_whose_tickets_were_moved_leads_to_where_they_went() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let (_, first) = world.complains("Ana Sousa");
        let into = world.grouped_into(first).await;
        let bob = world.helpdesk.customer("Bob Stone").add();
        let other = world.helpdesk.ticket_from(bob).subject("Dark mode").body("Please add a dark theme.").send();
        let emptied = world.grouped_into(other).await;
        assert_ne!(emptied, into);
        let id = world.id_of(other).await;
        world.does(&format!("/api/v1/tickets/{id}/move"), &json!({ "topic": into })).await;
        world.settles().await;
        assert_eq!(world.listed().await, [json!(into)]);
        let (status, leads, _) = world.console(&format!("/topics/{emptied}")).await;
        assert_eq!((status, leads), (303, Some(format!("/topics/{into}"))));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_whose_tickets_were_deleted_is_offered_nowhere_and_says_so() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let (_, first) = world.complains("Ana Sousa");
        let emptied = world.grouped_into(first).await;
        let bob = world.helpdesk.customer("Bob Stone").add();
        let near = "Excel export of the monthly report lacks rows";
        let second = world.helpdesk.ticket_from(bob).subject(near).body(BODY).send();
        let kept = world.grouped_into(second).await;
        world.helpdesk.delete(agent, first);
        world.settles().await;
        if kept != emptied {
            assert_eq!(world.listed().await, [json!(kept)], "{SUBJECT}");
            let (status, leads, page) = world.console(&format!("/topics/{emptied}")).await;
            assert_eq!((status, leads), (404, None));
            assert!(page.contains("moved, merged or deleted"), "{page}");
            let (_, _, triage) = world.console("/triage").await;
            assert!(!triage.contains(&emptied), "it is no choice: {triage}");
            let id = world.id_of(second).await;
            let (_, _, ticket) = world.console(&format!("/tickets/{id}")).await;
            assert!(!ticket.contains(&emptied), "nor is it likely: {ticket}");
            world.helpdesk.agent_tags(agent, second, "escalate");
            world.settles().await;
            let notes = world.helpdesk.notes_by_heard(second);
            assert!(!notes.is_empty() && notes.iter().all(|note| !note.plain_body.contains(&emptied)), "{notes:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_whose_tickets_were_merged_in_the_helpdesk_leads_to_where_they_went() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let agent = world.helpdesk.agent("Sam Okafor");
        let ana = world.helpdesk.customer("Ana Sousa").add();
        let first = world.helpdesk.ticket_from(ana).subject(SUBJECT).body(BODY).send();
        let into = world.grouped_into(first).await;
        let other = world.helpdesk.ticket_from(ana).subject("Dark mode").body("Please add a dark theme.").send();
        let emptied = world.grouped_into(other).await;
        world.helpdesk.merge(agent, other, first);
        world.settles().await;
        assert_eq!(world.listed().await, [json!(into)]);
        let (status, leads, _) = world.console(&format!("/topics/{emptied}")).await;
        assert_eq!((status, leads), (303, Some(format!("/topics/{into}"))));
    })
    .await;
}
