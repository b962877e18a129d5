//! Numbers for names.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// Names and their numbers, in the order in which they came; the map is only asked, never walked.
#[derive(Debug, Clone)]
pub(super) struct Table<T> {
    names: Vec<T>,
    numbers: HashMap<T, u16>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            numbers: HashMap::new(),
        }
    }
}

impl<T: Hash + Eq + Ord + Clone> Table<T> {
    /// The number of a name, a new one where it is new; nothing where there are too many.
    pub(super) fn id<Q>(&mut self, name: &Q) -> Option<u16>
    where
        T: Borrow<Q>,
        Q: Hash + Eq + ToOwned<Owned = T> + ?Sized,
    {
        if let Some(number) = self.numbers.get(name) {
            return Some(*number);
        }
        if self.names.len() >= super::MOST_NAMES {
            return None;
        }
        let number = u16::try_from(self.names.len()).ok()?;
        self.names.push(name.to_owned());
        self.numbers.insert(name.to_owned(), number);
        Some(number)
    }

    /// The numbers of all names of another table, in its order.
    pub(super) fn all(&mut self, other: &Self) -> Vec<Option<u16>>
    where
        T: ToOwned<Owned = T>,
    {
        other.names.iter().map(|name| self.id::<T>(name)).collect()
    }

    /// The name of a number.
    pub(super) fn name(&self, number: u16) -> Option<&T> {
        self.names.get(usize::from(number))
    }

    /// The rank of each number, by name: what does not depend on who came first.
    pub(super) fn ranks(&self) -> Vec<u16> {
        let mut order: Vec<usize> = (0..self.names.len()).collect();
        order.sort_unstable_by_key(|at| self.names.get(*at));
        let mut ranks = vec![0; self.names.len()];
        for (rank, at) in order.into_iter().enumerate() {
            if let Some(slot) = ranks.get_mut(at) {
                *slot = u16::try_from(rank).unwrap_or(u16::MAX);
            }
        }
        ranks
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.names.len()
    }
}
