//! Spikes: that far more customers than usual raise a topic is said once, while it matters.
//!
//! It is looked for whenever something was placed anew. What counts is when customers wrote and not when Heard learned of it, so
//! neither an import nor a helpdesk that was cut off for a while makes a spike. Nor does an import whose tickets are dated today, because
//! it is much of everything.

pub(super) mod memory;

use std::collections::{BTreeMap, BTreeSet};

use tracing::info;

use self::memory::SpikeMemory;
use super::{app::App, error::Stop, outbox};
use crate::{
    base::clock::Time,
    model::{
        id::TopicId,
        issue::TopicIssue,
        spike::{OVER_AFTER, TopicSpike},
    },
    store::{
        Conn, issues,
        spikes::{self, Complaint},
        tickets, topics,
    },
    wording::{note, spike},
};
use grouping::spikes::{Influx, LEARNS_FOR_S, LONGEST_S, PAST_S, Rhythm, Spike, find};

/// Below this it is not even looked at.
const LEAST_CUSTOMERS: i64 = 3;
/// How many topics are looked at in one look, those raised most first.
const TOPICS: i64 = 200;
/// How many tickets of a topic are read. One with more of them in four weeks has no quiet past that they could be far above.
const TICKETS: i64 = 20_000;
/// Of how many tickets the rhythm is learned.
const RHYTHM_OF: i64 = 20_000;
/// How many people of the last day are looked at, for how much comes.
const LATELY: i64 = 20_000;
/// How far ahead a helpdesk's clock may be. What is dated later is not looked at before it is that late.
const AHEAD_S: i64 = 300;
/// How many people of one organization count: what troubles one organization is not yet a spike.
const OF_AN_ORGANIZATION: usize = 2;

/// Looks whether a topic spikes, if anything was placed since the last look.
pub async fn look(app: &App) -> Result<(), Stop> {
    let now = app.clock.now();
    let mut memory = app.spikes.lock().await;
    let mut conn = app.database.read().await?;
    let newest = spikes::newest_decision(&mut conn).await?;
    if newest.is_none() || newest == memory.looked_at {
        return Ok(());
    }
    let Some(known_since) = spikes::oldest_ticket(&mut conn).await? else { return Ok(()) };
    if now.as_seconds() - known_since.as_seconds() >= LEARNS_FOR_S {
        let written = (ago(now, LONGEST_S), ago(now, -AHEAD_S));
        let raised = spikes::raised_since(&mut conn, written, LEAST_CUSTOMERS, TOPICS).await?;
        if !raised.is_empty() && memory.rhythm(now).is_none() {
            learn(&mut conn, &mut memory, known_since, now).await?;
        }
        if let Some(rhythm) = memory.rhythm(now) {
            let lately = spikes::first_written(&mut conn, written, LATELY).await?;
            let lately = lately.into_iter().map(Time::as_seconds).collect();
            let influx = Influx::new(memory.before.0, rhythm.hours(memory.before.1.clone()), lately);
            for topic in raised {
                one(app, &mut conn, (rhythm, &influx), topic, known_since).await?;
            }
        }
    }
    memory.looked_at = newest;
    Ok(())
}

/// So many seconds before a time.
fn ago(now: Time, seconds: i64) -> Time {
    Time::from_micros(now.as_micros() - seconds * 1_000_000)
}

/// Learns when tickets are usually written, and how many.
async fn learn(conn: &mut Conn, memory: &mut SpikeMemory, known_since: Time, now: Time) -> Result<(), Stop> {
    memory.learn(&spikes::writing_times(conn, RHYTHM_OF).await?, now);
    let (since, until) = (known_since.max(ago(now, PAST_S)), ago(now, LONGEST_S));
    let written = spikes::count_written(conn, since, until).await?;
    memory.before = (u64::try_from(written).unwrap_or_default(), since.as_seconds()..until.as_seconds());
    Ok(())
}

/// Looks at one topic.
async fn one(
    app: &App,
    conn: &mut Conn,
    (rhythm, influx): (&Rhythm, &Influx),
    topic: TopicId,
    known_since: Time,
) -> Result<(), Stop> {
    let now = app.clock.now();
    let complaints = spikes::complaints(conn, topic, (ago(now, PAST_S), ago(now, -AHEAD_S)), TICKETS).await?;
    let raised: Vec<i64> = first_of_each(&complaints).into_iter().map(Time::as_seconds).collect();
    match (find(&raised, known_since.as_seconds(), now.as_seconds(), rhythm, influx), complaints.first()) {
        (Some(found), Some(newest)) => say(app, topic, &found, newest, &raised).await,
        _ => Ok(()),
    }
}

/// When each customer raised it first, oldest first, and of each organization only the first few.
fn first_of_each(newest_first: &[Complaint]) -> Vec<Time> {
    let (mut customers, mut organizations) = (BTreeSet::new(), BTreeMap::<_, usize>::new());
    let oldest_first = newest_first.iter().rev();
    let counts = oldest_first.filter(|complaint| {
        customers.insert(complaint.customer)
            && complaint.organization.is_none_or(|organization| {
                let of_it = organizations.entry(organization).or_default();
                *of_it += 1;
                *of_it <= OF_AN_ORGANIZATION
            })
    });
    counts.map(|complaint| complaint.created_at).collect()
}

/// Keeps what was found, and says it unless it goes on from what was said before.
async fn say(app: &App, topic: TopicId, found: &Spike, newest: &Complaint, raised: &[i64]) -> Result<(), Stop> {
    let mut tx = app.database.begin().await?;
    let Some(topic) = topics::lock_current(&mut tx, topic).await? else { return Ok(()) };
    let before = spikes::last(&mut tx, topic.id).await?;
    let goes_on = before.filter(|before| newest.created_at.since(before.last_at) < OVER_AFTER);
    let began_at = goes_on.map_or(Time::from_micros(found.since_s * 1_000_000), |before| before.began_at);
    let since = raised.iter().filter(|at| **at >= began_at.as_seconds()).count();
    let spike = TopicSpike {
        began_at,
        last_at: newest.created_at.max(began_at),
        customers: i64::try_from(since.max(found.people)).unwrap_or(i64::MAX),
        usual: goes_on.map_or(found.usual_a_week, |before| before.usual),
    };
    if goes_on == Some(spike) {
        return Ok(());
    }
    spikes::keep(&mut tx, topic.id, &spike).await?;
    if goes_on.is_none() {
        metrics::counter!("heard_spikes_total").increment(1);
        info!(topic.id = %topic.id, customers = spike.customers, usual_a_week = spike.usual, "Far more customers than usual raise a topic");
        if let Some(ticket) = tickets::get(&mut tx, newest.ticket).await? {
            let issue = issues::of_topic(&mut tx, topic.id).await?;
            let text = note::write(&note::Note::Spike {
                title: &topic.title,
                topic_url: &app.link(&format!("/topics/{}", topic.id)),
                customers: &spike::said(&spike),
                issue_url: issue.as_ref().and_then(TopicIssue::url),
            });
            let key = format!("spike:{}:{}", topic.id, began_at.as_micros());
            outbox::note(app, &mut tx, &ticket, &key, &text).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::{CustomerId, OrganizationId, TicketId};

    #[test]
    fn everybody_counts_once_and_of_an_organization_two() {
        let at = |minute: i64| Time::from_micros(minute * 60_000_000);
        let [ann, ben, carl, dora] = [1, 2, 3, 4].map(|_| CustomerId::generate(at(0)));
        let initech = Some(OrganizationId::generate(at(0)));
        let wrote = |customer, organization, minute| Complaint {
            ticket: TicketId::generate(at(0)),
            customer,
            organization,
            created_at: at(minute),
        };
        let newest_first = [
            wrote(dora, None, 9),
            wrote(carl, initech, 7),
            wrote(ben, initech, 6),
            wrote(ann, initech, 5),
            wrote(ann, initech, 1),
        ];
        assert_eq!(first_of_each(&newest_first), [at(1), at(6), at(9)]);
    }
}
