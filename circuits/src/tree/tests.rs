use super::*;
use proptest::prelude::*;

fn leaf(n: u64) -> Fr {
    Fr::from(n + 1)
}

/// The subtree of `height` over `leaves` by definition: no storage, no shortcut but zeros.
fn reference(leaves: &[Fr], height: usize) -> Fr {
    if height == 0 {
        return leaves.first().copied().unwrap_or(Fr::ZERO);
    }
    if leaves.is_empty() {
        return EMPTY[height];
    }
    let width = ARITY.pow(u32::try_from(height - 1).unwrap());
    let child = |i: usize| {
        let start = (i * width).min(leaves.len());
        let end = ((i + 1) * width).min(leaves.len());
        reference(&leaves[start..end], height - 1)
    };
    node(std::array::from_fn(child))
}

#[test]
fn empty_subtrees_are_hashes_of_zeros() {
    let mut expected = Fr::ZERO;
    for root in EMPTY.iter() {
        assert_eq!(*root, expected);
        expected = node([expected; ARITY]);
    }
    assert_eq!(Tree::new().root(), EMPTY[DEPTH]);
    assert_eq!(CAPACITY, 1_048_576);
}

#[test]
fn an_empty_tree_has_no_leaf_and_no_path() {
    let tree = Tree::new();
    assert!(tree.is_empty() && tree.leaf(0).is_none() && tree.path(0).is_none());
}

#[test]
fn a_full_tree_refuses_and_stays() {
    // A tree as full as can be but one, with equal subtrees so that it is quick to make.
    let mut tree = Tree::new();
    let mut same = leaf(0);
    for height in 0..=DEPTH {
        tree.levels[height] = vec![same; ARITY.pow(u32::try_from(DEPTH - height).unwrap())];
        same = node([same; ARITY]);
    }
    assert_eq!(tree.len(), CAPACITY);
    let root = tree.root();
    assert_eq!(tree.append(leaf(1)), Err(Full));
    assert_eq!(tree.root(), root);
    let last = CAPACITY - 1;
    assert_eq!(tree.path(last).unwrap().root(leaf(0)), root);
    assert_eq!(tree.path(CAPACITY), None);

    tree.levels[0].pop();
    assert_eq!(tree.extend(&[leaf(1), leaf(2)]), Err(Full));
    assert_eq!(tree.append(leaf(1)), Ok(last));
    assert_eq!(tree.path(last).unwrap().root(leaf(1)), tree.root());
    assert_ne!(tree.root(), root);
}

#[test]
fn a_false_count_is_refused_without_memory() {
    let mut bytes = u32::MAX.to_le_bytes().to_vec();
    assert!(borsh::from_slice::<Tree>(&bytes).is_err());
    bytes[..4].copy_from_slice(&CAPACITY.to_le_bytes());
    assert!(borsh::from_slice::<Tree>(&bytes).is_err());
}

#[test]
fn paths_hide() {
    assert_eq!(format!("{:?}", Path::zero()), "Path(private)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_way_of_appending_gives_the_reference_root(
        batches in prop::collection::vec(0..30_usize, 0..6)
    ) {
        let mut tree = Tree::new();
        let mut leaves = Vec::new();
        for size in batches {
            let batch: Vec<Fr> = (0..size).map(|i| leaf((leaves.len() + i) as u64)).collect();
            leaves.extend_from_slice(&batch);
            if let [single] = batch[..] {
                let next = tree.len();
                prop_assert_eq!(tree.append(single), Ok(next));
            } else {
                tree.extend(&batch).unwrap();
            }
            prop_assert_eq!(tree.root(), reference(&leaves, DEPTH));
        }
        prop_assert_eq!(tree.leaves(), leaves.as_slice());
        let mut one_by_one = Tree::new();
        for (i, leaf) in leaves.iter().enumerate() {
            prop_assert_eq!(one_by_one.append(*leaf).unwrap() as usize, i);
        }
        prop_assert!(one_by_one == tree);
        for index in 0..tree.len() {
            let path = tree.path(index).unwrap();
            prop_assert_eq!(path.index, index);
            prop_assert_eq!(path.root(leaves[index as usize]), tree.root());
            prop_assert_ne!(path.root(Fr::ZERO), tree.root());
        }
        prop_assert!(tree.path(tree.len()).is_none());
        let bytes = borsh::to_vec(&tree).unwrap();
        prop_assert_eq!(bytes.len(), 4 + 32 * leaves.len());
        prop_assert!(borsh::from_slice::<Tree>(&bytes).unwrap() == tree);
    }
}
