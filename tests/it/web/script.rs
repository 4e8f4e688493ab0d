//! The console's one script: served from here, run on its pages only, and nothing else runs anywhere.

use super::session;
use crate::{databases, world::World};

#[tokio::test(flavor = "multi_thread")]
async fn only_the_consoles_own_script_runs_and_only_where_somebody_has_signed_in() {
    let database = databases::sqlite();
    let world = World::new(&database.url).await;
    let cookie = session(&world).await;
    let open = async |path: &str| {
        let page = world.anonymous().get(format!("{}{path}", world.url())).header("cookie", &cookie);
        page.send().await.unwrap()
    };
    for path in ["/topics", "/triage", "/updates", "/health", "/topics/unknown"] {
        let page = open(path).await;
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self';"), "{path}: {policy}");
        assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        let html = page.text().await.unwrap();
        let (_, script) = html.split_once(r#"<script src=""#).unwrap();
        let address = script.split('"').next().unwrap();
        assert!(address.starts_with("/assets/console.js?v=") && html.matches("<script").count() == 1, "{path}");
        let script = open(address).await;
        assert_eq!(script.headers()["content-type"], "text/javascript; charset=utf-8");
        assert!(script.headers()["cache-control"].to_str().unwrap().contains("immutable"));
    }
    for path in ["/login", "/docs", "/c/unknown"] {
        let page = open(path).await;
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(!policy.contains("script-src"), "{path}: {policy}");
        assert!(!page.text().await.unwrap().contains("<script"), "{path}");
    }
}
