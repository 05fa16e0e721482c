#include "agent/ledger/merkle.h"

#include <bit>

namespace pue::ledger {
namespace {

/// The largest power of two below n, for n above 1: where RFC 6962 splits a tree.
std::uint64_t split_of(std::uint64_t n) { return std::bit_floor(n - 1); }

void inclusion(std::span<const Hash> leaves, std::uint64_t index, std::vector<Hash>& proof) {
  if (leaves.size() <= 1) return;
  const std::uint64_t left = split_of(leaves.size());
  if (index < left) {
    inclusion(leaves.first(left), index, proof);
    proof.push_back(tree_root(leaves.subspan(left)));
  } else {
    inclusion(leaves.subspan(left), index - left, proof);
    proof.push_back(tree_root(leaves.first(left)));
  }
}

/// SUBPROOF of RFC 6962; `whole`: the verifier knows the root of exactly these leaves.
void subproof(std::span<const Hash> leaves, std::uint64_t first, bool whole, std::vector<Hash>& proof) {
  if (first == leaves.size()) {
    if (!whole) proof.push_back(tree_root(leaves));
    return;
  }
  const std::uint64_t left = split_of(leaves.size());
  if (first <= left) {
    subproof(leaves.first(left), first, whole, proof);
    proof.push_back(tree_root(leaves.subspan(left)));
  } else {
    subproof(leaves.subspan(left), first - left, false, proof);
    proof.push_back(tree_root(leaves.first(left)));
  }
}

}  // namespace

Hash leaf_hash(std::span<const std::uint8_t> bytes) {
  Sha256 hash;
  hash.add(std::string_view{"\0", 1});
  hash.add(bytes);
  return hash.finish();
}

Hash node_hash(const Hash& left, const Hash& right) {
  Sha256 hash;
  hash.add(std::string_view{"\1", 1});
  hash.add(std::span{left});
  hash.add(std::span{right});
  return hash.finish();
}

void CompactRange::append(const Hash& leaf) {
  Hash subtree = leaf;
  // Each bit that is carried joins the last full subtree with one of the same size.
  for (std::uint64_t size = size_; (size & 1U) != 0; size >>= 1U) {
    subtree = node_hash(subtrees_.back(), subtree);
    subtrees_.pop_back();
  }
  subtrees_.push_back(subtree);
  ++size_;
}

Hash CompactRange::root() const {
  if (subtrees_.empty()) return Sha256{}.finish();
  Hash root = subtrees_.back();
  for (std::size_t i = subtrees_.size() - 1; i > 0; --i) root = node_hash(subtrees_[i - 1], root);
  return root;
}

Hash tree_root(std::span<const Hash> leaves) {
  CompactRange range;
  for (const Hash& leaf : leaves) range.append(leaf);
  return range.root();
}

std::vector<Hash> inclusion_proof(std::span<const Hash> leaves, std::uint64_t index) {
  std::vector<Hash> proof;
  inclusion(leaves, index, proof);
  return proof;
}

bool inclusion_fits(const Hash& leaf, std::uint64_t index, std::uint64_t size, std::span<const Hash> proof,
                    const Hash& root) {
  if (index >= size) return false;
  std::uint64_t node = index;
  std::uint64_t last = size - 1;
  Hash reached = leaf;
  for (const Hash& other : proof) {
    if (last == 0) return false;
    if ((node & 1U) != 0 || node == last) {
      reached = node_hash(other, reached);
      while ((node & 1U) == 0 && node != 0) {
        node >>= 1U;
        last >>= 1U;
      }
    } else {
      reached = node_hash(reached, other);
    }
    node >>= 1U;
    last >>= 1U;
  }
  return last == 0 && reached == root;
}

std::vector<Hash> consistency_proof(std::span<const Hash> leaves, std::uint64_t first) {
  std::vector<Hash> proof;
  subproof(leaves, first, true, proof);
  return proof;
}

bool consistency_fits(std::uint64_t first, const Hash& first_root, std::uint64_t size, const Hash& root,
                      std::span<const Hash> proof) {
  if (first == 0 || first > size) return false;
  if (first == size) return proof.empty() && first_root == root;
  // A complete first tree is itself the first node of the proof.
  const bool complete = std::has_single_bit(first);
  if (!complete && proof.empty()) return false;
  std::uint64_t node = first - 1;
  std::uint64_t last = size - 1;
  while ((node & 1U) != 0) {
    node >>= 1U;
    last >>= 1U;
  }
  Hash old_root = complete ? first_root : proof.front();
  Hash new_root = old_root;
  for (const Hash& other : complete ? proof : proof.subspan(1)) {
    if (last == 0) return false;
    if ((node & 1U) != 0 || node == last) {
      old_root = node_hash(other, old_root);
      new_root = node_hash(other, new_root);
      while ((node & 1U) == 0 && node != 0) {
        node >>= 1U;
        last >>= 1U;
      }
    } else {
      new_root = node_hash(new_root, other);
    }
    node >>= 1U;
    last >>= 1U;
  }
  return last == 0 && old_root == first_root && new_root == root;
}

}  // namespace pue::ledger
