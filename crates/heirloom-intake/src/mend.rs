//! Quotation marks that do not pair, set right before the text is taken apart into cells.
//!
//! A quoted cell has to end at a delimiter, a line end or the end of the file. Where it does not,
//! nobody can tell its cells apart: the rest of its line becomes one cell, as it stands, and the
//! next line is a row again. So a lost quotation mark costs a line and never shifts a column.
//! Blanks around a quoted cell (`1, "Lee, Pat" ,2`) are left out.

use std::collections::VecDeque;

use memchr::{memchr, memchr2};

use crate::RECORD_BYTES_MAX;

/// The marks that a text file is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marks {
    pub delimiter: u8,
    /// 0 if no character quotes.
    pub quote: u8,
    /// What makes the next character of a quoted cell an ordinary one.
    pub escape: Option<u8>,
}

impl Marks {
    fn is_boundary(&self, byte: u8) -> bool {
        byte == self.delimiter || matches!(byte, b'\r' | b'\n')
    }

    fn is_blank(&self, byte: u8) -> bool {
        matches!(byte, b' ' | b'\t') && byte != self.delimiter
    }
}

/// Mends text block by block. What it gives has as many line ends as what it was given.
pub(crate) struct Mender {
    marks: Marks,
    /// Text that cannot be judged before more of it is seen.
    held: Vec<u8>,
    /// The byte before the text that is held.
    before: Option<u8>,
    mended: Vec<u8>,
    taken: usize,
    /// Offset of `mended` in all that was given.
    offset: u64,
    /// Where broken cells begin, in what was given.
    pub broken: VecDeque<u64>,
    /// Where quotation marks stand inside cells that are not quoted.
    pub strays: VecDeque<u64>,
}

enum Close {
    /// The cell ends with the quotation mark here; the blanks behind it reach to there.
    At(usize, usize),
    Broken,
    Unknown,
}

impl Mender {
    pub fn new(marks: Marks) -> Self {
        Mender {
            marks,
            held: Vec::new(),
            before: None,
            mended: Vec::new(),
            taken: 0,
            offset: 0,
            broken: VecDeque::new(),
            strays: VecDeque::new(),
        }
    }

    /// Whether a block needs no mending: it may be used as it is. Nothing must wait in here.
    pub fn passes(&mut self, block: &[u8]) -> bool {
        let clean = self.marks.quote == 0
            || self.held.is_empty()
                && memchr(self.marks.quote, block).is_none()
                && block.last().is_some_and(|b| !self.marks.is_blank(*b));
        if clean {
            self.before = block.last().copied();
            self.offset += block.len() as u64;
        }
        clean
    }

    /// Takes a block; `is_last` with the last one, which may be empty.
    pub fn push(&mut self, block: &[u8], is_last: bool) {
        let mut text = std::mem::take(&mut self.held);
        text.extend_from_slice(block);
        self.mended.clear();
        self.taken = 0;
        let kept = self.mend(&text, is_last);
        self.before = kept.checked_sub(1).map(|at| text[at]).or(self.before);
        text.drain(..kept);
        self.held = text;
    }

    /// Moves mended text to `out`; 0 if there is none.
    pub fn take(&mut self, out: &mut [u8]) -> usize {
        let rest = &self.mended[self.taken..];
        let n = rest.len().min(out.len());
        out[..n].copy_from_slice(&rest[..n]);
        self.taken += n;
        self.offset += n as u64;
        n
    }

    fn here(&self) -> u64 {
        self.offset + self.mended.len() as u64
    }

    /// Gives how much of the text is dealt with.
    fn mend(&mut self, text: &[u8], is_last: bool) -> usize {
        let mut from = 0;
        let mut seek = 0;
        while let Some(gap) = memchr(self.marks.quote, &text[seek..]) {
            let quote = seek + gap;
            let start = self.blanks_before(text, from, quote);
            let before = if start == 0 { self.before } else { Some(text[start - 1]) };
            if before.is_some_and(|b| !self.marks.is_boundary(b)) {
                self.strays.push_back(self.here() + (quote - from) as u64);
                seek = quote + 1;
                continue;
            }
            self.mended.extend_from_slice(&text[from..start]);
            from = start;
            match self.close(&text[quote..], is_last) {
                Close::At(end, behind) => {
                    self.mended.extend_from_slice(&text[quote..=quote + end]);
                    from = quote + behind;
                }
                Close::Broken => {
                    let Some(end) = line_end(&text[quote..], is_last) else {
                        return from;
                    };
                    self.broken.push_back(self.here());
                    self.put_as_it_stands(&text[start..quote + end]);
                    from = quote + end;
                }
                Close::Unknown => return from,
            }
            seek = from;
        }
        let end = if is_last { text.len() } else { self.open_end(text, from) };
        self.mended.extend_from_slice(&text[from..end]);
        end
    }

    fn blanks_before(&self, text: &[u8], from: usize, quote: usize) -> usize {
        let blanks = text[from..quote].iter().rev().take_while(|b| self.marks.is_blank(**b)).count();
        let start = quote - blanks;
        let before = if start == 0 { self.before } else { Some(text[start - 1]) };
        if before.is_none_or(|b| self.marks.is_boundary(b)) { start } else { quote }
    }

    /// Blanks at the end may be those before a quoted cell; they wait, unless they are endless.
    fn open_end(&self, text: &[u8], from: usize) -> usize {
        let blanks = text[from..].iter().rev().take_while(|b| self.marks.is_blank(**b)).count();
        if blanks > RECORD_BYTES_MAX { text.len() } else { text.len() - blanks }
    }

    /// Looks for the end of a quoted cell; `text` begins with its quotation mark.
    fn close(&self, text: &[u8], is_last: bool) -> Close {
        let Marks { quote, escape, .. } = self.marks;
        let open = if is_last || text.len() > RECORD_BYTES_MAX { Close::Broken } else { Close::Unknown };
        let mut seek = 1;
        loop {
            let rest = text.get(seek..).unwrap_or_default();
            let Some(gap) = memchr2(quote, escape.unwrap_or(quote), rest) else {
                return open;
            };
            let at = seek + gap;
            match text.get(at + 1) {
                Some(_) if text[at] != quote => seek = at + 2,
                Some(next) if *next == quote => seek = at + 2,
                _ => {
                    let blanks = text[at + 1..].iter().take_while(|b| self.marks.is_blank(**b)).count();
                    let behind = at + 1 + blanks;
                    return match text.get(behind) {
                        Some(byte) if self.marks.is_boundary(*byte) => Close::At(at, behind),
                        Some(_) => Close::Broken,
                        None if is_last && text[at] == quote => Close::At(at, behind),
                        None => open,
                    };
                }
            }
        }
    }

    /// Writes a text as one quoted cell.
    fn put_as_it_stands(&mut self, text: &[u8]) {
        let Marks { quote, escape, .. } = self.marks;
        self.mended.push(quote);
        for &byte in text {
            if byte == quote || Some(byte) == escape {
                self.mended.push(byte);
            }
            self.mended.push(byte);
        }
        self.mended.push(quote);
    }
}

fn line_end(text: &[u8], is_last: bool) -> Option<usize> {
    let ends = memchr2(b'\r', b'\n', text);
    let endless = is_last || text.len() > RECORD_BYTES_MAX;
    ends.or_else(|| endless.then_some(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKS: Marks = Marks { delimiter: b',', quote: b'"', escape: None };

    /// Mended text, places of broken cells, places of strays; in blocks of every size the same.
    fn check(marks: Marks, text: &str, mended: &str, broken: &[u64], strays: &[u64]) {
        for size in 1..=text.len().max(1) {
            let mut mender = Mender::new(marks);
            let mut found = Vec::new();
            let mut out = [0; 7];
            let mut take = |mender: &mut Mender| {
                loop {
                    match mender.take(&mut out) {
                        0 => break,
                        n => found.extend_from_slice(&out[..n]),
                    }
                }
            };
            for block in text.as_bytes().chunks(size) {
                mender.push(block, false);
                take(&mut mender);
            }
            mender.push(b"", true);
            take(&mut mender);
            assert_eq!(String::from_utf8_lossy(&found), mended, "{text:?} in blocks of {size}");
            assert_eq!(
                (mender.broken.make_contiguous(), mender.strays.make_contiguous()),
                (broken.to_vec().as_mut_slice(), strays.to_vec().as_mut_slice()),
                "{text:?} in blocks of {size}"
            );
        }
    }

    #[test]
    fn what_is_well_quoted_stays_as_it_is() {
        for text in ["a,b\n1,2\n", "\"a\",\"b,\n\"\"c\"\"\"\r\n\"\",\"\"\r\"last\"", "\"\"\"\"\n", "", "\n\n"]
        {
            check(MARKS, text, text, &[], &[]);
        }
    }

    #[test]
    fn a_broken_cell_is_the_rest_of_its_line() {
        check(MARKS, "1,\"2\n3,4\n", "1,\"\"\"2\"\n3,4\n", &[2], &[]);
        check(MARKS, "1,\"2\n3,\"4\",5\n", "1,\"\"\"2\"\n3,\"4\",5\n", &[2], &[]);
        check(
            MARKS,
            "\"say \"hi, you\" now\",5\n6,7",
            "\"\"\"say \"\"hi, you\"\" now\"\",5\"\n6,7",
            &[0],
            &[],
        );
        check(MARKS, "1,\"", "1,\"\"\"\"", &[2], &[]);
    }

    #[test]
    fn a_mark_inside_a_plain_cell_is_noted_and_stays() {
        check(
            MARKS,
            "5\" pipe,1\nRobert \"Bob\" Smith,2",
            "5\" pipe,1\nRobert \"Bob\" Smith,2",
            &[],
            &[1, 17, 21],
        );
    }

    #[test]
    fn blanks_around_a_quoted_cell_are_left_out() {
        check(MARKS, "1, \"Lee, Pat\" ,2\n  \"x\"\t\n", "1,\"Lee, Pat\",2\n\"x\"\n", &[], &[]);
        let tabs = Marks { delimiter: b'\t', ..MARKS };
        check(tabs, "1\t\"a\tb\"\t\t2\n", "1\t\"a\tb\"\t\t2\n", &[], &[]);
        check(MARKS, "a ,  b  , \n", "a ,  b  , \n", &[], &[]);
    }

    #[test]
    fn an_escape_makes_the_next_mark_an_ordinary_one() {
        let marks = Marks { escape: Some(b'\\'), ..MARKS };
        let text = "\"say \\\"hi\\\"\",\"\\\\\",2\n";
        check(marks, text, text, &[], &[]);
        check(marks, "\"a\\\",2\nb,3\n", "\"\"\"a\\\\\"\",2\"\nb,3\n", &[0], &[]);
        check(MARKS, "\"a\\\",2\n", "\"a\\\",2\n", &[], &[]);
    }

    #[test]
    fn a_mark_that_is_never_closed_is_given_up_after_the_largest_record() {
        let mut mender = Mender::new(MARKS);
        let mut given = 0;
        let mut out = vec![0; 64 << 10];
        mender.push(b"\"", false);
        for _ in 0..(3 << 20) / 1024 {
            mender.push(&b"x\n".repeat(512), false);
            loop {
                match mender.take(&mut out) {
                    0 => break,
                    n => given += n,
                }
            }
        }
        assert!(given > 1 << 20);
        assert_eq!(mender.broken, [0]);
    }
}
