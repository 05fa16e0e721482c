#pragma once

#include <fstream>
#include <sstream>
#include <string>

#include "tests/fuzz/ledger/read_whole.h"
#include "tests/unit/ledger/sample_ledger.h"

namespace pue::fuzz {

inline std::string contents(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream{path, std::ios::binary}.rdbuf();
  return text.str();
}

/// A ledger with some of everything, and the checkpoints beside it.
struct SampleFiles {
  std::string file;
  std::string checkpoints;
};

inline SampleFiles sample_files() {
  const TemporaryFolder folder;
  const std::string path = folder.file("ledger.db");
  {
    auto store = ledger::Store::open(path, ledger::options_in(folder)).value();
    const auto meters = store.configure(ledger::sample_configuration(), ledger::stamp_at(ledger::k_begin)).value();
    for (int n = 0; n < 3; ++n) {
      auto commit = ledger::slot(meters, n);
      commit.detail = {
          {.meter = 1, .start = ledger::k_begin + n * ledger::k_slot, .length = 60'000, .measured = 80'000}};
      commit.events = {{.time = ledger::k_begin + n, .kind = n == 0 ? "start" : "gap", .subject = "utility-a"}};
      must(store.commit(commit).has_value() && store.checkpoint().has_value());
    }
    must(store.retain(ledger::k_begin + ledger::k_slot, ledger::stamp_at(ledger::k_begin + 3 * ledger::k_slot))
             .has_value());
    must(store.rotate_key(ledger::key_in(folder, "second"), ledger::stamp_at(ledger::k_begin + 3 * ledger::k_slot))
             .has_value());
  }
  return {contents(path), contents(path + ".checkpoints")};
}

}  // namespace pue::fuzz
