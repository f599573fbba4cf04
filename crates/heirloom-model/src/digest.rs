//! Digests: what two things have in common when they are the same to the byte.

use std::fmt;

/// A BLAKE3 digest (256 bits).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Digest(*blake3::hash(bytes).as_bytes())
    }

    /// The first 128 bits as 32 hexadecimal digits, enough to tell things apart.
    pub fn short(&self) -> String {
        self.digits()[..32].to_owned()
    }

    /// All digits at once: keys of details ask for them by the hundred thousand.
    fn digits(&self) -> String {
        let digit = |four: u8| char::from(b"0123456789abcdef"[usize::from(four)]);
        self.0.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.digits())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.short())
    }
}

/// Builds a digest of several fields; each is length-prefixed, so that moving a
/// boundary between two fields changes the digest.
#[derive(Clone, Default)]
pub struct Hasher(blake3::Hasher);

impl Hasher {
    /// An empty hasher.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one field.
    pub fn field(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// Adds raw bytes without a boundary (for streaming one long thing).
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.update(bytes);
        self
    }

    /// The digest of what was added.
    pub fn finish(&self) -> Digest {
        Digest(*self.0.finalize().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moved_boundary_is_another_digest() {
        let of = |parts: &[&str]| {
            let mut hasher = Hasher::new();
            parts.iter().for_each(|p| {
                hasher.field(p.as_bytes());
            });
            hasher.finish()
        };
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
        assert_eq!(of(&["ab", "c"]), of(&["ab", "c"]));
    }
}
