//! Building messages from a lineage and the market as its owner sees it.
//!
//! Everything is checked here, before a proof is made: a message that the market would refuse as it stands is not
//! built, and nothing of the wallet changes until the message is included.

mod bond;
mod revalidate;
mod transfer;

pub use crate::claims::ClaimPlan;

use crate::error::WalletError;
use crate::keys::cancel_key;
use crate::lineage::{Lineage, Standing};
use crate::margin;
use crate::prepared::PreparedAct;
use crate::request::{OrderRequest, RequestPrice};
use crate::self_trade::OwnInterest;
use ed25519_dalek::SigningKey;
use tally_circuits::act::{ActWitness, check};
use tally_circuits::field::Element;
use tally_circuits::margin::MarginRequirement;
use tally_circuits::note::{Deltas, Note, tag};
use tally_circuits::tree::Path;
use tally_exchange::market::Market;
use tally_exchange::message::{
    Account, ActMessage, ActTransaction, Action, Claim, OrderTerms, PROOF_BYTES, Rest,
};
use tally_exchange::units::{Price, Side, TimeInForce};
use tally_ledger_adapter::accounts::{AccountId, DepositAuthorization};

/// How many blocks a message stays good, or as long as the contract allows if that is shorter.
pub const DEFAULT_EXPIRY_BLOCKS: u64 = 1_000;

impl Lineage {
    /// Opens the lineage with a first deposit from a public account, `amount` cents with the opening fee in it.
    ///
    /// Whether the account holds that much is seen when the message is included.
    ///
    /// # Errors
    /// [`WalletError`] before anything is proved or sent.
    pub fn open(
        &self,
        market: &Market,
        account: &SigningKey,
        amount: u64,
    ) -> Result<PreparedAct, WalletError> {
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
    /// A note that stayed behind in a closed epoch can claim there and nothing else.
    ///
    /// Orders that would meet an own one of *this lineage* are refused. A wallet with several lineages uses
    /// [`crate::wallet::Wallet::trade`], which looks at all of them.
    ///
    /// # Errors
    /// [`WalletError`] before anything is proved or sent: margin, self-trade, and all that the market would refuse.
    pub fn trade(
        &self,
        market: &Market,
        claim: Option<&ClaimPlan>,
        requests: &[OrderRequest],
    ) -> Result<PreparedAct, WalletError> {
        let own = OwnInterest {
            lineages: std::slice::from_ref(self),
            in_flight: &[],
        };
        self.trade_beside(market, claim, requests, own)
    }

    /// As [`Lineage::trade`], minding all that the owner has in the market.
    pub(crate) fn trade_beside(
        &self,
        market: &Market,
        claim: Option<&ClaimPlan>,
        requests: &[OrderRequest],
        own: OwnInterest<'_>,
    ) -> Result<PreparedAct, WalletError> {
        if claim.is_some_and(|plan| plan.records.is_empty()) {
            return Err(WalletError::NothingToClaim);
        }
        let nullifier = self.nullifier();
        let mut orders = self.terms(market, requests)?;
        for (order, request) in orders.iter_mut().zip(requests) {
            if request.price == RequestPrice::Market {
                own.stop_short(market, claim, order);
            }
        }
        own.check(market, nullifier, claim, &orders)?;
        let moves = claim.is_some_and(ClaimPlan::moves);
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

    /// The owner mark of what the Act with this nullifier posts or moves.
    pub(crate) fn tag(&self, nullifier: Element) -> Element {
        Element(tag(self.key(), nullifier.0))
    }

    /// The requested orders with limits and one-time keys filled in.
    fn terms(
        &self,
        market: &Market,
        requests: &[OrderRequest],
    ) -> Result<Vec<OrderTerms>, WalletError> {
        let terms = |(position, request)| {
            let key = cancel_key(self.key(), self.nullifier(), position);
            terms(market, request, key.verifying_key().to_bytes())
        };
        (0..).zip(requests).map(terms).collect()
    }

    fn prepare(
        &self,
        market: &Market,
        action: Action,
        old_tag_nullifier: Option<Element>,
        payment: Option<(&SigningKey, u64)>,
    ) -> Result<PreparedAct, WalletError> {
        let old = self.spendable(market, &action)?;
        let nullifier = self.nullifier();
        let (deltas, requirement) = market.action_effect_in(old.epoch, &action)?;
        let note = self.note().apply(&deltas, nullifier.0)?;
        // A closed epoch takes claims alone, which margin never stops: the relation is looked at below all the same.
        if old.epoch == market.epoch() && market.closed_epoch(old.epoch).is_none() {
            self.check_margin(market, &action, &note, &deltas, &requirement)?;
        }
        let horizon = market.specification().expiry_horizon;
        let message = ActMessage {
            chain: market.chain(),
            market: market.symbol(),
            epoch: old.epoch,
            expiry: market
                .height()
                .saturating_add(horizon.min(DEFAULT_EXPIRY_BLOCKS)),
            root: old.root,
            nullifier,
            new_commitment: self.commitment(&note),
            action,
        };
        let cash_signature = payment.map(|(key, amount)| {
            DepositAuthorization::sign(key, &market.chain().0, amount, message.context().to_bytes())
                .signature
        });
        let witness = ActWitness {
            key: self.key().clone(),
            old_note: self.note().clone(),
            path: old.path,
            old_tag_nullifier: old_tag_nullifier.unwrap_or(Element::ZERO).0,
        };
        finish(market, message, cash_signature, witness)
    }

    /// Where the note stands that an Act spends; for an opening, where it will.
    fn spendable(&self, market: &Market, action: &Action) -> Result<OldNote, WalletError> {
        let Some(place) = self.place() else {
            return if action.opens() {
                Ok(OldNote {
                    epoch: market.epoch(),
                    root: Element(market.tree().root()),
                    path: Path::zero(),
                })
            } else {
                Err(WalletError::NotOpen)
            };
        };
        if action.opens() {
            return Err(WalletError::AlreadyOpen);
        }
        let epoch = place.epoch;
        match place.standing(market) {
            Standing::Ahead => Err(WalletError::AwaitsResult { epoch }),
            Standing::Behind if !closes_only(action) => Err(WalletError::LeftBehind { epoch }),
            Standing::Behind | Standing::Present => self.old_note(market),
        }
    }

    /// The present note's place in its epoch's tree.
    fn old_note(&self, market: &Market) -> Result<OldNote, WalletError> {
        let place = self.place().ok_or(WalletError::NotOpen)?;
        let tree = place.tree(market).ok_or(WalletError::Contradiction)?;
        Ok(OldNote {
            epoch: place.epoch,
            root: Element(tree.root()),
            path: tree.path(place.leaf).ok_or(WalletError::Contradiction)?,
        })
    }

    /// The commitment to a note of this lineage.
    fn commitment(&self, note: &Note) -> Element {
        Element(note.commitment(self.market().0, self.key()))
    }

    fn check_margin(
        &self,
        market: &Market,
        action: &Action,
        note: &Note,
        deltas: &Deltas,
        requirement: &MarginRequirement,
    ) -> Result<(), WalletError> {
        let Err(violation) = margin::check(market, note, requirement) else {
            return Ok(());
        };
        let change = margin::Change {
            note: self.note(),
            total: deltas,
            action,
            requirement,
        };
        let largest = change.largest(market);
        Err(WalletError::Margin { violation, largest })
    }
}

/// A note in its tree.
struct OldNote {
    epoch: u64,
    root: Element,
    path: Path,
}

/// Whether an action only claims and closes records: what a closed epoch still takes.
fn closes_only(action: &Action) -> bool {
    let closes = |claim: &Claim| claim.records.iter().all(|entry| entry.rest == Rest::Close);
    matches!(
        action,
        Action::Trade { claim: Some(claim), tag: None, orders } if orders.is_empty() && closes(claim)
    )
}

/// The last look before the proof: all that the market checks but the proof, and the relation that is to be proved.
fn finish(
    market: &Market,
    message: ActMessage,
    cash_signature: Option<[u8; 64]>,
    witness: ActWitness,
) -> Result<PreparedAct, WalletError> {
    let unproved = ActTransaction {
        message,
        proof: [0; PROOF_BYTES],
        cash_signature,
    };
    let statement = market.statement(&unproved)?;
    check(&statement, &witness)?;
    Ok(PreparedAct {
        message: unproved.message,
        statement,
        cash_signature,
        witness,
    })
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
