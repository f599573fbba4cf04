//! The lexicon: every normalised text is kept once and known by a number, so that records
//! are small and most comparisons compare numbers.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Mutex, PoisonError};

use foldhash::fast::FixedState;

use super::nicknames;

/// A text by its number; 0 is the empty text. Numbers differ from run to run: they are
/// compared for equality and never for order.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Word {
    pub id: u32,
    len: u8,
    initial: u8,
}

impl Word {
    /// Letters of the text, 255 at most.
    pub fn len(self) -> usize {
        usize::from(self.len)
    }

    pub fn is_empty(self) -> bool {
        self.id == 0
    }

    pub fn is_initial(self) -> bool {
        self.len == 1
    }

    pub fn initial(self) -> Option<u8> {
        (self.len > 0).then_some(self.initial)
    }
}

/// Several threads add texts at once; each part is guarded by itself.
const PARTS: u32 = 64;

/// Texts as they are collected.
pub(crate) struct Lexicon {
    parts: Vec<Mutex<Part>>,
}

#[derive(Default)]
struct Part {
    known: HashMap<u64, u32, FixedState>,
    text: String,
    ends: Vec<u32>,
}

impl Part {
    fn get(&self, index: u32) -> &str {
        let at = index as usize;
        let start = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[start as usize..self.ends[at] as usize]
    }
}

impl Lexicon {
    pub fn new() -> Lexicon {
        let lexicon = Lexicon { parts: (0..PARTS).map(|_| Mutex::default()).collect() };
        nicknames::names().for_each(|name| {
            lexicon.word(name);
        });
        lexicon
    }

    /// The word of a text, which is added if it is new.
    pub fn word(&self, text: &str) -> Word {
        if text.is_empty() {
            return Word::default();
        }
        let mut hash = FixedState::with_seed(0x4865_6972).hash_one(text);
        let number = (hash >> 32) as u32 % PARTS;
        let mut part = self.parts[number as usize].lock().unwrap_or_else(PoisonError::into_inner);
        let index = loop {
            match part.known.get(&hash) {
                Some(&index) if part.get(index) == text => break index,
                Some(_) => hash = hash.wrapping_add(1), // another text of the same hash
                None => {
                    let index = part.ends.len() as u32;
                    part.text.push_str(text);
                    let end = part.text.len() as u32;
                    part.ends.push(end);
                    part.known.insert(hash, index);
                    break index;
                }
            }
        };
        Word { id: (index + 1) * PARTS + number, len: text.len().min(255) as u8, initial: text.as_bytes()[0] }
    }

    /// The number of a text.
    pub fn id(&self, text: &str) -> u32 {
        self.word(text).id
    }

    pub fn finish(self) -> Texts {
        let mut forms = HashMap::with_hasher(FixedState::default());
        for (form, names) in nicknames::forms() {
            let ids: Box<[u32]> = names.iter().map(|name| self.id(name)).collect();
            forms.insert(self.id(form), ids);
        }
        let own = |part: Mutex<Part>| part.into_inner().unwrap_or_else(PoisonError::into_inner);
        let parts = self.parts.into_iter().map(own).map(|part| (part.text, part.ends)).collect();
        Texts { parts, forms }
    }
}

/// Texts once all are known.
pub(crate) struct Texts {
    parts: Vec<(String, Vec<u32>)>,
    /// Form of a given name → the names it may stand for.
    forms: HashMap<u32, Box<[u32]>, FixedState>,
}

impl Texts {
    /// The text of a word.
    pub fn get(&self, word: Word) -> &str {
        self.text(word.id)
    }

    pub fn text(&self, id: u32) -> &str {
        if id == 0 {
            return "";
        }
        let (text, ends) = &self.parts[(id % PARTS) as usize];
        let at = (id / PARTS - 1) as usize;
        let start = if at == 0 { 0 } else { ends[at - 1] };
        &text[start as usize..ends[at] as usize]
    }

    /// The given names that a word may stand for; an unknown word stands for itself.
    pub fn stands_for<'a>(&'a self, word: &'a Word) -> &'a [u32] {
        match self.forms.get(&word.id) {
            Some(names) => names,
            None => std::slice::from_ref(&word.id),
        }
    }

    /// Whether the word is known as a given name.
    pub fn is_given_name(&self, word: Word) -> bool {
        self.forms.contains_key(&word.id)
    }

    /// One more than the largest number of a word.
    pub fn ids_end(&self) -> usize {
        let largest = self.parts.iter().map(|(_, ends)| ends.len()).max().unwrap_or(0);
        (largest + 1) * PARTS as usize
    }

    /// All texts with their numbers, in no particular order.
    pub fn all(&self) -> impl Iterator<Item = (u32, &str)> {
        self.parts.iter().zip(0..).flat_map(move |((_, ends), part)| {
            (0..ends.len() as u32).map(move |index| {
                let id = (index + 1) * PARTS + part;
                (id, self.text(id))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_one_word_and_come_back() {
        let lexicon = Lexicon::new();
        let (a, b, c) = (lexicon.word("smith"), lexicon.word("smith"), lexicon.word("smyth"));
        assert!(a == b && a != c && lexicon.word("").is_empty());
        let texts = lexicon.finish();
        assert_eq!((texts.get(a), texts.get(c), texts.text(0)), ("smith", "smyth", ""));
        assert!(texts.all().any(|(id, text)| id == a.id && text == "smith"));
    }
}
