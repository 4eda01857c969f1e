//! The progress of a long check, on a terminal.

use indicatif::{ProgressBar, ProgressStyle};

const LINE: &str = "{bar:30} {human_pos} of {human_len} records, {eta} left";

/// A bar on the terminal's last line. Not shown if the standard error stream is no terminal.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    pub(crate) fn new() -> Self {
        let style = ProgressStyle::with_template(LINE).unwrap_or_else(|_| ProgressStyle::default_bar());
        Self(ProgressBar::new(0).with_style(style))
    }

    pub(crate) fn say(&self, done: u64, of: u64) {
        self.0.set_length(of);
        self.0.set_position(done);
    }
}

impl Drop for Progress {
    /// Removes the bar, so that the next line is not mixed with it.
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
