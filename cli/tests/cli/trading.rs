//! Traders at a node: the binary, with real proofs and real blocks.

use crate::live::{Agents, Market, Trader, eventually, with_input};
use crate::support::Ran;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::thread;
use std::time::{Duration, Instant};
use tally_node::genesis::{CashierKind, FAUCET_KEY_FILE};

/// The first order of a document.
fn order_of(document: &Value) -> String {
    document["orders"][0]["order"].to_string()
}

/// Everything that a day needs, once through.
#[test]
fn two_traders_trade() {
    let market = Market::start();
    let (anna, bert) = (market.trader(20_000), market.trader(20_000));
    let book = anna.ok(&["book"]);
    assert_eq!(book["phase"], "continuous", "{book}");
    fills(&anna, &bert);
    names_are_used_once(&anna);
    an_interrupt_ends_the_wait(&anna);
    changes(&anna);
    looks(&anna, &market);
    close_and_withdraw(&anna, &bert);
}

fn fills(anna: &Trader, bert: &Trader) {
    let preview = anna.ok(&["sell", "2", "@", "66.200", "--preview"]);
    assert_eq!(preview["reply"], "preview");
    assert!(
        anna.ok(&["orders"])["orders"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let sold = anna.ok(&["sell", "2", "@", "66.200", "-y"]);
    assert_eq!(sold["orders"][0]["status"], "live", "{sold}");
    let bought = bert.ok(&["buy", "2@66.200", "-y", "--wait", "filled"]);
    assert_eq!(bought["orders"][0]["status"], "filled", "{bought}");
    assert_eq!(bought["orders"][0]["average_price"], "66.2000", "{bought}");
    assert_eq!((anna.position(), bert.position()), (-2, 2));
    let fills = anna.ok(&["fills"]);
    assert_eq!(fills["fills"][0]["quantity"], 2);
    let statement = bert.ok(&["statement", "--day", "2017-01-03"]);
    let statement = &statement["statements"][0];
    assert_eq!(statement["position"], 2, "{statement}");
    // Two contracts of one dollar, and the opening.
    assert_eq!(statement["fees"], 200 + 2_500, "{statement}");
    // A position and no agent: one line says so.
    let ran = bert.run(&["position"]);
    assert!(ran.stderr.contains("tally agent"), "{ran:?}");
    assert!(ran.stderr.contains("INSECURE"), "{ran:?}");
}

fn names_are_used_once(anna: &Trader) {
    let first = anna.ok(&["buy", "1", "@", "65.500", "-y", "--id", "one"]);
    let second = anna.ok(&["buy", "1", "@", "65.500", "-y", "--id", "one"]);
    assert_eq!(
        (&first["repeated"], &second["repeated"]),
        (&false.into(), &true.into())
    );
    assert_eq!(order_of(&first), order_of(&second));
    assert_eq!(anna.ok(&["orders"])["orders"].as_array().unwrap().len(), 1);
    anna.ok(&["cancel", &order_of(&first)]);
    assert!(
        anna.ok(&["orders"])["orders"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    // A name with a space is none, and more than there is margin for is refused before anything is sent.
    anna.fails(&["buy", "1", "@", "65.5", "-y", "--id", "a b"], 2);
    let error = anna.fails(&["buy", "500", "@", "65.5", "-y"], 4);
    assert!(error.contains("largest quantity"), "{error}");
    anna.fails(&["buy", "1", "@", "65.501", "-y"], 2);
    anna.fails(&["buy", "1", "@", "65.5", "-y", "--market", "HEJ7"], 2);
}

fn an_interrupt_ends_the_wait(anna: &Trader) {
    let mut waiting = anna.spawn(&[
        "buy", "1", "@", "65.300", "-y", "--wait", "filled", "--json",
    ]);
    let told = BufReader::new(waiting.stderr.take().unwrap()).lines();
    let told = told.map(Result::unwrap);
    let mut told = told.skip_while(|line| !line.contains("\"waiting\""));
    let line = told.next().expect("it waits");
    assert!(line.contains("an interrupt ends the wait"), "{line}");
    let interrupt = std::process::Command::new("kill")
        .args(["-INT", &waiting.id().to_string()])
        .status();
    assert!(interrupt.unwrap().success());
    let ran = waiting.ends();
    assert_eq!(ran.code, 0, "{ran:?}");
    let sent = ran.json();
    assert_eq!(sent["orders"][0]["status"], "live", "{sent}");
    let orders = anna.ok(&["orders"]);
    assert_eq!(orders["orders"][0]["order"], sent["orders"][0]["order"]);
    anna.ok(&["cancel", &order_of(&sent)]);
}

fn changes(anna: &Trader) {
    let posted = anna.ok(&["buy", "3", "@", "65.500", "-y"]);
    let words = ["replace", &order_of(&posted), "2", "@", "65.400"];
    let preview = anna.ok(&[&words[..], &["--preview"]].concat());
    let replaced = anna.ok(&[&words[..], &["-y"]].concat());
    // What the replaced order reserved is free.
    let margin = anna.ok(&["margin"]);
    assert_eq!(preview["free_margin_after"], margin["free_margin"]);
    assert_eq!(replaced["orders"][0]["price"], "65.400", "{replaced}");
    assert_eq!(replaced["orders"][0]["quantity"], 2);
    let reduced = anna.ok(&["reduce", &order_of(&replaced), "1"]);
    assert_eq!(reduced["outcome"], "accepted", "{reduced}");
    // An order keeps the name under which it was posted.
    let named = anna.ok(&["buy", "2", "@", "65.200", "-y", "--id", "red"]);
    anna.ok(&["reduce", &order_of(&named), "1"]);
    let named = anna.ok(&["orders"]);
    let named = named["orders"].as_array().unwrap();
    assert!(named.iter().any(|line| line["id"] == "red"), "{named:?}");
    let quoted = anna.ok(&["quote", "65.300x66.900", "1", "-y"]);
    assert_eq!(quoted["orders"].as_array().unwrap().len(), 2, "{quoted}");
    let margin = anna.ok(&["margin", "buy", "1", "@", "65.000"]);
    assert_eq!(margin["passes"], true, "{margin}");
    anna.ok(&["cancel", "--all", "--side", "sell"]);
    let left = anna.ok(&["orders"]);
    let left = left["orders"].as_array().unwrap();
    assert!(
        left.len() == 3 && left.iter().all(|line| line["side"] == "buy"),
        "{left:?}"
    );
    anna.ok(&["cancel", "--all"]);
    assert!(
        anna.ok(&["orders"])["orders"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert!(
        anna.ok(&["orders", "--all"])["orders"]
            .as_array()
            .unwrap()
            .len()
            >= 5
    );
}

fn looks(anna: &Trader, market: &Market) {
    let trades = anna.ok(&["trades"]);
    assert_eq!(trades["events"].as_array().unwrap().len(), 1, "{trades}");
    let own = anna.ok(&["events", "--own", "--limit", "100"]);
    assert!(own["events"].as_array().unwrap().len() > 5, "{own}");
    assert_eq!(anna.ok(&["epoch"])["markets"][0]["market"], "HEG7");
    let status = anna.ok(&["status"]);
    assert_eq!(
        (&status["agent"], &status["node"]),
        (&false.into(), &market.address().into())
    );
    let listed = anna.ok(&["market", "list", "--node", &market.address()]);
    assert_eq!(listed["markets"][0]["market"], "HEG7");
    let shown = anna.ok(&["wallet", "show"]);
    assert_eq!(shown["lineages"][0]["open"], 1, "{shown}");
    // Whoever has no wallet looks too, and is asked for no password.
    let stranger = market.stranger();
    let mut look = stranger.command(&["book", "--json"]);
    let ran: Ran = look
        .env_remove("TALLY_PASSWORD_FILE")
        .output()
        .unwrap()
        .into();
    assert_eq!(ran.code, 0, "{ran:?}");
    let mut follow = stranger.spawn(&["events", "--follow", "--json"]);
    let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines();
    let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert!(line["seq"].is_u64(), "{line}");
}

fn close_and_withdraw(anna: &Trader, bert: &Trader) {
    bert.ok(&["sell", "2", "@", "66.300", "-y"]);
    anna.ok(&["claim"]);
    let closed = anna.ok(&["close", "-y", "--wait", "filled"]);
    assert_eq!(closed["orders"][0]["status"], "filled", "{closed}");
    assert_eq!((anna.position(), bert.position()), (0, 0));
    // There is no position to close, but an order to cancel.
    let left = anna.ok(&["buy", "1", "@", "65.000", "-y"]);
    anna.fails(&["cancel", &order_of(&closed)], 3);
    let preview = anna.ok(&["close", "--preview"]);
    assert!(
        preview["action"].as_str().unwrap().contains("cancel order"),
        "{preview}"
    );
    let cancelled = anna.ok(&["close", "-y"]);
    assert_eq!(order_of(&cancelled), order_of(&left));
    assert!(
        anna.ok(&["orders"])["orders"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    anna.fails(&["close", "-y"], 3);
    let before = anna.ok(&["account", "show"])["balance"].as_u64().unwrap();
    anna.ok(&["withdraw", "all", "-y"]);
    let after = anna.ok(&["account", "show"])["balance"].as_u64().unwrap();
    // Twenty thousand less the opening, the fees of four contracts, and 0.100 cents a pound lost on two.
    assert_eq!(after - before, 2_000_000 - 2_500 - 400 - 2 * 4_000);
    anna.fails(&["withdraw", "all", "-y"], 3);
    anna.ok(&["deposit", "2500.50", "-y"]);
}

/// While an agent runs, everything goes through it, without a password.
#[test]
fn an_agent_in_the_background() {
    let market = Market::start();
    let trader = market.trader(20_000);
    let told = trader.data().join("told");
    let command = format!("cat >> {}", told.display());
    let started = trader.ok(&[
        "agent",
        "--background",
        "--auto-topup",
        "1000",
        "--on-event",
        &command,
    ]);
    let pid = started["pid"].as_u64().unwrap();
    let _guard = Agents(vec![pid]);
    let ask = |words: &[&str]| {
        let mut command = trader.command(&[words, &["--json"]].concat());
        let ran: Ran = command
            .env_remove("TALLY_PASSWORD_FILE")
            .output()
            .unwrap()
            .into();
        assert_eq!(ran.code, 0, "{words:?}: {ran:?}");
        ran.json()
    };
    assert_eq!(ask(&["agent", "status"])["agent"], true);
    let posted = ask(&["buy", "1", "@", "65.500", "-y", "--id", "a"]);
    assert_eq!(posted["outcome"], "accepted", "{posted}");
    assert_eq!(ask(&["orders"])["orders"][0]["id"], "a");
    assert_eq!(ask(&["book"])["bids"][0]["own"], 1);
    assert_eq!(ask(&["status"])["agent"], true);
    // One owner at a time.
    let second = trader.run(&["agent"]);
    assert_eq!(second.code, 6, "{second:?}");
    assert!(second.stderr.contains("tally agent stop"), "{second:?}");
    let show = trader.run(&["wallet", "show"]);
    assert!(show.code == 6 && show.stderr.contains("agent"), "{show:?}");
    let elsewhere = trader.run(&["orders", "--node", "127.0.0.1:1"]);
    assert!(
        elsewhere.code == 2 && elsewhere.stderr.contains(&market.address()),
        "{elsewhere:?}"
    );
    // A session goes through it as well.
    let ran = with_input(
        trader.command(&["session"]),
        "{\"do\":\"orders\",\"ref\":7}\n",
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    let line: Value = serde_json::from_str(ran.stdout.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&line["ref"], &line["orders"][0]["id"]),
        (&7.into(), &"a".into())
    );
    let other = ask(&["buy", "1", "@", "65.400", "-y"]);
    ask(&["cancel", &order_of(&other)]);
    eventually("an event is told", || {
        std::fs::read_to_string(&told).is_ok_and(|text| text.contains("\"told\":\"event\""))
    });
    assert_eq!(ask(&["agent", "stop"])["stopped"], pid);
    trader.fails(&["agent", "status"], 6);
    assert_eq!(trader.ok(&["orders"])["orders"][0]["id"], "a");
}

/// An agent that was killed leaves a socket and a number behind, and the next one starts all the same.
#[test]
fn an_agent_that_was_killed() {
    let market = Market::start();
    let trader = market.trader(5_000);
    let pid = trader.ok(&["agent", "--background"])["pid"].to_string();
    let killed = std::process::Command::new("kill")
        .args(["-9", &pid])
        .status();
    assert!(killed.unwrap().success());
    eventually("the lock is free", || trader.run(&["orders"]).code == 0);
    trader.fails(&["agent", "stop"], 6);
    let next = trader.ok(&["agent", "--background"])["pid"].as_u64();
    let _guard = Agents(next.into_iter().collect());
    trader.ok(&["agent", "stop"]);
}

/// Killed at any moment, a client loses nothing and doubles nothing, and the next command says what became of it.
#[test]
fn killed_clients() {
    let market = Market::start();
    let trader = market.trader(20_000);
    let order = ["buy", "1", "@", "65.000", "-y", "--id"];
    let start = Instant::now();
    trader.ok(&[&order[..], &["whole"]].concat());
    let whole = start.elapsed();
    // Before anything is written down, and as soon as the message is: then it is sent, or about to be.
    let early = [50, 80].map(|part| Kill::After(whole * part / 100));
    let mut noticed = 0;
    for (number, kill) in early.into_iter().chain([Kill::Written; 3]).enumerate() {
        let id = format!("killed-{number}");
        let words = [&order[..], &[id.as_str()]].concat();
        killed(&trader, &words, kill);
        let next = trader.run(&["orders", "--all", "--json"]);
        assert_eq!(next.code, 0, "{next:?}");
        let before = count(&next, &id);
        assert!(before <= 1, "{next:?}");
        // Told by the next command, unless the block took longer than it waits for.
        let is_told = next.stderr.contains("\"notice\"") && next.stderr.contains("accepted");
        noticed += u32::from(matches!(kill, Kill::Written) && is_told);
        // Whatever happened, the same name leads to one order.
        let again = trader.ok(&words);
        assert!(before == 0 || again["repeated"] == true, "{again}");
        let last = trader.run(&["orders", "--all", "--json"]);
        assert_eq!(count(&last, &id), 1, "{last:?}");
    }
    assert!(noticed > 0, "no command said what became of the killed one");
    let orders = trader.ok(&["orders"]);
    assert_eq!(orders["orders"].as_array().unwrap().len(), 6, "{orders}");
}

/// When a client is killed.
#[derive(Clone, Copy)]
enum Kill {
    /// So long after its start.
    After(Duration),
    /// As soon as its message is in the journal.
    Written,
}

fn killed(trader: &Trader, words: &[&str], kill: Kill) {
    let journal = trader.journal();
    let before = std::fs::metadata(&journal).unwrap().ino();
    let mut child = trader.spawn(words);
    match kill {
        Kill::After(time) => thread::sleep(time),
        // The journal is replaced as a whole: it is another file then.
        Kill::Written => {
            while std::fs::metadata(&journal).unwrap().ino() == before {
                assert!(child.try_wait().unwrap().is_none(), "it ended first");
                thread::sleep(Duration::from_millis(1));
            }
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// How many orders have this name.
fn count(ran: &Ran, id: &str) -> usize {
    let document = ran.json();
    let orders = document["orders"].as_array().unwrap().iter();
    orders.filter(|line| line["id"] == id).count()
}

/// JSON lines in and out, what happens meanwhile among them.
#[test]
fn a_session_of_ones_own() {
    let market = Market::start();
    let trader = market.trader(20_000);
    let mut session = trader.spawn(&["session"]);
    let mut input = session.stdin.take().unwrap();
    let mut lines = BufReader::new(session.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    let order = r#"{"do":"order","side":"buy","quantity":1,"price":"65.500","id":"s","ref":"a"}"#;
    let quote = r#"{"do":"quote","bid":"65.000","ask":"67.000","quantity":1}"#;
    let cancel = r#"{"do":"cancel-all","side":"sell"}"#;
    let position = r#"{"do":"position","ref":"b"}"#;
    writeln!(input, "{order}\nnonsense\n{quote}\n{cancel}\n{position}").unwrap();
    let (mut seq, mut answers, mut told) = (0, Vec::new(), 0);
    while answers.len() < 5 || told == 0 {
        let line = next();
        seq += 1;
        assert_eq!(line["seq"], seq, "{line}");
        if line.get("told").is_some() {
            told += 1;
        } else {
            answers.push(line);
        }
    }
    assert_eq!(answers[0]["ref"], "a");
    assert_eq!(answers[0]["outcome"], "accepted", "{}", answers[0]);
    assert_eq!(answers[1]["reply"], "failed");
    assert_eq!(
        (
            &answers[4]["ref"],
            &answers[4]["positions"][0]["working_buys"]
        ),
        (&"b".into(), &2.into())
    );
    drop(input);
    assert_eq!(session.ends().code, 0);
    assert_eq!(trader.ok(&["orders"])["orders"][0]["id"], "s");
}

/// A cashier signs, and a node runs for one command at a time.
#[test]
fn a_cashier_at_an_embedded_node() {
    let mut market = Market::start_with(CashierKind::Key);
    let trader = market.stranger();
    let account = trader.ok(&["account", "new"])["account"]
        .as_str()
        .unwrap()
        .to_owned();
    trader.fails(&["account", "fund", "100"], 3);
    market.stop();
    let place = format!("embedded:{}", market.folder().display());
    let key = market.folder().join(FAUCET_KEY_FILE);
    let key = key.to_str().unwrap();
    let at = ["--node", &place, "--insecure-keys"];
    let credit = [
        "cashier", "credit", &account, "12345.67", "--key", key, "-y",
    ];
    let error = trader.fails(&[&credit[..], &at[..2]].concat(), 2);
    assert!(error.contains("--insecure-keys"), "{error}");
    let credited = trader.ok(&[&credit[..], &at].concat());
    assert_eq!(
        (&credited["balance"], &credited["credited"]),
        (&1_234_567.into(), &1_234_567.into())
    );
    let out = ["cashier", "pay-out", &account, "345.67", "--key", key, "-y"];
    assert_eq!(trader.ok(&[&out[..], &at].concat())["balance"], 1_200_000);
    let beyond = ["cashier", "pay-out", &account, "99999", "--key", key, "-y"];
    trader.fails(&[&beyond[..], &at].concat(), 3);
    let password = trader.password_file();
    let wrong = [
        "cashier",
        "credit",
        &account,
        "1",
        "--key",
        password.to_str().unwrap(),
        "-y",
    ];
    trader.fails(&[&wrong[..], &at].concat(), 2);
    trader.fails(
        &[
            &["cashier", "credit", "17", "1", "--key", key, "-y"][..],
            &at,
        ]
        .concat(),
        2,
    );
    let opened = trader.ok(&[&["open", "5000", "-y"][..], &at].concat());
    assert_eq!(opened["outcome"], "accepted", "{opened}");
    assert_eq!(
        trader.ok(&[&["account", "show"][..], &at].concat())["balance"],
        700_000
    );
}
