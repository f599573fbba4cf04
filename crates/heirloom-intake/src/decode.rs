//! The text of a file as UTF-8, block by block, with an eye on where lines begin.
//!
//! csv counts `\n` only and stops in the middle of `\r\n`, so the physical line on
//! which a record begins is kept here: one entry for each line that is not empty.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};

use encoding_rs::{CoderResult, Decoder};

use crate::RECORD_BYTES_MAX;
use crate::charset::Charset;
use crate::mend::{Marks, Mender};

/// Size of the blocks in which text is read and parsed.
pub(crate) const BLOCK: usize = 64 << 10;

/// Sent once after the real text: a record of its own, which ends the last one.
const SENTINEL: &[u8] = b"\n\0";

/// Where a line that is not empty begins.
#[derive(Clone, Copy)]
pub(crate) struct LineStart {
    pub offset: u64,
    pub line: u32,
}

/// Decoded and mended text that remembers line starts and refuses endless records.
pub(crate) struct Lines {
    input: File,
    /// Bytes taken from the file, the byte order mark not counted.
    pub bytes_read: u64,
    decoder: Option<Decoder>,
    mender: Mender,
    raw: Vec<u8>,
    pending: std::ops::Range<usize>,
    drained: bool,
    /// Whether all of the text went through the mender.
    ended: bool,
    delivered: u64,
    line: u32,
    at_line_start: bool,
    after_cr: bool,
    starts: VecDeque<LineStart>,
    length: Option<u64>,
    /// Whether the text ends in the middle of a line.
    pub ends_open: bool,
    sentinel_sent: usize,
}

impl Lines {
    /// Text from a file that stands behind its byte order mark.
    pub fn new(input: File, charset: Charset, marks: Marks) -> Self {
        let decoder = match charset {
            Charset::Other(encoding) => Some(encoding.new_decoder_without_bom_handling()),
            Charset::Utf8 | Charset::Mixed => None,
        };
        Lines {
            input,
            mender: Mender::new(marks),
            bytes_read: 0,
            raw: if decoder.is_some() { vec![0; BLOCK] } else { Vec::new() },
            decoder,
            pending: 0..0,
            drained: false,
            ended: false,
            delivered: 0,
            line: 1,
            at_line_start: true,
            after_cr: false,
            starts: VecDeque::new(),
            length: None,
            ends_open: false,
            sentinel_sent: 0,
        }
    }

    /// Length of the decoded text, once its end was met.
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Forgets the lines before `offset` (they lie inside an earlier record).
    pub fn forget_before(&mut self, offset: u64) {
        while self.starts.front().is_some_and(|s| s.offset < offset) {
            self.starts.pop_front();
        }
    }

    /// The first line that is not empty and was not forgotten: there the record just read begins.
    pub fn take_start(&mut self) -> Option<LineStart> {
        self.starts.pop_front()
    }

    /// Whether a cell that begins before `end` is broken; it is the last of its record.
    pub fn take_broken(&mut self, end: u64) -> bool {
        let broken = self.mender.broken.front().is_some_and(|at| *at < end);
        while self.mender.broken.front().is_some_and(|at| *at < end) {
            self.mender.broken.pop_front();
        }
        broken
    }

    /// How many quotation marks before `end` stand inside cells that are not quoted.
    pub fn take_strays(&mut self, end: u64) -> u32 {
        let strays = self.mender.strays.iter().take_while(|at| **at < end).count();
        self.mender.strays.drain(..strays);
        strays as u32
    }

    /// The next of the text, mended; 0 at its end.
    fn next_text(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let n = self.mender.take(out);
            if n > 0 || self.ended {
                return Ok(n);
            }
            let n = self.fill(out)?;
            if n > 0 && self.mender.passes(&out[..n]) {
                return Ok(n);
            }
            self.ended = n == 0;
            self.mender.push(&out[..n], self.ended);
        }
    }

    fn fill(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = self.decoder.as_mut() {
            if self.pending.is_empty() && !self.drained {
                let n = self.input.read(&mut self.raw)?;
                self.bytes_read += n as u64;
                self.drained = n == 0;
                self.pending = 0..n;
            }
            let source = &self.raw[self.pending.clone()];
            let (result, read, written, _) = decoder.decode_to_utf8(source, out, self.drained);
            self.pending.start += read;
            if self.drained && result == CoderResult::InputEmpty {
                self.decoder = None;
            }
            if written > 0 {
                return Ok(written);
            }
        }
        let n = self.input.read(out)?;
        self.bytes_read += n as u64;
        Ok(n)
    }

    fn note_lines(&mut self, text: &[u8]) {
        let mut from = 0;
        while from < text.len() {
            if self.at_line_start && !is_line_end(text[from]) {
                self.starts.push_back(LineStart { offset: self.delivered + from as u64, line: self.line });
                self.at_line_start = false;
                self.after_cr = false;
            }
            let Some(gap) = text[from..].iter().position(|b| is_line_end(*b)) else {
                self.after_cr = false;
                break;
            };
            let after_cr = self.after_cr && gap == 0;
            let byte = text[from + gap];
            if !(byte == b'\n' && after_cr) {
                self.line = self.line.saturating_add(1);
            }
            self.after_cr = byte == b'\r';
            self.at_line_start = true;
            from += gap + 1;
        }
        self.delivered += text.len() as u64;
    }

    fn refuse_endless_record(&self) -> io::Result<()> {
        let begun = self.starts.front().map_or(self.delivered, |s| s.offset);
        if self.delivered - begun > (RECORD_BYTES_MAX + BLOCK) as u64 {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "endless record"));
        }
        Ok(())
    }
}

fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

impl Read for Lines {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.refuse_endless_record()?;
        let n = if self.length.is_none() { self.next_text(out)? } else { 0 };
        if n > 0 {
            self.note_lines(&out[..n]);
            return Ok(n);
        }
        if self.length.is_none() {
            self.length = Some(self.delivered);
            self.ends_open = !self.at_line_start;
        }
        let rest = &SENTINEL[self.sentinel_sent..];
        let n = rest.len().min(out.len());
        out[..n].copy_from_slice(&rest[..n]);
        self.sentinel_sent += n;
        self.note_lines(&out[..n]);
        Ok(n)
    }
}
