//! An order on its way: typed, previewed, confirmed.

use tally_client::reply::Preview;
use tally_client::request::{MARKET_PRICE, OrderRequest, Request};
use tally_exchange::message::Symbol;
use tally_exchange::units::{Quantity, Side, TimeInForce};

/// Longest text in a field.
const LONGEST: usize = 12;

/// What a form is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A limit order.
    Limit,
    /// A market order.
    Market,
    /// Closing the position; nothing is typed.
    Close,
}

/// Where typing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Contracts.
    Quantity,
    /// The limit.
    Price,
}

/// An order that is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// What it is for.
    pub kind: Kind,
    /// Buy or sell.
    pub side: Side,
    /// As typed.
    pub quantity: String,
    /// As typed.
    pub price: String,
    /// Where typing goes.
    pub field: Field,
    /// What is wrong with it.
    pub error: Option<String>,
    /// Whether its preview is awaited.
    pub awaits: bool,
    /// Its number in this session.
    pub serial: u64,
    /// The order's name: however often it is sent, it counts once.
    pub id: String,
    /// The contract month.
    pub market: Option<Symbol>,
}

impl Form {
    /// What is asked for.
    ///
    /// # Errors
    /// What is wrong with what was typed.
    pub fn request(&self, preview: bool) -> Result<Request, String> {
        let id = Some(self.id.clone());
        let market = self.market;
        if self.kind == Kind::Close {
            return Ok(Request::Close {
                market,
                id,
                preview,
            });
        }
        let quantity = self
            .quantity
            .parse()
            .ok()
            .filter(|contracts| *contracts > 0);
        let quantity =
            Quantity(quantity.ok_or("quantity: type a whole number of contracts, at least 1")?);
        let (price, tif) = match self.kind {
            Kind::Market => (MARKET_PRICE.to_owned(), TimeInForce::Ioc),
            _ => (self.price.clone(), TimeInForce::Day),
        };
        if crate::text::decimal::millionths(&price).is_none() && price != MARKET_PRICE {
            return Err("price: type a number such as 66.150".to_owned());
        }
        Ok(Request::Order(OrderRequest {
            market,
            side: self.side,
            quantity,
            price,
            tif,
            post_only: false,
            id,
            preview,
        }))
    }

    /// What it does, in words.
    pub fn words(&self) -> String {
        match self.kind {
            Kind::Limit => format!("{} {} @ {}", self.side, self.quantity, self.price),
            Kind::Market => format!("{} {} at the market", self.side, self.quantity),
            Kind::Close => "close the position".to_owned(),
        }
    }

    fn text(&mut self) -> &mut String {
        match self.field {
            Field::Quantity => &mut self.quantity,
            Field::Price => &mut self.price,
        }
    }

    /// A character is typed; others than a number's are passed over.
    pub fn type_in(&mut self, c: char) {
        let belongs = match self.field {
            Field::Quantity => c.is_ascii_digit(),
            Field::Price => c.is_ascii_digit() || matches!(c, '.' | '-'),
        };
        if belongs && self.text().len() < LONGEST {
            self.text().push(c);
            self.error = None;
        }
    }

    /// The last character is taken back.
    pub fn erase(&mut self) {
        self.text().pop();
        self.error = None;
    }

    /// The other field, or the other side where there is but one field.
    pub fn switch(&mut self) {
        match (self.kind, self.field) {
            (Kind::Limit, Field::Quantity) => self.field = Field::Price,
            (Kind::Limit, Field::Price) => self.field = Field::Quantity,
            (Kind::Market, _) => self.side = self.side.opposite(),
            (Kind::Close, _) => {}
        }
    }
}

/// A previewed order, to be confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// Where it came from.
    pub form: Form,
    /// What it would do.
    pub preview: Preview,
    /// Why nobody knows what became of it, if it was sent before.
    pub trouble: Option<String>,
}
