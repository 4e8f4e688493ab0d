//! Signing in by the company's own sign-in, by `OpenID` Connect: the code flow with PKCE (RFC 7636).
//!
//! Nobody comes in whom no admin has invited. Somebody is known by the provider's own word for them once they have come, because
//! addresses change hands; the first time, by their address, and only if the provider says that it is theirs. What a browser brings back
//! counts in the browser that set out, because everything that it is compared with is made of a seed that only its cookie has.

use std::time::Duration;

use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use bytes::Bytes;
use http::Method;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::Jwk};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::app::App;
use crate::{
    base::{
        clock::Time,
        http::{Origin, Request},
        random,
        secret::Secret,
        signature::{Hash, hmac, same, sha256},
    },
    model::{
        decision::Actor,
        person::{PersonAccount, login_of},
    },
    settings::SignOnSettings,
    store::{StoreError, audit, people},
};

/// How long the way there and back may take.
pub const ROUND_TRIP: Duration = Duration::from_mins(10);
/// How far the provider's clock may be from ours, in seconds.
const CLOCKS_APART: i64 = 60;

/// Why somebody does not come in by it. Sentences are for the log.
#[derive(Debug, thiserror::Error)]
pub enum SignOnError {
    /// The settings name no provider.
    #[error("the company's own sign-in is not set up")]
    NotSetUp,
    /// The provider does not answer as it should.
    #[error("{0}")]
    Provider(String),
    /// What came back does not say who they are.
    #[error("{0}")]
    Unproven(String),
    /// It is clear who they are, and they have no account that is switched on.
    #[error("nobody has invited them")]
    Uninvited,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn unproven(why: &str) -> SignOnError {
    SignOnError::Unproven(why.to_owned())
}

/// What a browser brings back from the provider.
#[derive(Deserialize)]
pub struct BroughtBack {
    code: Option<String>,
    state: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

/// What the provider says of itself.
#[derive(Deserialize)]
struct ProviderDescription {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    #[serde(default)]
    token_endpoint_auth_methods_supported: Vec<String>,
}

/// The keys that it signs with. One of a kind that we do not know is passed over.
#[derive(Deserialize)]
struct ProviderKeys {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    id_token: String,
}

/// What its token says of somebody.
#[derive(Deserialize)]
struct IdTokenClaims {
    sub: String,
    exp: i64,
    nonce: Option<String>,
    azp: Option<String>,
    email: Option<String>,
    email_verified: Option<Value>,
}

impl IdTokenClaims {
    /// Their address as a login, if the provider says that it is theirs. Some say so in a text.
    fn own_address(&self) -> Option<String> {
        let is_theirs = match &self.email_verified {
            Some(Value::Bool(verified)) => *verified,
            Some(Value::String(word)) => word == "true",
            _ => false,
        };
        self.email.as_deref().filter(|_| is_theirs).and_then(|address| login_of(address).ok())
    }
}

/// What one way there and back is known by.
struct RoundTrip {
    state: String,
    nonce: String,
    verifier: String,
}

impl RoundTrip {
    fn of(app: &App, seed: &str) -> Self {
        let key = app.keys.admin.expose().as_bytes();
        let made = |what: &[u8]| hex::encode(hmac(Hash::Sha256, key, &[b"sign-on:", what, seed.as_bytes()]));
        Self { state: made(b"state:"), nonce: made(b"nonce:"), verifier: made(b"verifier:") }
    }

    fn challenge(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(sha256(&[self.verifier.as_bytes()]))
    }
}

fn settings(app: &App) -> Result<&SignOnSettings, SignOnError> {
    app.settings.sign_on.as_ref().ok_or(SignOnError::NotSetUp)
}

fn set_out_at(seed: &str) -> Option<Time> {
    let (seconds, _) = seed.split_once('.')?;
    seconds.parse().ok().map(Time::from_seconds)
}

/// A way there, for a browser that sets out.
pub struct WayThere {
    /// The provider's address to send it to.
    pub address: String,
    /// What its cookie holds until it is back. It begins with the time.
    pub seed: String,
}

/// Lets a browser set out.
pub async fn way_there(app: &App) -> Result<WayThere, SignOnError> {
    let settings = settings(app)?;
    let random =
        random::token().map_err(|error| SignOnError::Provider(format!("the system gives no randomness: {error}")))?;
    let seed = format!("{}.{random}", app.clock.now().as_seconds());
    let provider = description(app, settings).await?;
    endpoint(&provider.authorization_endpoint)?;
    let mut url = Url::parse(&provider.authorization_endpoint)
        .map_err(|_| SignOnError::Provider("the provider's sign-in page has no address".to_owned()))?;
    let trip = RoundTrip::of(app, &seed);
    url.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &settings.client_id)
        .append_pair("redirect_uri", &way_back(app))
        .append_pair("scope", "openid email")
        .append_pair("state", &trip.state)
        .append_pair("nonce", &trip.nonce)
        .append_pair("code_challenge", &trip.challenge())
        .append_pair("code_challenge_method", "S256");
    Ok(WayThere { address: url.into(), seed })
}

fn way_back(app: &App) -> String {
    app.link("/login/provider/back")
}

/// Who it is that comes back.
pub async fn who_came_back(
    app: &App,
    seed: &str,
    brought: &BroughtBack,
    address: Option<String>,
) -> Result<PersonAccount, SignOnError> {
    let settings = settings(app)?;
    let now = app.clock.now();
    let trip = RoundTrip::of(app, seed);
    let is_recent = set_out_at(seed).is_some_and(|at| at <= now && now.since(at) <= ROUND_TRIP);
    let state = brought.state.as_deref().unwrap_or_default();
    if !is_recent || !same(state.as_bytes(), trip.state.as_bytes()) {
        return Err(unproven("it was begun in another browser, or too long ago"));
    }
    if let Some(error) = &brought.error {
        let error: String = error.chars().take(100).collect();
        return Err(SignOnError::Unproven(format!("the provider says {error:?}")));
    }
    let code = brought.code.as_deref().ok_or_else(|| unproven("there is no code"))?;
    let provider = description(app, settings).await?;
    // Some providers say who they are, so that nobody's code is taken to somebody else (RFC 9207).
    if brought.iss.as_ref().is_some_and(|iss| *iss != provider.issuer) {
        return Err(unproven("another provider sent it"));
    }
    let token = exchanged(app, settings, &provider, code, &trip).await?;
    let (origin, path) = endpoint(&provider.jwks_uri)?;
    let keys: ProviderKeys = told(app, &origin, Request::get(path)).await?;
    let claims = signed(&token, keys, &provider.issuer, &settings.client_id).map_err(SignOnError::Unproven)?;
    if !same(claims.nonce.as_deref().unwrap_or_default().as_bytes(), trip.nonce.as_bytes()) {
        return Err(unproven("the token is not for this sign-in"));
    }
    if claims.exp.saturating_add(CLOCKS_APART) <= now.as_seconds() {
        return Err(unproven("the token has ended"));
    }
    if claims.azp.as_ref().is_some_and(|azp| *azp != settings.client_id) {
        return Err(unproven("the token was given to somebody else"));
    }
    known(app, &format!("{} {}", provider.issuer, claims.sub), &claims, address).await
}

async fn description(app: &App, settings: &SignOnSettings) -> Result<ProviderDescription, SignOnError> {
    let request = Request::get("/.well-known/openid-configuration");
    let provider: ProviderDescription = told(app, &settings.issuer, request).await?;
    let named = Origin::parse(&provider.issuer).ok();
    if named.is_none_or(|named| named.as_str() != settings.issuer.as_str()) {
        let sentence =
            format!("{} calls itself {:?}, which is not the issuer", settings.issuer.host(), provider.issuer);
        return Err(SignOnError::Provider(sentence));
    }
    Ok(provider)
}

/// The code is exchanged for the token, by us and not by the browser.
async fn exchanged(
    app: &App,
    settings: &SignOnSettings,
    provider: &ProviderDescription,
    code: &str,
    trip: &RoundTrip,
) -> Result<String, SignOnError> {
    let (origin, path) = endpoint(&provider.token_endpoint)?;
    let methods = &provider.token_endpoint_auth_methods_supported;
    let by_header = methods.is_empty() || methods.iter().any(|method| method == "client_secret_basic");
    let (in_header, in_form) = match &settings.client_secret {
        Some(secret) if by_header => (Some(basic(&settings.client_id, secret)), None),
        secret => (None, secret.as_ref()),
    };
    let back = way_back(app);
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", back.as_str()),
        ("client_id", settings.client_id.as_str()),
        ("code_verifier", trip.verifier.as_str()),
    ];
    fields.extend(in_form.map(|secret| ("client_secret", secret.expose())));
    let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let body = Some(("application/x-www-form-urlencoded", Bytes::from(form)));
    let mut request = Request { method: Method::POST, body, ..Request::get(path) };
    if let Some(credential) = in_header {
        request = request.credential("authorization", credential);
    }
    let answer: TokenAnswer = told(app, &origin, request).await?;
    Ok(answer.id_token)
}

/// RFC 6749, 2.3.1: both are encoded as in a form before they are joined.
fn basic(id: &str, secret: &Secret) -> Secret {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let joined = format!("{}:{}", encoded(id), encoded(secret.expose()));
    Secret::new(format!("Basic {}", BASE64_STANDARD.encode(joined)))
}

async fn told<T: DeserializeOwned>(app: &App, origin: &Origin, request: Request) -> Result<T, SignOnError> {
    let host = origin.host();
    let answer = app.outgoing.send(origin, request).await.map_err(|error| SignOnError::Provider(error.to_string()))?;
    if answer.status != 200 {
        return Err(SignOnError::Provider(format!("{host} answered {}", answer.status)));
    }
    serde_json::from_slice(&answer.body)
        .map_err(|_| SignOnError::Provider(format!("{host} answered something else than OpenID Connect says")))
}

/// Where an endpoint is, and the last part of its path. Nobody may read on the way what is sent there.
fn endpoint(text: &str) -> Result<(Origin, String), SignOnError> {
    let parted = || {
        let whole = text.split(['?', '#']).next().unwrap_or_default();
        let (base, _) = whole.rsplit_once('/')?;
        let origin = Origin::parse(base).ok().filter(|origin| !origin.is_readable_on_the_way())?;
        Some((origin, text[base.len()..].trim_start_matches('/').to_owned()))
    };
    parted().ok_or_else(|| SignOnError::Provider(format!("the provider names {text:?}, which is no https address")))
}

/// What a token says, if the provider signed it, for us.
fn signed(token: &str, keys: ProviderKeys, issuer: &str, client_id: &str) -> Result<IdTokenClaims, String> {
    let header = decode_header(token).map_err(|error| format!("the token cannot be read: {error}"))?;
    if matches!(header.alg, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512) {
        return Err("the token is signed with a secret and not with a key".to_owned());
    }
    let mut validation = Validation::new(header.alg);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[client_id]);
    // By our own clock, once it is read.
    validation.validate_exp = false;
    let known = keys.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    let mut why = "no key of the provider has the id that the token names".to_owned();
    for key in known.filter(|key| header.kid.is_none() || key.common.key_id == header.kid) {
        match DecodingKey::from_jwk(&key).and_then(|key| decode::<IdTokenClaims>(token, &key, &validation)) {
            Ok(read) => return Ok(read.claims),
            Err(error) => why = format!("the token does not hold: {error}"),
        }
    }
    Err(why)
}

/// Whether somebody comes in by the company's own sign-in as it is set up now. Whoever has not come by it yet may never do.
pub fn brings_in(app: &App, person: &PersonAccount) -> bool {
    let Some(settings) = &app.settings.sign_on else { return false };
    let issuer = person.subject.as_deref().and_then(|subject| subject.split_once(' ')).map(|(issuer, _)| issuer);
    let named = issuer.and_then(|issuer| Origin::parse(issuer).ok());
    named.is_some_and(|named| named.as_str() == settings.issuer.as_str())
}

/// The account of whoever the provider knows by this word, or the first time by this address.
async fn known(
    app: &App,
    subject: &str,
    claims: &IdTokenClaims,
    address: Option<String>,
) -> Result<PersonAccount, SignOnError> {
    let mut conn = app.database.read().await?;
    if let Some(person) = people::with_subject(&mut conn, subject).await? {
        return Some(person).filter(|person| person.active).ok_or(SignOnError::Uninvited);
    }
    let login = claims.own_address().ok_or_else(|| unproven("the provider does not say that the address is theirs"))?;
    let person = people::with_login(&mut conn, &login).await?.ok_or(SignOnError::Uninvited)?;
    drop(conn);
    let mut tx = app.database.begin().await?;
    if !people::set_subject(&mut tx, person.id, subject).await? {
        return Err(SignOnError::Uninvited);
    }
    people::end_invitation(&mut tx, person.id).await?;
    let actor = Actor::person(person.id, &person.name).at(address);
    audit::add(&mut tx, &actor, "bind_provider", &person.id.to_string(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(person)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_endpoint_is_parted_and_nobody_reads_what_goes_there() {
        let (origin, path) = endpoint("https://id.example.com/oauth2/token?tenant=1").unwrap();
        assert_eq!((origin.as_str(), path.as_str()), ("https://id.example.com/oauth2", "token?tenant=1"));
        for wrong in ["http://id.example.com/token", "https://id.example.com", "/token", "ftp://x/token", ""] {
            assert!(endpoint(wrong).is_err(), "{wrong}");
        }
        assert!(endpoint("http://127.0.0.1:9/token").is_ok());
    }

    #[test]
    fn only_an_address_that_the_provider_calls_theirs_is_one() {
        for (verified, own) in [
            (json!(true), true),
            (json!("true"), true),
            (json!(false), false),
            (json!("yes"), false),
            (json!(1), false),
        ] {
            let said = json!({ "sub": "1", "exp": 1, "email": "Maya@Acme.test", "email_verified": verified });
            let claims: IdTokenClaims = serde_json::from_value(said).unwrap();
            assert_eq!(claims.own_address().is_some(), own, "{verified}");
        }
        let silent: IdTokenClaims =
            serde_json::from_value(json!({ "sub": "1", "exp": 1, "email": "a@b.test" })).unwrap();
        assert_eq!(silent.own_address(), None);
    }
}
