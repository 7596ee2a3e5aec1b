//! `tally watch` in a real terminal of 80 columns and 24 lines: what it shows, and what keys do.

use crate::live::{Market, Trader, eventually};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::thread;

const COLUMNS: u16 = 80;
const LINES: u16 = 24;

/// A terminal with the binary in it.
struct Screen {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    parser: Arc<Mutex<vt100::Parser>>,
    /// Everything that was written, control codes included.
    written: Arc<Mutex<Vec<u8>>>,
    reader: thread::JoinHandle<()>,
    master: Box<dyn portable_pty::MasterPty + Send>,
}

impl Screen {
    fn open(trader: &Trader, no_colour: bool) -> Self {
        let size = |rows, cols| PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size(LINES, COLUMNS)).unwrap();
        let like = trader.command(&["watch"]);
        let mut command = CommandBuilder::new(like.get_program());
        command.args(like.get_args());
        for (name, value) in like.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            }
        }
        command.env("TERM", "xterm-256color");
        if no_colour {
            command.env("NO_COLOR", "1");
        } else {
            command.env_remove("NO_COLOR");
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let parser = Arc::new(Mutex::new(vt100::Parser::new(LINES, COLUMNS, 0)));
        let written = Arc::new(Mutex::new(Vec::new()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let (sink, log) = (Arc::clone(&parser), Arc::clone(&written));
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4_096];
            while let Ok(read @ 1..) = reader.read(&mut bytes) {
                sink.lock().unwrap().process(&bytes[..read]);
                log.lock().unwrap().extend_from_slice(&bytes[..read]);
            }
        });
        Self {
            child,
            keys: pair.master.take_writer().unwrap(),
            parser,
            written,
            reader,
            master: pair.master,
        }
    }

    fn text(&self) -> String {
        self.parser.lock().unwrap().screen().contents()
    }

    fn shows(&self, what: &str) {
        eventually(&format!("{what:?} on\n{}", self.text()), || {
            self.text().contains(what)
        });
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn resize(&self, rows: u16, cols: u16) {
        self.parser
            .lock()
            .unwrap()
            .screen_mut()
            .set_size(rows, cols);
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.master.resize(size).unwrap();
    }

    fn ends(mut self) -> Vec<u8> {
        self.press("q");
        let mut status = None;
        eventually(&format!("its end, on\n{}", self.text()), || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        assert!(status.unwrap().success());
        // The last of what it wrote may still be on its way.
        eventually("the end of what it wrote", || self.reader.is_finished());
        self.written.lock().unwrap().clone()
    }
}

/// Whether a colour was set anywhere: codes 30 to 49 and 90 to 107 of "select graphic rendition".
fn has_colour(written: &[u8]) -> bool {
    let text = String::from_utf8_lossy(written);
    text.split('\u{1b}').skip(1).any(|code| {
        let Some(numbers) = code.strip_prefix('[') else {
            return false;
        };
        let Some((numbers, _)) = numbers.split_once('m') else {
            return false;
        };
        let plain = numbers
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b';');
        let is_colour = |number: u32| matches!(number, 30..=38 | 40..=48 | 90..=107);
        plain && numbers.split(';').any(|n| n.parse().is_ok_and(is_colour))
    })
}

#[test]
fn a_screen_in_a_terminal() {
    let market = Market::start();
    let (anna, bert) = (market.trader(40_000), market.trader(40_000));
    anna.ok(&["sell", "3", "@", "66.200", "-y"]);
    let mut screen = Screen::open(&bert, true);
    for what in ["HEG7", "66.200", "INSECURE", "continuous"] {
        screen.shows(what);
    }
    // Buy at the market: the form, what it would do, the confirmation.
    screen.press("m");
    screen.shows("Enter");
    screen.press("\r");
    screen.shows("all see");
    screen.press("\r");
    eventually("bert is long", || screen.text().contains("long 1"));
    // A window that is too small says so, and comes back.
    screen.resize(10, 40);
    screen.shows("60");
    screen.resize(30, 100);
    screen.shows("long 1");
    let written = screen.ends();
    assert!(!has_colour(&written), "colours in spite of NO_COLOR");
    // The terminal is as it was: the alternate screen is left, the cursor shown.
    let text = String::from_utf8_lossy(&written).into_owned();
    assert!(text.contains("\u{1b}[?1049l") && text.contains("\u{1b}[?25h"));
    assert_eq!(bert.position(), 1);

    let screen = Screen::open(&bert, false);
    screen.shows("long 1");
    assert!(has_colour(&screen.ends()));
    // Without a terminal it is refused with what to use instead.
    let refused = bert.run(&["watch"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(refused.stderr.contains("terminal"), "{refused:?}");
}
