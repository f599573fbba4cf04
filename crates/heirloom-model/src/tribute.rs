//! Tributes: whom a gift honours, and who is told of it.

/// Whom a gift honours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tribute {
    /// Honour or memory.
    pub kind: TributeKind,
    /// The honoured person's name as written.
    pub name: String,
    /// Who is told of the gift, if anybody.
    pub acknowledgee: Option<Acknowledgee>,
}

/// Honour or memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TributeKind {
    /// In honour of.
    Honor,
    /// In memory of.
    Memory,
}

/// Somebody who is told of a gift in honour or memory: a widow, a friend. Empty texts are absent.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Acknowledgee {
    /// Given name, or the whole one where nobody could tell them apart.
    pub first: String,
    /// Family name.
    pub last: String,
    /// Street.
    pub address: String,
    /// Town.
    pub city: String,
    /// State or province.
    pub state: String,
    /// Postal code.
    pub postal: String,
    /// E-mail address, as written.
    pub email: String,
    /// Telephone number, as written.
    pub phone: String,
}

impl Acknowledgee {
    /// Whether nothing is known of anybody.
    pub fn is_empty(&self) -> bool {
        *self == Acknowledgee::default()
    }

    /// Name and ways to reach, in one line for a person.
    pub fn in_words(&self) -> String {
        let name = [self.first.as_str(), self.last.as_str()];
        let name = name.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        let rest = [&self.address, &self.city, &self.state, &self.postal, &self.email, &self.phone];
        let all = std::iter::once(name.as_str()).chain(rest.into_iter().map(String::as_str));
        all.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}
