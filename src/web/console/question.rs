//! A question about one ticket: beside the most similar ticket of a topic, what they have in common, and where else it may belong.

use super::reasons::Reasons;
use crate::{
    base::clock::Time,
    flow::{
        questions::{self, CandidateTopic},
        ranking::others_of_brand,
    },
    model::id::{TicketId, TopicId},
    store::{
        Conn, StoreError, decisions, impacts,
        ticket_views::{self, MachineGuess, TicketView},
        topics,
    },
    web::ui::{self, Html},
    wording::alike::{self, ComparedText, FoundInBoth, Likeness},
};

/// How many characters of a ticket are shown.
const WORDS: usize = 1_600;
/// How many topics are offered to whoever looks for another.
const FOUND: usize = 8;

/// One of two tickets that are compared.
pub(super) struct ComparedTicket {
    pub id: String,
    pub person: Html,
    pub name: String,
    pub organization: Option<String>,
    pub note: String,
    pub subject: String,
    pub lang: Option<String>,
    pub words: Html,
}

/// A topic the ticket may belong to.
pub(super) struct CandidateLine {
    pub title: String,
    pub kind: Html,
    pub bar: Html,
    pub likelihood: String,
    pub address: String,
    pub chosen: bool,
}

/// A topic that was found by its words.
pub(super) struct FoundLine {
    pub title: String,
    pub kind: Html,
    pub customers: i64,
    pub address: String,
}

/// The question as its page shows it.
pub(super) struct ShownQuestion {
    pub ticket: String,
    /// How likely the machine holds it to be, in a word and in percent; `None` where a person found the topic.
    pub likely: Option<(&'static str, String)>,
    pub new: ComparedTicket,
    pub known: Option<ComparedTicket>,
    pub customers: i64,
    pub tickets: i64,
    pub title: String,
    pub topic: String,
    /// Whether it has shipped or was declined: who joins it now is told as the policy says.
    pub finished: bool,
    /// What the two tickets have in common, and what speaks against it.
    pub likeness: Likeness,
    /// How often such guesses were right here.
    pub record: Option<String>,
    pub candidates: Vec<CandidateLine>,
    /// The words by which another topic is looked for.
    pub find: String,
    pub found: Vec<FoundLine>,
}

/// What somebody chose on the page of a question.
pub(super) struct Choice<'c> {
    /// The topic that they want to compare with.
    pub topic: Option<TopicId>,
    /// The words by which they look for another.
    pub find: &'c str,
}

impl ShownQuestion {
    /// The open question about a ticket. `None` if there is none, or if there is no topic left to ask about.
    pub async fn read(
        conn: &mut Conn,
        ticket: TicketId,
        choice: &Choice<'_>,
        now: Time,
    ) -> Result<Option<Self>, StoreError> {
        let open = decisions::question(conn, ticket).await?.filter(|question| question.answered_at.is_none());
        let Some(question) = open else { return Ok(None) };
        let Some(view) = ticket_views::get(conn, ticket).await? else { return Ok(None) };
        let own = match view.topic {
            Some(own) => topics::get(conn, own).await?,
            None => None,
        };
        let Some(own) = own else { return Ok(None) };
        let candidates = questions::candidates(conn, &question, Some(own.id)).await?;
        let at = choice.topic.and_then(|chosen| candidates.iter().position(|one| one.topic.id == chosen));
        let found = match choice.topic.filter(|_| at.is_none()) {
            Some(wanted) => questions::found(conn, wanted, &own).await?,
            None => None,
        };
        let at = if found.is_some() { None } else { Some(at.unwrap_or(0)) };
        let near = found.as_ref().or_else(|| candidates.get(at?));
        let Some(CandidateTopic { topic, ticket: nearest, likelihood }) = near else { return Ok(None) };
        let guess = view.guess.as_ref().filter(|_| at == Some(0));
        let reasons = guess.map(|guess| Reasons::of(&guess.reasons)).unwrap_or_default();
        let known = ticket_views::get(conn, *nearest).await?;
        let likeness = known.as_ref().map(|known| likeness(&view, known, &reasons, guess)).unwrap_or_default();
        let impact = impacts::get(conn, topic.id, now).await?;
        let others = match choice.find {
            "" => Vec::new(),
            // Whoever triages reads customers, too.
            words => others_of_brand(conn, own.brand.as_deref(), Some(own.id), Some(words), true, now).await?,
        };
        let of_ticket = |topic: TopicId| format!("/triage?ticket={ticket}&topic={topic}");
        Ok(Some(Self {
            ticket: ticket.to_string(),
            likely: likelihood.map(|likelihood| (ui::likely(likelihood), ui::percent(likelihood))),
            record: match likelihood {
                Some(likelihood) => record(conn, *likelihood).await?,
                None => None,
            },
            new: ComparedTicket::new(&view, &reasons, now),
            known: known.map(|known| ComparedTicket::new(&known, &reasons, now)),
            customers: impact.customers,
            tickets: impact.tickets,
            title: topic.title.clone(),
            topic: topic.id.to_string(),
            finished: topic.state.is_finished(),
            candidates: candidates
                .iter()
                .enumerate()
                .map(|(place, one)| CandidateLine::new(of_ticket(one.topic.id), one, at == Some(place)))
                .collect(),
            find: choice.find.to_owned(),
            found: others
                .into_iter()
                .take(FOUND)
                .map(|other| FoundLine {
                    kind: ui::kind(other.kind),
                    customers: other.customers,
                    address: of_ticket(other.id),
                    title: other.title,
                })
                .collect(),
            likeness,
        }))
    }
}

/// What the two tickets have in common, and what speaks against it, for whoever has to say whether they are about the same.
fn likeness(new: &TicketView, known: &TicketView, reasons: &Reasons, guess: Option<&MachineGuess>) -> Likeness {
    fn compared(view: &TicketView) -> ComparedText<'_> {
        let words = view.words.as_deref().unwrap_or_default();
        ComparedText { subject: &view.subject, words, written_at: view.created_at }
    }
    let said = format!("{} {}", new.subject, new.words.as_deref().unwrap_or_default());
    let words = ui::found(&said, &reasons.words);
    let terms: Vec<(&str, f64)> = guess
        .map(|guess| guess.reasons.reasons.iter().map(|term| (term.name.as_str(), term.weight)).collect())
        .unwrap_or_default();
    let found = FoundInBoth {
        words: &words,
        codes: &reasons.codes,
        terms: &terms,
        same_customer: new.customer == known.customer,
        same_organization: new.organization.is_some() && new.organization == known.organization,
    };
    alike::compare(compared(new), compared(known), found)
}

/// How often guesses of about this likelihood were right here, once enough were answered to say so.
async fn record(conn: &mut Conn, likelihood: f64) -> Result<Option<String>, StoreError> {
    const ENOUGH: i64 = 5;
    const BANDS: [f64; 5] = [0.0, 0.5, 0.8, 0.95, 1.1];
    let band = BANDS.windows(2).find(|band| (band[0]..band[1]).contains(&likelihood));
    let Some(&[from, to]) = band else { return Ok(None) };
    let (asked, right) = decisions::answered_guesses(conn, from, to).await?;
    Ok((asked >= ENOUGH).then(|| format!("Of {asked} guesses like this here, people confirmed {right}.")))
}

impl ComparedTicket {
    fn new(view: &TicketView, reasons: &Reasons, now: Time) -> Self {
        let words = view.words.as_deref().unwrap_or_default();
        let mut note = format!("{} {}", view.connection, view.external_id);
        if let Some(plan) = &view.plan {
            note = format!("{note} · {plan}");
        }
        Self {
            id: view.ticket.to_string(),
            person: ui::person(&view.customer_name),
            name: ui::name(&view.customer_name).to_owned(),
            organization: view.organization_name.clone(),
            note: format!("{note} · written {}", ui::said(view.created_at, now)),
            subject: view.subject.clone(),
            lang: view.locale.clone(),
            words: ui::marked_paragraphs(words, &reasons.words, &reasons.codes, WORDS),
        }
    }
}

impl CandidateLine {
    fn new(address: String, CandidateTopic { topic, likelihood, .. }: &CandidateTopic, chosen: bool) -> Self {
        let likelihood = likelihood.unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, reason = "a percentage")]
        let percent = (likelihood.clamp(0.0, 1.0) * 100.0).round() as i64;
        Self {
            title: topic.title.clone(),
            kind: ui::kind(topic.kind),
            bar: ui::meter(percent, 100, if chosen { "f-told" } else { "f-wait" }),
            likelihood: ui::percent(likelihood),
            address,
            chosen,
        }
    }
}
