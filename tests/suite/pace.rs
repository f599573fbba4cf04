//! The pace, in virtual time and without faults: few calls, our share and no more, the reserve left
//! to others, and a forecast that comes true. Judged by the world's own log of requests.

use std::collections::HashMap;

use heirloom::line::{Line, VirtualClock, WorldTransport};
use heirloom::progress::Progress;
use heirloom::stages::target::read_target;
use heirloom_ledger::{Identity, Ledger};
use heirloom_model::{Digest, ItemId, ItemKind, ItemState, Moment, OrgFacts, SourceName};
use heirloom_simulator::{RequestSeen, Rules, SeedContact, World};
use heirloom_tests::schedule::template;
use heirloom_virtuous::{
    Action, Approval, Clock, Confirmation, Creation, Ending, Event, Item, PaceTerms, Pacer, Sender, State,
    Target, Terms, gift_list, step,
};
use rand_chacha::ChaCha8Rng;
use rand_core::{RngCore, SeedableRng};

const HOUR_MS: i64 = 3_600_000;
const START: Moment = Moment(1_795_435_200_000);

/// A vendor, our terms, and how far away it is.
struct Course {
    name: String,
    rules: Rules,
    pace: PaceTerms,
    latency_ms: i64,
    items: i64,
}

/// What happened on it.
struct Run {
    requests: Vec<RequestSeen>,
    finished: Moment,
    learned: u32,
    /// When a tenth was sent, and what was forecast then.
    forecast: (Moment, Moment),
}

fn body(n: i64) -> String {
    format!(
        "{{\"transactionId\":\"G-{n}\",\"contact\":{{\"id\":1}},\"giftDate\":\"2019-03-01\",\"giftType\":\"Check\",\
         \"amount\":\"10.00\",\"currencyCode\":\"USD\",\"designations\":[{{\"code\":\"GEN\",\"amountDesignated\":\"10.00\"}}]}}"
    )
}

impl Course {
    fn run(&self) -> Run {
        let identity = Identity {
            ledger_id: "pace".into(),
            name: "pace".into(),
            source: "old".into(),
            currency: "USD".into(),
            world: None,
            created: START,
            exported_on: 0,
        };
        let clock = VirtualClock::new(Ledger::in_memory(&identity).unwrap(), START);
        let mut world = World::new(self.rules.clone());
        world.seed_project("GEN", "General", true);
        world.seed_contact(SeedContact::person("Ada", "Example"));
        let mut transport = WorldTransport::new(world, &clock);
        transport.latency_ms = self.latency_ms;
        let base = "http://127.0.0.1:1".parse().unwrap();
        let target = Target::new(base, self.rules.token.clone().into()).unwrap();
        let count = self.items.unsigned_abs();
        let approval = Approval::new(Digest([0; 32]), count, None, &Confirmation::Count(count)).unwrap();
        let mut sender = Sender::new(&mut transport, &target, approval);
        let (finished, learned, forecast) = self.drive(&mut sender, &clock);
        Run { requests: transport.world.requests().to_vec(), finished, learned, forecast }
    }

    fn drive(
        &self,
        sender: &mut Sender<WorldTransport>,
        clock: &VirtualClock,
    ) -> (Moment, u32, (Moment, Moment)) {
        let mut clock = clock.clone();
        let item = |id| Item {
            id: ItemId(id),
            state: ItemState::Unsent,
            bytes: 200,
            attempts: 0,
            doubtful_sends: 0,
            last_attempt: None,
        };
        let items = (1..=self.items).map(item).collect();
        let terms = Terms { pace: self.pace, ..Terms::default() };
        let pacer = Pacer::new(self.pace, &[], None, START);
        let mut state = State::new(ItemKind::Gift, terms, OrgFacts::default(), items, pacer);
        let source = SourceName::new("old").unwrap();
        let mut saved: HashMap<i64, (ItemId, ItemId)> = HashMap::new();
        let (mut attempt, mut forecast) = (0, None);
        let mut event = Event::Begin;
        loop {
            let progress = state.progress();
            if forecast.is_none() && progress.waiting * 10 >= progress.items {
                forecast = Some((clock.now(), state.eta(clock.now()).0));
            }
            let mut follows = None;
            for action in step(&mut state, event, clock.now()) {
                follows = Some(match action {
                    Action::SaveAttempt { first, last } => {
                        attempt += 1;
                        saved.insert(attempt, (first, last));
                        Event::AttemptSaved { attempt }
                    }
                    Action::Send { attempt, permit, .. } => {
                        let (first, last) = saved[&attempt];
                        let bodies: Vec<String> = (first.0..=last.0).map(body).collect();
                        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
                        let body = gift_list(&source, "", None, None, &bodies);
                        sender.send(attempt, Creation::Gifts, body, permit);
                        continue;
                    }
                    Action::SaveOutcome { .. } => Event::OutcomeSaved,
                    Action::Wait { until, .. } => rest(sender, &mut clock, Some(until)),
                    Action::Await => rest(sender, &mut clock, None),
                    Action::Finish(ending) => {
                        assert_eq!(ending, Ending::AllSent, "{}", self.name);
                        let learned = state.progress().list_size;
                        return (clock.now(), learned, forecast.unwrap());
                    }
                    other => panic!("{}: {other:?} without faults", self.name),
                });
            }
            event = follows.unwrap();
        }
    }

    /// Requests an hour that could be ours.
    fn usable(&self) -> i64 {
        let limit = i64::from(self.rules.limit);
        let left = limit - i64::from(self.pace.reserve) - i64::from(self.rules.others_per_hour);
        i64::from(self.pace.per_hour).min(limit * 80 / 100).min(left)
    }

    fn judge(&self, run: &Run) {
        let name = &self.name;
        assert!(run.requests.iter().all(|r| r.status != 429), "{name}: a 429");
        self.judge_calls(run);
        self.judge_share(run);
        self.judge_reserve(run);
        let (first, last) = (run.requests.first().unwrap().at_ms, run.requests.last().unwrap().at_ms);
        // The pilot waits for its answers, one by one.
        let pilot_ms = 12 * self.latency_ms;
        let rate = (run.requests.len() as i64 - 1) * HOUR_MS / (last - first - pilot_ms).max(1);
        assert!(rate * 100 >= self.usable() * 95, "{name}: {rate} an hour of {}", self.usable());
        let (at, forecast) = run.forecast;
        let (took, off) = (run.finished.since_ms(at), forecast.since_ms(run.finished).abs());
        let percent = if self.rules.others_per_hour == 0 { 5 } else { 20 };
        // A forecast cannot be righter than one call.
        let allowed = (took * percent / 100).max(self.latency_ms + HOUR_MS / self.usable());
        assert!(off <= allowed, "{name}: forecast {off} ms off in {took} ms");
    }

    /// Within 5 % of the fewest possible, the pilot and what was too large apart.
    fn judge_calls(&self, run: &Run) {
        let too_large = run.requests.iter().filter(|r| r.status == 413).count() as i64;
        let fewest = (self.items + i64::from(run.learned) - 1) / i64::from(run.learned);
        let calls = run.requests.len() as i64 - too_large;
        assert!(calls * 100 <= fewest * 105 + 500, "{}: {calls} calls, {fewest} needed", self.name);
        assert!(too_large <= 8, "{}: {too_large} lists too large", self.name);
        let most = i64::from(self.rules.list_max.min(Terms::default().list_max));
        assert!(
            i64::from(run.learned) >= most - most / 8 - 1,
            "{}: lists of {} learned, {most} taken",
            self.name,
            run.learned
        );
    }

    /// In no hour more than our share of the vendor's own limit.
    fn judge_share(&self, run: &Run) {
        let share = self.pace.per_hour.min(self.rules.limit * 80 / 100) as usize;
        let mut first = 0;
        for (i, request) in run.requests.iter().enumerate() {
            while request.at_ms - run.requests[first].at_ms >= HOUR_MS {
                first += 1;
            }
            assert!(
                i - first < share,
                "{}: {} requests in an hour, {share} are ours",
                self.name,
                i - first + 1
            );
        }
    }

    /// No request left us while an answer we had said that the window was down to the reserve.
    fn judge_reserve(&self, run: &Run) {
        let half = self.latency_ms / 2;
        for (i, request) in run.requests.iter().enumerate() {
            let left_at = request.at_ms - half;
            let known = run.requests[..i].iter().rev().take(5_000).filter(|earlier| {
                earlier.at_ms + self.latency_ms - half <= left_at && earlier.reset_ms > left_at
            });
            let low = known.map(|earlier| earlier.remaining).min();
            assert!(
                low.is_none_or(|low| low > self.pace.reserve) || self.blind(),
                "{}: request {i} left with {low:?} remaining",
                self.name
            );
        }
    }

    /// Where the reset cannot be read, nobody knows which window a remainder belongs to.
    fn blind(&self) -> bool {
        self.rules.reset_header == heirloom_simulator::ResetHeader::Junk
    }
}

/// Rests until a call comes back, or until a moment.
fn rest(sender: &mut Sender<WorldTransport>, clock: &mut VirtualClock, until: Option<Moment>) -> Event {
    if sender.is_idle() {
        clock.jump_to(until.expect("nothing in the air, and nothing to wait for"));
        return Event::Woke;
    }
    let wait_ms = until.map_or(HOUR_MS, |until| until.since_ms(clock.now()));
    match sender.poll(wait_ms) {
        Some((call, reply)) => Event::Answered { call, reply },
        None => Event::Woke,
    }
}

fn pick<T: Copy>(chance: &mut ChaCha8Rng, of: &[T]) -> T {
    of[chance.next_u32() as usize % of.len()]
}

fn course(seed: u64) -> Course {
    let chance = &mut ChaCha8Rng::seed_from_u64(seed ^ 0x9ace);
    let mut rules = Rules::from_seed(seed);
    rules.limit_changes.clear();
    let reserve = pick(chance, &[0, 100, 600]);
    let rivals = chance.next_u32() % 4;
    rules.others_per_hour = rivals * reserve / 3;
    rules.list_max = pick(chance, &[1_000, 100, 25, 4]);
    rules.strict_projects = true;
    let per_hour = pick(chance, &[1_200, 100_000]);
    let latency_ms = pick(chance, &[80, 2_000, 15_000, 45_000]);
    Course {
        name: format!(
            "course {seed}: limit {}, {:?}, {:?}, {rivals} rivals with {} an hour, reserve {reserve}, at most \
             {per_hour}, {latency_ms} ms, lists of {}",
            rules.limit, rules.window, rules.reset_header, rules.others_per_hour, rules.list_max
        ),
        rules,
        pace: PaceTerms { per_hour, reserve, ..PaceTerms::default() },
        latency_ms,
        items: 10_000,
    }
}

#[test]
fn without_faults_the_share_is_filled_the_reserve_kept_and_the_forecast_true() {
    let courses = 100;
    let mut failures = Vec::new();
    for seed in 0..courses {
        let course = course(seed);
        let judged = std::panic::catch_unwind(|| course.judge(&course.run()));
        if let Err(panic) = judged {
            failures.push(panic.downcast_ref::<String>().cloned().unwrap_or_default());
        }
    }
    assert!(failures.is_empty(), "{} of {courses}:\n{}", failures.len(), failures.join("\n"));
}

/// What a plan reads before it is made: a page for every thousand contacts, and no page more.
#[test]
fn contacts_are_read_in_the_fewest_pages() {
    let folder = tempfile::tempdir().unwrap();
    let mut migration = template(folder.path());
    let file = migration.ledger.clone();
    for (contacts, fewest) in [(10_500_u32, 11), (20_001, 21)] {
        migration.ledger = file.copy_in_memory().unwrap();
        let mut world = World::new(Rules::default());
        for n in 0..contacts {
            world.seed_contact(SeedContact::person(&format!("Given{n}"), &format!("Family{n}")));
        }
        let clock = VirtualClock::new(migration.ledger.clone(), START);
        let token = world.rules().token.clone();
        let mut line = Line { transport: WorldTransport::new(world, &clock), clock };
        let target = Target::new("http://127.0.0.1:1".parse().unwrap(), token.into()).unwrap();
        read_target(&migration, &mut line, &target, PaceTerms::default(), Progress::Silent).unwrap();
        let requests = line.transport.world.requests();
        let pages = requests.iter().filter(|r| r.path.ends_with("/Contact/Query/FullContact")).count();
        assert_eq!(pages, fewest, "pages for {contacts} contacts");
        let kept = migration.ledger.target_contacts(None, contacts).unwrap();
        assert_eq!(kept.len(), contacts as usize, "contacts that were read");
    }
}
