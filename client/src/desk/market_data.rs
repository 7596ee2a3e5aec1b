//! What everybody can see: book, tape, epochs, contract months, and a trader's screen of it.

use super::look::position;
use super::{Desk, DeskError, words};
use crate::feed::{Feed, word};
use crate::reply::{BookReply, EpochLine, EventLine, LevelLine, MarketLine, Reply, Screen};
use std::collections::BTreeMap;
use tally_exchange::calendar::format_time;
use tally_exchange::epoch::rounds::RoundKey;
use tally_exchange::market::{Market, Stage};
use tally_exchange::message::Symbol;
use tally_exchange::units::{Price, Side};
use tally_node::replay::market_view;

/// Price levels of a side if nothing else is said.
const LEVELS_SHOWN: u32 = 10;
/// Most price levels of a side.
const MOST_LEVELS: u32 = 1_000;
/// Events if nothing else is said.
const EVENTS_SHOWN: u32 = 50;
/// Most events in one answer.
const MOST_EVENTS: u32 = 1_000;

impl Desk {
    pub(super) fn epoch(&self) -> Reply {
        let replica = self.follower.replica();
        let markets = replica.markets().map(market_view);
        Reply::Epoch {
            height: replica.height(),
            // Plain data with text keys: it encodes.
            markets: markets
                .map(|market| serde_json::to_value(market).unwrap_or_default())
                .collect(),
        }
    }

    pub(super) fn book(
        &self,
        named: Option<Symbol>,
        levels: Option<u32>,
    ) -> Result<Reply, DeskError> {
        let symbol = self.symbol(named)?;
        let levels = levels.unwrap_or(LEVELS_SHOWN).min(MOST_LEVELS);
        Ok(Reply::Book(self.book_of(self.market(symbol)?, levels)))
    }

    fn book_of(&self, market: &Market, levels: u32) -> BookReply {
        let specification = market.specification();
        let own = self.own_levels(market);
        let side = |side: Side| {
            let depth = market.depth(side, levels as usize);
            let line = |level: &tally_exchange::book::Level| LevelLine {
                price: specification.format_price(level.price),
                quantity: level.quantity,
                orders: level.orders,
                own: own.get(&(side as u8, level.price)).copied().unwrap_or(0),
            };
            depth.iter().map(line).collect()
        };
        let (low, high) = market.trigger_prices();
        BookReply {
            market: market.symbol(),
            height: market.height(),
            time: format_time(market.time()),
            phase: word(&market.phase()),
            bids: side(Side::Buy),
            asks: side(Side::Sell),
            mark: specification.format_price(market.mark()),
            last: self.feed.last_trade(market.symbol()).map(str::to_owned),
            band: words::band(specification, market.band()),
            trigger: [low, high].map(|price| specification.format_price(price)),
            traded: market.contracts_traded(),
        }
    }

    /// Contracts in own live orders, by side and price.
    fn own_levels(&self, market: &Market) -> BTreeMap<(u8, Price), u64> {
        let mut levels = BTreeMap::new();
        let Ok(month) = self.month(market.symbol()) else {
            return levels;
        };
        for record in month
            .lineage()
            .orders()
            .keys()
            .filter_map(|id| market.record(*id))
            .filter(|record| record.status.is_live())
        {
            let rest = u64::from(record.total.0.saturating_sub(record.filled.0));
            *levels
                .entry((record.terms.side as u8, record.terms.limit))
                .or_insert(0) += rest;
        }
        levels
    }

    pub(super) fn trades(
        &self,
        named: Option<Symbol>,
        from: Option<u64>,
        limit: Option<u32>,
    ) -> Result<Reply, DeskError> {
        if let Some(symbol) = named {
            self.market(symbol)?;
        }
        Ok(self.lines(from, limit, &|line| {
            line.what["event"] == "trade" && named.is_none_or(|symbol| symbol == line.market)
        }))
    }

    pub(super) fn events(
        &self,
        named: Option<Symbol>,
        from: Option<u64>,
        limit: Option<u32>,
        own: bool,
    ) -> Result<Reply, DeskError> {
        if let Some(symbol) = named {
            self.market(symbol)?;
        }
        Ok(self.lines(from, limit, &|line| {
            (!own || line.own) && named.is_none_or(|symbol| symbol == line.market)
        }))
    }

    fn lines(
        &self,
        from: Option<u64>,
        limit: Option<u32>,
        keep: &dyn Fn(&EventLine) -> bool,
    ) -> Reply {
        let most = limit.unwrap_or(EVENTS_SHOWN).min(MOST_EVENTS) as usize;
        let is_own = |symbol: Symbol, order| {
            self.month(symbol)
                .is_ok_and(|month| month.blotter.orders().contains_key(&order))
        };
        let events = self.feed.lines(from, most, &is_own, keep);
        // A full answer may have left some out: they come next.
        let next = match events.last() {
            Some(last) if events.len() == most && from.is_some() => last.seq + 1,
            _ => Feed::next(self.follower.replica().height()),
        };
        Reply::Events { events, next }
    }

    pub(super) fn markets(&self) -> Reply {
        let replica = self.follower.replica();
        Reply::Markets {
            chain: replica.chain().to_string(),
            name: self.follower.genesis().document().name.clone(),
            insecure_keys: self.insecure_keys,
            markets: replica
                .markets()
                .map(|market| self.market_line(market))
                .collect(),
        }
    }

    fn market_line(&self, market: &Market) -> MarketLine {
        let specification = market.specification();
        let symbol = market.symbol();
        let last = specification.calendar.last_trading_day(symbol.as_str());
        MarketLine {
            market: symbol,
            last_trading_day: last.map(|date| date.to_string()).unwrap_or_default(),
            session: market.session().date.to_string(),
            phase: word(&market.phase()),
            mark: specification.format_price(market.mark()),
            band: words::band(specification, market.band()),
            epoch: market.epoch(),
            notes: market.expected(),
            traded: market.contracts_traded(),
            is_open: self.month(symbol).is_ok_and(super::month::Month::is_open),
        }
    }

    pub(super) fn screen(
        &mut self,
        named: Option<Symbol>,
        levels: u32,
        from: u64,
    ) -> Result<Reply, DeskError> {
        let symbol = self.symbol(named)?;
        let notices = self.notices()?;
        let market = self.market(symbol)?;
        let month = self.month(symbol)?;
        let orders = match self.order_lines(Some(symbol), false)? {
            Reply::Orders { orders } => orders,
            _ => Vec::new(),
        };
        let (tape, next) = match self.events(Some(symbol), Some(from), None, false)? {
            Reply::Events { events, next } => (events, next),
            _ => (Vec::new(), from),
        };
        Ok(Reply::Screen(Box::new(Screen {
            status: self.status(),
            book: self.book_of(market, levels.min(MOST_LEVELS)),
            position: position(market, month),
            orders,
            tape,
            next,
            epoch: epoch_line(market),
            balance: self.balance(),
            agent: self.is_agent,
            notices,
        })))
    }
}

fn epoch_line(market: &Market) -> EpochLine {
    let (stage, until) = match market.stage() {
        Stage::Open => ("open", None),
        Stage::AwaitingKey => ("awaiting-key", None),
        Stage::Window { until, .. } => ("window", Some(until)),
        Stage::Sharing { until, .. } => ("sharing", Some(until)),
    };
    let seats = market
        .joint_key()
        .map_or(0, |key: &RoundKey| key.seats().len());
    EpochLine {
        epoch: market.epoch(),
        stage: stage.to_owned(),
        until: until.map(format_time),
        refreshed: market.refreshed(),
        expected: market.expected(),
        seats: seats as u64,
    }
}
