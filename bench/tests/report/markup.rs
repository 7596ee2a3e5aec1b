//! A reader of well-formed XML, strict enough to find a page that was put together wrongly.

/// The text of a document and the attributes of its elements, if it is well-formed.
#[derive(Debug, Default)]
pub struct Document {
    /// Names of all elements, in order.
    pub elements: Vec<String>,
    /// All attributes: element, name and value as written.
    pub attributes: Vec<(String, String, String)>,
    /// All text between the tags, as written.
    pub text: String,
}

impl Document {
    /// Reads a document.
    ///
    /// # Panics
    /// If it is not well-formed; the message says where.
    pub fn read(source: &str) -> Self {
        let mut document = Self::default();
        let mut open: Vec<String> = Vec::new();
        let body = source
            .strip_prefix("<!DOCTYPE html>")
            .expect("begins with a doctype");
        let mut rest = body;
        while let Some(start) = rest.find('<') {
            document.take_text(&rest[..start], open.last());
            rest = &rest[start..];
            let tag = document.take_tag(rest, &mut open);
            rest = &rest[tag..];
        }
        assert!(
            rest.trim().is_empty(),
            "text after the last element: {rest}"
        );
        assert!(open.is_empty(), "never closed: {open:?}");
        document
    }

    fn take_text(&mut self, text: &str, parent: Option<&String>) {
        assert!(
            parent.is_some() || text.trim().is_empty(),
            "text outside of elements: {text}"
        );
        check_references(text);
        if parent.is_none_or(|name| name != "style") {
            self.text.push_str(text);
        }
    }

    /// Takes the tag that the source begins with and returns its length.
    fn take_tag(&mut self, source: &str, open: &mut Vec<String>) -> usize {
        let here: String = source.chars().take(80).collect();
        if let Some(closing) = source.strip_prefix("</") {
            let end = closing.find('>').expect(&here);
            assert_eq!(open.pop().as_deref(), Some(&closing[..end]), "at {here}");
            return end + 3;
        }
        let name_end = source[1..]
            .find(|c: char| !c.is_ascii_alphanumeric())
            .expect(&here)
            + 1;
        let name = source[1..name_end].to_owned();
        assert!(!name.is_empty(), "an element without a name at {here}");
        let (mut at, first) = (name_end, self.attributes.len());
        loop {
            let rest = source[at..].trim_start();
            at = source.len() - rest.len();
            if rest.starts_with("/>") {
                self.elements.push(name);
                return at + 2;
            }
            if rest.starts_with('>') {
                self.elements.push(name.clone());
                open.push(name);
                return at + 1;
            }
            let (key, value) = rest.split_once("=\"").expect(&here);
            let is_name = |c: char| c.is_ascii_alphanumeric() || "-:".contains(c);
            assert!(key.chars().all(is_name), "attribute {key} at {here}");
            let end = value.find('"').expect(&here);
            assert!(!value[..end].contains('<'), "at {here}");
            check_references(&value[..end]);
            let own = &self.attributes[first..];
            let is_new = own.iter().all(|(_, other, _)| other != key);
            assert!(is_new, "twice {key} at {here}");
            self.attributes
                .push((name.clone(), key.to_owned(), value[..end].to_owned()));
            at += key.len() + 2 + end + 1;
        }
    }
}

/// Every ampersand begins a reference to a character that XML knows, and no control character is there.
fn check_references(text: &str) {
    for rest in text.split('&').skip(1) {
        let name = rest.split(';').next().unwrap_or("");
        let known = ["amp", "lt", "gt", "quot", "apos", "#39"];
        assert!(known.contains(&name), "&{rest}");
    }
    let is_control = |c: char| c.is_control() && !"\n\t".contains(c);
    assert!(!text.chars().any(is_control), "{text:?}");
}
