//! How a handler of the console or the API gets hold of Heard: by saying which right it is for.
//!
//! A handler takes `May { app, by, .. }: May<right::Merge>`. Nothing else gives it the [`App`] or an [`Actor`]
//! (`tests/it/tidy/web.rs`), and it gives them only to a caller who has that right, so a handler that forgets to ask can do nothing.

use std::{
    future::{Ready, ready},
    marker::PhantomData,
};

use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest, dev::Payload, web};

use super::{
    caller::Caller,
    console::shell::ConsoleError,
    problem::{Problem, ProblemType},
};
use crate::{
    flow::App,
    model::{
        decision::Actor,
        role::{Privilege, Right},
    },
};

/// What a caller who has the right `R` may hold.
pub struct May<R> {
    /// The running Heard.
    pub app: web::Data<App>,
    /// Who acts, as it is written down.
    pub by: Actor,
    /// Who calls, for what else they may do and for what is their own.
    pub caller: Caller,
    /// Which right it is.
    pub right: PhantomData<R>,
}

impl<R: Right> FromRequest for May<R> {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = request.extensions().get::<Caller>().cloned();
        ready(match (request.app_data::<web::Data<App>>(), caller) {
            (Some(app), Some(caller)) if caller.may(R::PRIVILEGE) => {
                Ok(Self { app: app.clone(), by: caller.actor(), caller, right: PhantomData })
            }
            (Some(_), Some(caller)) => Err(refused(request, &caller, R::PRIVILEGE)),
            // Nobody looked at who calls, so nobody may.
            _ => Err(Problem::of(ProblemType::Unauthorized).into()),
        })
    }
}

/// The refusal, in words: for a program in the API, on a page in the console.
fn refused(request: &HttpRequest, caller: &Caller, privilege: Privilege) -> Error {
    let sentence = format!(
        "{} ({}) may not do this. It takes the right to: {}. An admin gives roles.",
        caller.name(),
        caller.role(),
        lower(privilege.sentence())
    );
    if request.match_info().as_str().starts_with("/api/") {
        Problem::saying(ProblemType::Forbidden, sentence).into()
    } else {
        ConsoleError::forbidden(sentence).into()
    }
}

fn lower(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
