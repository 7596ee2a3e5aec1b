//! `tally cashier`.

use crate::arguments::trade::{CashierCommand, CashierRequest as Words, CashierSubcommand};
use crate::exit::Exit;
use crate::render;
use crate::trader::connect::{self, Reached, Stay};
use crate::trader::error::TradeError;
use crate::trader::password;
use crate::trader::places::Places;
use crate::trader::words::cents;
use std::time::{Duration, Instant};
use tally_client::desk::Desk;
use tally_client::reply::{AccountReply, Reply};
use tally_ledger_adapter::accounts::{AccountId, CashierRequest, Credit, PayOut, SigningKey};
use tally_node::api::Submission;
use tally_node::entry::Entry;
use tally_node::genesis::read_key;

/// Longest time that a block is waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(15);
/// How long one look for it waits.
const LOOK: Duration = Duration::from_millis(500);

/// Which way cash went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
}

/// What is signed.
struct Order {
    way: Way,
    account: AccountId,
    amount: u64,
}

/// Says that cash has come or gone.
pub fn run(command: &CashierCommand) -> anyhow::Result<Exit> {
    let (way, words) = match &command.command {
        CashierSubcommand::Credit(words) => (Way::In, words),
        CashierSubcommand::PayOut(words) => (Way::Out, words),
    };
    let order = Order {
        way,
        account: account(&words.account)?,
        amount: cents(&words.amount).map_err(TradeError::from)?,
    };
    let key = read_key(&words.key).map_err(TradeError::from)?;
    if !words.yes {
        password::confirm(&question(&order, &words.amount))?;
    }
    let reply = submit(&order, &key, words)?;
    render::reply(&reply, words.access.json)?;
    Ok(Exit::Ok)
}

fn account(text: &str) -> Result<AccountId, TradeError> {
    let bad = || TradeError::Account(text.chars().take(80).collect());
    let account: AccountId = text.parse().map_err(|_| bad())?;
    account.check().map_err(|_| bad())?;
    Ok(account)
}

fn question(order: &Order, amount: &str) -> String {
    let Order { way, account, .. } = order;
    match way {
        Way::In => format!("credit {amount} dollars to {account}?"),
        Way::Out => format!("take {amount} dollars, paid out, from {account}?"),
    }
}

fn submit(order: &Order, key: &SigningKey, words: &Words) -> Result<Reply, TradeError> {
    let places = Places::find(&words.access)?;
    let Reached { client, node } = connect::reach(&places, &words.access, Stay::Once)?;
    let (mut desk, _lock) = connect::public_desk(&places, client)?;
    let reply = submit_to(&mut desk, order, key, words);
    // What is written down then only spares the next look some work.
    let _ = desk.close_down();
    drop(desk);
    if let Some(node) = node {
        node.stop()?;
    }
    reply
}

fn submit_to(
    desk: &mut Desk,
    order: &Order,
    key: &SigningKey,
    words: &Words,
) -> Result<Reply, TradeError> {
    let accounts = desk.replica().accounts();
    let chain = desk.replica().chain().0;
    if AccountId::of(key) != accounts.cashier() {
        return Err(TradeError::OtherCashier {
            path: words.key.clone(),
            found: AccountId::of(key).to_string(),
            cashier: accounts.cashier().to_string(),
        });
    }
    let sequence = accounts.last_sequence() + 1;
    let request = sign(order, key, &chain, sequence);
    accounts.check(&request, &chain)?;
    let bytes = Entry::Cashier(request).to_bytes();
    let submitted = desk.node().submit(&chain, bytes, false, LONGEST_WAIT);
    match submitted {
        Ok(Submission::Declined(why)) => Err(tally_client::desk::DeskError::from(why).into()),
        Ok(_) => outcome(desk, order, sequence),
        Err(error) if error.was_sent() => outcome(desk, order, sequence),
        Err(error) => Err(error.into()),
    }
}

fn sign(order: &Order, key: &SigningKey, chain: &[u8; 32], sequence: u64) -> CashierRequest {
    let Order {
        way,
        account,
        amount,
    } = *order;
    match way {
        Way::In => CashierRequest::Credit(Credit::sign(key, chain, account, amount, sequence)),
        Way::Out => CashierRequest::PayOut(PayOut::sign(key, chain, account, amount, sequence)),
    }
}

/// Reads blocks until one has a request of this number, and says what the account has then.
fn outcome(desk: &mut Desk, order: &Order, sequence: u64) -> Result<Reply, TradeError> {
    let before = desk.replica().accounts().balance(&order.account);
    let start = Instant::now();
    while desk.replica().accounts().last_sequence() < sequence {
        if start.elapsed() > LONGEST_WAIT {
            return Err(TradeError::Unknown);
        }
        desk.pump(LOOK)?;
    }
    let accounts = desk.replica().accounts();
    let balance = accounts.balance(&order.account);
    if balance == before {
        // Somebody else with this key was faster: numbers are used once.
        return Err(TradeError::Overtaken);
    }
    Ok(Reply::Account(AccountReply {
        account: order.account.to_string(),
        balance,
        cashier: "cashier".to_owned(),
        cashier_key: accounts.cashier().to_string(),
        credited: (order.way == Way::In).then_some(order.amount),
    }))
}
