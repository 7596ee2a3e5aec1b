//! Storage for resting orders: one vector whose vacated places are used again.

use crate::units::{OrderId, Quantity, Side, Time};

/// The place that no order has: end of a queue, end of the list of vacant places.
pub(super) const NOWHERE: u32 = u32::MAX;

/// A resting order with its neighbours in the queue of its level.
#[derive(Clone, Copy)]
pub(super) struct Node {
    pub id: OrderId,
    pub time: Time,
    pub remaining: Quantity,
    /// Index of its level in the ladder of its side.
    pub level: u32,
    /// The order ahead of it, or [`NOWHERE`].
    pub ahead: u32,
    /// The order behind it, or [`NOWHERE`]; in a vacant place, the next vacant place.
    pub behind: u32,
    pub side: Side,
}

/// Resting orders by place. Places are internal: they show neither in an answer nor in a snapshot.
#[derive(Clone)]
pub(super) struct Slab {
    nodes: Vec<Node>,
    vacant: u32,
}

impl Default for Slab {
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            vacant: NOWHERE,
        }
    }
}

impl Slab {
    pub fn get(&self, place: u32) -> &Node {
        &self.nodes[place as usize]
    }

    pub fn get_mut(&mut self, place: u32) -> &mut Node {
        &mut self.nodes[place as usize]
    }

    pub fn insert(&mut self, node: Node) -> u32 {
        let place = self.vacant;
        if place == NOWHERE {
            // At most MAX_RESTING_ORDERS (2^20) orders rest, so a place always fits 32 bits.
            #[allow(clippy::cast_possible_truncation)]
            let place = self.nodes.len() as u32;
            self.nodes.push(node);
            return place;
        }
        let slot = &mut self.nodes[place as usize];
        self.vacant = slot.behind;
        *slot = node;
        place
    }

    pub fn vacate(&mut self, place: u32) {
        self.nodes[place as usize].behind = self.vacant;
        self.vacant = place;
    }

    pub fn clear(&mut self) {
        self.nodes.clear();
        self.vacant = NOWHERE;
    }
}

#[cfg(test)]
mod tests {
    use super::{NOWHERE, Node, Slab};
    use crate::units::{OrderId, Quantity, Side, Time};

    const NODE: Node = Node {
        id: OrderId(1),
        time: Time(0),
        remaining: Quantity(1),
        level: 0,
        ahead: NOWHERE,
        behind: NOWHERE,
        side: Side::Buy,
    };

    #[test]
    fn vacated_places_are_used_again_before_the_slab_grows() {
        let mut slab = Slab::default();
        assert_eq!([(); 3].map(|()| slab.insert(NODE)), [0, 1, 2]);
        slab.vacate(1);
        slab.vacate(0);
        assert_eq!([(); 3].map(|()| slab.insert(NODE)), [0, 1, 3]);
        slab.vacate(2);
        slab.clear();
        assert_eq!([(); 2].map(|()| slab.insert(NODE)), [0, 1]);
    }
}
