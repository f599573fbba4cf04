//! JSON as the vendor's binder takes it: bare keys, single quotes and trailing commas are forgiven.

use serde_json::Value;

/// Reads a body; none when it is not JSON even with that forgiven.
pub(crate) fn read(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok().or_else(|| {
        let text = std::str::from_utf8(body).ok()?.trim_start_matches('\u{feff}');
        serde_json::from_str(&strict(text)).ok()
    })
}

/// Rewrites what is forgiven into strict JSON; anything else stays as wrong as it was.
fn strict(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\'' => {
                out.push('"');
                while let Some(inner) = chars.next() {
                    match inner {
                        '\\' => {
                            // JSON knows no escaped single quote.
                            let next = chars.next().unwrap_or('\\');
                            if next != '\'' {
                                out.push('\\');
                            }
                            out.push(next);
                        }
                        end if end == c => break,
                        '"' => out.push_str("\\\""),
                        other => out.push(other),
                    }
                }
                out.push('"');
            }
            ',' => {
                let mut ahead = chars.clone();
                let next = ahead.find(|next| !next.is_whitespace());
                if !matches!(next, Some('}' | ']')) {
                    out.push(',');
                }
            }
            c if c.is_alphabetic() || c == '_' || c == '$' => {
                let mut word = String::from(c);
                while let Some(next) = chars.next_if(|next| next.is_alphanumeric() || *next == '_') {
                    word.push(next);
                }
                let is_key = chars.clone().find(|next| !next.is_whitespace()) == Some(':');
                out.push_str(&if is_key { format!("\"{word}\"") } else { word });
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_forgiven_is_read_and_the_rest_is_not() {
        for (text, expected) in [
            (r#"{a: 1, "b": [1, 2,], }"#, Some(json!({"a": 1, "b": [1, 2]}))),
            (r#"{'it': 'O\'Neil says "no, never,"'}"#, Some(json!({"it": "O'Neil says \"no, never,\""}))),
            (r#"{"a": "x, }", b_2: true, c: null}"#, Some(json!({"a": "x, }", "b_2": true, "c": null}))),
            (r#"{"a": }"#, None),
            (r#"{"a": word}"#, None),
            ("{\"amount\":", None),
        ] {
            assert_eq!(read(text.as_bytes()), expected, "{text}");
        }
    }
}
