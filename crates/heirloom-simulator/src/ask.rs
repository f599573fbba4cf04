//! Speaks HTTP to this computer alone: to the admin surface of a served simulator, and to the receivers of webhooks.

use crate::endpoints::webhooks::WebhookDelivery;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long a served simulator may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a webhook's receiver may take.
const WEBHOOK_PATIENCE: Duration = Duration::from_secs(5);
/// Most bytes of an answer that are read.
const ANSWER_MAX: u64 = 1 << 30;

/// Asks the simulator at `address` (`http://127.0.0.1:8787`) for `/_sim/<what>`; gives the body of its answer.
///
/// # Errors
/// An address that is not this computer's, no connection, or an answer other than 200.
pub fn ask(address: &str, method: &str, what: &str) -> io::Result<String> {
    ask_with(address, method, what, "")
}

/// `ask`, with a JSON body.
///
/// # Errors
/// As `ask`.
pub fn ask_with(address: &str, method: &str, what: &str, body: &str) -> io::Result<String> {
    let (host, _) = own_host(address)?;
    let request = format!(
        "{method} /_sim/{what} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    match exchange(&host, &request, PATIENCE)? {
        (200, body) => Ok(body),
        (status, _) => Err(io::Error::other(format!("the simulator answered {status}"))),
    }
}

/// Posts a webhook to its subscriber, if that is on this computer; true when the answer was 2xx.
pub(crate) fn post_webhook(delivery: &WebhookDelivery) -> bool {
    let Ok((host, path)) = own_host(&delivery.url) else {
        return false;
    };
    let WebhookDelivery { header, signature, body, .. } = delivery;
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{header}: {signature}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    exchange(&host, &request, WEBHOOK_PATIENCE).is_ok_and(|(status, _)| (200..300).contains(&status))
}

/// Host with port, and path, of an address on this computer.
fn own_host(address: &str) -> io::Result<(String, String)> {
    let rest = address.strip_prefix("http://").unwrap_or(address);
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let own = ["127.0.0.1", "localhost", "[::1]"];
    let port = own.iter().find_map(|name| host.strip_prefix(name)).filter(|port| {
        port.is_empty() || port.strip_prefix(':').is_some_and(|digits| digits.parse::<u16>().is_ok())
    });
    let Some(port) = port else {
        return Err(io::Error::other(format!("{address} is not an address of this computer")));
    };
    let host = if port.is_empty() { format!("{host}:80") } else { host.to_string() };
    Ok((host, if path.is_empty() { "/".into() } else { path.into() }))
}

/// Sends a request over a connection of its own; gives status and body of the answer.
fn exchange(host: &str, request: &str, patience: Duration) -> io::Result<(u16, String)> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(patience))?;
    stream.set_write_timeout(Some(patience))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.take(ANSWER_MAX).read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let status = head.split_whitespace().nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| io::Error::other("there was no answer"))?;
    Ok((status, if is_chunked { unchunked(body) } else { body.to_owned() }))
}

/// The body of a chunked answer.
fn unchunked(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        let Some(chunk) = rest.get(..size).filter(|chunk| !chunk.is_empty()) else {
            break;
        };
        whole.push_str(chunk);
        body = rest.get(size + 2..).unwrap_or("");
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_computer_is_asked() {
        for other in [
            "http://example.org:80",
            "http://127.0.0.1.example.org/",
            "http://localhost:x/",
            "https://127.0.0.1/",
        ] {
            assert!(own_host(other).is_err(), "{other}");
        }
        let (host, path) = own_host("http://localhost/hook?a=1").unwrap();
        assert_eq!((host.as_str(), path.as_str()), ("localhost:80", "/hook?a=1"));
    }

    #[test]
    fn chunks_are_put_together() {
        assert_eq!(unchunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), "abcde");
    }
}
