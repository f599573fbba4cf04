//! The lexicon: every normalised text is kept once and known by a number, so that records
//! are small and most comparisons compare numbers.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Mutex, MutexGuard, PoisonError};

use foldhash::fast::FixedState;

use super::nicknames;
use crate::few::Few;

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
    /// One for each thread.
    near: Vec<Mutex<Near>>,
}

/// What a near text is kept for.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Kept {
    /// A normalised text and its own word.
    #[default]
    Word,
    /// A cell as it was written, and the word of what it says.
    City,
    State,
    Postal,
    Area,
}

/// Texts lately met by one thread, each where its hash says: most texts of a file are a few
/// thousand names and places, and need not be looked for among all.
#[derive(Default)]
struct Near {
    slots: Vec<Slot>,
}

const NEAR_SLOTS: usize = 1 << 14;
const NEAR_BYTES_MAX: usize = 22;

#[derive(Clone, Copy, Default)]
struct Slot {
    text: [u8; NEAR_BYTES_MAX],
    len: u8,
    kept: Kept,
    word: Word,
}

impl Near {
    fn slot(&mut self, hash: u64) -> &mut Slot {
        if self.slots.is_empty() {
            self.slots.resize(NEAR_SLOTS, Slot::default());
        }
        &mut self.slots[hash as usize % NEAR_SLOTS]
    }
}

impl Slot {
    fn holds(&self, kept: Kept, text: &str) -> bool {
        self.kept == kept && self.text[..usize::from(self.len)] == *text.as_bytes()
    }

    fn keep(&mut self, kept: Kept, text: &str, word: Word) {
        self.text[..text.len()].copy_from_slice(text.as_bytes());
        (self.len, self.kept, self.word) = (text.len() as u8, kept, word);
    }
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
        let lexicon = Lexicon {
            parts: (0..PARTS).map(|_| Mutex::default()).collect(),
            near: (0..rayon::current_num_threads()).map(|_| Mutex::default()).collect(),
        };
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
        let hash = FixedState::with_seed(0x4865_6972).hash_one(text);
        match self.near(text) {
            Some(mut near) => {
                let slot = near.slot(hash);
                if !slot.holds(Kept::Word, text) {
                    slot.keep(Kept::Word, text, self.find(text, hash));
                }
                slot.word
            }
            None => self.find(text, hash),
        }
    }

    /// The word that a cell says, which is worked out unless the cell was met lately.
    pub fn of_cell(&self, kept: Kept, cell: &str, word: impl FnOnce() -> Word) -> Word {
        if cell.is_empty() {
            return Word::default();
        }
        let hash = FixedState::with_seed(kept as u64).hash_one(cell);
        if let Some(mut near) = self.near(cell)
            && near.slot(hash).holds(kept, cell)
        {
            return near.slot(hash).word;
        }
        let word = word();
        if let Some(mut near) = self.near(cell) {
            near.slot(hash).keep(kept, cell, word);
        }
        word
    }

    /// This thread's near texts, if the text is short enough to be among them.
    fn near(&self, text: &str) -> Option<MutexGuard<'_, Near>> {
        let own = rayon::current_thread_index().unwrap_or(0) % self.near.len();
        if text.len() > NEAR_BYTES_MAX { None } else { self.near[own].try_lock().ok() }
    }

    fn find(&self, text: &str, mut hash: u64) -> Word {
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
        let mut forms = Vec::new();
        for (form, names) in nicknames::forms() {
            let form = self.id(form) as usize;
            forms.resize(forms.len().max(form + 1), Few::None);
            forms[form] = names.iter().map(|name| self.id(name)).collect();
        }
        let own = |part: Mutex<Part>| part.into_inner().unwrap_or_else(PoisonError::into_inner);
        let parts = self.parts.into_iter().map(own).map(|part| (part.text, part.ends)).collect();
        Texts { parts, forms }
    }
}

/// Texts once all are known.
pub(crate) struct Texts {
    parts: Vec<(String, Vec<u32>)>,
    /// By the number of a given name's form the names it may stand for. They were added
    /// first, so their numbers are small.
    forms: Vec<Few<u32>>,
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
        match self.forms.get(word.id as usize) {
            Some(Few::None) | None => std::slice::from_ref(&word.id),
            Some(names) => names,
        }
    }

    /// Whether the word is known as a given name.
    pub fn is_given_name(&self, word: Word) -> bool {
        self.forms.get(word.id as usize).is_some_and(|names| !names.is_empty())
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

    #[test]
    fn texts_that_take_each_others_place_nearby_stay_apart() {
        let lexicon = Lexicon::new();
        let texts: Vec<String> = (0..3 * NEAR_SLOTS).map(|n| format!("name{n}")).collect();
        let words: Vec<Word> = texts.iter().map(|text| lexicon.word(text)).collect();
        let city = |text: &str| lexicon.of_cell(Kept::City, text, || lexicon.word("rome"));
        assert_eq!((city("name1"), city("name1")), (lexicon.word("rome"), lexicon.word("rome")));
        assert!(texts.iter().zip(&words).all(|(text, word)| lexicon.word(text) == *word));
        let known = lexicon.finish();
        assert!(texts.iter().zip(&words).all(|(text, word)| known.get(*word) == text));
    }
}
