//! Trees and proofs of any size, and every way to spoil them.

use super::*;
use proptest::prelude::*;

/// A tree's size, and two numbers that are at most that.
fn sizes() -> impl Strategy<Value = (u64, u64, u64)> {
    (1..200_u64).prop_flat_map(|size| (Just(size), 0..size, 0..size))
}

/// Every way to spoil a proof by one hash.
fn spoiled(proof: &[Hash], at: usize, by: u8) -> Vec<Vec<Hash>> {
    let mut all = vec![[proof, &[Hash([by; 32])]].concat(), [&[Hash([by; 32])], proof].concat()];
    if !proof.is_empty() {
        let mut changed = proof.to_vec();
        let at = at % proof.len();
        changed[at].0[usize::from(by) % 32] ^= 1 << (by % 8);
        let mut shorter = proof.to_vec();
        shorter.remove(at);
        all.extend([changed, shorter]);
    }
    all
}

proptest! {
    #[test]
    fn a_spoiled_inclusion_proof_never_holds((size, index, other) in sizes(), at: usize, by: u8) {
        let tree = numbered(size);
        let (leaf, root) = (tree.leaves[index as usize], tree.roots[size as usize]);
        let proof = inclusion_proof(index, size, &tree.kept).unwrap();
        for spoiled in spoiled(&proof, at, by) {
            prop_assert!(verify_inclusion(leaf, index, size, &spoiled, root).is_err());
        }
        if other != index {
            prop_assert!(verify_inclusion(leaf, other, size, &proof, root).is_err());
            prop_assert!(verify_inclusion(tree.leaves[other as usize], index, size, &proof, root).is_err());
        }
        prop_assert!(verify_inclusion(leaf, index, size, &proof, tree.roots[other as usize]).is_err());
    }

    #[test]
    fn a_spoiled_consistency_proof_never_holds((size, earlier, other) in sizes(), at: usize, by: u8) {
        let tree = numbered(size);
        let (before, now) = ((earlier, tree.roots[earlier as usize]), (size, tree.roots[size as usize]));
        let proof = consistency_proof(earlier, size, &tree.kept).unwrap();
        for spoiled in spoiled(&proof, at, by) {
            prop_assert!(verify_consistency(before, now, &spoiled).is_err());
        }
        if other != earlier {
            prop_assert!(verify_consistency((earlier, tree.roots[other as usize]), now, &proof).is_err());
            prop_assert!(verify_consistency(before, (size, tree.roots[other as usize]), &proof).is_err() || earlier == 0);
        }
    }

    #[test]
    fn a_tree_with_a_changed_leaf_is_consistent_with_none(
        (size, earlier, changed) in sizes(),
    ) {
        let tree = numbered(size);
        let forged = super::tree((0..).zip(&tree.leaves).map(|(index, leaf)| {
            if index == changed { Hash::of_leaf(b"changed") } else { *leaf }
        }));
        let proof = consistency_proof(earlier, size, &forged.kept).unwrap();
        let before = (earlier, tree.roots[earlier as usize]);
        let held = verify_consistency(before, (size, forged.roots[size as usize]), &proof).is_ok();
        prop_assert_eq!(held, changed >= earlier);
    }

    /// The first subtrees are known by their hashes alone.
    #[test]
    fn a_tree_of_known_hashes_has_the_same_roots_and_proofs(
        (size, index, _) in sizes(), level in 0_u8..5,
    ) {
        let mut tree = numbered(size);
        let away = (size >> level) << level;
        let mut frontier = Frontier::new();
        for index in 0..away >> level {
            frontier.append_subtree(level, tree.kept[&Node { level, index }]).unwrap();
        }
        for leaf in &tree.leaves[away as usize..] {
            frontier.append(*leaf);
        }
        prop_assert_eq!(frontier.root(), tree.roots[size as usize]);
        tree.kept.retain(|node, _| node.level >= level || node.index << node.level >= away);
        prop_assert_eq!(root(size, &tree.kept).unwrap(), tree.roots[size as usize]);
        prop_assert_eq!(inclusion_proof(index, size, &tree.kept).is_ok(), index >= away || level == 0);
        prop_assert!(consistency_proof(away.max(index), size, &tree.kept).is_ok());
    }

    #[test]
    fn the_root_of_a_subtree_is_a_leaf_of_the_tree_above((size, index, _) in sizes(), level in 0_u8..5) {
        let tree = numbered(size);
        let place = index >> level;
        if (place + 1) << level <= size {
            let proof = inclusion_proof(place << level, size, &tree.kept).unwrap();
            let (subtree, above) = (tree.kept[&Node { level, index: place }], &proof[usize::from(level)..]);
            let (many, whole) = (size.div_ceil(1 << level), tree.roots[size as usize]);
            prop_assert!(verify_inclusion(subtree, place, many, above, whole).is_ok());
            prop_assert!(verify_inclusion(Hash::of_nothing(), place, many, above, whole).is_err());
        }
    }

    #[test]
    fn a_subtree_is_added_only_where_one_of_its_size_begins((size, _, _) in sizes(), level: u8) {
        let leaves = numbered(size).leaves;
        let mut frontier = Frontier::new();
        leaves.iter().for_each(|leaf| drop(frontier.append(*leaf)));
        let fits = 1_u64.checked_shl(level.into()).is_some_and(|many| many <= LARGEST - size && size % many == 0);
        prop_assert_eq!(frontier.append_subtree(level, Hash::of_nothing()).is_ok(), fits);
    }
}
