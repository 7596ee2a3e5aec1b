//! Lines, paragraphs and named values.

use super::paint::{Paint, Style};

/// Columns of a terminal that nobody has widened.
pub const WIDTH: usize = 80;
/// What is said wherever keys matter.
pub const INSECURE: &str = "INSECURE: whoever made these proving keys could forge proofs";

/// The text without control characters: names and errors come from others and must not steer the terminal.
pub fn clean(text: &str) -> String {
    let visible = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    text.chars().map(visible).collect()
}

/// The words in lines of at most `width` characters; a longer word has a line of its own.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in clean(text).split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// A paragraph; from its second line on it is indented.
pub fn paragraph(text: &str, width: usize) -> String {
    wrap(text, width.saturating_sub(2)).join("\n  ") + "\n"
}

/// Named values below each other.
#[derive(Debug)]
pub struct Fields {
    style: Style,
    fields: Vec<(&'static str, Paint, String)>,
    /// Least width of the names.
    least: usize,
    /// Columns that there are.
    width: usize,
}

impl Fields {
    /// None yet.
    pub const fn new(style: Style) -> Self {
        Self {
            style,
            fields: Vec::new(),
            least: 0,
            width: WIDTH,
        }
    }

    /// Names at least so wide, so that blocks below each other align.
    pub const fn at_least(mut self, width: usize) -> Self {
        self.least = width;
        self
    }

    /// In so many columns instead.
    pub const fn within(mut self, width: usize) -> Self {
        self.width = width;
        self
    }

    /// One more. An empty name goes on with the field before it.
    pub fn add(&mut self, name: &'static str, value: impl Into<String>) -> &mut Self {
        self.painted(name, Paint::None, value)
    }

    /// One more, in colour.
    pub fn painted(
        &mut self,
        name: &'static str,
        paint: Paint,
        value: impl Into<String>,
    ) -> &mut Self {
        self.fields.push((name, paint, value.into()));
        self
    }

    /// One more if there is a value.
    pub fn maybe(&mut self, name: &'static str, value: Option<impl Into<String>>) -> &mut Self {
        if let Some(value) = value {
            self.add(name, value);
        }
        self
    }

    /// Whose keys, if that needs saying.
    pub fn keys(&mut self, insecure: bool) -> &mut Self {
        if insecure {
            self.painted("keys", Paint::Warning, INSECURE);
        }
        self
    }

    /// A name for the first line, none for the others.
    pub fn list(&mut self, name: &'static str, lines: &[String]) -> &mut Self {
        for (index, line) in lines.iter().enumerate() {
            self.add(if index == 0 { name } else { "" }, line.as_str());
        }
        self
    }

    /// The lines.
    pub fn lines(&self) -> Vec<String> {
        let names = self.fields.iter().map(|(name, ..)| name.len());
        let names = names.max().unwrap_or(0).max(self.least);
        let room = self.width.saturating_sub(4 + names);
        let mut lines = Vec::new();
        for (name, paint, value) in &self.fields {
            for (index, part) in wrap(value, room).iter().enumerate() {
                let name = if index == 0 { name } else { "" };
                let line = format!("  {name:<names$}  {}", self.style.paint(*paint, part));
                lines.push(line.trim_end().to_owned());
            }
        }
        lines
    }

    /// The lines in one text.
    pub fn text(&self) -> String {
        joined(&self.lines())
    }
}

/// Lines, each ended.
pub fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_wrapped_and_harmless() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("", 7), [""]);
        assert_eq!(wrap("longer-than-that x", 7), ["longer-than-that", "x"]);
        assert_eq!(clean("a\x1b[2Jb"), "a\u{fffd}[2Jb");
    }

    #[test]
    fn fields_align() {
        let mut fields = Fields::new(Style::Plain);
        fields
            .add("height", "7")
            .list("sees", &["one".to_owned(), "two".to_owned()])
            .keys(true);
        let expected = "  height  7
  sees    one
          two
  keys    INSECURE: whoever made these proving keys could forge proofs
";
        assert_eq!(fields.text(), expected);
    }
}
