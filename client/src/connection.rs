//! A way to a wallet: an own desk, or the agent that has it.

use crate::agent::AgentClient;
use crate::desk::{Desk, DeskError};
use crate::reply::{Failure, FailureKind, Reply};
use crate::request::Request;
use std::thread;
use std::time::Duration;

/// Whom to ask.
pub enum Connection {
    /// A desk of this process.
    Own {
        /// The desk.
        desk: Box<Desk>,
        /// Whether it also does, while it waits, what an agent would do.
        keeps_alive: bool,
    },
    /// A running agent.
    Agent(AgentClient),
}

impl Connection {
    /// Asks.
    pub fn ask(&mut self, request: Request) -> Reply {
        match self {
            Self::Own { desk, .. } => desk.handle(request),
            Self::Agent(agent) => agent.ask(&request).unwrap_or_else(|error| {
                Reply::Failed(Failure {
                    kind: FailureKind::Unknown,
                    error: error.to_string(),
                })
            }),
        }
    }

    /// Waits for something to happen, at most so long.
    ///
    /// # Errors
    /// [`DeskError`] if the node of an own desk lies or is gone.
    pub fn wait(&mut self, time: Duration) -> Result<(), DeskError> {
        match self {
            Self::Own { desk, keeps_alive } => {
                // Whoever waits stays a while: what is read then is not to tell when something is sent.
                if *keeps_alive {
                    desk.load_keys()?;
                }
                desk.read_on();
                desk.pump(time)?;
                if *keeps_alive {
                    desk.duties()?;
                }
                Ok(())
            }
            Self::Agent(_) => {
                thread::sleep(time.min(Duration::from_millis(100)));
                Ok(())
            }
        }
    }

    /// Whether an agent answers.
    #[must_use]
    pub const fn is_agent(&self) -> bool {
        matches!(self, Self::Agent(_))
    }

    /// Closes it; an own desk writes down what spares the next start some work.
    ///
    /// # Errors
    /// [`DeskError`] if it can't be written.
    pub fn close(self) -> Result<(), DeskError> {
        match self {
            Self::Own { mut desk, .. } => desk.close_down(),
            Self::Agent(_) => Ok(()),
        }
    }
}
