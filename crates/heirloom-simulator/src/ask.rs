//! Speaks to the admin surface of a served simulator on this computer: night, Run, the log.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long a served simulator may take to answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks the simulator at `address` (`http://127.0.0.1:8787`) for `/_sim/<what>`; gives the body of its answer.
///
/// # Errors
/// An address that is not this computer's, no connection, or an answer other than 200.
pub fn ask(address: &str, method: &str, what: &str) -> io::Result<String> {
    let host = address.trim_end_matches('/').strip_prefix("http://").unwrap_or(address);
    if !["127.0.0.1:", "localhost:", "[::1]:"].iter().any(|own| host.starts_with(own)) {
        return Err(io::Error::other(format!("{address} is not an address of this computer")));
    }
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = format!(
        "{method} /_sim/{what} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let text = String::from_utf8_lossy(&answer);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    match head.split_whitespace().nth(1) {
        Some("200") if is_chunked => Ok(unchunked(body)),
        Some("200") => Ok(body.to_owned()),
        status => Err(io::Error::other(format!("the simulator answered {}", status.unwrap_or("nothing")))),
    }
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
        assert!(ask("http://example.org:80", "GET", "log").is_err());
    }

    #[test]
    fn chunks_are_put_together() {
        assert_eq!(unchunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"), "abcde");
    }
}
