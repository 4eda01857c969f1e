//! The batch size: as large as the receiver takes, and smaller while a refused record is searched
//! for.

/// The usual batch size.
pub const BATCH: u64 = 200;
/// The number of batches that must succeed before a size is tried again that was too large once.
const BEFORE_MORE: u32 = 16;

/// The size of the next batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    size: u64,
    /// The largest size that is not known to be too large.
    most: u64,
    taken: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self { size: BATCH, most: BATCH, taken: 0 }
    }
}

impl Pace {
    /// Returns the batch size.
    #[must_use]
    pub const fn size(self) -> u64 {
        self.size
    }

    /// Call after a batch was taken. The next one may be twice as large.
    pub fn taken(&mut self) {
        self.taken += 1;
        if self.taken >= BEFORE_MORE {
            (self.taken, self.most) = (0, (self.most * 2).min(BATCH));
        }
        self.size = (self.size * 2).min(self.most);
    }

    /// Call after this many records were refused. The next batch is half as large, to find the
    /// refused record.
    pub fn refused(&mut self, records: u64, too_large: bool) {
        self.size = (records / 2).max(1);
        if too_large {
            (self.taken, self.most) = (0, self.size);
        }
    }

    /// Sends one record at a time until the receiver takes one.
    pub fn one(&mut self) {
        self.size = 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_batch_is_halved_down_to_one_and_grows_again() {
        let mut pace = Pace::default();
        let mut sizes = vec![pace.size()];
        while pace.size() > 1 {
            pace.refused(pace.size(), false);
            sizes.push(pace.size());
        }
        assert_eq!(sizes, [200, 100, 50, 25, 12, 6, 3, 1]);
        for size in [2, 4, 8, 16, 32, 64, 128, 200, 200] {
            pace.taken();
            assert_eq!(pace.size(), size);
        }
    }

    #[test]
    fn what_was_too_large_is_not_tried_again_at_once() {
        let mut pace = Pace::default();
        pace.refused(200, true);
        pace.refused(100, true);
        for _ in 0..BEFORE_MORE - 1 {
            pace.taken();
            assert_eq!(pace.size(), 50);
        }
        pace.taken();
        assert_eq!(pace.size(), 100);
    }
}
