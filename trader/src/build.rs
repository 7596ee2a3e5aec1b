//! Building Acts and instructions from a lineage and the market as its owner sees it.

use crate::error::WalletError;
use crate::keys::cancel_key;
use crate::lineage::{Lineage, OwnOrder};
use crate::margin;
use crate::prepared::PreparedAct;
use crate::request::{OrderRequest, RequestPrice};
use ed25519_dalek::{Signer, SigningKey};
use std::collections::BTreeMap;
use tally_circuits::act::{ActWitness, check};
use tally_circuits::field::Element;
use tally_circuits::note::tag;
use tally_circuits::tree::Path;
use tally_exchange::market::Market;
use tally_exchange::message::{
    Account, ActMessage, Action, Claim, Instruction, MAX_CLAIMS, OrderChange, OrderTerms,
    RecordClaim, Rest,
};
use tally_exchange::record::Record;
use tally_exchange::units::{OrderId, Price, Quantity, Side, TimeInForce};
use tally_ledger_adapter::accounts::{AccountId, DepositAuthorization};

/// How many blocks a message stays good if nothing else is asked for.
pub const DEFAULT_EXPIRY_BLOCKS: u64 = 1_000;

/// The records of one tag that a message is to claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPlan {
    /// Nullifier of the Act under whose tag the records stand.
    pub tag_nullifier: Element,
    /// The records, in increasing order of their ids.
    pub records: Vec<RecordClaim>,
}

impl Lineage {
    /// Opens the lineage with a first deposit from a public account, `amount` cents with the opening fee in it.
    ///
    /// # Errors
    /// [`WalletError`] before anything is proved or sent.
    pub fn open(
        &self,
        market: &Market,
        account: &SigningKey,
        amount: u64,
    ) -> Result<PreparedAct, WalletError> {
        if self.leaf().is_some() {
            return Err(WalletError::AlreadyOpen);
        }
        let action = Action::Open {
            account: public(account),
            amount,
        };
        self.prepare(market, action, None, Some((account, amount)))
    }

    /// Moves `amount` cents from a public account into the note.
    ///
    /// # Errors
    /// [`WalletError`] before anything is proved or sent.
    pub fn deposit(
        &self,
        market: &Market,
        account: &SigningKey,
        amount: u64,
    ) -> Result<PreparedAct, WalletError> {
        let action = Action::Deposit {
            account: public(account),
            amount,
        };
        self.prepare(market, action, None, Some((account, amount)))
    }

    /// Moves `amount` cents from the note to a public account.
    ///
    /// # Errors
    /// [`WalletError`] before anything is proved or sent.
    pub fn withdraw(
        &self,
        market: &Market,
        payee: Account,
        amount: u64,
    ) -> Result<PreparedAct, WalletError> {
        self.prepare(market, Action::Withdraw { payee, amount }, None, None)
    }

    /// Claims records, posts orders, or both at once; closing a live order and posting another is a replace.
    ///
    /// # Errors
    /// [`WalletError`] before anything is proved or sent: margin, self-trade, and all that the market would refuse.
    pub fn trade(
        &self,
        market: &Market,
        claim: Option<&ClaimPlan>,
        requests: &[OrderRequest],
    ) -> Result<PreparedAct, WalletError> {
        let nullifier = self.nullifier();
        let mut orders = Vec::with_capacity(requests.len());
        for (position, request) in (0..).zip(requests) {
            let key = cancel_key(self.key(), nullifier, position)
                .verifying_key()
                .to_bytes();
            orders.push(terms(market, request, key)?);
        }
        self.prevent_self_trades(market, claim, &orders)?;
        let moves = claim.is_some_and(|c| c.records.iter().any(|r| r.rest == Rest::Move));
        let new_tag = (moves || !orders.is_empty()).then(|| self.tag(nullifier));
        let claimed = claim.map(|plan| Claim {
            tag: self.tag(plan.tag_nullifier),
            records: plan.records.clone(),
        });
        let action = Action::Trade {
            claim: claimed,
            tag: new_tag,
            orders,
        };
        self.prepare(market, action, claim.map(|plan| plan.tag_nullifier), None)
    }

    /// The claims that close final records, one per tag, oldest first.
    #[must_use]
    pub fn finished_claims(&self, market: &Market) -> Vec<ClaimPlan> {
        self.claims(market, |record| {
            (!record.status.is_live()).then_some(Rest::Close)
        })
    }

    /// The claims that credit the fills of live orders and move their rest, one per tag, oldest first.
    #[must_use]
    pub fn partial_claims(&self, market: &Market) -> Vec<ClaimPlan> {
        let partial = |record: &Record| record.status.is_live() && !record.fills.is_empty();
        self.claims(market, |record| partial(record).then_some(Rest::Move))
    }

    /// The claim that closes one order, live or final: half of a replace.
    ///
    /// # Errors
    /// [`WalletError::UnknownOrder`] if it is none of this lineage's.
    pub fn closing_claim(&self, market: &Market, order: OrderId) -> Result<ClaimPlan, WalletError> {
        let (own, record) = self.own(market, order)?;
        let entry = RecordClaim {
            order,
            fills: record.fill_count(),
            rest: Rest::Close,
        };
        Ok(ClaimPlan {
            tag_nullifier: own.tag_nullifier,
            records: vec![entry],
        })
    }

    /// A signed cancel of an own order; it needs no proof.
    ///
    /// # Errors
    /// [`WalletError::UnknownOrder`] if it is none of this lineage's.
    pub fn cancel(&self, market: &Market, order: OrderId) -> Result<Instruction, WalletError> {
        self.instruct(market, order, OrderChange::Cancel)
    }

    /// A signed reduction of an own order to a new total, fills included; it needs no proof.
    ///
    /// # Errors
    /// [`WalletError::UnknownOrder`] if it is none of this lineage's.
    pub fn reduce(
        &self,
        market: &Market,
        order: OrderId,
        total: Quantity,
    ) -> Result<Instruction, WalletError> {
        self.instruct(market, order, OrderChange::Reduce(total))
    }

    fn instruct(
        &self,
        market: &Market,
        order: OrderId,
        change: OrderChange,
    ) -> Result<Instruction, WalletError> {
        let (own, _) = self.own(market, order)?;
        let key = cancel_key(self.key(), own.posted_by, own.position);
        let (chain, symbol) = (market.chain(), market.symbol());
        let signed = Instruction::signed_bytes(chain, symbol, order, change);
        let signature = key.sign(&signed).to_bytes();
        Ok(Instruction {
            chain,
            market: symbol,
            order,
            change,
            signature,
        })
    }

    fn own<'m>(
        &self,
        market: &'m Market,
        order: OrderId,
    ) -> Result<(OwnOrder, &'m Record), WalletError> {
        let own = self.orders().get(&order).copied();
        own.zip(market.record(order))
            .ok_or(WalletError::UnknownOrder(order))
    }

    fn tag(&self, nullifier: Element) -> Element {
        Element(tag(self.key(), nullifier.0))
    }

    fn claims(&self, market: &Market, rest: impl Fn(&Record) -> Option<Rest>) -> Vec<ClaimPlan> {
        // Grouped by tag in the order of each tag's first order, so that the oldest records come first.
        let mut order_of_tags: Vec<Element> = Vec::new();
        let mut groups: BTreeMap<Element, Vec<RecordClaim>> = BTreeMap::new();
        for (order, own) in self.orders() {
            let Some(record) = market.record(*order) else {
                continue;
            };
            let Some(rest) = rest(record) else { continue };
            let group = groups.entry(own.tag_nullifier).or_insert_with(|| {
                order_of_tags.push(own.tag_nullifier);
                Vec::new()
            });
            if group.len() < MAX_CLAIMS {
                group.push(RecordClaim {
                    order: *order,
                    fills: record.fill_count(),
                    rest,
                });
            }
        }
        let plan = |tag_nullifier: Element| {
            groups.remove(&tag_nullifier).map(|records| ClaimPlan {
                tag_nullifier,
                records,
            })
        };
        order_of_tags.into_iter().filter_map(plan).collect()
    }

    /// An order that would meet an own resting one is not sent: nobody may trade with himself.
    fn prevent_self_trades(
        &self,
        market: &Market,
        claim: Option<&ClaimPlan>,
        orders: &[OrderTerms],
    ) -> Result<(), WalletError> {
        let closing = |order: OrderId| {
            claim.is_some_and(|plan| {
                plan.records
                    .iter()
                    .any(|r| r.order == order && r.rest == Rest::Close)
            })
        };
        for own in self.orders().keys().filter(|own| !closing(**own)) {
            let Some(resting) = market.record(*own).filter(|r| r.status.is_live()) else {
                continue;
            };
            let meets = |order: &&OrderTerms| {
                order.side != resting.terms.side
                    && order.side.accepts(order.limit, resting.terms.limit)
            };
            if let Some(order) = orders.iter().find(meets) {
                return Err(WalletError::SelfTrade {
                    side: order.side,
                    price: order.limit,
                    own: *own,
                });
            }
        }
        Ok(())
    }

    fn prepare(
        &self,
        market: &Market,
        action: Action,
        old_tag_nullifier: Option<Element>,
        payment: Option<(&SigningKey, u64)>,
    ) -> Result<PreparedAct, WalletError> {
        let is_open = matches!(action, Action::Open { .. });
        let path = match self.leaf() {
            Some(leaf) => market.tree().path(leaf).ok_or(WalletError::Contradiction)?,
            None if is_open => Path::zero(),
            None => return Err(WalletError::NotOpen),
        };
        let nullifier = self.nullifier();
        let (deltas, requirement) = market.action_effect(&action)?;
        let note = self.note().apply(&deltas, nullifier.0)?;
        if let Err(violation) = margin::check(market, &note, &requirement) {
            let orders = posted(&action);
            return Err(margin::violation(
                market,
                self.note(),
                &deltas,
                orders,
                &requirement,
                violation,
            ));
        }
        let message = ActMessage {
            chain: market.chain(),
            market: market.symbol(),
            epoch: market.epoch(),
            expiry: market.height().saturating_add(DEFAULT_EXPIRY_BLOCKS),
            root: Element(market.tree().root()),
            nullifier,
            new_commitment: Element(note.commitment(market.market_element().0, self.key())),
            action,
        };
        let statement = market.message_statement(&message)?;
        let witness = ActWitness {
            key: self.key().clone(),
            old_note: self.note().clone(),
            path,
            old_tag_nullifier: old_tag_nullifier.unwrap_or(Element::ZERO).0,
        };
        check(&statement, &witness)?;
        let cash_signature = payment.map(|(key, amount)| {
            DepositAuthorization::sign(key, &market.chain().0, amount, message.context().to_bytes())
                .signature
        });
        Ok(PreparedAct {
            message,
            statement,
            cash_signature,
            witness,
        })
    }
}

fn posted(action: &Action) -> &[OrderTerms] {
    match action {
        Action::Trade { orders, .. } => orders,
        _ => &[],
    }
}

/// The public account of a signing key.
#[must_use]
pub fn public(key: &SigningKey) -> Account {
    Account(AccountId::of(key).0)
}

fn terms(
    market: &Market,
    request: &OrderRequest,
    cancel_key: [u8; 32],
) -> Result<OrderTerms, WalletError> {
    let OrderRequest {
        side,
        price,
        quantity,
        time_in_force,
        post_only,
    } = *request;
    let (limit, time_in_force) = match price {
        RequestPrice::Limit(limit) => (limit, time_in_force),
        RequestPrice::Market => (protected(market, side)?, TimeInForce::Ioc),
    };
    Ok(OrderTerms {
        side,
        limit,
        quantity,
        time_in_force,
        post_only,
        cancel_key,
    })
}

fn protected(market: &Market, side: Side) -> Result<Price, WalletError> {
    market
        .protection_price(side)
        .ok_or(WalletError::NoOpposite(side.opposite()))
}
