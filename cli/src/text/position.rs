//! `position` and `margin`.

use super::amounts::{contracts, dollars, grouped, signed};
use super::layout::{Fields, clean};
use super::paint::{Paint, Style};
use tally_client::reply::{MarginReply, PositionLine};

/// Positions, one below the other.
pub fn positions(positions: &[PositionLine], style: Style) -> String {
    if positions.is_empty() {
        return "no note is open\n".to_owned();
    }
    let blocks = positions.iter().map(|line| position(line, style));
    blocks.collect::<Vec<_>>().join("\n")
}

/// Long or short, at which price.
pub fn holding(position: &PositionLine) -> String {
    let average = position.average_price.as_ref();
    let at = average.map_or_else(String::new, |price| format!(" @ {}", clean(price)));
    format!("{}{at}", contracts(position.position))
}

/// Where the note stands, in words, and whether that is as it should be.
pub fn standing(word: &str) -> (&str, bool) {
    match word {
        "present" => ("as it should be", true),
        "ahead" => ("refreshed, waits for the revalidation's result", true),
        "behind" => (
            "missed a revalidation, comes back with the next message",
            false,
        ),
        "not-open" => ("not open", true),
        other => (other, true),
    }
}

/// A position with all that is said of it.
pub fn position(position: &PositionLine, style: Style) -> String {
    let heading = format!("{} {}", position.market, holding(position));
    let mut fields = Fields::new(style);
    fields
        .add("mark", position.mark.as_str())
        .painted(
            "unrealised",
            Paint::of_amount(position.unrealised),
            signed(position.unrealised),
        )
        .painted(
            "realised",
            Paint::of_amount(position.realised),
            signed(position.realised),
        )
        .add("fees paid", dollars(position.fees))
        .add("equity", dollars(position.equity))
        .add("free margin", dollars(position.free_margin))
        .maybe("call price", position.call_price.as_deref())
        .maybe("close-out price", position.close_out_price.as_deref())
        .add(
            "band",
            format!("{} to {}", position.band[0], position.band[1]),
        )
        .add(
            "working",
            format!(
                "{} to buy, {} to sell",
                grouped(position.working_buys),
                grouped(position.working_sells)
            ),
        )
        .add("unclaimed fills", position.unclaimed_fills.to_string());
    let (words, is_well) = standing(&position.standing);
    let paint = if is_well { Paint::None } else { Paint::Warning };
    fields.painted("note", paint, words);
    style.paint(Paint::Strong, &heading) + "\n" + &fields.text()
}

/// Margin as it is or would be.
pub fn margin(margin: &MarginReply, style: Style) -> String {
    let heading = style.paint(Paint::Strong, &format!("{} margin", margin.market));
    let left = |cents: i64| format!("{} left at worst", dollars(cents));
    let mut fields = Fields::new(style);
    fields
        .add(
            "initial",
            format!(
                "{} a contract, above the band's worst price",
                dollars(margin.initial)
            ),
        )
        .add(
            "maintenance",
            format!("{} a contract, the same way", dollars(margin.maintenance)),
        )
        .add("band", format!("{} to {}", margin.band[0], margin.band[1]))
        .add("low edge", left(margin.worst_low))
        .add("high edge", left(margin.worst_high))
        .add("free margin", dollars(margin.free_margin))
        .add(
            "most to buy",
            format!("{} at the high edge", margin.most_buy),
        )
        .add(
            "most to sell",
            format!("{} at the low edge", margin.most_sell),
        );
    if let (Some(what_if), Some(passes)) = (&margin.what_if, margin.passes) {
        let (paint, word) = if passes {
            (Paint::Good, "passes")
        } else {
            (Paint::Bad, "does not pass")
        };
        fields.painted("what if", paint, format!("{what_if}: {word}"));
    }
    fields.maybe("why", margin.reason.as_deref()).maybe(
        "free after it",
        margin.free_margin_after.map(|cents| {
            let change = cents.saturating_sub(margin.free_margin);
            format!("{} ({})", dollars(cents), signed(change))
        }),
    );
    format!("{heading}\n{}", fields.text())
}

#[cfg(test)]
mod tests {
    use crate::text::{Style, fixtures, text};
    use tally_client::reply::Reply;

    #[test]
    fn a_long_position() {
        let expected = "\
HEG7 long 3 @ 66.1500
  mark             66.175
  unrealised       +$30.00
  realised         -$10.00
  fees paid        $7.00
  equity           $5,013.00
  free margin      $2,034.50
  call price       65.125
  close-out price  62.000
  band             64.150 to 68.150
  working          2 to buy, 2 to sell
  unclaimed fills  1
  note             as it should be
";
        let positions = vec![fixtures::position()];
        let reply = Reply::Position { positions };
        assert_eq!(text(&reply, Style::Plain), expected);
    }

    #[test]
    fn a_flat_one_that_is_behind() {
        let mut position = fixtures::position();
        position.position = 0;
        position.average_price = None;
        position.call_price = None;
        position.close_out_price = None;
        position.unrealised = 0;
        position.standing = "behind".to_owned();
        let positions = vec![position];
        let expected = "\
HEG7 flat
  mark             66.175
  unrealised       $0.00
  realised         -$10.00
  fees paid        $7.00
  equity           $5,013.00
  free margin      $2,034.50
  band             64.150 to 68.150
  working          2 to buy, 2 to sell
  unclaimed fills  1
  note             missed a revalidation, comes back with the next message
";
        let reply = Reply::Position { positions };
        assert_eq!(text(&reply, Style::Plain), expected);
        let none = Reply::Position {
            positions: Vec::new(),
        };
        assert_eq!(text(&none, Style::Plain), "no note is open\n");
    }

    #[test]
    fn margin_of_an_order() {
        let expected = "\
HEG7 margin
  initial       $700.00 a contract, above the band's worst price
  maintenance   $100.00 a contract, the same way
  band          64.150 to 68.150
  low edge      $4,134.50 left at worst
  high edge     $6,900.00 left at worst
  free margin   $2,034.50
  most to buy   1 at the high edge
  most to sell  4 at the low edge
  what if       buy 9 @ 66.150: does not pass
  why           at most 1 contract passes
";
        let mut margin = fixtures::margin();
        assert_eq!(text(&Reply::Margin(margin.clone()), Style::Plain), expected);
        margin.what_if = Some("buy 1 @ 66.150".to_owned());
        margin.passes = Some(true);
        margin.reason = None;
        margin.free_margin_after = Some(54_350);
        let text = text(&Reply::Margin(margin), Style::Plain);
        let expected = "  what if        buy 1 @ 66.150: passes
  free after it  $543.50 (-$1,491.00)
";
        assert!(text.ends_with(expected), "{text}");
    }
}
