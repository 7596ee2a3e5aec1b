//! Messages, status, keys.

use super::super::app::{App, Mode};
use super::lines;
use super::pieces::{fit, flow};
use crate::text::amounts::grouped;
use crate::text::layout::{clean, wrap};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use tally_client::reply::FailureKind;

/// Turns while something is waited for.
const SPINNER: [&str; 4] = ["|", "/", "-", "\\"];
/// Milliseconds for which the spinner stands still.
const SPINNER_MS: u64 = 100;

/// The newest messages, the newest last; above them why there is no answer.
pub fn messages(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let why = app.trouble.as_ref();
    let why = why.map(|(_, error)| Line::styled(clean(error), app.look.bad()));
    let room = height - usize::from(why.is_some());
    // From the newest line upwards.
    let mut rows: Vec<Line<'_>> = Vec::new();
    for message in app.messages.iter().rev().take(room) {
        let mut wrapped = wrap(message, width);
        // What comes first in a message says most.
        wrapped.truncate(room - rows.len());
        rows.extend(wrapped.into_iter().rev().map(Line::from));
    }
    rows.extend(why);
    rows.reverse();
    lines(frame, area, rows);
}

/// Connection, keys, agent, how far, what proofs take.
pub fn status(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let mut pieces: Vec<Span<'_>> = Vec::new();
    match &app.trouble {
        Some((FailureKind::Network, _)) => {
            pieces.push(Span::styled("CONNECTION LOST", app.look.alarm()));
        }
        Some((FailureKind::Verification, _)) => {
            pieces.push(Span::styled("NODE LIES", app.look.alarm()));
        }
        Some(_) => pieces.push(Span::styled("NO ANSWER", app.look.alarm())),
        None => {}
    }
    if let Some(screen) = &app.screen {
        let status = &screen.status;
        if status.insecure_keys {
            pieces.push(Span::styled("INSECURE KEYS", app.look.warning()));
        }
        pieces.push(if screen.agent {
            "agent".into()
        } else {
            Span::styled("no agent", app.look.warning())
        });
        let behind = status.node_height.saturating_sub(status.height);
        pieces.push(match behind {
            0 => format!("height {}", status.height).into(),
            _ => Span::styled(
                format!("height {}, {behind} behind", status.height),
                app.look.warning(),
            ),
        });
        pieces.push(
            status
                .last_proof_ms
                .map_or_else(|| "no proof yet".to_owned(), |ms| format!("proof {ms} ms"))
                .into(),
        );
        pieces.push(format!("{} verified", grouped(status.proofs_verified)).into());
        pieces.push(clean(&status.node).into());
    }
    let rows = if area.height > 1 {
        flow(pieces, area.width)
    } else {
        vec![fit(pieces, area.width)]
    };
    lines(frame, area, rows);
}

/// What is waited for, or what the keys do.
pub fn keys(frame: &mut Frame<'_>, area: Rect, app: &App) {
    let waiting = match (app.under_way.front(), app.silence_ms()) {
        (Some(first), _) => {
            let more = match app.under_way.len() {
                1 => String::new(),
                many => format!(", {} more after it", many - 1),
            };
            let elapsed = app.now_ms.saturating_sub(first.since_ms);
            Some(format!("{}: {} ms{more}", first.what, grouped(elapsed)))
        }
        (None, Some(silence)) => Some(format!("no answer for {} ms", grouped(silence))),
        (None, None) if matches!(&app.mode, Mode::Typing(form) if form.awaits) => {
            Some("asking what it would do".to_owned())
        }
        (None, None) => None,
    };
    let is_looking = app.mode == Mode::Looking;
    let line = match waiting {
        Some(waiting) => {
            let turn = usize::try_from(app.now_ms / SPINNER_MS % 4).unwrap_or(0);
            Line::styled(format!("{} {waiting}", SPINNER[turn]), app.look.strong())
        }
        None if is_looking => hints(app, area.width),
        // What stands above the panels says its own keys.
        None => Line::default(),
    };
    frame.render_widget(line, area);
}

fn hints(app: &App, width: u16) -> Line<'static> {
    let all = [
        "? help",
        "q quit",
        "b buy",
        "s sell",
        "m market",
        "c cancel",
        "C all",
        "x close",
        "j/k/Tab move",
    ];
    let pieces = all.map(|hint| Span::styled(hint, app.look.faint()));
    fit(pieces.to_vec(), width)
}
