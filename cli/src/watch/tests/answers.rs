//! What answers and the clock do.

use super::{app, failure, job, press, previewed, refresh, shown};
use crate::text::fixtures;
use crate::watch::app::{App, Mode};
use crate::watch::look::Look;
use crate::watch::source::{Answer, Job, Purpose, Source, Worker};
use crossterm::event::KeyCode;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use tally_client::reply::{FailureKind, Notice, Reply};
use tally_client::request::Request;

/// A buy that was confirmed.
fn sent(app: &mut App) -> Job {
    press(app, KeyCode::Char('b'));
    let asked = job(press(app, KeyCode::Enter));
    previewed(app, &asked);
    job(press(app, KeyCode::Enter))
}

fn answer(app: &mut App, reply: Reply) {
    let purpose = Purpose::Send;
    app.take(Answer { purpose, reply });
}

#[test]
fn it_looks_four_times_a_second_and_never_twice_at_once() {
    let mut app = App::new(None, Look { colour: false }, "s".to_owned());
    let first = app.tick(0).unwrap();
    assert!(matches!(first.request, Request::Events { from: None, .. }));
    assert_eq!(app.tick(300), None);
    app.take(Answer {
        purpose: first.purpose,
        reply: Reply::Events {
            events: fixtures::tape(),
            next: fixtures::NEXT,
        },
    });
    let second = app.tick(310).unwrap();
    let expected = Request::Screen {
        market: None,
        levels: 50,
        from: fixtures::NEXT,
    };
    assert_eq!(second.request, expected);
    let mut screen = fixtures::screen();
    screen.tape.clear();
    refresh(&mut app, screen);
    assert_eq!(app.tape.len(), 3);
    assert_eq!(app.tick(559), None);
    let third = app.tick(560).unwrap();
    // From now on the same month is meant.
    let market = Some(fixtures::symbol());
    assert!(matches!(third.request, Request::Screen { market: asked, .. } if asked == market));
}

#[test]
fn while_something_is_under_way_its_time_runs() {
    let mut app = app();
    app.tick(1_000);
    sent(&mut app);
    app.tick(2_250);
    assert!(shown(&app, 80, 24).ends_with("\n- buy 1 @ 66.150: 1,250 ms\n"));
    press(&mut app, KeyCode::Char('C'));
    let text = shown(&app, 80, 24);
    assert!(
        text.ends_with("\n- buy 1 @ 66.150: 1,250 ms, 1 more after it\n"),
        "{text}"
    );
    answer(&mut app, Reply::Sent(fixtures::sent()));
    let text = shown(&app, 80, 24);
    let told = "
accepted: buy 2 @ 66.150 in HEG7; order 12: 1/3 filled @ 66.1500, proof 31 ms,
receipt 120 ms
";
    assert!(text.contains(told), "{text}");
    assert!(
        text.ends_with("\n- cancel all orders of HEG7: 0 ms\n"),
        "{text}"
    );
    let orders = Vec::new();
    answer(&mut app, Reply::Orders { orders });
    assert!(app.under_way.is_empty());
    assert_eq!(app.messages.back().unwrap(), "nothing to cancel");
}

#[test]
fn an_unknown_outcome_may_be_asked_again_under_the_same_name() {
    let mut app = app();
    let first = sent(&mut app);
    answer(
        &mut app,
        failure(FailureKind::Unknown, "message 7 has no outcome yet"),
    );
    let text = shown(&app, 80, 24);
    assert!(text.contains("│message 7 has no outcome yet"), "{text}");
    assert!(
        text.contains("Enter: send again, it counts only once"),
        "{text}"
    );
    assert_eq!(job(press(&mut app, KeyCode::Enter)), first);
    // What was refused is over.
    answer(
        &mut app,
        failure(FailureKind::Margin, "2 contracts too many"),
    );
    assert_eq!(app.mode, Mode::Looking);
    assert_eq!(app.messages.back().unwrap(), "error: 2 contracts too many");
}

#[test]
fn a_failed_preview_goes_back_to_the_form() {
    let mut app = app();
    press(&mut app, KeyCode::Char('b'));
    let asked = job(press(&mut app, KeyCode::Enter));
    app.take(Answer {
        purpose: asked.purpose,
        reply: failure(FailureKind::Margin, "at most 1 contract passes"),
    });
    let text = shown(&app, 80, 24);
    assert!(text.contains("│error: at most 1 contract passes"), "{text}");
    // It may be tried again.
    job(press(&mut app, KeyCode::Enter));
}

#[test]
fn a_lost_connection_is_said_and_the_last_figures_stay() {
    let mut app = app();
    let lost = failure(FailureKind::Network, "no answer from 127.0.0.1:7401");
    app.take(Answer {
        purpose: Purpose::Refresh,
        reply: lost,
    });
    let text = shown(&app, 80, 24);
    assert!(
        text.contains("\nCONNECTION LOST  INSECURE KEYS  agent  "),
        "{text}"
    );
    assert!(text.contains("\nno answer from 127.0.0.1:7401\n"), "{text}");
    assert!(text.contains("position    long 3"), "{text}");
    refresh(&mut app, fixtures::screen());
    assert!(!shown(&app, 80, 24).contains("LOST"));
    // No answer at all.
    app.tick(10_000);
    app.tick(13_500);
    let text = shown(&app, 80, 24);
    assert!(text.ends_with("no answer for 3,500 ms\n"), "{text}");
}

#[test]
fn notices_are_told_once_each() {
    let mut screen = fixtures::screen();
    screen.notices = vec![Notice {
        message: 7,
        text: "buy 2 @ 66.150 in HEG7: accepted".to_owned(),
    }];
    let mut app = app();
    refresh(&mut app, screen);
    refresh(&mut app, fixtures::screen());
    let told = "message 7: buy 2 @ 66.150 in HEG7: accepted";
    assert_eq!(app.messages, [told]);
    assert!(shown(&app, 80, 24).contains(told));
}

/// Answers as the test says; says when it is left to itself.
struct Slow {
    waits: Sender<()>,
}

impl Source for Slow {
    fn ask(&mut self, request: Request) -> Reply {
        match request {
            Request::Notices {} => Reply::Notices {
                notices: Vec::new(),
            },
            _ => failure(FailureKind::Internal, "not asked for here"),
        }
    }

    fn wait(&mut self, time: Duration) {
        std::thread::sleep(time);
        // The test may be over.
        let _ = self.waits.send(());
    }
}

#[test]
fn the_worker_answers_in_order_and_waits_in_between() {
    let (waits, waited) = channel();
    let worker = Worker::start(Box::new(Slow { waits }));
    waited.recv_timeout(Duration::from_secs(10)).unwrap();
    for purpose in [Purpose::Preview(1), Purpose::Send] {
        let request = Request::Notices {};
        assert!(worker.ask(Job { purpose, request }));
    }
    let mut purposes = Vec::new();
    while purposes.len() < 2 {
        match worker.answer().unwrap() {
            Some(answer) => purposes.push(answer.purpose),
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    assert_eq!(purposes, [Purpose::Preview(1), Purpose::Send]);
    worker.end();
}
