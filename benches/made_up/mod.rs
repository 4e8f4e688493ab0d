//! A helpdesk's tickets, made up, the same for the same arguments.
//!
//! Words follow Zipf's law: the commonest are English, the rare ones made of syllables. Some tickets tell of a recurring
//! problem, each in words of its own; the others of something that comes up once. There are greetings, signatures, forms,
//! codes, versions, automatic replies that are the same every time, and customers who write often.

pub mod random;

use serde::Serialize;

use random::Random;

/// The commonest words of support mail, most used first.
const COMMON: &str = "the to i is and a not my it in of on for we when this that with have can you but be are from was as an no our has \
    after at will please all does any or if how there get only error cannot page account using work still order up do new user \
    time now would also need same message try by export invoice payment login email tried set change open file password app \
    customer again since date update first see shows click customers report show help list two last then send sent one using \
    team before because download save number browser version screen issue button address default amount wrong data received \
    add missing today empty plan upload search filter field card sync display price system import delete want device other some \
    more every different week times subscription phone address settings name month server link option notification table view \
    fails crashes stopped stuck slow blank twice expired rejected duplicate";
/// Made-up words that are rarer than those.
const RARE_WORDS: u64 = 40_000;
const SYLLABLES: [&str; 24] = [
    "ba", "con", "der", "fi", "gal", "hor", "in", "ju", "ker", "lo", "mar", "ne", "or", "pel", "qui", "ro", "san",
    "ti", "ul", "ven", "wer", "xi", "yo", "zan",
];
const AREAS: [&str; 9] = ["billing", "login", "export", "mobile", "search", "api", "orders", "mail", "reports"];
const GREETINGS: [&str; 4] = ["Hi,\n\n", "Hello support team,\n\n", "Dear Sir or Madam,\n\n", "Hello,\n"];
const CLOSINGS: [&str; 4] = ["\n\nThanks,\n", "\n\nBest regards,\n", "\n\nKind regards\n", "\n\nCheers,\n"];
const AUTOMATIC: [&str; 3] = [
    "I am out of office until Monday with no access to my mail. In urgent cases please write to my colleagues.",
    "Your message could not be delivered. The mailbox of the person you wrote to is full. This is an automatic notice.",
    "Thank you for your message. We have received it and will come back to you within two working days.",
];
/// The first of January 2025, at six in the morning.
const FIRST_SECOND: i64 = 1_735_711_200;
/// Tickets of a recurring problem on average, over the whole export.
const TICKETS_PER_PROBLEM: u64 = 8;
/// How long a recurring problem is spoken of, as a share of the export.
const PROBLEM_LASTS: f64 = 0.2;

/// The language of all tickets.
struct Words(Vec<String>);

impl Words {
    fn new() -> Self {
        let common = COMMON.split_whitespace().map(str::to_owned);
        let rare = (0..RARE_WORDS).map(|number| {
            let mut random = Random(number);
            (0..2 + random.below(3)).map(|_| random.one(&SYLLABLES)).collect()
        });
        Self(common.chain(rare).collect())
    }

    fn any(&self, random: &mut Random) -> &str {
        let rank = random.zipf(self.0.len() as u64);
        self.0.get(usize::try_from(rank).unwrap_or(0)).map_or("", String::as_str)
    }

    /// A word that says what a ticket is about: none of the very commonest.
    fn telling(&self, random: &mut Random) -> &str {
        let word = 60 + random.zipf(self.0.len() as u64 / 2);
        self.0.get(usize::try_from(word).unwrap_or(0)).map_or("", String::as_str)
    }
}

/// What a ticket is about: the same number gives the same problem.
struct Problem {
    telling: Vec<String>,
    code: Option<String>,
    version: String,
    area: &'static str,
}

impl Problem {
    fn of(number: u64, words: &Words) -> Self {
        let mut random = Random(number.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let telling = (0..6 + random.below(6)).map(|_| words.telling(&mut random).to_owned()).collect();
        let code = random.percent(30).then(|| format!("E{}", 1000 + random.below(9000)));
        let version = format!("{}.{}.{}", 1 + random.below(9), random.below(20), random.below(10));
        Self { telling, code, version, area: random.one(&AREAS) }
    }

    /// Some of its telling words, in their order, among others.
    fn told(&self, length_bytes: usize, telling_percent: u64, words: &Words, random: &mut Random) -> String {
        let mut text = String::new();
        while text.len() < length_bytes {
            for word in &self.telling {
                if random.percent(telling_percent) {
                    text.push_str(word);
                    text.push(' ');
                }
                for _ in 0..random.below(200 / telling_percent) {
                    text.push_str(words.any(random));
                    text.push(' ');
                }
                if text.len() >= length_bytes {
                    break;
                }
            }
            if text.len() < length_bytes {
                text.truncate(text.trim_end().len());
                text.push_str(if random.percent(15) { ".\n" } else { ". " });
            }
        }
        text.truncate(text.trim_end().len());
        text
    }
}

/// A ticket as it is exported.
#[derive(Serialize)]
pub struct Ticket {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<&'static str>,
    pub body: String,
    pub created_at: jiff::Timestamp,
    pub customer: String,
    /// The true topic.
    pub group: String,
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    pub subject: String,
}

/// What is the same for all tickets.
pub struct Export {
    tickets: u64,
    body_bytes: usize,
    repeats_percent: u64,
    words: Words,
}

impl Export {
    /// So many tickets with bodies of about that length, of which so many in a hundred are of recurring problems.
    pub fn new(tickets: u64, body_bytes: usize, repeats_percent: u64) -> Self {
        Self { tickets, body_bytes, repeats_percent: repeats_percent.min(100), words: Words::new() }
    }

    /// When each ticket is written: over a year, more or less.
    pub fn times(&self) -> impl Iterator<Item = jiff::Timestamp> {
        let mut created_at = jiff::Timestamp::from_second(FIRST_SECOND).unwrap_or_default();
        let mut random = Random(self.tickets);
        let apart_ms = 31_536_000_000 / self.tickets.max(1);
        (0..self.tickets).map(move |_| {
            let pause_ms = i64::try_from(random.below(2 * apart_ms)).unwrap_or_default();
            created_at = created_at.saturating_add(jiff::SignedDuration::from_millis(pause_ms)).unwrap_or(created_at);
            created_at
        })
    }

    /// All tickets, in the order they were written.
    pub fn all(&self) -> impl Iterator<Item = Ticket> {
        (0..self.tickets).zip(self.times()).map(move |(number, created_at)| self.ticket(number, created_at))
    }

    fn ticket(&self, number: u64, created_at: jiff::Timestamp) -> Ticket {
        let mut random = Random(number ^ 0x5eed_0000_0000);
        let customer = random.zipf(self.tickets / 2 + 1);
        let (id, from) = (format!("T{number}"), format!("customer{customer}@example.com"));
        if random.percent(2) {
            let text = random.one(&AUTOMATIC).to_owned();
            return Ticket {
                area: None,
                body: text.clone(),
                created_at,
                customer: from,
                group: text,
                id,
                organization: None,
                subject: "Automatic reply".to_owned(),
            };
        }
        let about = self.about(number, &mut random);
        let problem = Problem::of(about, &self.words);
        let subject = problem.told(28, 60, &self.words, &mut random);
        Ticket {
            area: Some(problem.area),
            body: self.body(&problem, &mut random),
            created_at,
            customer: from,
            group: about.to_string(),
            id,
            organization: Some(format!("org{}", customer / 3)),
            subject,
        }
    }

    /// A recurring problem that is current, or one that comes up once.
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts")]
    fn about(&self, number: u64, random: &mut Random) -> u64 {
        if !random.percent(self.repeats_percent) {
            return (1 << 40) + number;
        }
        let problems = (self.tickets * self.repeats_percent / 100 / TICKETS_PER_PROBLEM).max(1);
        let current = (problems as f64 * PROBLEM_LASTS).max(1.0) as u64;
        let oldest = (number as f64 / self.tickets as f64 * (problems - current.min(problems)) as f64) as u64;
        oldest + random.zipf(current)
    }

    fn body(&self, problem: &Problem, random: &mut Random) -> String {
        if self.body_bytes == 0 {
            return String::new();
        }
        let length = self.body_bytes / 2 + usize::try_from(random.below(self.body_bytes as u64)).unwrap_or(0);
        let mut body = String::new();
        let mail = self.body_bytes >= 200;
        if mail && random.percent(60) {
            body.push_str(random.one(&GREETINGS));
        }
        body.push_str(&problem.told(length, 30, &self.words, random));
        if let Some(code) = problem.code.as_ref().filter(|_| random.percent(70)) {
            body.push_str(". It says ");
            body.push_str(code);
        }
        if mail && random.percent(30) {
            let (order, browser) = (random.below(1_000_000), 100 + random.below(40));
            let form = format!("\n\nOrder number: {order}\nVersion: {}\nBrowser: Firefox {browser}", problem.version);
            body.push_str(&form);
        }
        if mail && random.percent(60) {
            body.push_str(random.one(&CLOSINGS));
            body.push_str("Alex Miller\nOperations\n");
        }
        body
    }
}
