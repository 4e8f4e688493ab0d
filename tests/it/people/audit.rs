//! The log of who did what: with names, in a chain that shows what was changed, and with nothing of a customer in it.

use heard::{
    model::role::Role,
    store::{Session as _, audit},
};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{databases, world::World};

async fn acts(world: &World, query: &str) -> Vec<Value> {
    world.get(&format!("/api/v1/audit?limit=200{query}")).await["acts"].as_array().unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_says_who_what_from_what_to_what_and_from_where() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let ada = world.joins_team("Ada Byron", Role::Admin).await;
        let maya = world.joins_team("Maya Lindgren", Role::Agent).await;
        let token = world.makes_token(&ada.cookie, "nightly", Role::Admin, "write").await;
        world.sends_form(&ada.cookie, &format!("/people/{}/role", maya.id), &[("role", "product")]).await;
        world.sends_form(&ada.cookie, &format!("/topics/{}/kind", complaint.topic), &[("text", "question")]).await;
        let pause = world.anonymous().post(format!("{}/api/v1/pauses", world.url())).bearer_auth(&token);
        pause.json(&json!({})).send().await.unwrap();

        let all = acts(&world, "").await;
        let find = |action: &str| {
            all.iter().find(|act| act["action"] == action).unwrap_or_else(|| panic!("{action}: {all:#?}"))
        };
        let role = find("set_role");
        assert_eq!((&role["name"], &role["subject"]), (&json!("Ada Byron"), &json!(maya.id)));
        assert_eq!(
            (&role["from"], &role["to"], &role["address"]),
            (&json!("agent"), &json!("product"), &json!("127.0.0.1"))
        );
        let kind = find("kind");
        assert_eq!((&kind["subject"], &kind["to"]), (&json!(complaint.topic), &json!("question")), "{kind}");
        assert_eq!(find("pause")["name"], json!("Ada Byron\u{2019}s token \u{201c}nightly\u{201d}"));
        assert_eq!(find("invite")["actor"], json!("admin"), "the admin token has no name");
        for action in ["sign_in", "accept_invitation", "make_token"] {
            find(action);
        }
        let of_ada = acts(&world, "&q=ada+byron").await;
        assert!(!of_ada.is_empty() && of_ada.len() < all.len());
        assert!(of_ada.iter().all(|act| act["name"].as_str().unwrap().contains("Ada Byron")), "{of_ada:#?}");
        assert_eq!(acts(&world, "&action=set_role").await.len(), 1);
        assert!(acts(&world, "&q=100%25").await.is_empty(), "what is looked for stands for itself");

        // As it was: she is called otherwise later, and the row is not.
        let page = world.opens_page(&ada.cookie, "/audit?action=set_role").await.text().await.unwrap();
        assert!(page.contains("gave a role") && page.contains("Ada Byron"), "{page}");
        let csv = world.opens_page(&ada.cookie, "/audit.csv?action=set_role").await;
        assert_eq!(csv.headers()["content-disposition"], "attachment; filename=\"heard-audit.csv\"");
        let csv = csv.text().await.unwrap();
        assert!(csv.lines().count() == 2 && csv.contains("agent,product"), "{csv}");
        let file: Value = world.opens_page(&ada.cookie, "/audit.json").await.json().await.unwrap();
        assert_eq!(file.as_array().unwrap().len(), all.len());
        assert_eq!(
            world.opens_page(&maya.cookie, "/audit.csv").await.status(),
            StatusCode::SEE_OTHER,
            "she has to sign in again"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_down_is_not_changed_and_a_log_that_was_is_seen() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        for nth in 0..3 {
            world.invites(&format!("Person {nth}"), Role::Agent).await;
        }
        let whole = world.get("/api/v1/audit/verify").await;
        assert_eq!((&whole["whole"], &whole["rows"]), (&json!(true), &json!(3)), "{whole}");
        let head = whole["head"].as_str().unwrap().to_owned();
        world.invites("Person 3", Role::Agent).await;
        let later = world.get(&format!("/api/v1/audit/verify?head={head}")).await;
        assert_eq!((&later["whole"], &later["has_head"]), (&json!(true), &json!(true)), "{later}");
        let other = world.get(&format!("/api/v1/audit/verify?head={}", "ab".repeat(32))).await;
        assert_eq!((&other["whole"], &other["has_head"]), (&json!(false), &json!(false)), "{other}");

        // The database itself refuses.
        for statement in ["UPDATE audit SET actor = 'machine' WHERE seq = 2", "DELETE FROM audit WHERE seq = 2"] {
            let mut tx = world.app().database.begin().await.unwrap();
            assert!(tx.query(statement).execute().await.is_err(), "{statement}");
        }
        if database.starts_with("postgres:") {
            let mut tx = world.app().database.begin().await.unwrap();
            assert!(tx.query("TRUNCATE audit").execute().await.is_err(), "nor all of them at once");
        }
        // Somebody who may change tables takes that away first.
        let mut tx = world.app().database.begin().await.unwrap();
        let off = if database.starts_with("sqlite:") {
            "DROP TRIGGER audit_is_not_changed"
        } else {
            "ALTER TABLE audit DISABLE TRIGGER audit_only_grows"
        };
        tx.query(off).execute().await.unwrap();
        tx.query("UPDATE audit SET actor = 'machine' WHERE seq = 2").execute().await.unwrap();
        tx.commit().await.unwrap();
        let broken = world.get("/api/v1/audit/verify").await;
        assert_eq!((&broken["whole"], &broken["rows"]), (&json!(false), &json!(1)), "{broken}");
        assert!(broken["broken"].as_str().unwrap().starts_with("Row 2 does not say"), "{broken}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_is_forgotten_leaves_the_log_whole_because_nothing_of_them_was_in_it() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let complaint = world.an_escalated_complaint().await;
        let ada = world.joins_team("Ada Byron", Role::Admin).await;
        world
            .sends_form(&ada.cookie, &format!("/topics/{}/title", complaint.topic), &[("text", "Sousa loses rows")])
            .await;
        let customers = world.get("/api/v1/customers").await;
        let id = customers["customers"][0]["id"].as_str().unwrap();
        let erased = world.anonymous().delete(format!("{}/api/v1/customers/{id}", world.url()));
        assert_eq!(erased.bearer_auth(crate::world::ADMIN).send().await.unwrap().status(), StatusCode::OK);
        let log = acts(&world, "").await;
        let text = serde_json::to_string(&log).unwrap();
        assert!(log.iter().any(|act| act["action"] == "erase" && act["subject"] == *id), "{text}");
        assert!(!text.contains("Sousa") && !text.contains("Ana"), "{text}");
        assert_eq!(world.get("/api/v1/audit/verify").await["whole"], json!(true));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn acts_of_the_same_moment_stand_in_one_chain() {
    databases::for_each(async |database| {
        let world = World::new(database).await;
        let app = world.app();
        let actor = heard::model::decision::Actor::admin();
        let writes = (0..40).map(async |nth: u32| {
            let mut tx = app.database.begin().await.unwrap();
            audit::add(&mut tx, &actor, "pause", &format!("topic:{nth}"), app.clock.now()).await.unwrap();
            tx.commit().await.unwrap();
        });
        futures::future::join_all(writes).await;
        let whole = world.get("/api/v1/audit/verify").await;
        assert_eq!((&whole["whole"], &whole["rows"]), (&json!(true), &json!(40)), "{whole}");
    })
    .await;
}
