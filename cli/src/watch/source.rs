//! Whom the screen asks: a desk of its own, or an agent. A thread does the asking.

use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};
use tally_client::reply::Reply;
use tally_client::request::Request;

/// Longest time that the source is left to itself: a key waits that long at most.
const IDLE: Duration = Duration::from_millis(50);
/// How long a source may take to end.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// Answers requests. Failures are answers too.
pub trait Source {
    /// Asks, and waits for the answer; it may take as long as a proof and a block.
    fn ask(&mut self, request: Request) -> Reply;
    /// Nothing is asked for so long: time to follow the ledger. It may return early, and a little late.
    fn wait(&mut self, time: Duration);
}

/// What an answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The tape so far.
    Tape,
    /// The screen anew.
    Refresh,
    /// What a form would do; the number says which form.
    Preview(u64),
    /// Something was sent.
    Send,
}

/// A request with its purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// What the answer is for.
    pub purpose: Purpose,
    /// What is asked.
    pub request: Request,
}

/// A reply with its purpose.
#[derive(Debug)]
pub struct Answer {
    /// What it is for.
    pub purpose: Purpose,
    /// What is answered.
    pub reply: Reply,
}

/// The thread that asks, one job after the other.
#[derive(Debug)]
pub struct Worker {
    jobs: Sender<Job>,
    answers: Receiver<Answer>,
    thread: JoinHandle<()>,
}

impl Worker {
    /// Starts it.
    pub fn start(source: Box<dyn Source + Send>) -> Self {
        let (jobs, to_do) = channel();
        let (done, answers) = channel();
        let thread = spawn(move || work(source, &to_do, &done));
        Self {
            jobs,
            answers,
            thread,
        }
    }

    /// Asks for something; whether it can still be asked.
    pub fn ask(&self, job: Job) -> bool {
        self.jobs.send(job).is_ok()
    }

    /// The next answer that is there.
    ///
    /// # Errors
    /// The thread has ended.
    pub fn answer(&self) -> Result<Option<Answer>, TryRecvError> {
        match self.answers.try_recv() {
            Ok(answer) => Ok(Some(answer)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(gone @ TryRecvError::Disconnected) => Err(gone),
        }
    }

    /// Lets the source end what it does, but not for long.
    pub fn end(self) {
        drop(self.jobs);
        let start = Instant::now();
        while !self.thread.is_finished() && start.elapsed() < LAST_WAIT {
            sleep(Duration::from_millis(10));
        }
    }
}

fn work(mut source: Box<dyn Source + Send>, to_do: &Receiver<Job>, done: &Sender<Answer>) {
    loop {
        let Job { purpose, request } = match to_do.try_recv() {
            Ok(job) => job,
            Err(TryRecvError::Empty) => {
                source.wait(IDLE);
                continue;
            }
            Err(TryRecvError::Disconnected) => return,
        };
        let reply = source.ask(request);
        if done.send(Answer { purpose, reply }).is_err() {
            return;
        }
    }
}
