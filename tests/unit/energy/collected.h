#pragma once

#include <vector>

#include "agent/energy/record.h"

namespace pue::test {

/// Keeps what accounts tell.
class Collected : public energy::RecordSink {
 public:
  void record(const energy::Record& record) override { records.push_back(record); }
  void happened(const energy::Occurrence& occurrence) override { occurrences.push_back(occurrence); }

  /// @return the whole units of all records, of one kind.
  [[nodiscard]] std::int64_t sum(energy::Kind kind) const {
    std::int64_t sum = 0;
    for (const auto& record : records) sum += record.energy[static_cast<std::size_t>(kind)];
    return sum;
  }
  [[nodiscard]] std::size_t count(energy::Occurrence::What what) const {
    std::size_t count = 0;
    for (const auto& occurrence : occurrences) count += occurrence.what == what ? 1 : 0;
    return count;
  }

  std::vector<energy::Record> records;
  std::vector<energy::Occurrence> occurrences;
};

}  // namespace pue::test
