//! Progress on stderr: bars on a terminal, plain lines elsewhere, nothing when asked to be quiet.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How often a plain line is written when there is no terminal.
const PLAIN_EVERY: Duration = Duration::from_secs(60);

/// Bars below one another: one stage may begin while another ends.
static BARS: LazyLock<MultiProgress> =
    LazyLock::new(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(10)));

/// Where progress goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Bars on stderr.
    Bars,
    /// One line a minute on stderr.
    Plain,
    /// Nowhere (`--json`, tests).
    Silent,
}

impl Progress {
    /// Bars if stderr is a terminal and nobody asked for plain output.
    pub fn detect(plain: bool) -> Progress {
        if std::io::stderr().is_terminal() && !plain { Progress::Bars } else { Progress::Plain }
    }

    /// Counts things whose number is not known before.
    pub fn count(self, label: &str) -> Bar {
        self.bar(label, None)
    }

    /// Counts up to `total`.
    pub fn of(self, label: &str, total: u64) -> Bar {
        self.bar(label, Some(total))
    }

    fn bar(self, label: &str, total: Option<u64>) -> Bar {
        let drawn = (self == Progress::Bars).then(|| {
            let template = if total.is_some() {
                "  {msg:28} {bar:30} {human_pos}/{human_len}"
            } else {
                "  {msg:28} {human_pos}"
            };
            let style =
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
            let bar = total.map_or_else(ProgressBar::no_length, ProgressBar::new);
            BARS.add(bar.with_style(style).with_message(label.to_owned()))
        });
        let plain = (self == Progress::Plain).then(|| Mutex::new(Instant::now()));
        Bar {
            inner: Arc::new(Inner { label: label.to_owned(), total, done: AtomicU64::new(0), drawn, plain }),
        }
    }

    /// Says something once, on its own line.
    pub fn say(self, line: &str) {
        if self != Progress::Silent {
            eprintln!("  {line}");
        }
    }
}

/// One thing being counted; cheap to clone, safe to share between threads.
#[derive(Clone)]
pub struct Bar {
    inner: Arc<Inner>,
}

struct Inner {
    label: String,
    total: Option<u64>,
    done: AtomicU64,
    drawn: Option<ProgressBar>,
    plain: Option<Mutex<Instant>>,
}

impl Bar {
    /// Counts `n` more.
    pub fn add(&self, n: u64) {
        let done = self.inner.done.fetch_add(n, Ordering::Relaxed) + n;
        if let Some(bar) = &self.inner.drawn {
            bar.set_position(done);
        }
        if let Some(last) = &self.inner.plain
            && let Ok(mut last) = last.try_lock()
            && last.elapsed() >= PLAIN_EVERY
        {
            *last = Instant::now();
            match self.inner.total {
                Some(total) => eprintln!("  {}: {done} of {total}", self.inner.label),
                None => eprintln!("  {}: {done}", self.inner.label),
            }
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(bar) = &self.drawn {
            bar.finish_and_clear();
        }
    }
}
