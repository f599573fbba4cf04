//! `heirloom listen`: webhooks come in as hints; the ledger is not opened, so other commands go on beside it.

use std::path::PathBuf;

use heirloom_report::words;
use serde_json::json;

use super::{Said, Setting};
use crate::connect::stop_flag;
use crate::failure::{Exit, Result};
use crate::listen::server::listen as hear;
use crate::listen::{Encoding, HintBook, Signature};
use crate::out::Out;
use crate::secrets::shared_secret;

/// Arguments of `listen`.
#[derive(clap::Args)]
pub struct ListenArgs {
    /// Port on this computer (0 for any); a proxy that ends TLS forwards to it
    #[arg(long, default_value_t = 8790)]
    pub port: u16,
    /// File with the secret that the subscription was registered with (only its owner may read it)
    #[arg(long, value_name = "FILE")]
    pub secret_file: PathBuf,
    /// Header that carries the signature; every header is tried if not given
    #[arg(long, value_name = "NAME")]
    pub header: Option<String>,
    /// How the signature is written; either way if not given
    #[arg(long, value_enum)]
    pub encoding: Option<Encoding>,
    /// Stop after so many hints
    #[arg(long, value_name = "N")]
    pub hints_max: Option<u64>,
}

/// Listens until Ctrl-C.
pub fn listen(setting: &Setting, asked: &ListenArgs) -> Result<Said> {
    let folder = setting.folder();
    let source = folder.settings()?.source;
    let secret = shared_secret(&asked.secret_file)?;
    let signature = Signature { secret, header: asked.header.clone(), encoding: asked.encoding };
    let book = HintBook::open(folder.work(), source.as_str())?;
    let stop = stop_flag()?;
    let heard = hear(asked.port, signature, book, asked.hints_max, &stop, |address| {
        let line = format!("Listening on http://{address} for records of {source}; Ctrl-C stops it.");
        match setting.out {
            Out::Text => setting.out.line(&line),
            Out::Json => eprintln!("{line}"),
        }
    })?;
    setting.out.line(&format!(
        "{}; {} repeated, {} about records of others, {} refused.",
        words::count(heard.hints, "hint"),
        words::number(heard.repeats),
        words::number(heard.foreign),
        words::number(heard.refused)
    ));
    setting.next("heirloom reconcile");
    let document = json!({
        "hints": heard.hints, "repeats": heard.repeats, "foreign": heard.foreign, "refused": heard.refused,
        "next": "heirloom reconcile",
    });
    Said::new(document, Exit::Done)
}
