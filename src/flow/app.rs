//! Everything a step needs, made once at the start.

use std::{collections::BTreeMap, sync::Arc, time::Instant};

use tokio::sync::{Mutex, OnceCell};
use uuid::Uuid;

use super::{
    connect::held::HeldPlans,
    embeddings::Embeddings,
    error::{Error, StartError},
    group::memory::Grouping,
    inbox::Inbox,
    passwords::Passwords,
    refused::RefusedDeliveries,
    sentence_model::model_name,
    spikes::memory::SpikeMemory,
    tell::texts,
};
use crate::{
    base::{
        clock::{Clock, Time},
        http::Outgoing,
        random,
        secret::Secret,
        signature::{Hash, hmac, sha256},
    },
    helpdesk::{self, Helpdesk, Identity},
    model::{
        issue::Repository,
        refusal::{Missing, Refusal},
    },
    settings::{ConnectionSettings, Model, RepositorySettings, Settings, TrackerSettings},
    store::{Database, StoreError, issues, keys, queue::Queue},
    tracker::{self, Tracker, TrackerCredentials},
    wording::{page_key, templates::MessageTemplates},
};

/// The running Heard. Shared by reference; nothing in it is state that a restart would lose.
pub struct App {
    /// What the operator set.
    pub settings: Settings,
    /// Where everything is kept.
    pub database: Database,
    /// Where jobs are put.
    pub queue: Queue,
    /// What time it is.
    pub clock: Clock,
    /// How helpdesks are called.
    pub outgoing: Outgoing,
    /// The helpdesk accounts by name.
    pub connections: BTreeMap<String, Connection>,
    /// The tracker, if one is set up.
    pub tracker: Option<Box<dyn Tracker>>,
    /// Our own keys.
    pub keys: Keys,
    /// The customers' texts.
    pub templates: MessageTemplates,
    /// The grouping's memory, rebuilt from the database.
    pub grouping: Arc<tokio::sync::Mutex<Grouping>>,
    /// The embeddings endpoint, if one compares the meaning of tickets.
    pub embeddings: Option<Embeddings>,
    /// The name of the model whose vectors are compared.
    pub vectors_of: String,
    /// Who holds this process's leases.
    pub holder: Uuid,
    /// Where deliveries wait for their commit.
    pub inbox: Inbox,
    /// What was refused lately because of its signature.
    pub refused: RefusedDeliveries,
    /// How passwords are compared.
    pub passwords: Passwords,
    /// What admins were shown on the pages that connect, and have not agreed to yet.
    pub held_plans: HeldPlans,
    /// Whose turn it is to keep many tickets at once: two that did so would each wait for rows that the other has changed.
    pub(super) keeps_many: Mutex<()>,
    /// When all tickets were last looked through for those without a topic.
    pub(super) all_looked_at: Mutex<Option<Time>>,
    /// What the look for spikes remembers.
    pub(super) spikes: Mutex<SpikeMemory>,
}

/// One helpdesk account.
pub struct Connection {
    /// What the operator set.
    pub settings: ConnectionSettings,
    /// The vendor.
    pub helpdesk: Box<dyn Helpdesk>,
    /// Who we are there, once we have asked: see [`super::calls::identity`].
    pub(super) identity: OnceCell<Option<Identity>>,
    /// When it last did not say who we are.
    pub(super) kept_silent_at: Mutex<Option<Instant>>,
}

impl Connection {
    /// Opens the account that these settings name. Nothing is asked there.
    ///
    /// # Errors
    /// The settings cannot be right. The sentence says why.
    pub(super) fn open(settings: &ConnectionSettings) -> Result<Self, String> {
        Ok(Self {
            helpdesk: helpdesk::registry::open(&settings.helpdesk, credentials(settings))?,
            settings: settings.clone(),
            identity: OnceCell::new(),
            kept_silent_at: Mutex::new(None),
        })
    }

    /// The name in the log, the gate and the health page.
    pub fn gate(&self) -> String {
        format!("helpdesk:{}", self.settings.name)
    }
}

/// Keys of our own, kept in the database.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Signs the markers in issues and comments.
    pub markers: Secret,
    /// Makes the traces of what is forgotten.
    traces: Secret,
    /// A hash of the bearer token with every role. A token that we made is known by it alone, so that whoever reads the database
    /// or a backup of it cannot use it.
    pub admin: Secret,
}

impl Keys {
    /// The trace of what is forgotten on request. Without the key, nobody can tell of whom it is.
    pub fn trace(&self, what: &[&str]) -> Vec<u8> {
        let lengths: Vec<[u8; 8]> = what.iter().map(|part| part.len().to_be_bytes()).collect();
        let parts: Vec<&[u8]> =
            what.iter().zip(&lengths).flat_map(|(part, length)| [&length[..], part.as_bytes()]).collect();
        hmac(Hash::Sha256, self.traces.expose().as_bytes(), &parts)
    }

    /// What is kept of a link or a session.
    pub fn hash(token: &str) -> [u8; 32] {
        sha256(&[b"token:", token.as_bytes()])
    }

    /// Whether this is the admin token. It is compared in constant time.
    pub fn is_admin(&self, token: &str) -> bool {
        !token.is_empty() && self.admin == Self::of_admin(token)
    }

    fn of_admin(token: &str) -> Secret {
        Secret::new(hex::encode(sha256(&[b"admin:", token.as_bytes()])))
    }
}

/// What the operator should know about this start.
#[derive(Debug, Default)]
pub struct Started {
    /// The admin token, if this start made it. It is shown once.
    pub admin_token: Option<Secret>,
}

impl App {
    /// Opens everything. The database is open and migrated already.
    pub async fn start(
        settings: Settings,
        database: Database,
        clock: Clock,
    ) -> Result<(Arc<Self>, Started), StartError> {
        Self::must_be_right(&settings)?;
        let (admin, started) = admin_key(&settings, &database, &clock).await?;
        Ok((Self::open(settings, database, clock, admin).await?, started))
    }

    /// Opens everything for a look. Nobody signs in meanwhile, so no admin token is made: whoever looks would be the only one who was ever
    /// shown it. The database is open and migrated already.
    pub async fn look(settings: Settings, database: Database, clock: Clock) -> Result<Arc<Self>, StartError> {
        Self::must_be_right(&settings)?;
        let nobodys = Keys::of_admin(&fresh()?);
        Self::open(settings, database, clock, nobodys).await
    }

    fn must_be_right(settings: &Settings) -> Result<(), StartError> {
        let mistakes = Self::mistakes_in(settings);
        if mistakes.is_empty() { Ok(()) } else { Err(StartError::Settings(mistakes.join("\n"))) }
    }

    async fn open(
        settings: Settings,
        database: Database,
        clock: Clock,
        admin: Secret,
    ) -> Result<Arc<Self>, StartError> {
        let wrong = StartError::Settings;
        let keys = Keys {
            markers: own_key(&database, &clock, "markers", fresh()?).await?,
            traces: own_key(&database, &clock, "traces", fresh()?).await?,
            admin,
        };
        let mut connections = BTreeMap::new();
        for connection in &settings.connections {
            let opened = Connection::open(connection).map_err(wrong)?;
            connections.insert(connection.name.clone(), opened);
        }
        let tracker = settings.tracker.as_ref().map(open_tracker).transpose().map_err(wrong)?;
        let templates = match &settings.tell.templates {
            Some(folder) => texts::load(folder).map_err(wrong)?,
            None => MessageTemplates::builtin().clone(),
        };
        let outgoing = Outgoing::new().map_err(wrong)?;
        let app = Self {
            queue: Queue::new(&database)?,
            embeddings: match &settings.grouping.model {
                Model::Endpoint(endpoint) => Some(Embeddings::new(outgoing.clone(), endpoint.clone())),
                _ => None,
            },
            vectors_of: model_name(&settings.grouping.model),
            outgoing,
            grouping: Arc::new(tokio::sync::Mutex::new(Grouping::unloaded(&settings.grouping).map_err(wrong)?)),
            inbox: Inbox::default(),
            refused: RefusedDeliveries::default(),
            passwords: Passwords::default(),
            held_plans: HeldPlans::default(),
            keeps_many: Mutex::default(),
            all_looked_at: Mutex::default(),
            spikes: Mutex::default(),
            holder: Uuid::now_v7(),
            templates,
            settings,
            database,
            clock,
            connections,
            tracker,
            keys,
        };
        let mut tx = app.database.begin().await?;
        for repository in &app.settings.repositories {
            // Somebody may have changed how the settings spell it.
            issues::rename(&mut tx, repository.name.as_str(), repository.name.as_str()).await?;
        }
        tx.commit().await?;
        Ok(Arc::new(app))
    }

    /// Why Heard does not start with these settings, although each can be read by itself: accounts and texts that cannot be right. Nothing
    /// is asked anywhere.
    pub fn mistakes_in(settings: &Settings) -> Vec<String> {
        let mut wrong: Vec<String> =
            settings.connections.iter().filter_map(|connection| Connection::open(connection).err()).collect();
        wrong.extend(settings.tracker.as_ref().and_then(|tracker| open_tracker(tracker).err()));
        wrong.extend(settings.tell.templates.as_deref().and_then(|folder| texts::load(folder).err()));
        wrong
    }

    /// The connection of this name.
    pub fn connection(&self, name: &str) -> Result<&Connection, Error> {
        self.connections.get(name).ok_or_else(|| Missing::Connection(name.to_owned()).into())
    }

    /// What the operator set for a repository.
    pub fn repository(&self, name: &str) -> Option<&RepositorySettings> {
        self.settings.repositories.iter().find(|one| one.name.as_str().eq_ignore_ascii_case(name))
    }

    /// The repository as the settings spell it, where they name it. Its releases and fixes are kept by that name; the tracker knows
    /// no upper and lower case, and may spell it otherwise.
    pub fn spelled<'a>(&'a self, repository: &'a Repository) -> &'a Repository {
        self.repository(repository.as_str()).map_or(repository, |named| &named.name)
    }

    /// A person's text for customers. It may not have the link of one customer's own page: whoever got it would answer for them.
    pub fn for_others<'t>(&self, text: &'t str) -> Result<&'t str, Error> {
        let is_ours = |key: &&str| text.contains(&self.link(&format!("/c/{key}")));
        if page_key::of(text).iter().any(is_ours) { Err(Refusal::TextHasOwnLink.into()) } else { Ok(text) }
    }

    /// Whether a person sees a new issue of this repository before it is filed. One that the settings do not name, because it was
    /// renamed, may be any of those that they do.
    pub fn is_reviewed(&self, name: &str) -> bool {
        match self.repository(name) {
            Some(repository) => repository.review,
            None => self.settings.repositories.iter().any(|one| one.review),
        }
    }

    /// The tracker, if this is its word.
    pub fn tracker_called(&self, word: &str) -> Option<&dyn Tracker> {
        self.tracker.as_deref().filter(|tracker| tracker.about().word == word)
    }

    /// An address of ours for people.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.settings.public_url.as_str())
    }
}

fn credentials(connection: &ConnectionSettings) -> helpdesk::HelpdeskCredentials {
    helpdesk::HelpdeskCredentials {
        connection: connection.name.clone(),
        user: connection.user.clone(),
        token: connection.token.clone(),
        webhook_secrets: connection.webhook_secrets.clone(),
        path_secret: connection.path_secret.clone(),
        options: connection.options.clone(),
    }
}

/// Opens the tracker that these settings name. Nothing is asked there.
pub(super) fn open_tracker(settings: &TrackerSettings) -> Result<Box<dyn Tracker>, String> {
    let credentials = TrackerCredentials {
        api_url: settings.api_url.clone(),
        access: settings.access.clone(),
        webhook_secrets: settings.webhook_secrets.clone(),
    };
    tracker::registry::open(settings.word, credentials)
}

fn fresh() -> Result<String, StartError> {
    random::token().map_err(|error| StartError::Randomness(error.to_string()))
}

async fn own_key(database: &Database, clock: &Clock, name: &str, fresh: String) -> Result<Secret, StartError> {
    let value = keys::own(database, name, fresh.into_bytes(), clock.now()).await?;
    let text = String::from_utf8(value).map_err(|_| StoreError::Corrupt(format!("the key {name:?} is not text")))?;
    Ok(Secret::new(text))
}

/// What the admin token is known by. That of the settings counts before one that an earlier start made.
async fn admin_key(settings: &Settings, database: &Database, clock: &Clock) -> Result<(Secret, Started), StartError> {
    if let Some(token) = &settings.admin_token {
        return Ok((Keys::of_admin(token.expose()), Started::default()));
    }
    let made = fresh()?;
    let hash = Keys::of_admin(&made);
    let kept = own_key(database, clock, "admin_token", hash.expose().to_owned()).await?;
    let is_new = kept == hash;
    Ok((kept, Started { admin_token: is_new.then(|| Secret::new(made)) }))
}
