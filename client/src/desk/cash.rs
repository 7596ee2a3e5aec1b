//! Accounts, deposits, withdrawals, transfers, seats.

use super::orders::free_margin;
use super::sending::Outgoing;
use super::{Desk, DeskError, words};
use crate::reply::{AccountReply, Reply, SeatLine};
use crate::request::SeatAction;
use std::time::{Duration, Instant};
use tally_exchange::epoch::seats::SeatStatus;
use tally_exchange::message::Symbol;
use tally_ledger_adapter::accounts::AccountId;
use tally_node::api::Submission;
use tally_trader::build::public;
use tally_trader::lineage::OwnTransfer;
use tally_trader::prepared::PreparedAct;

/// Longest time that a credit is waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

impl Desk {
    pub(super) fn account_reply(&self, credited: Option<u64>) -> Result<Reply, DeskError> {
        let account = AccountId::of(&self.holder()?.account);
        let accounts = self.follower.replica().accounts();
        Ok(Reply::Account(AccountReply {
            account: account.to_string(),
            balance: accounts.balance(&account),
            cashier: if self.faucet { "faucet" } else { "cashier" }.to_owned(),
            cashier_key: accounts.cashier().to_string(),
            credited,
        }))
    }

    /// Asks a faucet for practice cash; of a real cashier it says whom to pay.
    pub(super) fn fund(&mut self, amount: u64) -> Result<Reply, DeskError> {
        let account = AccountId::of(&self.holder()?.account);
        let chain = self.follower.replica().chain().0;
        match self.node.faucet(&chain, account.0, amount, LONGEST_WAIT)? {
            Submission::Declined(why) => return Err(why.into()),
            Submission::Included { height, .. } => {
                let start = Instant::now();
                while self.follower.replica().height() < height && start.elapsed() < LONGEST_WAIT {
                    self.next_range(Duration::from_millis(500))?;
                }
            }
            Submission::Waiting => {}
        }
        self.account_reply(Some(amount))
    }

    pub(super) fn open_note(
        &mut self,
        named: Option<Symbol>,
        amount: u64,
        preview: bool,
    ) -> Result<Reply, DeskError> {
        let symbol = self.symbol(named)?;
        self.check_idle(symbol)?;
        let market = self.market(symbol)?;
        let account = &self.holder()?.account;
        let act = self
            .month(symbol)?
            .lineage()
            .open(market, account, amount)?;
        self.check_balance(amount)?;
        self.send_act(symbol, act, Vec::new(), preview)
    }

    pub(super) fn deposit(
        &mut self,
        named: Option<Symbol>,
        amount: u64,
        preview: bool,
    ) -> Result<Reply, DeskError> {
        let symbol = self.symbol(named)?;
        if preview && let Some(preview) = self.preview_way_back(symbol, "deposit what was asked")? {
            return Ok(Reply::Preview(preview));
        }
        let before = self.come_back(symbol, preview)?;
        self.wait_unless(preview)?;
        self.check_idle(symbol)?;
        let market = self.market(symbol)?;
        let account = &self.holder()?.account;
        let act = self
            .month(symbol)?
            .lineage()
            .deposit(market, account, amount)?;
        self.check_balance(amount)?;
        self.send_act(symbol, act, before, preview)
    }

    pub(super) fn withdraw(
        &mut self,
        named: Option<Symbol>,
        amount: Option<u64>,
        preview: bool,
    ) -> Result<Reply, DeskError> {
        let symbol = self.symbol(named)?;
        if preview
            && let Some(preview) = self.preview_way_back(symbol, "withdraw what was asked")?
        {
            return Ok(Reply::Preview(preview));
        }
        let mut before = self.come_back(symbol, preview)?;
        before.extend(self.claim_all(symbol, preview)?);
        self.wait_unless(preview)?;
        self.check_idle(symbol)?;
        let (market, month) = (self.market(symbol)?, self.month(symbol)?);
        let free = free_margin(market, &month.settled_note(market));
        let free = u64::try_from(free).unwrap_or(0);
        let amount = match amount {
            Some(amount) => amount,
            None if free == 0 => return Err(DeskError::NothingToWithdraw(symbol)),
            None => free,
        };
        let payee = public(&self.holder()?.account);
        let act = month.lineage().withdraw(market, payee, amount)?;
        self.send_act(symbol, act, before, preview)
    }

    /// Cash to another month: sent here, taken there.
    pub(super) fn transfer(
        &mut self,
        named: Option<Symbol>,
        to: Symbol,
        amount: u64,
        preview: bool,
    ) -> Result<Reply, DeskError> {
        let symbol = self.symbol(named)?;
        self.market(to)?;
        if preview
            && let Some(preview) = self.preview_way_back(symbol, "transfer what was asked")?
        {
            return Ok(Reply::Preview(preview));
        }
        let mut before = self.come_back(symbol, preview)?;
        before.extend(self.claim_all(symbol, preview)?);
        self.wait_unless(preview)?;
        self.check_idle(symbol)?;
        let (market, month) = (self.market(symbol)?, self.month(symbol)?);
        let act = month.lineage().transfer(market, to, amount)?;
        if preview {
            let mut preview = self.preview_act(symbol, &act, None, before)?;
            if !self.month(to)?.is_open() {
                // A note is opened with what arrives.
                let fee = self.market(to)?.specification().opening_fee;
                preview.fees = preview.fees.saturating_add(fee);
            }
            return Ok(Reply::Preview(preview));
        }
        let action = words::action(market, &act.message.action);
        let sent = self.send_and_tell(Outgoing::act(act, action, None), before)?;
        before = sent.before;
        before.push(sent.action);
        before.extend(self.receive(symbol, to)?);
        // What counts in the end is the arrival; if it has to wait, what was sent. The reply is about that one.
        before.pop();
        let number = self.holder()?.journal.newest();
        self.sent(number, super::sending::Took::default(), before, false)
            .map(Reply::Sent)
    }

    /// Takes what waits in a month from another.
    pub(super) fn receive(&mut self, from: Symbol, to: Symbol) -> Result<Vec<String>, DeskError> {
        let transfers: Vec<(usize, OwnTransfer)> = self.month(from)?.wallet().transfers_to(to);
        let mut done = Vec::new();
        for (lineage, transfer) in transfers {
            self.wait_to_build()?;
            let (market, month) = (self.market(to)?, self.month(to)?);
            let Some(receiver) = month.wallet().lineages().get(lineage) else {
                continue;
            };
            let tag = receiver.transfer_tag(&transfer);
            if !market.transfers().contains_key(&tag) {
                continue;
            }
            let act = receiver.receive(market, &transfer)?;
            let action = words::action(market, &act.message.action);
            let sent = self.send_and_tell(Outgoing::act(act, action, None), Vec::new())?;
            done.push(sent.action);
        }
        Ok(done)
    }

    pub(super) fn send_act(
        &mut self,
        symbol: Symbol,
        act: PreparedAct,
        before: Vec<String>,
        preview: bool,
    ) -> Result<Reply, DeskError> {
        if preview {
            return self
                .preview_act(symbol, &act, None, before)
                .map(Reply::Preview);
        }
        let action = words::action(self.market(symbol)?, &act.message.action);
        let outgoing = Outgoing::act(act, action, None);
        self.send_and_tell(outgoing, before).map(Reply::Sent)
    }

    /// An account that has too little is found out before a proof is made.
    fn check_balance(&self, amount: u64) -> Result<(), DeskError> {
        let balance = self.balance();
        if amount <= balance {
            return Ok(());
        }
        Err(DeskError::Balance {
            amount: words::dollars(amount.into()),
            balance: words::dollars(balance.into()),
        })
    }

    pub(super) fn seat(
        &mut self,
        named: Option<Symbol>,
        action: Option<SeatAction>,
    ) -> Result<Reply, DeskError> {
        let symbol = self.symbol(named)?;
        let sent = match action {
            None => None,
            Some(SeatAction::Take) => {
                let before = self.come_back(symbol, false)?;
                self.wait_to_build()?;
                self.check_idle(symbol)?;
                let market = self.market(symbol)?;
                let act = self.month(symbol)?.lineage().bond(market)?;
                let action = words::action(market, &act.message.action);
                Some(self.send_and_tell(Outgoing::act(act, action, None), before)?)
            }
            Some(SeatAction::Leave) => Some(self.leave_seats(symbol)?),
            Some(SeatAction::Release) => Some(self.release_seat(symbol)?),
        };
        Ok(Reply::Seats {
            seats: self.seats(symbol)?,
            sent: sent.map(Box::new),
        })
    }

    fn leave_seats(&mut self, symbol: Symbol) -> Result<crate::reply::Sent, DeskError> {
        let (market, month) = (self.market(symbol)?, self.month(symbol)?);
        let lineage = month.lineage();
        let leave = lineage.bonds().iter().find_map(|(bond, number)| {
            let seat = market.seats().get(*number)?;
            let is_active = seat.status == SeatStatus::Active;
            let seat = tally_trader::seat::Seat::new(lineage.key(), *bond, *number);
            is_active.then(|| seat.leave(market)).flatten()
        });
        let outgoing = Outgoing {
            message: tally_trader::prepared::Prepared::Ready(Box::new(
                leave.ok_or(DeskError::NoSeat)?,
            )),
            action: format!("leave a decryptor's seat in {symbol}"),
            id: None,
        };
        self.send_and_tell(outgoing, Vec::new())
    }

    fn release_seat(&mut self, symbol: Symbol) -> Result<crate::reply::Sent, DeskError> {
        self.check_idle(symbol)?;
        let (market, month) = (self.market(symbol)?, self.month(symbol)?);
        let lineage = month.lineage();
        let released = lineage.bonds().iter().find(|(_, number)| {
            let seat = market.seats().get(**number);
            seat.is_some_and(|seat| seat.status == SeatStatus::Released)
        });
        let (bond, _) = released.ok_or(DeskError::NoSeat)?;
        let act = lineage.unbond(market, *bond)?;
        let action = words::action(market, &act.message.action);
        self.send_and_tell(Outgoing::act(act, action, None), Vec::new())
    }

    fn seats(&self, symbol: Symbol) -> Result<Vec<SeatLine>, DeskError> {
        let (market, month) = (self.market(symbol)?, self.month(symbol)?);
        let bonds = month.lineage().bonds().values();
        Ok(bonds
            .map(|number| {
                let seat = market.seats().get(*number);
                SeatLine {
                    seat: *number,
                    market: symbol,
                    status: match seat.map(|seat| seat.status) {
                        None => "slashed",
                        Some(SeatStatus::Active) => "active",
                        Some(SeatStatus::Leaving) => "leaving",
                        Some(SeatStatus::Released) => "released",
                    }
                    .to_owned(),
                    bond: seat.map_or(0, |seat| seat.amount),
                }
            })
            .collect())
    }
}
