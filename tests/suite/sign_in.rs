//! Signing in with the real binary against a vendor of the test's own, by hand-written HTTP.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::support::{binary, invented_migration, said};

/// Answers each request by `answer(request)` and keeps what was asked.
fn vendor(answer: fn(&str) -> (&'static str, &'static str)) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&seen);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut bytes = Vec::new();
            let mut buffer = [0; 4096];
            loop {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let whole = text.split_once("\r\n\r\n").is_some_and(|(head, body)| {
                    let head = head.to_lowercase();
                    let length = head.lines().find_map(|l| l.strip_prefix("content-length: "));
                    body.len() >= length.map_or(0, |n| n.trim().parse().unwrap())
                });
                if whole {
                    break;
                }
                match stream.read(&mut buffer) {
                    Ok(n) if n > 0 => bytes.extend_from_slice(&buffer[..n]),
                    _ => break,
                }
            }
            let request = String::from_utf8_lossy(&bytes).into_owned();
            let (status, body) = answer(&request);
            kept.lock().unwrap().push(request);
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
        }
    });
    (address, seen)
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command
        .args(arguments)
        .current_dir(folder)
        .env("NO_COLOR", "1")
        .env("HEIRLOOM_PASSWORD", "p&ss")
        .env("HEIRLOOM_STATE", folder.join(".state"));
    command.env("HEIRLOOM_CODE", "123456").env_remove("HEIRLOOM_TOKEN").output().unwrap()
}

fn everything(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_sign_in_with_a_second_factor_keeps_its_tokens_and_shows_no_secret() {
    let (address, seen) = vendor(|request| match request.contains("otp=123456") {
        true => {
            ("200 OK", "{\"access_token\":\"a-secret\",\"refresh_token\":\"r-secret\",\"expires_in\":3599}")
        }
        false => ("202 Accepted", "{\"error\":\"awaiting_verification\"}"),
    });
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["sign-in", "--user", "dana@example.org", "--token-file", "token", "--target", &address];
    let output = run(folder.path(), &arguments);
    assert_eq!(said(&output).0, 0, "{}", everything(&output));
    for secret in ["p&ss", "123456", "a-secret", "r-secret"] {
        assert!(!everything(&output).contains(secret), "{secret} is shown");
    }
    let kept = std::fs::read_to_string(folder.path().join("token")).unwrap();
    assert!(kept.contains("a-secret") && kept.contains("r-secret"));
    let seen = seen.lock().unwrap();
    assert_eq!(seen.len(), 2);
    assert!(
        seen.iter().all(|r| r.starts_with("POST /Token ") && !r.to_lowercase().contains("authorization"))
    );
}

/// A vendor that gives new tokens and accepts none.
fn vendor_that_refuses() -> (String, Arc<Mutex<Vec<String>>>) {
    vendor(|request| match request.starts_with("POST /Token") {
        true => ("200 OK", "{\"access_token\":\"a-2\",\"refresh_token\":\"r-2\",\"expires_in\":3599}"),
        false => ("401 Unauthorized", "{\"message\":\"Authorization has been denied for this request.\"}"),
    })
}

/// A migration that was checked, with a sign-in in its file `token` that ends at `expires`.
fn signed_in(folder: &Path, expires: Value) {
    invented_migration(folder, 3, 4);
    let token = folder.join("token");
    let tokens = json!({ "version": 1, "access_token": "a-1", "refresh_token": "r-1", "expires": expires });
    std::fs::write(&token, tokens.to_string()).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert_ne!(said(&run(folder, &["check"])).0, 2);
}

#[test]
fn a_sign_in_that_has_ended_is_renewed_once_and_kept() {
    let (address, seen) = vendor_that_refuses();
    let folder = tempfile::tempdir().unwrap();
    signed_in(folder.path(), json!("2020-01-01T00:00:00Z"));
    let output = run(folder.path(), &["plan", "--token-file", "token", "--target", &address]);
    assert_eq!(said(&output).0, 5, "{}", everything(&output));
    let seen = seen.lock().unwrap();
    assert!(seen[0].ends_with("grant_type=refresh_token&refresh_token=r-1"), "{}", seen[0]);
    assert!(seen[1].to_lowercase().contains("authorization: bearer a-2"));
    assert_eq!(seen.len(), 2, "no storm");
    let kept = std::fs::read_to_string(folder.path().join("token")).unwrap();
    assert!(kept.contains("a-2") && kept.contains("r-2"));
}

#[test]
fn a_sign_in_that_ended_early_is_renewed_by_commands_that_only_read_as_well() {
    let (address, seen) = vendor_that_refuses();
    let folder = tempfile::tempdir().unwrap();
    signed_in(folder.path(), Value::Null);
    for (command, bearers) in [("plan", ["a-1", "a-2"]), ("reconcile", ["a-2", "a-2"])] {
        seen.lock().unwrap().clear();
        let output = run(folder.path(), &[command, "--token-file", "token", "--target", &address]);
        assert_eq!(said(&output).0, 5, "{}", everything(&output));
        let seen = seen.lock().unwrap();
        let bears = |n: usize, token: &str| {
            seen[n].to_lowercase().contains(&format!("authorization: bearer {token}"))
        };
        assert!(bears(0, bearers[0]), "{command}");
        assert!(seen[1].starts_with("POST /Token"), "{command}: {seen:?}");
        assert!(bears(2, bearers[1]), "{command}");
        assert_eq!(seen.len(), 3, "{command}: once");
    }
}
