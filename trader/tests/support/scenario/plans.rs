//! What a trader does at each step.

use super::{DEPOSIT, Expected, Plan, Step, World};
use crate::support::ledger::HORIZON;
use crate::support::requests::{HI, LO, MIDDLE, buy, fok, ioc, post_only, sell};
use crate::support::verifier::sent;
use rand::Rng;
use rand::seq::SliceRandom;
use tally_exchange::market::Market;
use tally_exchange::message::Transaction;
use tally_exchange::record::Record;
use tally_exchange::refusal::Refusal;
use tally_exchange::units::{OrderId, Price, Quantity, Side};
use tally_trader::build::public;
use tally_trader::error::WalletError;
use tally_trader::margin::Largest;
use tally_trader::request::OrderRequest;
use tally_trader::wallet::Wallet;

/// A message that trades with the order of another trader.
struct Hit {
    owner: usize,
    order: OrderId,
    transaction: Transaction,
}

impl World {
    pub(super) fn plan(&mut self, trader: usize, step: Step) -> Plan {
        match step {
            Step::Deposit => self.deposit(trader),
            Step::Withdraw => self.withdraw(trader),
            Step::Post => {
                let orders = self.orders();
                self.trade(trader, &orders)
            }
            Step::Quote => {
                let (middle, width) = (self.price(), self.rng.gen_range(1..4));
                let quantity = self.rng.gen_range(1..5);
                let quote = [
                    buy(middle - width, quantity),
                    sell(middle + width, quantity),
                ];
                self.trade(trader, &quote)
            }
            Step::Take => self.take(trader),
            Step::ClaimFinished => self.claim_finished(trader),
            Step::ClaimPartial => self.claim_partial(trader),
            Step::Replace => self.replace(trader),
            Step::Cancel => self.cancel(trader),
            Step::Reduce => self.reduce(trader),
            Step::Dead => {
                let quantity = self.rng.gen_range(1..5);
                let dead = [
                    fok(buy(LO, quantity)),
                    ioc(sell(HI, quantity)),
                    post_only(buy(LO + 1, 1)),
                ];
                self.trade(trader, &dead)
            }
            Step::FillOvertakesClose => self.fill_overtakes_close(),
            Step::ChangeOvertakesMove => self.change_overtakes_move(),
            Step::Late => self.late(trader),
            Step::Twice => self.twice(trader),
            Step::Unpaid => self.unpaid(trader),
        }
    }

    fn price(&mut self) -> i32 {
        MIDDLE + self.rng.gen_range(-6..=6)
    }

    /// 1 to 16 orders that do not meet each other.
    fn orders(&mut self) -> Vec<OrderRequest> {
        let middle = self.price();
        let count = if self.rng.gen_bool(0.2) {
            16
        } else {
            self.rng.gen_range(1..5)
        };
        (0..count)
            .map(|_| {
                let away = self.rng.gen_range(1..6);
                let quantity = self.rng.gen_range(1..6);
                if self.rng.gen_bool(0.5) {
                    buy(middle - away, quantity)
                } else {
                    sell(middle + away, quantity)
                }
            })
            .collect()
    }

    fn trade(&self, trader: usize, orders: &[OrderRequest]) -> Plan {
        let market = self.ledger.market();
        let prepared = self.wallets[trader].trade(0, market, None, orders, &[])?;
        Ok(Some(vec![(sent(prepared), Expected::Done)]))
    }

    fn deposit(&mut self, trader: usize) -> Plan {
        let wallet = &self.wallets[trader];
        let balance = self.ledger.balance(public(&wallet.account()));
        if balance == 0 {
            return Ok(None);
        }
        let amount = self.rng.gen_range(1..=balance);
        let market = self.ledger.market();
        let prepared = wallet.main().deposit(market, &wallet.account(), amount)?;
        Ok(Some(vec![(sent(prepared), Expected::Done)]))
    }

    /// A withdrawal; if it is too much, the largest that the wallet names.
    fn withdraw(&mut self, trader: usize) -> Plan {
        let wallet = &self.wallets[trader];
        let (market, payee) = (self.ledger.market(), public(&wallet.account()));
        let amount = self.rng.gen_range(1..2 * DEPOSIT);
        let prepared = match wallet.main().withdraw(market, payee, amount) {
            Err(WalletError::Margin {
                largest: Some(Largest::Withdrawal(largest)),
                ..
            }) if largest > 100 => {
                // Leaves the trader something to trade with.
                let most = largest.min(DEPOSIT / 10);
                wallet.main().withdraw(market, payee, most)?
            }
            other => other?,
        };
        Ok(Some(vec![(sent(prepared), Expected::Done)]))
    }

    fn take(&mut self, trader: usize) -> Plan {
        let side = *[Side::Buy, Side::Sell].choose(&mut self.rng).unwrap();
        let quantity = Quantity(self.rng.gen_range(1..6));
        // The first who may: others have orders of their own in the way.
        let mut last = Ok(None);
        for offset in 0..self.wallets.len() {
            let taker = (trader + offset) % self.wallets.len();
            last = self.trade(taker, &[OrderRequest::market(side, quantity)]);
            if last.is_ok() {
                break;
            }
        }
        last
    }

    fn claim_finished(&mut self, trader: usize) -> Plan {
        let (market, wallet) = (self.ledger.market(), &self.wallets[trader]);
        let plans = wallet.main().finished_claims(market);
        let Some(plan) = plans.choose(&mut self.rng) else {
            return Ok(None);
        };
        let prepared = wallet.trade(0, market, Some(plan), &[], &[])?;
        Ok(Some(vec![(sent(prepared), Expected::Done)]))
    }

    fn claim_partial(&mut self, trader: usize) -> Plan {
        let orders = if self.rng.gen_bool(0.5) {
            self.orders()
        } else {
            Vec::new()
        };
        for offset in 0..self.wallets.len() {
            let wallet = &self.wallets[(trader + offset) % self.wallets.len()];
            let market = self.ledger.market();
            let Some(plan) = wallet.main().partial_claims(market).into_iter().next() else {
                continue;
            };
            let prepared = wallet.trade(0, market, Some(&plan), &orders, &[])?;
            return Ok(Some(vec![(sent(prepared), Expected::Done)]));
        }
        Ok(None)
    }

    /// A random order of the trader whose record satisfies this.
    fn own_order(
        &mut self,
        trader: usize,
        is_right: impl Fn(&Record) -> bool,
    ) -> Option<(OrderId, Record)> {
        let market = self.ledger.market();
        let own: Vec<_> = self.wallets[trader]
            .main()
            .orders()
            .keys()
            .filter_map(|order| Some((*order, market.record(*order)?.clone())))
            .filter(|(_, record)| is_right(record))
            .collect();
        own.choose(&mut self.rng).cloned()
    }

    fn replace(&mut self, trader: usize) -> Plan {
        let Some((order, record)) = self.own_order(trader, |r| r.status.is_live()) else {
            return Ok(None);
        };
        let away = self.rng.gen_range(-2..=2);
        let quantity = Quantity(self.rng.gen_range(1..4));
        let price = Price(record.terms.limit.0 + away);
        let request = OrderRequest::limit(record.terms.side, quantity, price);
        let (market, wallet) = (self.ledger.market(), &self.wallets[trader]);
        let plan = wallet.main().closing_claim(market, order)?;
        let prepared = wallet.trade(0, market, Some(&plan), &[request], &[])?;
        Ok(Some(vec![(sent(prepared), Expected::Done)]))
    }

    fn cancel(&mut self, trader: usize) -> Plan {
        let Some((order, _)) = self.own_order(trader, |r| r.status.is_live()) else {
            return Ok(None);
        };
        let lineage = self.wallets[trader].main();
        let cancel = lineage.cancel(self.ledger.market(), order)?;
        Ok(Some(vec![(
            Transaction::Instruction(cancel),
            Expected::Done,
        )]))
    }

    fn reduce(&mut self, trader: usize) -> Plan {
        let Some((order, record)) = self.own_order(trader, |r| r.status.is_live()) else {
            return Ok(None);
        };
        let total = Quantity(self.rng.gen_range(0..record.total.0));
        let lineage = self.wallets[trader].main();
        let reduce = lineage.reduce(self.ledger.market(), order, total)?;
        Ok(Some(vec![(
            Transaction::Instruction(reduce),
            Expected::Done,
        )]))
    }

    /// An order that trades one contract with the best order of a side, and whose order that is.
    fn hit_best(&mut self) -> Option<Hit> {
        let side = *[Side::Buy, Side::Sell].choose(&mut self.rng).unwrap();
        let market = self.ledger.market();
        let price = market.book().best(side)?;
        let request = ioc(OrderRequest::limit(side.opposite(), Quantity(1), price));
        // Whoever may trade with the best: others have orders of their own in the way.
        let takers = self.wallets.iter();
        let prepared = takers
            .filter_map(|taker| taker.trade(0, market, None, &[request], &[]).ok())
            .next()?;
        let transaction = sent(prepared);
        let mut after = self.ledger.clone();
        after.block(std::slice::from_ref(&transaction));
        let fills = |m: &Market, o: OrderId| m.record(o).map_or(0, Record::fill_count);
        let is_met = |o: &OrderId| fills(after.market(), *o) > fills(market, *o);
        self.wallets.iter().enumerate().find_map(|(owner, wallet)| {
            let order = *wallet.main().orders().keys().find(|o| is_met(o))?;
            let transaction = transaction.clone();
            Some(Hit {
                owner,
                order,
                transaction,
            })
        })
    }

    fn fill_overtakes_close(&mut self) -> Plan {
        let Some(hit) = self.hit_best() else {
            return Ok(None);
        };
        let (market, wallet) = (self.ledger.market(), &self.wallets[hit.owner]);
        let plan = wallet.main().closing_claim(market, hit.order)?;
        // A claim alone, or a replace.
        let requests: &[_] = if self.rng.gen_bool(0.5) {
            &[buy(LO, 1)]
        } else {
            &[]
        };
        let prepared = wallet.trade(0, market, Some(&plan), requests, &[])?;
        Ok(Some(vec![
            (hit.transaction, Expected::Done),
            (
                sent(prepared),
                Expected::Refused(|r| matches!(r, Refusal::FillsSince { .. })),
            ),
        ]))
    }

    fn change_overtakes_move(&mut self) -> Plan {
        let partial = |wallet: &Wallet| {
            let plans = wallet.main().partial_claims(self.ledger.market());
            plans.into_iter().next()
        };
        let found = self.wallets.iter().enumerate();
        let Some((index, plan)) = found.filter_map(|(i, w)| Some((i, partial(w)?))).next() else {
            return Ok(None);
        };
        // A fill of an order of the same trader, often the very one that moves, or else a cancel of it.
        let overtaking = match self.hit_best() {
            Some(hit) if hit.owner == index => hit.transaction,
            _ => {
                let lineage = self.wallets[index].main();
                let cancel = lineage.cancel(self.ledger.market(), plan.records[0].order)?;
                Transaction::Instruction(cancel)
            }
        };
        let prepared = self.wallets[index].trade(0, self.ledger.market(), Some(&plan), &[], &[])?;
        Ok(Some(vec![
            (overtaking, Expected::Done),
            (sent(prepared), Expected::Done),
        ]))
    }

    fn late(&mut self, trader: usize) -> Plan {
        let market = self.ledger.market();
        let prepared = self.wallets[trader].trade(0, market, None, &[buy(LO, 1)], &[])?;
        for _ in 0..HORIZON {
            self.advance_to(self.ledger.market().time());
        }
        Ok(Some(vec![(
            sent(prepared),
            Expected::Refused(|r| matches!(r, Refusal::Expired { .. })),
        )]))
    }

    fn twice(&mut self, trader: usize) -> Plan {
        let market = self.ledger.market();
        let first = self.wallets[trader].trade(0, market, None, &[buy(LO, 1)], &[])?;
        self.kill_all();
        let market = self.ledger.market();
        let second = self.wallets[trader].trade(0, market, None, &[sell(HI, 2)], &[])?;
        let mut messages = [sent(first), sent(second)];
        messages.shuffle(&mut self.rng);
        let [one, other] = messages;
        Ok(Some(vec![
            (one, Expected::Done),
            (other, Expected::Refused(|r| matches!(r, Refusal::Spent))),
        ]))
    }

    fn unpaid(&mut self, trader: usize) -> Plan {
        let wallet = &self.wallets[trader];
        let key = wallet.account();
        let amount = self.ledger.balance(public(&key)) + 1;
        let prepared = wallet.main().deposit(self.ledger.market(), &key, amount)?;
        Ok(Some(vec![(
            sent(prepared),
            Expected::Refused(|r| matches!(r, Refusal::Cash(_))),
        )]))
    }
}
