#include "agent/ledger/merkle.h"

#include <doctest/doctest.h>

using namespace pue;
using namespace pue::ledger;

namespace {

std::vector<std::uint8_t> bytes_of(std::string_view hexadecimal_text) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < hexadecimal_text.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(std::string{hexadecimal_text.substr(i, 2)}, nullptr, 16)));
  }
  return bytes;
}

std::vector<Hash> numbered_leaves(std::size_t count) {
  std::vector<Hash> leaves;
  for (std::size_t i = 0; i < count; ++i) {
    const std::vector<std::uint8_t> leaf{static_cast<std::uint8_t>(i), static_cast<std::uint8_t>(i >> 8U)};
    leaves.push_back(leaf_hash(leaf));
  }
  return leaves;
}

}  // namespace

TEST_CASE("roots are those of the Certificate Transparency test data") {
  // Leaves and roots of the reference implementation of RFC 6962 (certificate-transparency, merkle_tree_test).
  const std::vector<std::string_view> leaves{
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  const std::vector<std::string_view> roots{"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                                            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                                            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                                            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                                            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                                            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                                            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                                            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                                            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  CompactRange range;
  CHECK(hexadecimal(range.root()) == roots[0]);
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    range.append(leaf_hash(bytes_of(leaves[i])));
    CHECK(range.size() == i + 1);
    CHECK(hexadecimal(range.root()) == roots[i + 1]);
  }
}

TEST_CASE("each leaf is proven to be in its tree, and no other leaf, place or root is") {
  for (std::size_t size = 1; size <= 40; ++size) {
    const auto leaves = numbered_leaves(size);
    const Hash root = tree_root(leaves);
    for (std::size_t i = 0; i < size; ++i) {
      auto proof = inclusion_proof(leaves, i);
      CHECK(inclusion_fits(leaves[i], i, size, proof, root));
      CHECK_FALSE(inclusion_fits(leaves[(i + 1) % size], i, size + (size == 1 ? 1 : 0), proof, root));
      CHECK_FALSE(inclusion_fits(leaves[i], i, size, proof, leaves[i]) != (size == 1));
      CHECK_FALSE(inclusion_fits(leaves[i], size, size, proof, root));
      if (proof.empty()) continue;
      proof.back()[0] ^= 1U;
      CHECK_FALSE(inclusion_fits(leaves[i], i, size, proof, root));
      proof.back()[0] ^= 1U;
      proof.push_back(root);
      CHECK_FALSE(inclusion_fits(leaves[i], i, size, proof, root));
      proof.resize(proof.size() - 2);
      CHECK_FALSE(inclusion_fits(leaves[i], i, size, proof, root));
    }
  }
}

TEST_CASE("each earlier tree is proven to be the beginning of a later one, and no other tree is") {
  for (std::size_t size = 1; size <= 40; ++size) {
    const auto leaves = numbered_leaves(size);
    const Hash root = tree_root(leaves);
    for (std::size_t first = 1; first <= size; ++first) {
      const Hash first_root = tree_root(std::span{leaves}.first(first));
      auto proof = consistency_proof(leaves, first);
      CHECK(consistency_fits(first, first_root, size, root, proof));
      Hash other = first_root;
      other[31] ^= 0x80U;
      CHECK_FALSE(consistency_fits(first, other, size, root, proof));
      CHECK_FALSE(consistency_fits(first, first_root, size, other, proof));
      CHECK_FALSE(consistency_fits(0, first_root, size, root, proof));
      CHECK_FALSE(consistency_fits(size + 1, first_root, size, root, proof));
      if (proof.empty()) continue;
      proof.front()[5] ^= 4U;
      CHECK_FALSE(consistency_fits(first, first_root, size, root, proof));
    }
  }
}
