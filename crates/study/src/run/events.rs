//! What a running study tells, and how it is asked to stop.

use transferscope_lab::deviate::{Progress, Silent};

use crate::plan::Cell;

/// The ears of a running study.
pub trait Events: Sync {
    /// The plan is known: so many cells, so many of them with a record already.
    fn planned(&self, _cells: usize, _done: usize) {}

    /// A cell begins: its place (from 1) among all.
    fn begins(&self, _cell: &Cell, _place: usize, _of: usize) {}

    /// A cell is finished, after so many seconds.
    fn finished(&self, _cell: &Cell, _seconds: f64) {}

    /// A remark.
    fn remark(&self, _text: &str) {}

    /// The ears of one long step of a cell.
    fn progress(&self, _what: &str) -> Box<dyn Progress + '_> {
        Box::new(Silent)
    }

    /// Whether to stop before the next cell.
    fn stopped(&self) -> bool {
        false
    }
}

/// Nobody listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unheard;

impl Events for Unheard {}
