//! Colours where there are any, attributes where there are none.

use ratatui::style::{Color, Modifier, Style};

/// How things look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Whether colours may be used.
    pub colour: bool,
}

impl Look {
    /// As the environment wants it: no colour with `NO_COLOR` or on a dumb terminal.
    pub fn of_environment() -> Self {
        let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            colour: !crate::output::refuses_colour() && !is_dumb,
        }
    }

    fn tinted(self, colour: Color) -> Style {
        if self.colour {
            Style::new().fg(colour)
        } else {
            Style::new()
        }
    }

    /// Buys and gains.
    pub fn good(self) -> Style {
        self.tinted(Color::Green)
    }

    /// Sells and losses.
    pub fn bad(self) -> Style {
        self.tinted(Color::Red)
    }

    /// Profit and loss.
    pub fn amount(self, cents: i64) -> Style {
        match cents {
            0 => Style::new(),
            1.. => self.good(),
            ..0 => self.bad(),
        }
    }

    /// What must not be overlooked.
    pub fn warning(self) -> Style {
        self.tinted(Color::Yellow).add_modifier(Modifier::BOLD)
    }

    /// What has gone wrong.
    pub fn alarm(self) -> Style {
        self.bad().add_modifier(Modifier::BOLD | Modifier::REVERSED)
    }

    /// Own orders and headings.
    pub fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// Names of values.
    pub fn faint(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// What is selected.
    pub fn selected(self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }
}
