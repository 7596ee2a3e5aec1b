//! How far a run has come.

/// How far a run has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Steps that are done.
    pub done: usize,
    /// Steps in all.
    pub of: usize,
    /// What is being done now.
    pub what: String,
}

/// Counts steps and tells somebody.
pub(super) struct Steps<'a> {
    done: usize,
    of: usize,
    tell: &'a mut dyn FnMut(&Progress),
}

impl<'a> Steps<'a> {
    /// None of so many steps is done.
    pub(super) fn new(of: usize, tell: &'a mut dyn FnMut(&Progress)) -> Self {
        Self { done: 0, of, tell }
    }

    /// Says what the next step is, does it, and counts it.
    pub(super) fn step<T>(&mut self, what: impl Into<String>, work: impl FnOnce() -> T) -> T {
        self.say(what);
        let result = work();
        self.count();
        result
    }

    /// Says what is being done.
    pub(super) fn say(&mut self, what: impl Into<String>) {
        let (done, of, what) = (self.done, self.of, what.into());
        (self.tell)(&Progress { done, of, what });
    }

    /// Counts a step.
    pub(super) fn count(&mut self) {
        self.done += 1;
    }
}
