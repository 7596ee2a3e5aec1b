//! A tree that fills up triggers: with a tree put in place, since nobody sends three quarters of a million messages here.

use super::super::note_tree::NoteTree;
use super::super::{Genesis, Market, SettlementSigners};
use crate::epoch::terms::Trigger;
use crate::identity::ChainId;
use crate::receipt::Phase;
use crate::specification::Specification;
use crate::units::Price;
use ark_bls12_381::Fr;
use tally_circuits::field::Element;
use tally_circuits::tree::{CAPACITY, Tree};

fn in_pre_open() -> Market {
    let specification = Specification::lean_hogs();
    let session = specification.calendar.session_named("2017-01-03").unwrap();
    let mut market = Market::new(Genesis {
        chain: ChainId::of_genesis(b"tests"),
        session: session.clone(),
        prior_settlement: Price(2646),
        after_limit_settlement: false,
        settlement: SettlementSigners::default(),
        siblings: Vec::new(),
        specification,
    })
    .unwrap();
    let time = market.session().pre_open;
    market.begin_block(1, time, &mut Vec::new()).unwrap();
    market
}

#[test]
fn a_tree_three_quarters_full_triggers_and_the_last_quarter_is_left() {
    let mut market = in_pre_open();
    let three_quarters = CAPACITY / 4 * 3;
    let leaves = vec![Fr::from(5_u64); three_quarters as usize - 1];
    market.notes = NoteTree::unpublished(Tree::from_leaves(&leaves).unwrap());
    market.end_block(&mut Vec::new());
    assert_eq!(market.phase(), Phase::PreOpen);
    let (time, mut events) = (market.time(), Vec::new());
    market.begin_block(2, time, &mut events).unwrap();
    market.notes.append(Element(Fr::from(6_u64))).unwrap();
    // Had it filled up unseen, as a refreshed tree may, the next block would see to it.
    assert_eq!(market.next_instant(), Some(time.plus_seconds(1)));
    market.end_block(&mut events);
    assert_eq!(market.phase(), Phase::Halted);
    let terms = market.epoch_terms().unwrap();
    assert_eq!(terms.trigger, Trigger::TreeFull);
    assert_eq!((terms.price, terms.band), (market.mark(), market.band()));
    assert!(!market.is_tree_full());
}
