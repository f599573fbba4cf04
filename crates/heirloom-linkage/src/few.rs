//! A list that mostly holds one value: that one lies in the record itself, so that looking
//! at it follows no pointer.

use std::ops::Deref;

/// None, one or many values.
#[derive(Clone, Default)]
pub(crate) enum Few<T> {
    #[default]
    None,
    One(T),
    Many(Box<[T]>),
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Few::None => &[],
            Few::One(one) => std::slice::from_ref(one),
            Few::Many(many) => many,
        }
    }
}

impl<T> From<Vec<T>> for Few<T> {
    fn from(mut values: Vec<T>) -> Few<T> {
        match values.len() {
            0 => Few::None,
            1 => values.pop().map_or(Few::None, Few::One),
            _ => Few::Many(values.into()),
        }
    }
}

impl<T> FromIterator<T> for Few<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Few<T> {
        let mut values = values.into_iter();
        let Some(first) = values.next() else { return Few::None };
        match values.next() {
            None => Few::One(first),
            Some(second) => Few::Many([first, second].into_iter().chain(values).collect()),
        }
    }
}

impl<'a, T> IntoIterator for &'a Few<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_values_come_back_in_their_order() {
        for n in 0..5 {
            let given: Vec<i32> = (0..n).collect();
            let collected: Few<i32> = given.iter().copied().collect();
            assert_eq!(*collected, given[..]);
            assert_eq!(*Few::from(given.clone()), given[..]);
            assert_eq!(collected.into_iter().copied().collect::<Vec<i32>>(), given);
        }
    }
}
