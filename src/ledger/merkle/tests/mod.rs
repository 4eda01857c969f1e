//! The tree against the vectors of Certificate Transparency, and against RFC 6962's own recursive
//! definitions.

mod spoiled;

use super::*;
use std::cell::RefCell;

/// The leaves of the reference tree of Certificate Transparency.
const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];

/// Its roots at the sizes 0 to 8.
const ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

fn hex(hash: Hash) -> String {
    hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Some tree, its root at every size, and all that was kept of it.
struct Tree {
    leaves: Vec<Hash>,
    roots: Vec<Hash>,
    kept: BTreeMap<Node, Hash>,
}

fn tree(leaves: impl IntoIterator<Item = Hash>) -> Tree {
    let leaves: Vec<Hash> = leaves.into_iter().collect();
    let mut frontier = Frontier::new();
    let (mut roots, mut kept) = (vec![frontier.root()], BTreeMap::new());
    for leaf in &leaves {
        kept.extend(frontier.append(*leaf));
        roots.push(frontier.root());
    }
    Tree { leaves, roots, kept }
}

/// A tree of leaves that all differ.
fn numbered(size: u64) -> Tree {
    tree((0..size).map(|number| Hash::of_leaf(&number.to_be_bytes())))
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    let tree = tree(LEAVES.map(Hash::of_leaf));
    assert_eq!(tree.roots.iter().copied().map(hex).collect::<Vec<_>>(), ROOTS);
}

#[test]
fn proofs_are_those_of_certificate_transparency() {
    let tree = tree(LEAVES.map(Hash::of_leaf));
    let included = |index, size| short(inclusion_proof(index, size, &tree.kept));
    assert_eq!(included(0, 1), [""; 0]);
    assert_eq!(included(0, 8), ["96a296d224f285c6", "5f083f0a1a33ca07", "6b47aaf29ee3c2af"]);
    assert_eq!(included(5, 8), ["bc1a0643b12e4d2d", "ca854ea128ed050b", "d37ee418976dd957"]);
    assert_eq!(included(2, 3), ["fac54203e7cc696c"]);
    assert_eq!(included(1, 5), ["6e340b9cffb37a98", "5f083f0a1a33ca07", "bc1a0643b12e4d2d"]);
    let grown = |earlier, size| short(consistency_proof(earlier, size, &tree.kept));
    assert_eq!(grown(1, 1), [""; 0]);
    assert_eq!(grown(1, 8), ["96a296d224f285c6", "5f083f0a1a33ca07", "6b47aaf29ee3c2af"]);
    assert_eq!(grown(6, 8), ["0ebc5d3437fbe2db", "ca854ea128ed050b", "d37ee418976dd957"]);
    assert_eq!(grown(2, 5), ["5f083f0a1a33ca07", "bc1a0643b12e4d2d"]);
}

/// The beginnings of the hashes of a proof.
fn short(proof: Result<Vec<Hash>, NoProof>) -> Vec<String> {
    proof.unwrap().into_iter().map(|hash| hex(hash)[..16].to_owned()).collect()
}

/// `k` of RFC 6962, 2.1, counted up instead of computed.
fn largest_power_below(size: usize) -> usize {
    std::iter::successors(Some(1), |power| Some(power * 2)).take_while(|power| *power < size).last().unwrap()
}

/// RFC 6962's own definitions over some leaves; what was hashed once is remembered.
struct Defined<'a> {
    leaves: &'a [Hash],
    hashed: RefCell<HashMap<Range<usize>, Hash>>,
}

impl<'a> Defined<'a> {
    fn over(leaves: &'a [Hash]) -> Self {
        Self { leaves, hashed: RefCell::default() }
    }

    /// `MTH(D[range])` of 2.1.
    fn mth(&self, range: Range<usize>) -> Hash {
        if let Some(known) = self.hashed.borrow().get(&range) {
            return *known;
        }
        let hash = match &self.leaves[range.clone()] {
            [] => Hash::of_nothing(),
            [leaf] => *leaf,
            _ => {
                let (left, right) = halves(&range);
                Hash::of_inner(self.mth(left), self.mth(right))
            }
        };
        self.hashed.borrow_mut().insert(range, hash);
        hash
    }

    /// `PATH(m, D[range])` of 2.1.1.
    fn path(&self, m: usize, range: Range<usize>) -> Vec<Hash> {
        if range.len() == 1 {
            return Vec::new();
        }
        let (left, right) = halves(&range);
        let k = left.len();
        let (mut path, sibling) =
            if m < k { (self.path(m, left), self.mth(right)) } else { (self.path(m - k, right), self.mth(left)) };
        path.push(sibling);
        path
    }

    /// `SUBPROOF(m, D[range], b)` of 2.1.2.
    fn subproof(&self, m: usize, range: Range<usize>, b: bool) -> Vec<Hash> {
        if m == range.len() {
            return if b { Vec::new() } else { vec![self.mth(range)] };
        }
        let (left, right) = halves(&range);
        let k = left.len();
        let (mut proof, sibling) = if m <= k {
            (self.subproof(m, left, b), self.mth(right))
        } else {
            (self.subproof(m - k, right, false), self.mth(left))
        };
        proof.push(sibling);
        proof
    }
}

fn halves(range: &Range<usize>) -> (Range<usize>, Range<usize>) {
    let middle = range.start + largest_power_below(range.len());
    (range.start..middle, middle..range.end)
}

#[test]
fn every_root_is_that_of_the_recursive_definition() {
    let tree = numbered(200);
    let defined = Defined::over(&tree.leaves);
    for size in 0..=200 {
        let expected = defined.mth(0..size);
        assert_eq!(tree.roots[size], expected, "{size}");
        assert_eq!(root(size as u64, &tree.kept), Ok(expected), "{size}");
    }
}

/// The proof holds.
#[test]
fn every_inclusion_proof_matches_the_recursive_definition() {
    let tree = numbered(200);
    let defined = Defined::over(&tree.leaves);
    for size in 1..=200 {
        for index in 0..size {
            let proof = inclusion_proof(index as u64, size as u64, &tree.kept).unwrap();
            assert_eq!(proof, defined.path(index, 0..size), "{index} of {size}");
            let verified = verify_inclusion(tree.leaves[index], index as u64, size as u64, &proof, tree.roots[size]);
            assert_eq!(verified, Ok(()), "{index} of {size}");
        }
        assert_eq!(inclusion_proof(size as u64, size as u64, &tree.kept), Err(NoProof::Outside));
    }
}

/// The proof holds.
#[test]
fn every_consistency_proof_matches_the_definition() {
    let tree = numbered(200);
    let defined = Defined::over(&tree.leaves);
    for size in 0..=200 {
        for earlier in 0..=size {
            let proof = consistency_proof(earlier as u64, size as u64, &tree.kept).unwrap();
            let expected = if earlier == 0 { Vec::new() } else { defined.subproof(earlier, 0..size, true) };
            assert_eq!(proof, expected, "{earlier} of {size}");
            let (before, now) = ((earlier as u64, tree.roots[earlier]), (size as u64, tree.roots[size]));
            assert_eq!(verify_consistency(before, now, &proof), Ok(()), "{earlier} of {size}");
        }
        assert_eq!(consistency_proof(size as u64 + 1, size as u64, &tree.kept), Err(NoProof::Outside));
    }
}

#[test]
fn a_proof_needs_what_it_says_and_nothing_else() {
    let tree = numbered(150);
    let only = |nodes: Vec<Node>| nodes.into_iter().map(|node| (node, tree.kept[&node])).collect::<BTreeMap<_, _>>();
    for size in 1..=150 {
        let index = size * 7 % size.max(3) % size;
        assert!(inclusion_proof(index, size, &only(inclusion_needs(index, size))).is_ok());
        assert!(consistency_proof(index, size, &only(consistency_needs(index, size))).is_ok());
        assert!(root(size, &only(root_needs(size))).is_ok());
        for missing in inclusion_needs(index, size) {
            let mut kept = tree.kept.clone();
            kept.remove(&missing);
            assert_eq!(inclusion_proof(index, size, &kept), Err(NoProof::Missing(missing)));
        }
    }
}

#[test]
fn the_largest_trees_have_their_places_too() {
    for size in [LARGEST, LARGEST + 1, u64::MAX] {
        assert_eq!(inclusion_needs(size - 1, size).len() as u32, (size - 1).count_ones());
        assert!(inclusion_needs(0, size).len() >= 63);
        assert!(consistency_needs(size - 1, size).len() <= 128);
        assert!(root_needs(size).iter().all(|node| node.index.checked_shl(node.level.into()).is_some()));
    }
    let endless = vec![Hash([0; 32]); 65];
    assert_eq!(verify_inclusion(Hash([0; 32]), 0, u64::MAX, &endless, Hash([0; 32])), Err(BadProof::Length));
    let (earlier, now) = ((u64::MAX - 1, Hash([0; 32])), (u64::MAX, Hash([0; 32])));
    assert!(verify_consistency(earlier, now, &endless).is_err());
}

#[test]
fn a_frontier_is_read_back_from_bytes_text_and_hashes() {
    let tree = numbered(70);
    let mut frontier = Frontier::new();
    for (size, leaf) in (1..).zip(&tree.leaves) {
        frontier.append(*leaf);
        assert_eq!(Frontier::from_bytes(&frontier.to_bytes()), Ok(frontier.clone()));
        assert_eq!(Frontier::parse(&frontier.to_string()), Ok(frontier.clone()));
        assert_eq!(Frontier::of(size, &tree.kept), Ok(frontier.clone()));
        assert_eq!(frontier.size(), size);
    }
    assert_eq!(Frontier::parse("AAAAAAAAAAA="), Ok(Frontier::new()));
}

#[test]
fn bytes_that_are_no_frontier_are_refused() {
    let size_only = |size: u64| size.to_be_bytes().to_vec();
    let hashes = |size: u64, count: usize| [size_only(size), vec![7; count * 32]].concat();
    let bad = [
        Vec::new(),
        vec![0; 7],
        size_only(1),
        hashes(0, 1),
        hashes(3, 1),
        hashes(3, 3),
        hashes(LARGEST + 1, 1),
        [hashes(1, 1), vec![0]].concat(),
    ];
    for bytes in bad {
        assert_eq!(Frontier::from_bytes(&bytes), Err(BadFrontier), "{bytes:?}");
    }
    assert_eq!(Frontier::parse("no base 64"), Err(BadFrontier));
}

/// An empty tree with another root is the beginning of none.
#[test]
fn a_tree_without_leaves_is_the_beginning_of_every_tree() {
    let tree = numbered(3);
    let (empty, three) = ((0, tree.roots[0]), (3, tree.roots[3]));
    assert_eq!(verify_consistency(empty, three, &[]), Ok(()));
    assert_eq!(verify_consistency((0, tree.roots[1]), three, &[]), Err(BadProof::Root));
    assert_eq!(verify_consistency(empty, (0, tree.roots[1]), &[]), Err(BadProof::Root));
    assert_eq!(verify_consistency(three, (3, tree.roots[1]), &[]), Err(BadProof::Root));
    assert_eq!(verify_consistency(three, three, &tree.roots[..1]), Err(BadProof::Length));
    assert_eq!(verify_consistency(three, empty, &[]), Err(BadProof::Outside));
}
