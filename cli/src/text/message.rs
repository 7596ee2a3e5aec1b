//! What a message would do, what became of it, and why not.

use super::amounts::{dollars, signed};
use super::layout::{Fields, WIDTH, clean, paragraph};
use super::orders::order_table;
use super::paint::{Paint, Style};
use tally_client::reply::{Failure, OutcomeWord, Preview, Sent};

/// A message that is not sent yet.
pub fn preview(preview: &Preview, style: Style) -> String {
    let heading = heading(preview, WIDTH);
    style.paint(Paint::Strong, heading.trim_end()) + "\n" + &fields(preview, style).text()
}

/// The same in lines so wide, for a screen that paints itself.
pub fn preview_lines(preview: &Preview, width: usize) -> Vec<String> {
    let heading = heading(preview, width);
    let fields = fields(preview, Style::Plain).within(width);
    heading
        .lines()
        .map(str::to_owned)
        .chain(fields.lines())
        .collect()
}

fn heading(preview: &Preview, width: usize) -> String {
    paragraph(&format!("{} (not sent yet)", action_in(preview)), width)
}

/// What is done, with the contract month if the words leave it out.
fn action_in(preview: &Preview) -> String {
    let market = preview.market.as_str();
    if preview.action.contains(market) {
        clean(&preview.action)
    } else {
        format!("{} in {market}", clean(&preview.action))
    }
}

fn fields(preview: &Preview, style: Style) -> Fields {
    let (before, after) = (preview.free_margin_before, preview.free_margin_after);
    let change = after.saturating_sub(before);
    let margin = format!(
        "{} → {} ({})",
        dollars(before),
        dollars(after),
        signed(change)
    );
    let mut fields = Fields::new(style);
    fields
        .list("all see", &preview.reveals)
        .list("stays hidden", &preview.hides)
        .list("goes first", &preview.first)
        .painted(
            "free margin",
            if after < 0 { Paint::Bad } else { Paint::None },
            margin,
        )
        .add(
            "fees",
            match preview.fees {
                0 => "none".to_owned(),
                fees => format!("{} at most", dollars(fees)),
            },
        )
        .add("proof", proof(preview))
        .keys(preview.insecure_keys);
    fields
}

fn proof(preview: &Preview) -> String {
    match (preview.needs_proof, preview.proof_ms) {
        (false, _) => "none is needed".to_owned(),
        (true, Some(ms)) => format!("about {ms} ms, last measured here"),
        (true, None) => "not measured here yet".to_owned(),
    }
}

/// A message that was sent, with what became of it.
pub fn sent(sent: &Sent, style: Style) -> String {
    let (word, paint) = match sent.outcome {
        OutcomeWord::Accepted => ("accepted", Paint::Good),
        OutcomeWord::Refused => ("refused", Paint::Bad),
        OutcomeWord::Declined => ("declined by the node", Paint::Bad),
        OutcomeWord::Expired => ("expired", Paint::Bad),
        OutcomeWord::Pending => ("no outcome yet", Paint::Warning),
    };
    let repeated = if sent.repeated {
        " (same as before: nothing sent)"
    } else {
        ""
    };
    let heading = paragraph(&format!("{word}: {}{repeated}", sent.action), WIDTH);
    let rest = heading.strip_prefix(word).unwrap_or(&heading);
    let mut fields = Fields::new(style);
    if let Some(reason) = &sent.reason {
        fields.painted("reason", Paint::Bad, reason.as_str());
    }
    fields
        .add("message", sent.message.to_string())
        .maybe("month", sent.market.map(|market| market.to_string()))
        .maybe("id", sent.id.as_deref())
        .list("went first", &sent.before)
        .maybe("height", sent.height.map(|height| height.to_string()))
        .maybe("proof", sent.proof_ms.map(|ms| format!("{ms} ms")))
        .maybe(
            "receipt",
            sent.receipt_ms.map(|ms| format!("after {ms} ms")),
        )
        .keys(sent.insecure_keys);
    let mut out = style.paint(paint, word) + rest + &fields.text();
    if !sent.orders.is_empty() {
        out += &order_table(&sent.orders, style);
    }
    out
}

/// Why something was not done.
pub fn failed(failure: &Failure, style: Style) -> String {
    let word = style.paint(Paint::Bad, "error:");
    format!("{word} {}\n", clean(&failure.error))
}

#[cfg(test)]
mod tests {
    use crate::text::{Style, fixtures, text};
    use tally_client::reply::{Failure, FailureKind, OutcomeWord, Reply};

    #[test]
    fn a_preview() {
        let expected = "\
buy 2 @ 66.150 in HEG7 (not sent yet)
  all see       buy 2 @ 66.150
                that some open note of this market was used (not which one)
  stays hidden  your account, cash and position
  free margin   $3,434.50 → $2,034.50 (-$1,400.00)
  fees          $2.00 at most
  proof         about 31 ms, last measured here
  keys          INSECURE: whoever made these proving keys could forge proofs
";
        let reply = Reply::Preview(fixtures::preview());
        assert_eq!(text(&reply, Style::Plain), expected);
    }

    #[test]
    fn a_preview_with_a_claim_and_no_measurement() {
        let mut preview = fixtures::preview();
        preview.action = "withdraw $1,000.00 from HEG7".to_owned();
        preview.reveals = vec![
            "your account's number".to_owned(),
            "a withdrawal of $1,000.00".to_owned(),
        ];
        preview.first = vec!["claim 2 of HEG7's records".to_owned()];
        preview.fees = 0;
        preview.proof_ms = None;
        preview.insecure_keys = false;
        preview.free_margin_after = 243_450;
        let expected = "\
withdraw $1,000.00 from HEG7 (not sent yet)
  all see       your account's number
                a withdrawal of $1,000.00
  stays hidden  your account, cash and position
  goes first    claim 2 of HEG7's records
  free margin   $3,434.50 → $2,434.50 (-$1,000.00)
  fees          none
  proof         not measured here yet
";
        assert_eq!(
            text(&Reply::Preview(preview.clone()), Style::Plain),
            expected
        );
        preview.needs_proof = false;
        let text = text(&Reply::Preview(preview), Style::Plain);
        assert!(
            text.contains("\n  proof         none is needed\n"),
            "{text}"
        );
    }

    #[test]
    fn a_message_that_counts() {
        let expected = "\
accepted: buy 2 @ 66.150 in HEG7
  message  7
  month    HEG7
  id       quote-17
  height   1234
  proof    31 ms
  receipt  after 120 ms
  keys     INSECURE: whoever made these proving keys could forge proofs
  order  month  side   price  filled  average  tif  status  time (UTC)
     12   HEG7  buy   66.150     1/3  66.1500  day  live    01-03 14:29:58
      id quote-17
";
        let reply = Reply::Sent(fixtures::sent());
        assert_eq!(text(&reply, Style::Plain), expected);
    }

    #[test]
    fn a_repeated_one_and_refused_ones() {
        let mut sent = fixtures::sent();
        sent.repeated = true;
        sent.orders.clear();
        sent.proof_ms = None;
        sent.receipt_ms = None;
        sent.insecure_keys = false;
        let expected = "\
accepted: buy 2 @ 66.150 in HEG7 (same as before: nothing sent)
  message  7
  month    HEG7
  id       quote-17
  height   1234
";
        assert_eq!(text(&Reply::Sent(sent.clone()), Style::Plain), expected);
        sent.repeated = false;
        sent.outcome = OutcomeWord::Refused;
        sent.id = None;
        sent.reason = Some("the price is outside the band".to_owned());
        sent.before = vec!["claim 2 of HEG7's records".to_owned()];
        let expected = "\
refused: buy 2 @ 66.150 in HEG7
  reason      the price is outside the band
  message     7
  month       HEG7
  went first  claim 2 of HEG7's records
  height      1234
";
        assert_eq!(text(&Reply::Sent(sent.clone()), Style::Plain), expected);
        sent.height = None;
        for (outcome, word) in [
            (OutcomeWord::Declined, "declined by the node: "),
            (OutcomeWord::Expired, "expired: "),
            (OutcomeWord::Pending, "no outcome yet: "),
        ] {
            sent.outcome = outcome;
            let text = text(&Reply::Sent(sent.clone()), Style::Plain);
            assert!(text.starts_with(word), "{text}");
        }
    }

    #[test]
    fn a_failure_is_one_harmless_line() {
        let reply = Reply::Failed(Failure {
            kind: FailureKind::Network,
            error: "no answer from \x1b[2Jnode; try another".to_owned(),
        });
        let expected = "error: no answer from \u{fffd}[2Jnode; try another\n";
        assert_eq!(text(&reply, Style::Plain), expected);
        let in_colour = text(&reply, Style::Colour);
        assert!(
            in_colour.starts_with("\x1b[31merror:\x1b[0m no"),
            "{in_colour:?}"
        );
    }
}
