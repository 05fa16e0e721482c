#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "agent/units/sha256.h"

/// The Merkle tree of RFC 6962 (section 2.1). Leaves are given by their hash.
namespace pue::ledger {

[[nodiscard]] Hash leaf_hash(std::span<const std::uint8_t> bytes);
[[nodiscard]] Hash node_hash(const Hash& left, const Hash& right);

/// The roots of the full subtrees of a growing tree: all that is needed to append a leaf and to know the root.
class CompactRange {
 public:
  void append(const Hash& leaf);
  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] Hash root() const;

 private:
  std::uint64_t size_ = 0;
  std::vector<Hash> subtrees_;  ///< one for each bit of size_ that is set, the largest first
};

[[nodiscard]] Hash tree_root(std::span<const Hash> leaves);

/// That the leaf at `index` is in the tree; `index` is below the number of leaves.
[[nodiscard]] std::vector<Hash> inclusion_proof(std::span<const Hash> leaves, std::uint64_t index);
[[nodiscard]] bool inclusion_fits(const Hash& leaf, std::uint64_t index, std::uint64_t size,
                                  std::span<const Hash> proof, const Hash& root);

/// That the tree over the first `first` leaves is a prefix of the tree over all; `first` is 1 to their number.
[[nodiscard]] std::vector<Hash> consistency_proof(std::span<const Hash> leaves, std::uint64_t first);
[[nodiscard]] bool consistency_fits(std::uint64_t first, const Hash& first_root, std::uint64_t size, const Hash& root,
                                    std::span<const Hash> proof);

}  // namespace pue::ledger
