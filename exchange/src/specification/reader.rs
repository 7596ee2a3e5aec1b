//! From TOML text to a specification: one line a parameter, with the unit it must be written in.

use super::decimal::{Grid, MAX_DECIMALS, excerpt, parse_tick};
use super::entry::{Entry, Source};
use super::{
    MAX_CENTS, MAX_ORDERS_PER_MESSAGE, MAX_POSITION_LIMIT, Specification, SpecificationError,
};
use crate::calendar::{Calendar, ScheduleText};
use crate::mark::MarkWindow;
use crate::units::Quantity;
use serde::Deserialize;
use serde::de::DeserializeOwned;

const PRICE_UNIT: &str = "cents/lb";
const CENTS: &str = "cents";
const CENTS_PER_CONTRACT: &str = "cents per contract";
const SECONDS: &str = "seconds";
const CONTRACTS: &str = "contracts";

const CONTRACTS_OF_OTHERS: &str = "contracts of others for one of the clearing account";

/// No parameter in seconds is longer than a day, but for those that run after a contract month's end.
const DAY: i64 = 86_400;

/// Fewest seats that may make a key: of three any two decrypt, so that one may fail and none can read alone.
const MIN_SEATS: i64 = 3;

/// A parameter as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ParameterText {
    value: toml::Value,
    unit: String,
    source: Source,
    why: String,
}

/// Takes the keys out of the document one by one; what is left in the end is unknown.
pub(super) struct Reader {
    document: toml::Table,
    parameters: toml::Table,
    entries: Vec<Entry>,
}

impl Reader {
    pub(super) fn new(text: &str) -> Result<Self, SpecificationError> {
        let shape = |error| SpecificationError::Shape {
            field: "the specification",
            error,
        };
        let mut reader = Self {
            document: text.parse().map_err(shape)?,
            parameters: toml::Table::new(),
            entries: Vec::new(),
        };
        reader.parameters = reader.key("parameters")?;
        Ok(reader)
    }

    /// Reads every parameter, in the order in which they are shown.
    pub(super) fn specification(
        mut self,
        text_digest: [u8; 32],
    ) -> Result<Specification, SpecificationError> {
        let symbol = self.symbol()?;
        let name = self.name()?;
        let contract_size = self.integer("contract_size", "lb", 1, 1_000_000_000)?;
        let (grid, tick_value) = self.grid()?;
        let most_seats = i64::try_from(tally_mpc::MAX_SEATS).unwrap_or(i64::MAX);
        let mut specification = Specification {
            symbol,
            name,
            contract_size,
            grid,
            tick_value,
            fee: self.money("fee", "cents per contract and side")?,
            opening_fee: self.money("opening_fee", CENTS)?,
            minimum_deposit: self.money("minimum_deposit", CENTS)?,
            initial_margin: self.money("initial_margin", CENTS_PER_CONTRACT)?,
            maintenance_margin: self.money("maintenance_margin", CENTS_PER_CONTRACT)?,
            haircut: self.money("haircut", CENTS_PER_CONTRACT)?,
            late_haircut_first: self.money("late_haircut_first", CENTS_PER_CONTRACT)?,
            late_haircut_last: self.money("late_haircut_last", CENTS_PER_CONTRACT)?,
            band_half_width: self.distance("band_half_width", grid)?,
            trigger_distance: self.distance("trigger_distance", grid)?,
            warning_distance: self.distance("warning_distance", grid)?,
            trigger_hold: self.integer("trigger_hold", SECONDS, 1, DAY)?,
            trigger_spacing: self.integer("trigger_spacing", SECONDS, 1, DAY)?,
            mark_window: self.mark_window()?,
            lock_time: self.integer("lock_time", SECONDS, 1, DAY)?,
            daily_limit: self.distance("daily_limit", grid)?,
            expanded_limit: self.distance("expanded_limit", grid)?,
            expiring_limit: self.distance("expiring_limit", grid)?,
            market_protection: self.integer(
                "market_protection",
                "ticks",
                1,
                i64::from(grid.largest),
            )?,
            settlement_window: self.integer("settlement_window", SECONDS, 1, DAY)?,
            settlement_rest: self.integer("settlement_rest", SECONDS, 1, DAY)?,
            pre_open: self.integer("pre_open", SECONDS, 1, DAY)?,
            order_limit: Quantity(self.integer("order_limit", CONTRACTS, 1, MAX_POSITION_LIMIT)?),
            position_limit: self.integer("position_limit", CONTRACTS, 1, MAX_POSITION_LIMIT)?,
            orders_per_message: self.integer(
                "orders_per_message",
                "orders",
                1,
                MAX_ORDERS_PER_MESSAGE,
            )?,
            decryptor_bond: self.money("decryptor_bond", CENTS)?,
            reward_cap: self.money("reward_cap", CENTS)?,
            fund_seed: self.money("fund_seed", CENTS)?,
            expiry_horizon: self.integer("expiry_horizon", "blocks", 1, 1_000_000)?,
            refresh_window: self.integer("refresh_window", SECONDS, 1, DAY)?,
            daily_window_end: self.integer("daily_window_end", SECONDS, 1, DAY)?,
            window_extension_daily: self.integer("window_extension_daily", SECONDS, 1, DAY)?,
            window_without_next_session: self.integer(
                "window_without_next_session",
                SECONDS,
                1,
                DAY,
            )?,
            share_time: self.integer("share_time", SECONDS, 1, DAY)?,
            dealing_time: self.integer("dealing_time", SECONDS, 1, DAY)?,
            complaint_time: self.integer("complaint_time", SECONDS, 1, DAY)?,
            minimum_seats: self.integer("minimum_seats", "seats", MIN_SEATS, most_seats)?,
            reopen_pre_open: self.integer("reopen_pre_open", SECONDS, 1, DAY)?,
            clearing_share: self.integer("clearing_share", CONTRACTS_OF_OTHERS, 1, 1_000)?,
            late_haircut_days: self.integer("late_haircut_days", "trading days", 1, 1_000)?,
            final_settlement_wait: self.integer("final_settlement_wait", SECONDS, 1, 30 * DAY)?,
            lapse_year: self.integer("lapse_year", SECONDS, DAY, 10 * 366 * DAY)?,
            calendar: Calendar::default(),
            text_digest,
            entries: Vec::new(),
        };
        let schedule = ScheduleText {
            contracts: self.key("contracts")?,
            holidays: self.key("holidays")?,
            sessions: self.key("sessions")?,
        };
        specification.calendar = Calendar::from_text(&schedule, &specification)?;
        specification.entries = self.finish()?;
        Ok(specification)
    }

    /// Takes a top-level key of the document.
    fn key<T: DeserializeOwned>(&mut self, field: &'static str) -> Result<T, SpecificationError> {
        let value = self
            .document
            .remove(field)
            .ok_or(SpecificationError::Missing { field })?;
        value
            .try_into()
            .map_err(|error| SpecificationError::Shape { field, error })
    }

    fn symbol(&mut self) -> Result<String, SpecificationError> {
        let symbol: String = self.key("symbol")?;
        let fits =
            (1..=4).contains(&symbol.len()) && symbol.bytes().all(|byte| byte.is_ascii_uppercase());
        if fits {
            return Ok(symbol);
        }
        Err(SpecificationError::Text {
            field: "symbol",
            value: excerpt(&symbol),
            expected: "one to four capital letters, such as \"HE\"",
        })
    }

    fn name(&mut self) -> Result<String, SpecificationError> {
        let name: String = self.key("name")?;
        let fits = (1..=64).contains(&name.len())
            && name.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if fits {
            return Ok(name);
        }
        Err(SpecificationError::Text {
            field: "name",
            value: excerpt(&name),
            expected: "1 to 64 printable ASCII characters",
        })
    }

    /// Takes a parameter, notes its entry and gives its value.
    fn take(
        &mut self,
        field: &'static str,
        unit: &'static str,
    ) -> Result<toml::Value, SpecificationError> {
        let value = self
            .parameters
            .remove(field)
            .ok_or(SpecificationError::Missing { field })?;
        let text: ParameterText = value
            .try_into()
            .map_err(|error| SpecificationError::Shape { field, error })?;
        if text.unit != unit {
            return Err(SpecificationError::Unit {
                field,
                unit: excerpt(&text.unit),
                expected: unit,
            });
        }
        if text.why.trim().is_empty() {
            return Err(SpecificationError::NoReason { field });
        }
        let value = match &text.value {
            toml::Value::String(value) => value.clone(),
            other => other.to_string(),
        };
        self.entries.push(Entry {
            name: field,
            value,
            unit,
            source: text.source,
            why: text.why,
        });
        Ok(text.value)
    }

    /// A whole number from `least` to `most`.
    fn integer<T: TryFrom<i64>>(
        &mut self,
        field: &'static str,
        unit: &'static str,
        least: i64,
        most: i64,
    ) -> Result<T, SpecificationError> {
        let value = self.take(field, unit)?;
        let Some(value) = value.as_integer() else {
            let found = value.type_str();
            return Err(SpecificationError::Kind {
                field,
                found,
                expected: "a whole number without quotes",
            });
        };
        let range = || SpecificationError::Range {
            field,
            value,
            least,
            most,
        };
        if !(least..=most).contains(&value) {
            return Err(range());
        }
        T::try_from(value).map_err(|_| range())
    }

    /// An amount in cents.
    fn money(
        &mut self,
        field: &'static str,
        unit: &'static str,
    ) -> Result<i64, SpecificationError> {
        self.integer(field, unit, 0, MAX_CENTS)
    }

    /// A decimal number in quotes.
    fn decimal(&mut self, field: &'static str) -> Result<String, SpecificationError> {
        match self.take(field, PRICE_UNIT)? {
            toml::Value::String(text) => Ok(text),
            other => Err(SpecificationError::Kind {
                field,
                found: other.type_str(),
                expected: "a decimal number in quotes, such as \"0.025\", so that it is exact",
            }),
        }
    }

    /// A positive distance between prices, in ticks.
    fn distance(&mut self, field: &'static str, grid: Grid) -> Result<i32, SpecificationError> {
        let text = self.decimal(field)?;
        let ticks = grid
            .parse(&text)
            .map_err(|error| SpecificationError::Distance { field, error })?
            .0;
        if ticks < 1 {
            return Err(SpecificationError::Text {
                field,
                value: excerpt(&text),
                expected: "a distance of at least one tick",
            });
        }
        Ok(ticks)
    }

    /// Decimals, tick and value of a tick; the largest price is the one worth at most [`MAX_CENTS`] a contract.
    fn grid(&mut self) -> Result<(Grid, i64), SpecificationError> {
        let decimals = self.integer("price_decimals", "decimals", 0, i64::from(MAX_DECIMALS))?;
        let text = self.decimal("tick")?;
        let tick = parse_tick(&text, decimals).ok_or_else(|| SpecificationError::Text {
            field: "tick",
            value: excerpt(&text),
            expected: "a positive decimal number with no more digits after the point than price_decimals",
        })?;
        let tick_value: i64 =
            self.integer("tick_value", "cents per tick and contract", 1, MAX_CENTS)?;
        let largest = i32::try_from(MAX_CENTS / tick_value).unwrap_or(i32::MAX);
        Ok((
            Grid {
                tick,
                decimals,
                largest,
            },
            tick_value,
        ))
    }

    fn mark_window(&mut self) -> Result<MarkWindow, SpecificationError> {
        let (field, most) = ("mark_window", MarkWindow::MAX);
        let contracts = self.integer(field, CONTRACTS, 1, i64::from(most))?;
        MarkWindow::new(contracts).map_err(|_| SpecificationError::Range {
            field,
            value: i64::from(contracts),
            least: 1,
            most: i64::from(most),
        })
    }

    /// The entries, if every key of the document was read.
    fn finish(self) -> Result<Vec<Entry>, SpecificationError> {
        match self.document.keys().chain(self.parameters.keys()).next() {
            Some(key) => Err(SpecificationError::Unknown {
                field: excerpt(key),
            }),
            None => Ok(self.entries),
        }
    }
}
