#pragma once

#include <thread>

#include "collectors/modbus/reader.h"

namespace pue::modbus {

/// A reader that rests before each question, so that a scan leaves the bus to those who work on it.
class PacedReader final : public Reader {
 public:
  /// `reader` must outlive this one.
  PacedReader(Reader& reader, Duration pause) : reader_(&reader), pause_(pause) {}

  tl::expected<std::vector<std::uint16_t>, PollFailure> read(const ReadRequest& request) override {
    rest();
    return reader_->read(request);
  }
  tl::expected<std::vector<IdentificationObject>, PollFailure> identify(std::uint8_t unit) override {
    rest();
    return reader_->identify(unit);
  }

 private:
  void rest() const {
    if (pause_ > Duration::zero()) std::this_thread::sleep_for(pause_);
  }

  Reader* reader_;
  Duration pause_;
};

}  // namespace pue::modbus
