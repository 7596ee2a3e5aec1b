//! JSON lines in and out over one wallet with warm keys, for programs in any language.
//!
//! A line in is a request as in [`crate::request`], with an optional `ref` of any kind. A line out is an object with a
//! sequence number `seq`: a reply with the `ref` of its request, or, unasked, something that is told (see
//! [`crate::runner::Told`]). Whoever gets numbers without a gap has missed nothing.

use crate::reply::{Failure, FailureKind, Reply};
use crate::request::Request;
use serde::Serialize;
use serde_json::Value;
use std::io::{BufRead, Read, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// Longest line in, bytes.
const MOST_LINE_BYTES: u64 = 64 * 1024;

/// What lines are written to, numbered.
pub struct Lines<W: Write> {
    inner: Arc<Mutex<(u64, W)>>,
}

impl<W: Write> Clone for Lines<W> {
    fn clone(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
        }
    }
}

#[derive(Serialize)]
struct Line<'a, T: Serialize> {
    seq: u64,
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<&'a Value>,
    #[serde(flatten)]
    content: &'a T,
}

impl<W: Write> Lines<W> {
    /// Lines from number 1 on.
    pub fn new(output: W) -> Self {
        Self {
            inner: Arc::new(Mutex::new((0, output))),
        }
    }

    /// Writes one.
    ///
    /// # Errors
    /// If the other side is gone.
    pub fn write(
        &self,
        content: &impl Serialize,
        reference: Option<&Value>,
    ) -> std::io::Result<()> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.0 += 1;
        let line = Line {
            seq: inner.0,
            reference,
            content,
        };
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        inner.1.write_all(&bytes)?;
        inner.1.flush()
    }
}

/// Reads requests until the input ends, and writes a line for each.
///
/// # Errors
/// If input or output fail.
pub fn serve<W: Write>(
    input: &mut impl BufRead,
    lines: &Lines<W>,
    ask: &mut dyn FnMut(Request) -> Option<Reply>,
) -> std::io::Result<()> {
    loop {
        let mut line = String::new();
        let read = input.by_ref().take(MOST_LINE_BYTES).read_line(&mut line)?;
        if read == 0 {
            return Ok(());
        }
        if line.trim().is_empty() {
            continue;
        }
        let (reference, request) = parse(&line);
        let reply = match request {
            Ok(request) => match ask(request) {
                Some(reply) => reply,
                None => return Ok(()),
            },
            Err(error) => Reply::Failed(Failure {
                kind: FailureKind::Usage,
                error,
            }),
        };
        lines.write(&reply, reference.as_ref())?;
    }
}

/// The `ref` of a line, and its request.
fn parse(line: &str) -> (Option<Value>, Result<Request, String>) {
    let mut value: Value = match serde_json::from_str(line) {
        Ok(value) => value,
        Err(error) => {
            return (
                None,
                Err(format!("line is no JSON: {error}; write one object a line")),
            );
        }
    };
    let reference = value
        .as_object_mut()
        .and_then(|fields| fields.remove("ref"));
    let request = serde_json::from_value(value)
        .map_err(|error| format!("request is not understood: {error}; see docs/session.md"));
    (reference, request)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(input: &str) -> Vec<Value> {
        let lines = Lines::new(Vec::new());
        serve(&mut input.as_bytes(), &lines, &mut |request| {
            assert_eq!(request, Request::Markets {});
            Some(Reply::Notices {
                notices: Vec::new(),
            })
        })
        .unwrap();
        let inner = lines.inner.lock().unwrap();
        let text = String::from_utf8(inner.1.clone()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn every_line_has_an_answer_with_its_ref_and_a_number() {
        let lines = lines_of(
            "{\"do\":\"markets\",\"ref\":{\"a\":7}}\n\nno json\n{\"do\":\"fly\",\"ref\":1}\n{\"do\":\"markets\"}",
        );
        let seqs: Vec<_> = lines.iter().map(|line| line["seq"].clone()).collect();
        assert_eq!(seqs, [1, 2, 3, 4]);
        assert_eq!(lines[0]["ref"]["a"], 7);
        assert_eq!(lines[0]["reply"], "notices");
        assert_eq!(lines[1]["reply"], "failed");
        assert_eq!(
            (&lines[2]["ref"], &lines[2]["kind"]),
            (&Value::from(1), &Value::from("usage"))
        );
        assert_eq!(lines[3].get("ref"), None);
    }
}
