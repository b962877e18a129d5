//! How the offsets of a decoded text lead back to the bytes it was decoded from.

use std::ops::Range;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Segment {
    inner: Range<usize>,
    outer: Range<usize>,
    /// The bytes were copied one for one; otherwise the whole of `inner` stands for the whole of `outer`.
    copied: bool,
}

/// Leads ranges of a view back to its parent.
///
/// Segments are added from left to right, without gaps in the inner text. A copied segment maps byte by byte; a
/// replaced one (an escape sequence, a group of base64 characters) as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OffsetMap {
    segments: Vec<Segment>,
}

impl OffsetMap {
    /// A map without segments.
    pub fn new() -> Self {
        Self::default()
    }

    /// `inner` is a byte-for-byte copy of `outer` (of the same length).
    pub fn copied(&mut self, inner: Range<usize>, outer: Range<usize>) {
        if inner.is_empty() {
            return;
        }
        if let Some(last) = self.segments.last_mut()
            && last.copied
            && last.inner.end == inner.start
            && last.outer.end == outer.start
        {
            last.inner.end = inner.end;
            last.outer.end = outer.end;
            return;
        }
        self.segments.push(Segment {
            inner,
            outer,
            copied: true,
        });
    }

    /// `inner` as a whole stands for `outer` as a whole.
    pub fn replaced(&mut self, inner: Range<usize>, outer: Range<usize>) {
        self.segments.push(Segment {
            inner,
            outer,
            copied: false,
        });
    }

    /// The smallest range of the parent that covers `inner`.
    ///
    /// An empty range maps to the place where its byte would stand; beyond the end, to the end.
    pub fn outer(&self, inner: Range<usize>) -> Range<usize> {
        let start = self.start_of(inner.start);
        if inner.end <= inner.start {
            return start..start;
        }
        start..self.end_of(inner.end).max(start)
    }

    fn start_of(&self, at: usize) -> usize {
        let index = self.segments.partition_point(|segment| segment.inner.end <= at);
        match self.segments.get(index) {
            Some(segment) if segment.copied => segment
                .outer
                .start
                .saturating_add(at.saturating_sub(segment.inner.start))
                .min(segment.outer.end),
            Some(segment) => segment.outer.start,
            None => self.segments.last().map_or(0, |segment| segment.outer.end),
        }
    }

    fn end_of(&self, at: usize) -> usize {
        // The last byte that counts is the one before `at`.
        let last = at.saturating_sub(1);
        let index = self.segments.partition_point(|segment| segment.inner.end <= last);
        match self.segments.get(index) {
            Some(segment) if segment.copied => segment
                .outer
                .start
                .saturating_add(at.saturating_sub(segment.inner.start))
                .min(segment.outer.end),
            Some(segment) => segment.outer.end,
            None => self.segments.last().map_or(0, |segment| segment.outer.end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn escaped() -> OffsetMap {
        // Outer text: ab\"cd at offset 10; inner text: ab"cd
        let mut map = OffsetMap::new();
        map.copied(0..2, 10..12);
        map.replaced(2..3, 12..14);
        map.copied(3..5, 14..16);
        map
    }

    #[test]
    fn a_replaced_part_maps_as_a_whole() {
        let map = escaped();
        assert_eq!(map.outer(0..5), 10..16);
        assert_eq!(map.outer(2..3), 12..14);
        assert_eq!(map.outer(1..3), 11..14);
        assert_eq!(map.outer(3..4), 14..15);
    }

    #[test]
    fn empty_ranges_and_the_end_stay_inside() {
        let map = escaped();
        assert_eq!(map.outer(3..3), 14..14);
        assert_eq!(map.outer(5..5), 16..16);
        assert_eq!(map.outer(50..60), 16..16);
        assert_eq!(OffsetMap::new().outer(0..1), 0..0);
    }
}
