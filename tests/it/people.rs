//! Who did it: people with accounts, what their roles let them do, tokens, and the log of all that was done.

mod accounts;
mod audit;
mod provider;
mod roles;
mod sign_on;
mod signing_in;
mod tokens;

use heard::model::role::Role;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::{web::filled, world::World};

/// A password that is taken.
pub const PASSWORD: &str = "nine purple hats sing";

/// Somebody of the team who is signed in.
pub struct Teammate {
    /// Their id.
    pub id: String,
    /// Their address.
    pub login: String,
    /// The session, as a `Cookie` header.
    pub cookie: String,
}

/// The cookies that an answer sets, as a `Cookie` header.
pub fn cookies(answer: &Response) -> String {
    let set = answer.headers().get_all("set-cookie").iter();
    let pairs = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
    pairs.collect::<Vec<_>>().join("; ")
}

impl World {
    /// An admin invites somebody; gives the invitation.
    pub async fn invites(&self, name: &str, role: Role) -> Value {
        let login = format!("{}@acme.test", name.to_lowercase().replace(' ', "."));
        let body = json!({ "name": name, "login": login, "role": role });
        let (status, invitation) = self.post("/api/v1/people", &body).await;
        assert_eq!(status, 200, "{invitation}");
        invitation
    }

    /// Somebody follows their invitation.
    pub async fn follows(&self, invitation: &Value, password: &str) -> Response {
        let request = self.anonymous().post(invitation["url"].as_str().unwrap());
        filled(request, &[("password", password), ("again", password)]).send().await.unwrap()
    }

    /// Somebody joins the team, and is signed in.
    pub async fn joins_team(&self, name: &str, role: Role) -> Teammate {
        let invitation = self.invites(name, role).await;
        let answer = self.follows(&invitation, PASSWORD).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{name} sets a password");
        let text = |field: &str| invitation["person"][field].as_str().unwrap().to_owned();
        Teammate { id: text("id"), login: text("login"), cookie: cookies(&answer) }
    }

    /// Somebody opens a page.
    pub async fn opens_page(&self, cookie: &str, path: &str) -> Response {
        self.anonymous().get(format!("{}{path}", self.url())).header("cookie", cookie).send().await.unwrap()
    }

    /// Somebody sends a form of a page.
    pub async fn sends_form(&self, cookie: &str, path: &str, fields: &[(&str, &str)]) -> Response {
        let request = self.anonymous().post(format!("{}{path}", self.url())).header("cookie", cookie);
        filled(request, fields).send().await.unwrap()
    }

    /// Somebody signs in.
    pub async fn signs_in(&self, login: &str, password: &str) -> Response {
        self.sends_form("", "/login", &[("login", login), ("password", password)]).await
    }

    /// Whether a session is open.
    pub async fn is_signed_in(&self, cookie: &str) -> bool {
        self.opens_page(cookie, "/topics").await.status() == StatusCode::OK
    }

    /// Somebody makes a token in the console, and gives it.
    pub async fn makes_token(&self, cookie: &str, name: &str, role: Role, scope: &str) -> String {
        let fields = [("name", name), ("role", role.as_str()), ("scope", scope), ("days", "90")];
        let answer = self.sends_form(cookie, "/account/tokens", &fields).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let page = answer.text().await.unwrap();
        let (_, rest) = page.split_once(r#"id="secret">"#).expect("the token is shown");
        rest.split('<').next().unwrap().to_owned()
    }

    /// A program asks the API with a token.
    pub async fn asks_with(&self, token: &str, path: &str) -> Response {
        self.anonymous().get(format!("{}{path}", self.url())).bearer_auth(token).send().await.unwrap()
    }
}
