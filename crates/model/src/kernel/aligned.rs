//! Columns that kernels write into.

use std::ops::{Deref, DerefMut};

use aligned_vec::{AVec, ConstAlign};

/// Bytes of a line of the cache, and of the widest vectors.
const LINE: usize = 64;

/// A slice that grows, of which the first number begins a line of the cache.
///
/// Vectors of its numbers then lie in one line each. Those that cross into the next take a kernel twice as long to store, or
/// more; where `Vec` begins the allocator decides.
#[derive(Debug, Clone, PartialEq)]
pub struct Aligned<T>(AVec<T, ConstAlign<LINE>>);

impl<T: Copy> Aligned<T> {
    /// So many of this value.
    pub fn filled(length: usize, value: T) -> Self {
        let mut numbers = Self::default();
        numbers.resize(length, value);
        numbers
    }

    /// Makes it so long: cut, or with more of `value` at its end.
    pub fn resize(&mut self, length: usize, value: T) {
        self.0.resize(length, value);
    }
}

impl<T> Default for Aligned<T> {
    fn default() -> Self {
        Self(AVec::new(LINE))
    }
}

impl<T> Deref for Aligned<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<'a, T> IntoIterator for &'a Aligned<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> FromIterator<T> for Aligned<T> {
    fn from_iter<I: IntoIterator<Item = T>>(numbers: I) -> Self {
        Self(AVec::from_iter(LINE, numbers))
    }
}

impl<T> From<Vec<T>> for Aligned<T> {
    fn from(numbers: Vec<T>) -> Self {
        numbers.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_begins_a_line() {
        let mut column = Aligned::default();
        for length in 0..300_usize {
            column.resize(length, length);
            assert_eq!(column.as_ptr().align_offset(LINE), 0);
            assert_eq!(column.clone().as_ptr().align_offset(LINE), 0);
            assert_eq!(column.iter().copied().collect::<Aligned<usize>>(), column);
            assert!(column.iter().copied().eq(1..=length));
        }
    }
}
