//! Which encoding a text file is in, and why we think so.

use std::path::Path;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::scan::{Scan, line_at};
use crate::{IntakeError, ReadAs};

/// A guess from fewer bytes than this is worth less than the custom of the country.
const GUESS_PLACES_MIN: u64 = 20;

/// How the bytes of a text file become characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    /// UTF-8; a byte that is not becomes U+FFFD.
    Utf8,
    /// UTF-8, but a field that is not is read as windows-1252.
    Mixed,
    /// Anything else, decoded as a stream.
    Other(&'static Encoding),
}

/// The decision: how to decode, and how many bytes to skip.
pub(crate) struct Decision {
    pub charset: Charset,
    pub mark_bytes: u64,
    pub evidence: Vec<String>,
}

/// Decides by the byte order mark, then the mapping's label, then the bytes themselves.
///
/// # Errors
/// [`IntakeError::UnknownEncoding`]; [`IntakeError::Io`].
pub(crate) fn decide(path: &Path, file: &str, scan: &Scan, as_: &ReadAs) -> Result<Decision, IntakeError> {
    let named = as_.encoding.as_deref().map(|l| label(l, file)).transpose()?;
    let marked = Encoding::for_bom(&scan.head);
    let mut evidence = Vec::new();
    let charset = match (marked, named) {
        (Some((encoding, _)), named) => {
            evidence.push(format!("{}, by its byte order mark", encoding.name()));
            if named.is_some_and(|n| n != of(encoding)) {
                evidence.push("the mapping names another encoding; the mark decides".to_owned());
            }
            of(encoding)
        }
        (None, Some(charset)) => {
            evidence.push(format!("{}, because the mapping says so", name(charset)));
            charset
        }
        (None, None) => detect(path, file, scan, &mut evidence)?,
    };
    if scan.twice > 0 && matches!(charset, Charset::Utf8 | Charset::Mixed) {
        evidence
            .push(format!("{} places look like text converted twice (such as \"Ã©\" for \"é\")", scan.twice));
    }
    if charset == Charset::Utf8 && scan.bad > 0 {
        evidence.push(format!("{} places are not UTF-8 and will be shown as \u{FFFD}", scan.bad));
    }
    Ok(Decision { charset, mark_bytes: marked.map_or(0, |(_, length)| marks(&scan.head, length)), evidence })
}

/// Some programs write the mark twice; all of them are skipped.
fn marks(head: &[u8], length: usize) -> u64 {
    let mark = &head[..length];
    let all = head.chunks_exact(length).take_while(|c| *c == mark).count();
    (all * length) as u64
}

fn label(label: &str, file: &str) -> Result<Charset, IntakeError> {
    if label.trim().eq_ignore_ascii_case("mixed") {
        return Ok(Charset::Mixed);
    }
    Encoding::for_label_no_replacement(label.as_bytes())
        .map(of)
        .ok_or_else(|| IntakeError::UnknownEncoding { file: file.into(), label: label.into() })
}

fn of(encoding: &'static Encoding) -> Charset {
    if encoding == UTF_8 { Charset::Utf8 } else { Charset::Other(encoding) }
}

fn name(charset: Charset) -> &'static str {
    match charset {
        Charset::Utf8 => "UTF-8",
        Charset::Mixed => "UTF-8 and windows-1252 mixed",
        Charset::Other(encoding) => encoding.name(),
    }
}

fn detect(path: &Path, file: &str, scan: &Scan, evidence: &mut Vec<String>) -> Result<Charset, IntakeError> {
    if let Some(encoding) = utf16_without_mark(&scan.head) {
        evidence.push(format!("{}, because every other byte is zero", encoding.name()));
        return Ok(Charset::Other(encoding));
    }
    let Some((byte, offset)) = scan.first_bad else {
        evidence.push(if scan.good == 0 {
            "plain ASCII".to_owned()
        } else {
            "UTF-8, because all of it is well-formed".to_owned()
        });
        return Ok(Charset::Utf8);
    };
    let line = line_at(path, offset).map_err(|e| IntakeError::io(file, e))?;
    let why = format!("byte 0x{byte:02X} at line {line} is not UTF-8");
    if scan.good > scan.bad.saturating_mul(4) {
        evidence.push(format!(
            "mostly UTF-8, but {} places are not ({why}): those cells are read as windows-1252",
            scan.bad
        ));
        return Ok(Charset::Mixed);
    }
    let guess = scan.guess.unwrap_or(WINDOWS_1252);
    if guess == WINDOWS_1252 || scan.bad < GUESS_PLACES_MIN {
        evidence.push(format!("windows-1252, because {why}"));
        return Ok(Charset::Other(WINDOWS_1252));
    }
    evidence.push(format!(
        "{}, a guess by letter frequency, because {why}; name the encoding in the mapping if \
         accents look wrong",
        guess.name()
    ));
    Ok(of(guess))
}

/// UTF-16 without a mark, told by zero bytes on every second place of mostly Latin text.
pub(crate) fn utf16_without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let head = &head[..head.len().min(4096) & !1];
    let pairs = head.len() / 2;
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|b| **b == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    if pairs < 4 {
        None
    } else if second * 10 > pairs * 6 && first * 20 < pairs {
        Some(UTF_16LE)
    } else if first * 10 > pairs * 6 && second * 20 < pairs {
        Some(UTF_16BE)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SourceFile;
    use crate::fixture::{Folder, read};
    use encoding_rs::{SHIFT_JIS, WINDOWS_1251};

    fn evidence(bytes: &[u8], label: Option<&str>) -> Result<String, IntakeError> {
        let folder = Folder::new();
        let as_ = ReadAs { encoding: label.map(str::to_owned), ..ReadAs::default() };
        let opened = SourceFile::open(&folder.write("a.csv", bytes), &as_)?;
        Ok(opened.evidence().join("; "))
    }

    #[test]
    fn the_evidence_names_the_place_that_decided() {
        let cases: [(&[u8], Option<&str>, &str); 9] = [
            (b"a,b\n1,2\n", None, "plain ASCII; commas, 2 columns"),
            ("a,é\n".as_bytes(), None, "UTF-8, because all of it is well-formed"),
            (b"a,b\r\n1,2\r\n3,\xE9\r\n", None, "windows-1252, because byte 0xE9 at line 3"),
            (b"a,b\r1,2\r3,\xE9\r", None, "at line 3 is not UTF-8"),
            (b"a,b\r1,\x8E\r", Some("macintosh"), "macintosh, because the mapping says so"),
            (b"\xEF\xBB\xBFa,b\n", Some("windows-1252"), "the mark decides"),
            ("a,Ã©\n".as_bytes(), None, "1 places look like text converted twice"),
            ("é,é,é,é,é\n".as_bytes(), Some("utf-8"), "UTF-8, because the mapping says so"),
            (b"\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9,\xE9\n", None, "mostly UTF-8"),
        ];
        for (bytes, label, expected) in cases {
            let found = evidence(bytes, label).unwrap();
            assert!(found.contains(expected), "{expected:?} in {found:?}");
        }
    }

    #[test]
    fn other_alphabets_are_guessed_only_from_enough_text() {
        let much = |text: &str| text.repeat(20);
        let files =
            [(SHIFT_JIS, "寄付者,山田太郎,東京都\n"), (WINDOWS_1251, "Жертвователь,Иван Петров,Москва\n")];
        for (encoding, text) in files {
            let (bytes, ..) = encoding.encode(text);
            let found = evidence(&bytes.repeat(20), None).unwrap();
            assert!(found.starts_with(encoding.name()), "{found}");
            let folder = Folder::new();
            let path = folder.write("a.csv", &encoding.encode(&much(text)).0);
            let (rows, _) = read(&path, &ReadAs::default()).unwrap();
            assert_eq!(rows[19].cell(1).text, text.split(',').nth(1).unwrap());
        }
        let few = evidence(b"a,\xC6\xE5\n", None).unwrap();
        assert!(few.starts_with("windows-1252"), "{few}");
    }

    #[test]
    fn a_label_nobody_knows_is_refused() {
        for label in ["latin-9000", "", "hz-gb-2312"] {
            let met = evidence(b"a,b\n", Some(label));
            assert!(matches!(met, Err(IntakeError::UnknownEncoding { .. })), "{label}");
        }
    }

    #[test]
    fn the_mapping_can_ask_for_mixed_cells() {
        let folder = Folder::new();
        let as_ = ReadAs { encoding: Some("mixed".into()), ..ReadAs::default() };
        let path = folder.write("a.csv", b"caf\xE9,caf\xC3\xA9\n");
        let (rows, _) = read(&path, &as_).unwrap();
        assert_eq!((rows[0].cell(0).text, rows[0].cell(1).text), ("café", "café"));
    }
}
