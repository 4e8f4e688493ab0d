//! Registers an App from a terminal: a page on this machine, whose button sends the manifest to GitHub, and a browser that comes back.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    time::Duration,
};

use anyhow::{Context as _, anyhow};

use crate::{
    base::{random, secret::Secret},
    cli::output,
    flow::connect::{
        github::{
            ground::GithubGround,
            registering::{KeptApp, exchange, wanted},
        },
        kept_files::SecretFile,
    },
    web::loopback::{CameBack, LoopbackAnswer, LoopbackForm, LoopbackPage},
};

/// How long the page waits: a code is good for as long.
const PAGE_OPEN: Duration = Duration::from_hours(1);

/// Registers an App, and keeps it in `file`. The page listens at `listen`, or at a free port.
///
/// # Errors
/// Nobody came back, or nothing can be kept here.
pub async fn register(
    ground: &GithubGround,
    listen: Option<SocketAddr>,
    organization: Option<&str>,
    file: &SecretFile,
) -> anyhow::Result<KeptApp> {
    // A key that comes and cannot be kept would be lost.
    file.write(&Secret::new("{}"))?;
    let at = listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let listener = TcpListener::bind(at).with_context(|| format!("the page cannot listen at {at}"))?;
    let at = listener.local_addr()?;
    let (address, port, web) = (format!("http://{at}"), at.port(), ground.site.web().as_str());
    let lot = || random::token().map_err(|error| anyhow!(error.to_string()));
    let (state, path) = (lot()?, lot()?);
    let shown = format!("{address}/{path}");
    let wanted = wanted(ground, organization);
    let whose = organization.map_or_else(|| "your own account".to_owned(), |name| format!("the organization {name}"));
    let form = LoopbackForm {
        heading: "Register Heard's App at GitHub".to_owned(),
        sentences: vec![
            format!(
                "The button leads to {web}, which shows what the App may do and asks for its name. Be signed in there first, in this browser."
            ),
            format!(
                "The App will belong to {whose}, and nobody else can install it. If its name is taken, choose another one there."
            ),
            "Then GitHub leads back here, and the command in your terminal goes on.".to_owned(),
        ],
        site: web.to_owned(),
        action: ground.site.registration(organization, &state),
        field: ("manifest", wanted.manifest(&LoopbackPage::back(&address)).to_string()),
        button: "Go on at GitHub".to_owned(),
        state,
        path,
    };
    let mut page = LoopbackPage::start(form, listener).context("the page cannot be served")?;
    output::line(&format!("Open {shown} in a browser on this machine, in which you are signed in at {web}."))?;
    output::line(&format!(
        "From another machine: `ssh -L {port}:{at} USER@THIS-MACHINE`, and the same address there. Ctrl C ends it, and nothing was done."
    ))?;
    let came = tokio::time::timeout(PAGE_OPEN, first_app(ground, organization, &mut page, file)).await;
    page.close().await;
    came.unwrap_or_else(|_| {
        Err(anyhow!(
            "nobody came back from GitHub within an hour; run the command again. If GitHub shows an App by now, delete it there: its \
             key is gone"
        ))
    })
}

/// Waits for a browser that brings a good code.
async fn first_app(
    ground: &GithubGround,
    organization: Option<&str>,
    page: &mut LoopbackPage,
    file: &SecretFile,
) -> anyhow::Result<KeptApp> {
    loop {
        let CameBack { code, answer } = page.next().await.context("the page has ended")?;
        let failed = match exchange(ground, organization, &code).await {
            Ok(kept) => {
                kept.write(file)?;
                // A browser that is gone by now has missed a link that stands in the terminal too.
                let _ = answer.send(LoopbackAnswer {
                    heading: "The App is registered".to_owned(),
                    sentences: vec![
                        "Its key is kept beside the settings, for their owner alone.".to_owned(),
                        "Install it now, and choose the repositories where issues are filed. The command in your terminal waits for that."
                            .to_owned(),
                    ],
                    next: Some(("Install the App".to_owned(), kept.installing())),
                });
                return Ok(kept);
            }
            Err(failed) => failed,
        };
        let sentence = failed.sentence(ground, organization);
        output::line(&format!("To look at: {sentence}"))?;
        let sentences = vec![sentence];
        let _ = answer.send(LoopbackAnswer { heading: "No App yet".to_owned(), sentences, next: None });
    }
}
