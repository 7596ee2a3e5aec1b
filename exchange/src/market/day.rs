//! One trading day: session, bands, book, mark, settlement.

use super::GenesisError;
use crate::book::Book;
use crate::calendar::{Session, daily_band};
use crate::epoch::terms::session_band;
use crate::epoch::watch::TriggerWatch;
use crate::mark::{LockWatch, Mark};
use crate::settlement::{Settlement, SettlementWindow};
use crate::specification::Specification;
use crate::units::{Band, Price, Time};
use borsh::{BorshDeserialize, BorshSerialize};

/// What belongs to the day that is traded and begins anew with the next. Its session stands beside it.
#[derive(Clone, BorshSerialize, BorshDeserialize)]
pub(super) struct Day {
    /// Number of the trading day in this market, from 1.
    pub(super) number: u64,
    /// Settlement price of the day before, ticks.
    pub(super) prior_settlement: Price,
    /// Whether the day before settled at its limit.
    pub(super) after_limit_settlement: bool,
    /// Centre of the band, ticks.
    pub(super) centre: Price,
    /// The daily limit: no edge of a band lies outside of it.
    pub(super) limit_band: Band,
    /// Outside of it no order is posted and no trade prints.
    pub(super) band: Band,
    /// The price of the last revalidation, or the prior settlement: reference of the next uncrossing, ticks.
    pub(super) reference: Price,
    /// When the next uncrossing is due.
    pub(super) opens_at: Time,
    pub(super) book: Book,
    pub(super) mark: Mark,
    pub(super) lock: LockWatch,
    pub(super) watch: TriggerWatch,
    pub(super) window: SettlementWindow,
    pub(super) settlement: Option<Settlement>,
    /// The final settlement price as signed, on the last trading day.
    pub(super) final_settlement: Option<Price>,
    /// Whether the day's revalidation is over and no session follows.
    pub(super) finished: bool,
}

impl Day {
    /// The day of `session` after a settlement at `prior_settlement`.
    pub(super) fn begin(
        session: &Session,
        prior_settlement: Price,
        after_limit_settlement: bool,
        number: u64,
        specification: &Specification,
    ) -> Result<Self, GenesisError> {
        let limit = daily_band(
            prior_settlement,
            session,
            after_limit_settlement,
            specification,
        );
        // The edges are moved inside the contract's largest price; a settlement beyond it is left outside the band.
        if !limit.contains(prior_settlement) {
            return Err(GenesisError::Band(prior_settlement));
        }
        if !specification.fits_note_range(limit) {
            return Err(GenesisError::NoteRange(specification.position_limit));
        }
        let band = session_band(prior_settlement, limit, specification);
        Ok(Self {
            number,
            prior_settlement,
            after_limit_settlement,
            centre: prior_settlement,
            limit_band: limit,
            band,
            reference: prior_settlement,
            opens_at: session.open,
            book: Book::new(band).map_err(|_| GenesisError::Band(prior_settlement))?,
            mark: Mark::seeded(prior_settlement, specification.mark_window),
            lock: LockWatch::new(specification.mark_window, specification.lock_time, band),
            watch: TriggerWatch::new(),
            window: SettlementWindow::new(
                prior_settlement,
                session.settlement,
                specification.settlement_window,
            )?,
            settlement: None,
            final_settlement: None,
            finished: false,
        })
    }
}
