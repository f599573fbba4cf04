//! The live probe: two invented gifts of $1.00, in three calls, show what this organization does with
//! repeats and with lists. What it did is kept call by call; what it means is known once a person has
//! counted the rows of that import.

use heirloom_ledger::{Ledger, OrgFact};
use heirloom_model::{Lists, Moment, Repeats};
use heirloom_virtuous::{
    Approval, Clock, Creation, Learned, PaceTerms, Probe, ProbeAnswer, Reply, Sender, Slot, Target,
    Transport, Waited,
};
use serde_json::{Value, json};

use super::submit::pacer;
use crate::approval::unexpected;
use crate::batches::Nights;
use crate::failure::{Exit, Failure, Result};
use crate::line::Line;
use crate::migration::Migration;

/// The fact under which a probe is kept.
const FACT: &str = "probe";

/// How long a call of the probe is waited for.
const ANSWER_MS: i64 = 60_000;

/// A probe as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its name, in the ids of its gifts.
    pub nonce: String,
    /// The answers so far; a call that was begun and has none is `other`.
    pub answers: Vec<ProbeAnswer>,
    /// When it began.
    pub at: Moment,
    /// When its last call was sent.
    pub ended: Moment,
}

/// Sends the three calls, each once, whatever is answered.
///
/// # Errors
/// Storage, a pace that leaves no room now, or somebody who wants to stop.
pub fn send<T: Transport, C: Clock>(
    ledger: &Ledger,
    line: &mut Line<T, C>,
    target: &Target,
    pace: PaceTerms,
    approval: Approval,
    (nonce, probe): (&str, &Probe),
) -> Result<Kept> {
    let at = line.clock.now();
    let mut pacer = pacer(ledger, pace, at)?;
    let mut kept = Kept { nonce: nonce.to_owned(), answers: Vec::new(), at, ended: at };
    let mut sender = Sender::new(&mut line.transport, target, approval);
    for body in probe.bodies() {
        let permit = loop {
            let now = line.clock.now();
            match pacer.next_slot(now) {
                Slot::Go(permit) => break permit,
                Slot::At(until, why) if until.since_ms(now) > ANSWER_MS * 65 => {
                    return Err(Failure::Target { what: format!("not probed: {why}"), exit: Exit::Paused });
                }
                Slot::At(until, why) => {
                    if line.clock.wait(until, &why) == Waited::Interrupted {
                        return Err(Failure::Target {
                            what: "not probed: stopped".into(),
                            exit: Exit::Interrupted,
                        });
                    }
                }
            }
        };
        // Durable before the bytes leave: a crash here is a call whose answer says nothing.
        let left = line.clock.now();
        kept.answers.push(ProbeAnswer::Other);
        kept.ended = left;
        save(ledger, &kept)?;
        ledger.record_call(left, "probe", None)?;
        sender.send(kept.answers.len() as i64, Creation::Gifts, body.clone(), permit);
        let reply = answer(&mut sender);
        pacer.came_back();
        if let Some(status) = reply.status() {
            pacer.saw(status, reply.headers(), left, line.clock.now());
        }
        if let Some(last) = kept.answers.last_mut() {
            *last = ProbeAnswer::of(&reply);
        }
        save(ledger, &kept)?;
    }
    Ok(kept)
}

fn answer<T: Transport>(sender: &mut Sender<'_, T>) -> Reply {
    let lost = || Reply::Lost { why: "no answer to the probe".into() };
    sender.poll(ANSWER_MS * 2).map_or_else(lost, |(_, reply)| reply)
}

fn save(ledger: &Ledger, kept: &Kept) -> Result<()> {
    let answers: Vec<&str> = kept.answers.iter().map(|a| a.as_str()).collect();
    let text =
        json!({ "version": 1, "nonce": kept.nonce, "answers": answers, "ended": kept.ended.0 }).to_string();
    Ok(ledger.save_target_fact(FACT, &text, kept.at)?)
}

/// The probe that was sent last.
///
/// # Errors
/// Storage.
pub fn kept(ledger: &Ledger) -> Result<Option<Kept>> {
    let Some((_, text, at)) = ledger.target_facts()?.into_iter().find(|(name, _, _)| name == FACT) else {
        return Ok(None);
    };
    let value: Value = serde_json::from_str(&text).map_err(|e| unexpected(&e))?;
    let answers = value["answers"].as_array().cloned().unwrap_or_default();
    let answers = answers.iter().filter_map(|a| ProbeAnswer::parse(a.as_str()?)).collect();
    let ended = value["ended"].as_i64().map_or(at, Moment);
    Ok(Some(Kept { nonce: value["nonce"].as_str().unwrap_or_default().to_owned(), answers, at, ended }))
}

/// Records what the answers and the rows that a person counted come to; says it.
///
/// # Errors
/// [`Failure::Usage`] if no whole probe was sent, or the vendor's midnight came in the middle of it.
pub fn learn(migration: &Migration, rows: u32, initials: &str, now: Moment) -> Result<Learned> {
    let ledger = &migration.ledger;
    let kept = kept(ledger)?;
    let answers = kept.as_ref().and_then(|kept| <[ProbeAnswer; 3]>::try_from(kept.answers.clone()).ok());
    let (Some(kept), Some(answers)) = (kept, answers) else {
        return Err(Failure::usage("no whole probe was sent", "run  heirloom probe --live  first"));
    };
    if Nights::of(migration)?.between(kept.at, kept.ended) > 1 {
        return Err(Failure::usage(
            "the vendor's midnight came in the middle of that probe: its rows are in two imports, and the count of \
             one says nothing",
            "discard them and probe again, earlier in the day",
        ));
    }
    let learned = Learned::of(answers, rows);
    let said = answers.map(ProbeAnswer::as_str).join(", ");
    let evidence =
        format!("probe {} of {}: answered {said}; {rows} rows counted in its import", kept.nonce, kept.at);
    let repeats = match learned.repeats_held {
        Repeats::Unknown => None,
        Repeats::Recognised => Some("recognised"),
        Repeats::NotRecognised => Some("not recognised"),
    };
    let lists = match learned.lists {
        Lists::Unknown => None,
        Lists::Atomic => Some("atomic"),
        Lists::PerItem => Some("per item"),
    };
    for (fact, value) in [(OrgFact::RepeatsHeld, repeats), (OrgFact::Lists, lists)] {
        if let Some(value) = value {
            ledger.save_org_fact(fact, value, &evidence, initials, now)?;
        }
    }
    Ok(learned)
}
