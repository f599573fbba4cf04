//! The private byte format of blobs: variable-length integers, length-prefixed texts, zstd.
//!
//! Everything read answers `None` on bytes that were not written by this module.

use std::cell::RefCell;

use heirloom_model::{Currency, Money};
use zstd::bulk::{Compressor, Decompressor};

/// The compression level of every blob: speed first, most of the gain.
const ZSTD_LEVEL: i32 = 1;
/// No blob is longer than this when unpacked.
const UNPACKED_MAX: u64 = 1 << 30;

thread_local! {
    /// Kept, since making one costs more than most blobs.
    static PACKING: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static UNPACKING: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

/// Appends values.
#[derive(Default)]
pub(crate) struct Writer(pub Vec<u8>);

impl Writer {
    pub fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub fn count(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value as u8) | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    /// Signed, zigzag.
    pub fn signed(&mut self, value: i64) {
        self.count(((value << 1) ^ (value >> 63)) as u64);
    }

    pub fn wide(&mut self, value: i128) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Absent as 0, else 1 and the value.
    pub fn option<T>(&mut self, value: Option<T>, put: impl FnOnce(&mut Self, T)) {
        match value {
            None => self.byte(0),
            Some(value) => {
                self.byte(1);
                put(self, value);
            }
        }
    }

    pub fn maybe_text(&mut self, text: Option<&str>) {
        self.option(text, |w, t| w.text(t));
    }

    pub fn list<T>(&mut self, items: impl ExactSizeIterator<Item = T>, mut put: impl FnMut(&mut Self, T)) {
        self.count(items.len() as u64);
        items.for_each(|item| put(self, item));
    }

    pub fn money(&mut self, money: Money) {
        self.signed(money.minor());
        self.0.extend_from_slice(money.currency().as_str().as_bytes());
    }
}

/// Takes values off in the order in which they were written.
pub(crate) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(len)?;
        self.0 = tail;
        Some(head)
    }

    pub fn byte(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }

    pub fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub fn count(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    pub fn small(&mut self) -> Option<u32> {
        self.count()?.try_into().ok()
    }

    pub fn signed(&mut self) -> Option<i64> {
        let value = self.count()?;
        Some((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    pub fn wide(&mut self) -> Option<i128> {
        Some(i128::from_le_bytes(self.take(16)?.try_into().ok()?))
    }

    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.count()?).ok()?;
        self.take(len)
    }

    pub fn text(&mut self) -> Option<String> {
        Some(std::str::from_utf8(self.bytes()?).ok()?.to_owned())
    }

    pub fn option<T>(&mut self, get: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        if self.flag()? { Some(Some(get(self)?)) } else { Some(None) }
    }

    pub fn maybe_text(&mut self) -> Option<Option<String>> {
        self.option(Self::text)
    }

    pub fn list<T>(&mut self, mut get: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let len = usize::try_from(self.count()?).ok()?;
        let mut items = Vec::with_capacity(len.min(self.0.len()));
        for _ in 0..len {
            items.push(get(self)?);
        }
        Some(items)
    }

    pub fn money(&mut self) -> Option<Money> {
        let minor = self.signed()?;
        let currency = std::str::from_utf8(self.take(3)?).ok()?;
        Some(Money::new(minor, Currency::new(currency).ok()?))
    }

    /// Ends reading: nothing may be left over.
    pub fn end<T>(self, value: T) -> Option<T> {
        self.0.is_empty().then_some(value)
    }
}

/// Compresses a blob; its length goes first.
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut out = Writer::default();
    out.count(bytes.len() as u64);
    let packed = PACKING.with_borrow_mut(|kept| {
        let packing = match kept {
            Some(packing) => packing,
            None => kept.insert(Compressor::new(ZSTD_LEVEL)?),
        };
        packing.compress(bytes)
    });
    out.0.extend_from_slice(&packed.expect("compressing into memory of its own cannot fail"));
    out.0
}

/// The inverse of [`pack`].
pub(crate) fn unpack(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader(bytes);
    let len = reader.count()?;
    if len > UNPACKED_MAX {
        return None;
    }
    let len = usize::try_from(len).ok()?;
    let plain = UNPACKING.with_borrow_mut(|kept| {
        let unpacking = match kept {
            Some(unpacking) => unpacking,
            None => kept.insert(Decompressor::new().ok()?),
        };
        unpacking.decompress(reader.0, len).ok()
    })?;
    (plain.len() == len).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn values_come_back_as_they_went(n in any::<u64>(), i in any::<i64>(), w in any::<i128>(), t in ".*", o in proptest::option::of(".*")) {
            let mut writer = Writer::default();
            writer.count(n);
            writer.signed(i);
            writer.wide(w);
            writer.text(&t);
            writer.maybe_text(o.as_deref());
            let mut reader = Reader(&writer.0);
            prop_assert_eq!(reader.count(), Some(n));
            prop_assert_eq!(reader.signed(), Some(i));
            prop_assert_eq!(reader.wide(), Some(w));
            prop_assert_eq!(reader.text(), Some(t));
            prop_assert_eq!(reader.maybe_text(), Some(o));
            prop_assert_eq!(reader.end(()), Some(()));
        }

        #[test]
        fn foreign_bytes_are_refused_and_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = unpack(&bytes);
            let mut reader = Reader(&bytes);
            let _ = reader.list(|r| r.maybe_text());
            let _ = reader.money();
        }

        #[test]
        fn packing_is_undone(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(unpack(&pack(&bytes)), Some(bytes));
        }
    }
}
