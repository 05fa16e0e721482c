#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "agent/ledger/error.h"
#include "agent/ledger/note.h"
#include "agent/units/sha256.h"

namespace pue::ledger {

/// Something in a ledger that does not fit. Of each kind the first is kept, and how many there were.
struct Finding {
  std::string kind;        ///< one word of docs/ledger.md, "Verification"
  std::int64_t batch = 0;  ///< 0: of no batch
  std::int64_t row = 0;    ///< of energy or detail; 0: of no row
  std::string meter;       ///< empty: of no meter
  std::string what;
  std::uint64_t count = 1;
};

/// Checkpoints that were kept elsewhere, as the text of a file.
struct Witness {
  std::string name;  ///< for findings
  std::string text;
  bool is_own = false;  ///< the file beside the ledger: its checkpoints grow in size
};

struct VerifyOptions {
  std::optional<PublicKey> key;  ///< that the reader trusts; without it, the one that the ledger names is believed
  std::vector<Witness> witnesses;
};

struct Verdict {
  std::vector<Finding> findings;  ///< in the order found; empty: all is well
  std::string origin;
  std::vector<std::string> keys;  ///< that signed, first to last, as vkeys
  bool key_was_given = false;
  std::uint64_t batches = 0;
  std::uint64_t energy_rows = 0;
  std::uint64_t detail_rows = 0;
  std::uint64_t cut_rows = 0;  ///< of detail, by announced retention
  std::uint64_t events = 0;
  std::uint64_t checkpoints = 0;
  std::uint64_t witnessed = 0;  ///< checkpoints from elsewhere that fit
  std::uint64_t unsealed = 0;   ///< batches after the last checkpoint
  Hash head{};
  Hash root{};
};

/// Checks a whole ledger: numbering, hashes, chain, tree, signatures, references and sums (docs/ledger.md). Needs
/// neither the agent nor the network. One pass; memory does not grow with the number of rows.
/// @return an Error when it cannot be read at all; a damaged file is a finding.
[[nodiscard]] tl::expected<Verdict, Error> verify(const std::string& path, const VerifyOptions& options);

}  // namespace pue::ledger
