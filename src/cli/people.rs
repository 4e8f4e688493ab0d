//! `heard people`: who has an account.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    api::{ServerAddress, encoded},
    output,
};
use crate::{model::role::Role, settings::ServerReach};

/// The people who have an account
#[derive(Debug, Args)]
pub struct People {
    #[command(subcommand)]
    command: PeopleCommand,
}

#[derive(Debug, Subcommand)]
enum PeopleCommand {
    List(ListPeople),
    Invite(InvitePerson),
    /// Print another invitation, with which somebody chooses a new password
    ///
    /// Until they follow it, their old password and their sessions stay.
    Reset(NamedPerson),
    Role(GiveRole),
    /// Switch an account off, with every session and token of it, at once
    Off(NamedPerson),
    /// Switch an account on again
    On(NamedPerson),
}

/// List everybody, with what they may do
#[derive(Debug, Args)]
struct ListPeople {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerAddress,
}

/// Invite somebody, and print the link on which they set their password
///
/// The link can be used once and ends after 72 hours. Heard sends nothing: give it to them yourself.
#[derive(Debug, Args)]
struct InvitePerson {
    /// What they are called
    name: String,
    /// Their address, by which they will sign in
    #[arg(long)]
    email: String,
    /// What they may do: agent, product, engineer or admin
    #[arg(long, value_parser = role)]
    role: Role,
    #[command(flatten)]
    server: ServerAddress,
}

/// Somebody who has an account
#[derive(Debug, Args)]
struct NamedPerson {
    /// Their e-mail address, or their id
    person: String,
    #[command(flatten)]
    server: ServerAddress,
}

/// Say what somebody may do; they have to sign in again
#[derive(Debug, Args)]
struct GiveRole {
    /// Their e-mail address, or their id
    person: String,
    /// What they may do: agent, product, engineer or admin
    #[arg(value_parser = role)]
    role: Role,
    #[command(flatten)]
    server: ServerAddress,
}

fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| "expected agent, product, engineer or admin".to_owned())
}

impl People {
    /// Asks Heard to do it.
    pub async fn run(self, reach: &ServerReach) -> anyhow::Result<()> {
        match self.command {
            PeopleCommand::List(list) => list.run(reach).await,
            PeopleCommand::Invite(invite) => {
                let body = json!({ "name": invite.name, "login": invite.email, "role": invite.role });
                show_link(&invite.server.api(reach)?.post("people", &body).await?)
            }
            PeopleCommand::Reset(named) => {
                let path = format!("people/{}/invite", encoded(&named.id(reach).await?));
                show_link(&named.server.api(reach)?.post(&path, &json!({})).await?)
            }
            PeopleCommand::Role(give) => {
                let GiveRole { person, role, server } = give;
                let person = NamedPerson { person, server }.change(reach, &json!({ "role": role })).await?;
                output::line(&format!("{} is {role} now, and has to sign in again.", called(&person)))
            }
            PeopleCommand::Off(named) => {
                let person = named.change(reach, &json!({ "active": false })).await?;
                output::line(&format!("{} is switched off. Sessions and tokens ended at once.", called(&person)))
            }
            PeopleCommand::On(named) => {
                let person = named.change(reach, &json!({ "active": true })).await?;
                output::line(&format!("{} can sign in again.", called(&person)))
            }
        }
    }
}

impl ListPeople {
    async fn run(self, reach: &ServerReach) -> anyhow::Result<()> {
        let answer = self.server.api(reach)?.get("people").await?;
        if self.json {
            return output::json(&answer);
        }
        for person in answer["people"].as_array().into_iter().flatten() {
            let text = |name: &str| person[name].as_str().unwrap_or_default().to_owned();
            let is = |name: &str| person[name] == true;
            let state = match (is("active"), is("has_password"), is("known_to_provider")) {
                (false, ..) => "switched off",
                (true, true, _) => "can sign in",
                (true, false, true) => "comes by the company's own sign-in",
                (true, false, false) => "invited",
            };
            output::line(&format!("{} <{}>: {}, {state}", text("name"), text("login"), text("role")))?;
        }
        Ok(())
    }
}

impl NamedPerson {
    /// Their id.
    async fn id(&self, reach: &ServerReach) -> anyhow::Result<String> {
        if !self.person.contains('@') {
            return Ok(self.person.clone());
        }
        let answer = self.server.api(reach)?.get("people").await?;
        let wanted = self.person.trim().to_lowercase();
        let found = answer["people"].as_array().into_iter().flatten().find(|one| one["login"] == wanted.as_str());
        let id = found.and_then(|one| one["id"].as_str());
        id.map(str::to_owned).ok_or_else(|| anyhow::anyhow!("nobody has an account with the address {}", self.person))
    }

    /// Changes something about their account, and gives it.
    async fn change(&self, reach: &ServerReach, change: &Value) -> anyhow::Result<Value> {
        let path = format!("people/{}", encoded(&self.id(reach).await?));
        self.server.api(reach)?.patch(&path, change).await
    }
}

fn called(person: &Value) -> &str {
    person["name"].as_str().unwrap_or("Somebody")
}

fn show_link(invitation: &Value) -> anyhow::Result<()> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    output::line(&format!(
        "Give {} this link. It can be used once, until {}.",
        called(&invitation["person"]),
        text(&invitation["expires_at"])
    ))?;
    output::line(&text(&invitation["url"]))
}
