//! Colour, where the terminal has it.

/// How text is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without any control codes: files, pipes, `NO_COLOR`.
    Plain,
    /// A terminal with colour.
    Colour,
}

/// What a piece of text wants to be seen as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paint {
    /// As it is.
    #[default]
    None,
    /// Headings and own things.
    Strong,
    /// Buys and gains.
    Good,
    /// Sells, losses, failures.
    Bad,
    /// What must not be overlooked.
    Warning,
}

impl Style {
    /// The text with the codes around it, if there are to be any.
    pub fn paint(self, paint: Paint, text: &str) -> String {
        let code = match paint {
            Paint::None => return text.to_owned(),
            Paint::Strong => "1",
            Paint::Good => "32",
            Paint::Bad => "31",
            Paint::Warning => "33",
        };
        match self {
            Self::Plain => text.to_owned(),
            Self::Colour => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}

impl Paint {
    /// Gains green, losses red.
    pub const fn of_amount(cents: i64) -> Self {
        match cents {
            1.. => Self::Good,
            0 => Self::None,
            ..0 => Self::Bad,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_only_where_they_are_wanted() {
        assert_eq!(Style::Plain.paint(Paint::Bad, "x"), "x");
        assert_eq!(Style::Colour.paint(Paint::Bad, "x"), "\x1b[31mx\x1b[0m");
        assert_eq!(Style::Colour.paint(Paint::None, "x"), "x");
    }
}
