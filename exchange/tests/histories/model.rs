//! What every trader owns, worked out from the public events and nothing else.

use std::collections::BTreeMap;
use tally_circuits::field::Element;
use tally_circuits::margin::{BandCents, MarginRequirement, equity, solvent};
use tally_circuits::note::Note;
use tally_exchange::message::{OrderTerms, RecordClaim, Rest};
use tally_exchange::receipt::Event;
use tally_exchange::units::{OrderId, Price, Side};

const TICK: i64 = 1_000;
const FEE: i64 = 100;
const INITIAL: i64 = 70_000;
const MAINTENANCE: i64 = 10_000;
const POSITION_LIMIT: i64 = 20_000;

/// An order and what its owner has taken over of it.
#[derive(Clone, Debug)]
pub struct ModelOrder {
    pub owner: usize,
    pub tag: Element,
    pub terms: OrderTerms,
    pub total: u32,
    /// Price and quantity of all fills ever.
    pub fills: Vec<(i32, u32)>,
    /// How many of them are in the owner's note.
    pub credited: usize,
    /// Contracts reserved in the owner's note.
    pub reserved: u32,
    pub live: bool,
    /// Whether its record has been claimed to the end.
    pub gone: bool,
}

/// What an Act does to a note, as its sender means it.
#[derive(Clone, Debug, Default)]
pub struct Intent {
    pub claims: Vec<RecordClaim>,
    pub orders: Vec<OrderTerms>,
    /// Cash into the note, cents.
    pub cash: i64,
}

#[derive(Clone, Debug, Default)]
pub struct Model {
    pub orders: BTreeMap<OrderId, ModelOrder>,
    /// Cash that each trader has paid in and not taken out, fees of opening taken off, cents.
    pub paid: Vec<i64>,
    read: usize,
}

impl ModelOrder {
    pub fn filled(&self) -> u32 {
        quantity(&self.fills)
    }

    /// Cash of the fills in `range`, as the owner sees it, cents.
    fn cash(&self, fills: &[(i32, u32)]) -> i64 {
        let cash = |&(price, quantity): &(i32, u32)| {
            let (notional, fee) = (i64::from(price) * TICK, FEE);
            let each = if self.terms.side == Side::Buy {
                -notional - fee
            } else {
                notional - fee
            };
            each * i64::from(quantity)
        };
        fills.iter().map(cash).sum()
    }

    fn position(&self, fills: &[(i32, u32)]) -> i32 {
        let contracts = i32::try_from(quantity(fills)).expect("few contracts");
        if self.terms.side == Side::Buy {
            contracts
        } else {
            -contracts
        }
    }

    /// What the reservation costs or brings in, cents.
    fn reserved_cost(&self, contracts: u32) -> i64 {
        let fee = if self.terms.side == Side::Buy {
            FEE
        } else {
            -FEE
        };
        (i64::from(self.terms.limit.0) * TICK + fee) * i64::from(contracts)
    }

    /// Adds what `credited` fills and `reserved` contracts of this order mean for a note.
    fn add_to(&self, note: &mut Note, credited: usize, reserved: u32) {
        note.cash += self.cash(&self.fills[..credited]);
        note.position += self.position(&self.fills[..credited]);
        let cost = self.reserved_cost(reserved);
        match self.terms.side {
            Side::Buy => {
                (note.buy_quantity, note.buy_cost) =
                    (note.buy_quantity + reserved, note.buy_cost + cost);
            }
            Side::Sell => {
                (note.sell_quantity, note.sell_cost) =
                    (note.sell_quantity + reserved, note.sell_cost + cost);
            }
        }
    }
}

pub fn quantity(fills: &[(i32, u32)]) -> u32 {
    fills.iter().map(|fill| fill.1).sum()
}

impl Model {
    /// Traders who have paid in this much, cents.
    pub fn new(paid: Vec<i64>) -> Self {
        Self {
            paid,
            ..Self::default()
        }
    }

    /// Reads the events that are new.
    pub fn read(&mut self, events: &[Event]) {
        for event in &events[self.read..] {
            match *event {
                Event::Fill {
                    order,
                    index,
                    price,
                    quantity,
                } => {
                    let order = self
                        .orders
                        .get_mut(&order)
                        .expect("fills are of known orders");
                    assert!(order.live, "a dead order has traded");
                    assert_eq!(index as usize, order.fills.len());
                    assert!(order.terms.side.accepts(order.terms.limit, price));
                    order.fills.push((price.0, quantity.0));
                    assert!(order.filled() <= order.total);
                }
                Event::Final { order, .. } => {
                    let order = self
                        .orders
                        .get_mut(&order)
                        .expect("ends are of known orders");
                    assert!(order.live, "an order has died twice");
                    order.live = false;
                }
                Event::Reduced { order, total } => {
                    let order = self
                        .orders
                        .get_mut(&order)
                        .expect("reductions are of known orders");
                    assert!(order.live && total.0 < order.total && order.filled() < total.0);
                    order.total = total.0;
                }
                _ => {}
            }
        }
        self.read = events.len();
    }

    fn note_of(&self, owner: usize, all_fills: bool, reservations: bool) -> Note {
        let mut note = Note {
            cash: self.paid[owner],
            ..Note::opening()
        };
        for order in self.orders.values().filter(|order| order.owner == owner) {
            let credited = if all_fills {
                order.fills.len()
            } else {
                order.credited
            };
            let filled_since = quantity(&order.fills[order.credited.min(credited)..credited]);
            let reserved = if reservations {
                order.reserved - filled_since
            } else {
                0
            };
            order.add_to(&mut note, credited, reserved);
        }
        note
    }

    /// What the trader's note must hold.
    pub fn note(&self, owner: usize) -> Note {
        self.note_of(owner, false, true)
    }

    /// What it would hold with every fill claimed and every order still reserved as far as it is not filled.
    pub fn note_with_all_fills(&self, owner: usize) -> Note {
        self.note_of(owner, true, true)
    }

    /// The first claim that closes a record with more fills than it counts, and their number.
    pub fn late(&self, intent: &Intent) -> Option<(RecordClaim, u32)> {
        let fills = |claim: &RecordClaim| {
            u32::try_from(self.orders[&claim.order].fills.len()).expect("few fills")
        };
        let late = intent
            .claims
            .iter()
            .find(|c| c.rest == Rest::Close && fills(c) > c.fills);
        late.map(|claim| (*claim, fills(claim)))
    }

    /// Whether the margin allows an Act of this intent on the trader's present note.
    pub fn allows(&self, owner: usize, intent: &Intent, band: &BandCents) -> bool {
        let mut after = self.clone();
        after.take_over(owner, intent, Element::ZERO);
        let mut note = after.note(owner);
        for terms in &intent.orders {
            let order = ModelOrder::new(owner, Element::ZERO, *terms);
            order.add_to(&mut note, 0, terms.quantity.0);
        }
        let posts = |side| intent.orders.iter().any(|order| order.side == side);
        let margin = |side| {
            if posts(side) || intent.cash < 0 {
                INITIAL
            } else {
                MAINTENANCE
            }
        };
        let requirement = MarginRequirement {
            lo: margin(Side::Buy),
            hi: margin(Side::Sell),
        };
        note.check_range().is_ok() && solvent(&note, band, &requirement, POSITION_LIMIT).is_ok()
    }

    /// Takes over an accepted Act, but for its new orders; `tag` is its new tag.
    pub fn take_over(&mut self, owner: usize, intent: &Intent, tag: Element) {
        self.paid[owner] += intent.cash;
        for claim in &intent.claims {
            let order = self
                .orders
                .get_mut(&claim.order)
                .expect("the order is known");
            assert!(
                order.owner == owner && !order.gone,
                "claimable once, by the owner"
            );
            let credited = claim.fills as usize;
            let newly = quantity(&order.fills[order.credited..credited]);
            order.credited = credited;
            match claim.rest {
                Rest::Close => (order.reserved, order.gone) = (0, true),
                Rest::Move => {
                    order.reserved -= newly;
                    order.tag = tag;
                    order.gone = !order.live && order.reserved == 0;
                }
            }
        }
    }

    /// The band theorem: with every fill claimed there is equity at every price, and maintenance margin.
    pub fn assert_solvent(&self, owner: usize, band: &BandCents) {
        let maintenance = MarginRequirement {
            lo: MAINTENANCE,
            hi: MAINTENANCE,
        };
        for reservations in [true, false] {
            let note = self.note_of(owner, true, reservations);
            assert!(equity(&note, band.lo) >= 0, "equity at the lower edge");
            assert!(equity(&note, band.hi) >= 0, "equity at the upper edge");
            assert_eq!(solvent(&note, band, &maintenance, POSITION_LIMIT), Ok(()));
        }
    }

    /// Orders of a trader with records that are not claimed to the end.
    pub fn open_orders(&self, owner: usize) -> Vec<OrderId> {
        let open = self
            .orders
            .iter()
            .filter(|(_, order)| order.owner == owner && !order.gone);
        open.map(|(id, _)| *id).collect()
    }
}

impl ModelOrder {
    pub fn new(owner: usize, tag: Element, terms: OrderTerms) -> Self {
        Self {
            owner,
            tag,
            terms,
            total: terms.quantity.0,
            fills: Vec::new(),
            credited: 0,
            reserved: terms.quantity.0,
            live: true,
            gone: false,
        }
    }

    pub fn limit(&self) -> Price {
        self.terms.limit
    }
}
