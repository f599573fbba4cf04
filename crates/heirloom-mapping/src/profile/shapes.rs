//! How texts are shaped: letters, digits and what stands between them (`A-9999`).

use std::collections::BTreeMap;

/// Different shapes that are counted.
const SHAPES_MAX: usize = 64;

/// Characters of a shape.
const LENGTH_MAX: usize = 20;

/// The shapes of a column.
#[derive(Default)]
pub(super) struct Shapes {
    counts: BTreeMap<String, u64>,
    others: u64,
}

impl Shapes {
    pub fn add(&mut self, text: &str) {
        let shape = shape(text);
        if let Some(count) = self.counts.get_mut(&shape) {
            *count += 1;
        } else if self.counts.len() < SHAPES_MAX {
            self.counts.insert(shape, 1);
        } else {
            self.others += 1;
        }
    }

    /// The most frequent ones, and whether some were not counted.
    pub fn top(self, max: usize) -> (Vec<(String, u64)>, bool) {
        let mut list: Vec<(String, u64)> = self.counts.into_iter().collect();
        list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let many = self.others > 0 || list.len() > max;
        list.truncate(max);
        (list, many)
    }
}

/// `A` a capital letter, `a` a small one, `9` a digit; longer runs of small letters become `a+`.
pub(super) fn shape(text: &str) -> String {
    let mut out = String::new();
    let mut small = 0;
    for c in text.chars() {
        let class = match c {
            c if c.is_numeric() => '9',
            c if c.is_uppercase() => 'A',
            c if c.is_alphabetic() => 'a',
            c if c.is_whitespace() => ' ',
            c if c.is_control() => '?',
            c => c,
        };
        small = if class == 'a' { small + 1 } else { 0 };
        match small {
            0 | 1 => out.push(class),
            2 => out.push('+'),
            _ => {}
        }
        if out.chars().count() >= LENGTH_MAX {
            out.push('…');
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shape_says_how_a_text_is_built_and_not_what_it_says() {
        for (text, expected) in [
            ("L-20931", "A-99999"),
            ("GF 0012", "AA 9999"),
            ("Ada Dunmore", "Aa+ Aa+"),
            ("$1,250.00", "$9,999.99"),
            ("Zoë", "Aa+"),
            ("0066g00000mEBiDAAW", "9999a99999aAAaAAAA"),
        ] {
            assert_eq!(shape(text), expected);
        }
        assert_eq!(shape(&"X".repeat(50)).chars().count(), LENGTH_MAX + 1);
    }

    #[test]
    fn only_so_many_shapes_are_counted() {
        let mut shapes = Shapes::default();
        for n in 1..200 {
            shapes.add(&"-".repeat(n % 70 + 1));
        }
        assert!(shapes.counts.len() <= SHAPES_MAX);
        assert!(shapes.top(3).1);
    }
}
