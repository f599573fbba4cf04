//! One pass over the whole file before any row is read: its digest, its size, and
//! what its bytes say about the encoding.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::Encoding;
use heirloom_model::{Digest, Hasher};

use crate::IntakeError;

const BLOCK: usize = 256 << 10;
const HEAD: usize = 64 << 10;
/// The detector is slow; this much of what is not UTF-8 is evidence enough.
const DETECT_BYTES_MAX: usize = 512 << 10;

/// What one pass over the bytes found.
pub(crate) struct Scan {
    pub digest: Digest,
    pub bytes: u64,
    /// The beginning of the file.
    pub head: Vec<u8>,
    /// Characters of two or more bytes that are well-formed UTF-8.
    pub good: u64,
    /// Places that are not UTF-8.
    pub bad: u64,
    /// The first such byte and its offset.
    pub first_bad: Option<(u8, u64)>,
    /// Places such as `Ã©`: UTF-8 that was converted to UTF-8 once more.
    pub twice: u64,
    /// The detector's guess, if the file is not UTF-8.
    pub guess: Option<&'static Encoding>,
}

/// The digest of a file's bytes and their number.
///
/// # Errors
/// [`IntakeError::Io`] if it cannot be read.
pub fn digest_of(path: &Path) -> Result<(Digest, u64), IntakeError> {
    let scan = scan(path, &file_name(path))?;
    Ok((scan.digest, scan.bytes))
}

/// A path's last part, for messages.
pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Reads the file once.
pub(crate) fn scan(path: &Path, file: &str) -> Result<Scan, IntakeError> {
    let io = |e| IntakeError::io(file, e);
    let mut input = File::open(path).map_err(io)?;
    let mut hasher = Hasher::new();
    let mut buffer = vec![0; BLOCK];
    let mut head = Vec::new();
    let mut bytes = 0u64;
    let mut content = Content::default();
    loop {
        let n = match input.read(&mut buffer) {
            Ok(n) => n,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(io(e)),
        };
        if n == 0 {
            break;
        }
        let block = &buffer[..n];
        hasher.raw(block);
        if head.len() < HEAD {
            head.extend_from_slice(&block[..n.min(HEAD - head.len())]);
        }
        if !head.starts_with(b"PK") && !head.starts_with(b"\xD0\xCF\x11\xE0") {
            content.add(block, bytes);
        }
        bytes += n as u64;
    }
    content.finish(bytes);
    Ok(Scan {
        digest: hasher.finish(),
        bytes,
        head,
        good: content.good,
        bad: content.bad,
        first_bad: content.first_bad,
        twice: content.twice,
        guess: content.detector.map(|d| d.guess(None, Utf8Detection::Deny)),
    })
}

/// Running knowledge about the bytes seen so far.
#[derive(Default)]
struct Content {
    good: u64,
    bad: u64,
    first_bad: Option<(u8, u64)>,
    twice: u64,
    detector: Option<EncodingDetector>,
    detected: usize,
    /// The beginning of a character that the last block cut in two.
    carry: Vec<u8>,
}

impl Content {
    fn add(&mut self, block: &[u8], offset: u64) {
        if block.is_ascii() && self.carry.is_empty() {
            return;
        }
        let start = offset - self.carry.len() as u64;
        let mut joined = std::mem::take(&mut self.carry);
        joined.extend_from_slice(block);
        let whole = joined.len() - cut_character(&joined);
        self.carry = joined[whole..].to_vec();
        self.count(&joined[..whole], start);
    }

    fn finish(&mut self, end: u64) {
        let rest = std::mem::take(&mut self.carry);
        if !rest.is_empty() {
            self.count(&rest, end - rest.len() as u64);
        }
    }

    fn count(&mut self, block: &[u8], start: u64) {
        match std::str::from_utf8(block) {
            Ok(_) => self.count_good(block),
            Err(first) => {
                let at = first.valid_up_to();
                self.first_bad.get_or_insert((block[at], start + at as u64));
                for chunk in block.utf8_chunks() {
                    self.count_good(chunk.valid().as_bytes());
                    self.bad += u64::from(!chunk.invalid().is_empty());
                }
            }
        }
        self.detect(block);
    }

    fn count_good(&mut self, valid: &[u8]) {
        self.good += valid.iter().filter(|b| **b >= 0xC0).count() as u64;
        let leads = valid.iter().enumerate().filter(|(_, b)| **b == 0xC3);
        self.twice += leads.filter(|(i, _)| twice(&valid[*i..])).count() as u64;
    }

    fn detect(&mut self, block: &[u8]) {
        if self.first_bad.is_none() || self.detected >= DETECT_BYTES_MAX || block.is_ascii() {
            return;
        }
        self.detected += block.len();
        self.detector
            .get_or_insert_with(|| EncodingDetector::new(Iso2022JpDetection::Deny))
            .feed(block, false);
    }
}

/// Whether UTF-8 that was taken for windows-1252 and converted once more begins here:
/// `Ã` or `Â` before another converted byte, or `â€`.
fn twice(at: &[u8]) -> bool {
    matches!(at, [0xC3, 0x82 | 0x83, 0xC2, 0x80..=0xBF, ..] | [0xC3, 0xA2, 0xE2, 0x82, ..])
}

/// How many bytes at the end begin a UTF-8 character without finishing it (0 to 3).
fn cut_character(bytes: &[u8]) -> usize {
    for back in 1..=bytes.len().min(3) {
        let lead = bytes[bytes.len() - back];
        let needs = match lead {
            0x80..=0xBF => continue,
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => 1,
        };
        return if needs > back { back } else { 0 };
    }
    0
}

/// The physical line (from 1) that holds the byte at `offset`; `\r`, `\n` and `\r\n` each end one.
pub(crate) fn line_at(path: &Path, offset: u64) -> std::io::Result<u32> {
    let mut input = File::open(path)?.take(offset);
    let mut buffer = vec![0; BLOCK];
    let (mut line, mut after_cr) = (1u32, false);
    loop {
        let n = input.read(&mut buffer)?;
        if n == 0 {
            return Ok(line);
        }
        for &byte in &buffer[..n] {
            let ends = byte == b'\r' || (byte == b'\n' && !after_cr);
            line = line.saturating_add(u32::from(ends));
            after_cr = byte == b'\r';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_across_two_blocks_is_one_character() {
        for split in 0..=6 {
            let text = "né€".as_bytes();
            let mut content = Content::default();
            content.add(&text[..split], 0);
            content.add(&text[split..], split as u64);
            content.finish(text.len() as u64);
            assert_eq!((content.good, content.bad), (2, 0), "split at {split}");
        }
    }

    #[test]
    fn a_cut_character_at_the_end_is_not_utf8() {
        let mut content = Content::default();
        content.add(b"caf\xC3", 0);
        content.finish(4);
        assert_eq!(content.first_bad, Some((0xC3, 3)));
    }

    #[test]
    fn text_converted_twice_is_noticed() {
        let mut content = Content::default();
        content.add("José and Andrâ€™s".as_bytes(), 0);
        assert_eq!(content.twice, 1);
    }
}
