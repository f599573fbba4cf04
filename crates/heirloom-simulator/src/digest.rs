//! The digest by which effects name what was sent.

use serde_json::Value;

/// The digest that effects carry: of one item's JSON, white space left out, key order kept.
/// Text that is not JSON is hashed as it is.
pub fn body_digest(item: &[u8]) -> u64 {
    match serde_json::from_slice::<Value>(item) {
        Ok(value) => value_digest(&value),
        Err(_) => hash(item),
    }
}

/// `body_digest` of a parsed item.
pub(crate) fn value_digest(value: &Value) -> u64 {
    let mut fnv = Fnv(FNV_START);
    // Writing into a hash cannot fail, nor can a parsed value be unwritable.
    let _ = serde_json::to_writer(&mut fnv, value);
    fnv.0
}

/// Hashes bytes.
fn hash(bytes: &[u8]) -> u64 {
    Fnv(FNV_START).after(bytes)
}

const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// FNV-1a, 64 bits: the same on every machine and in every release.
struct Fnv(u64);

impl Fnv {
    fn after(&self, bytes: &[u8]) -> u64 {
        let step = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        bytes.iter().fold(self.0, step)
    }
}

impl std::io::Write for Fnv {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 = self.after(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_looks_past_white_space_and_at_key_order() {
        let plain = body_digest(br#"{"a":1,"b":"x"}"#);
        assert_eq!(plain, hash(br#"{"a":1,"b":"x"}"#));
        assert_eq!(plain, body_digest(b"{ \"a\": 1,\n \"b\": \"x\" }"));
        assert_ne!(plain, body_digest(br#"{"b":"x","a":1}"#));
    }
}
