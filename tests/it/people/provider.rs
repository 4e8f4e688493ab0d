//! A provider of `OpenID` Connect on loopback, as RFC 6749, RFC 7636 and the core specification describe one. The test plays the person
//! at its page.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    sync::{Arc, Mutex},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use heard::base::signature::sha256;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};
use url::Url;

/// How Heard is known there. The secret has what a header has to have encoded.
pub const CLIENT: [&str; 2] = ["heard", "hush & hush"];
const KEY: &[u8] = include_bytes!("../github/app.pem");

/// With what a token is signed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Signed {
    /// With the key.
    Well,
    /// With something that is no signature.
    Not,
    /// With the public key, as if it were a secret.
    WithThePublicKey,
}

/// What a code is given for.
struct Granted {
    challenge: String,
    back: String,
    token: String,
}

/// The provider; it runs until the tests end.
pub struct Provider {
    pub url: String,
    granted: Arc<Mutex<BTreeMap<String, Granted>>>,
}

impl Provider {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let granted = Arc::new(Mutex::new(BTreeMap::new()));
        let (at, shared) = (url.clone(), Arc::clone(&granted));
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async {
                let app = move || {
                    let (at, granted) = (at.clone(), Arc::clone(&shared));
                    let describes = move || {
                        let answer = HttpResponse::Ok().json(description(&at));
                        async move { answer }
                    };
                    let exchanges = move |request: HttpRequest, form: web::Form<BTreeMap<String, String>>| {
                        let answer = exchange(&granted, &request, &form);
                        async move { answer }
                    };
                    let shows = || async { HttpResponse::Ok().json(keys()) };
                    App::new()
                        .route("/.well-known/openid-configuration", web::get().to(describes))
                        .route("/oauth/token", web::post().to(exchanges))
                        .route("/oauth/keys", web::get().to(shows))
                };
                let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap();
                server.run().await.unwrap();
            });
        });
        Self { url, granted }
    }

    /// The section of the settings.
    pub fn section(&self) -> String {
        let [id, secret] = CLIENT;
        format!(
            "[sign_on]\nissuer = \"{}/\"\nclient_id = \"{id}\"\nclient_secret = \"{secret}\"\nname = \"Acme ID\"\n",
            self.url
        )
    }

    /// Somebody signs in at the page that Heard sent them to, and is sent back: where to.
    pub fn sends_back(&self, page: &str, says: &Value, signed: Signed) -> String {
        let page = Url::parse(page).unwrap();
        let asked: BTreeMap<String, String> = page.query_pairs().into_owned().collect();
        assert!(page.as_str().starts_with(&format!("{}/oauth/page?", self.url)), "{page}");
        assert_eq!((asked["response_type"].as_str(), asked["client_id"].as_str()), ("code", CLIENT[0]));
        assert_eq!((asked["code_challenge_method"].as_str(), asked["scope"].as_str()), ("S256", "openid email"));
        let mut claims = json!({
            "iss": self.url,
            "aud": [CLIENT[0]],
            "exp": 4_000_000_000_i64,
            "nonce": asked["nonce"],
        });
        claims.as_object_mut().unwrap().extend(says.as_object().unwrap().clone());
        let mut granted = self.granted.lock().unwrap();
        let code = format!("code-{}", granted.len());
        granted.insert(
            code.clone(),
            Granted {
                challenge: asked["code_challenge"].clone(),
                back: asked["redirect_uri"].clone(),
                token: token(&claims, signed),
            },
        );
        format!("/login/provider/back?code={code}&state={}", asked["state"])
    }
}

fn description(url: &str) -> Value {
    json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/oauth/page?tenant=acme"),
        "token_endpoint": format!("{url}/oauth/token"),
        "jwks_uri": format!("{url}/oauth/keys"),
    })
}

fn public_key() -> Jwk {
    let key = EncodingKey::from_rsa_pem(KEY).unwrap();
    let mut public = Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap();
    public.common.key_id = Some("one".to_owned());
    public
}

/// One key is of a kind that nobody knows.
fn keys() -> Value {
    json!({ "keys": [{ "kty": "XYZ", "kid": "two" }, public_key()] })
}

fn token(claims: &Value, signed: Signed) -> String {
    let key_id = Some("one".to_owned());
    if signed == Signed::WithThePublicKey {
        let secret = EncodingKey::from_secret(serde_json::to_string(&public_key()).unwrap().as_bytes());
        return encode(&Header { kid: key_id, ..Header::new(Algorithm::HS256) }, claims, &secret).unwrap();
    }
    let key = EncodingKey::from_rsa_pem(KEY).unwrap();
    let token = encode(&Header { kid: key_id, ..Header::new(Algorithm::RS256) }, claims, &key).unwrap();
    if signed == Signed::Well {
        return token;
    }
    let (said, _) = token.rsplit_once('.').unwrap();
    format!("{said}.{}", BASE64_URL_SAFE_NO_PAD.encode([7_u8; 256]))
}

fn exchange(
    granted: &Mutex<BTreeMap<String, Granted>>,
    request: &HttpRequest,
    form: &BTreeMap<String, String>,
) -> HttpResponse {
    let known = format!("Basic {}", BASE64_STANDARD.encode("heard:hush+%26+hush"));
    let brought = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    let granted = granted.lock().unwrap().get_mut(&form["code"]).map(|granted| {
        // A code is good for once.
        let token = std::mem::take(&mut granted.token);
        (granted.challenge.clone(), granted.back.clone(), token)
    });
    let fits = |(challenge, back, token): &(String, String, String)| {
        let proven = BASE64_URL_SAFE_NO_PAD.encode(sha256(&[form["code_verifier"].as_bytes()]));
        !token.is_empty() && proven == *challenge && form["redirect_uri"] == *back
    };
    match granted.filter(fits) {
        Some((_, _, token)) if brought == Some(known.as_str()) && form["grant_type"] == "authorization_code" => {
            HttpResponse::Ok().json(json!({ "access_token": "none", "token_type": "Bearer", "id_token": token }))
        }
        _ => HttpResponse::BadRequest().json(json!({ "error": "invalid_grant" })),
    }
}
