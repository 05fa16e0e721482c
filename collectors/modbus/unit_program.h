#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "agent/pipeline/board.h"
#include "agent/pipeline/poll_failure.h"
#include "agent/plan/plan.h"
#include "collectors/modbus/block_planner.h"
#include "collectors/modbus/decoder.h"
#include "collectors/sample_sink.h"

namespace pue::modbus {

/// The blocks of one interval group of a device.
struct BlockGroup {
  Duration interval{};
  std::vector<Block> blocks;
};

/// How one point of a device becomes a sample. `Need::index` counts in these.
struct DecodeStep {
  static constexpr std::uint32_t k_none = UINT32_MAX;

  const profiles::Point* source = nullptr;
  std::uint32_t exponent = k_none;  ///< step whose reading is the exponent
  std::uint32_t factor = k_none;    ///< step whose reading multiplies this one
  std::uint32_t cell = k_none;      ///< where the reading is kept for other steps
  std::uint32_t rank = 0;           ///< steps of a lower rank are decoded first
  bool hidden = false;              ///< read for other steps only: not a point of the plan
};

/// What is read from a device and how, without anything that belongs to one device alone. Devices of one profile
/// with the same points and intervals share it.
struct ProgramLayout {
  std::vector<DecodeStep> steps;  ///< first those of `Device::points`, in that order, then hidden ones
  std::vector<BlockGroup> groups;
  std::vector<Block> identity;  ///< what tells which device it is; in no group
  std::size_t cells = 0;
};

/// Builds layouts and remembers them, so that 5,000 equal devices have one.
class ProgramLibrary {
 public:
  [[nodiscard]] std::shared_ptr<const ProgramLayout> layout_of(const plan::Plan& plan, const plan::Device& device);

 private:
  using Key = std::tuple<const profiles::Profile*, std::vector<std::pair<const profiles::Point*, Duration>>>;
  std::map<Key, std::shared_ptr<const ProgramLayout>> layouts_;
};

/// What is asked of one device and what becomes of the answers, whatever the way to the device. Used by one thread.
///
/// A round reads one interval group:
///
///     program.start(group);
///     while (const Block* block = program.current()) {
///       // ask for block->function, block->address, block->count
///       if (words)                       program.answered(words, at, sink);   // decodes, puts samples, moves on
///       else if (exception 2 or 3)       program.refused(failure, at, sink);  // isolates the bad register, moves on
///       else if (the device answered)    program.skip();                      // this block gave nothing
///       else                             program.went_silent();               // no answer: no use to go on
///     }
///
/// A refused block is taken apart and its halves are asked for in the same round, so the good values of a block with
/// a bad register arrive in that very round. A value that is refused alone three times in a row is disabled, with one
/// message, and its point gets one sample of quality `unsupported`. Every ten minutes all that is forgotten and
/// the blocks are as planned again, which is how a disabled point is probed.
///
/// What tells which device it is, is read before the first round, before a round after a silence or a pause in which
/// the device may have been exchanged, and every ten minutes. A device that is silent when asked that, and otherwise is
/// not, is asked for its values alone for a while.
class UnitProgram {
 public:
  static constexpr Duration k_relearn_period = std::chrono::minutes{10};
  static constexpr std::uint8_t k_refusals_to_disable = 3;

  /// `plan` and `device` must outlive the program, and so must `state`, where a serial number that is a text is told.
  UnitProgram(const plan::Plan& plan, const plan::Device& device, ProgramLibrary& library, DeviceState& state);

  [[nodiscard]] std::size_t groups() const { return layout_->groups.size(); }
  [[nodiscard]] Duration interval(std::size_t group) const { return layout_->groups[group].interval; }
  /// @return the group to probe a silent device with: the shortest round there is.
  [[nodiscard]] std::size_t probe_group() const;

  /// Begins a round; one that was under way is forgotten.
  void start(std::size_t group, Instant now);
  /// @return the block to ask for now; null when the round is over or none was begun.
  [[nodiscard]] const Block* current() const;

  /// `words` are the registers of the current block, `current()->count` of them.
  void answered(std::span<const std::uint16_t> words, Instant at, collectors::SampleSink& sink);
  void refused(PollFailure failure, Instant at, collectors::SampleSink& sink);
  /// The device answered, but not with this block: values that are scaled with what it holds wait until it does.
  void skip();
  /// The device did not answer: the round is over, and what its points said last is not to be combined with what they
  /// say next.
  void went_silent();

  /// @return how many points are disabled at present.
  [[nodiscard]] std::size_t unsupported() const;

 private:
  /// What a device's refusals taught; most devices have none of it.
  struct Learned {
    std::vector<std::vector<Block>> blocks;  ///< by group, identity behind the last; empty: as planned
    std::vector<std::uint8_t> refusals;      ///< by step, in a row
    std::vector<std::uint8_t> disabled;      ///< by step
    std::vector<std::uint8_t> told;          ///< by step: the message is out
    Instant relearn_at{};
  };

  /// When the device is asked next which it is.
  struct Identification {
    Instant at{};
    unsigned silences = 0;   ///< in a row, of a device that answers otherwise
    bool postponed = false;  ///< until the device has answered something else
  };

  void begin(std::size_t group);
  [[nodiscard]] bool identifying() const { return blocks_ != nullptr && group_ == groups(); }
  [[nodiscard]] const std::vector<Block>& planned(std::size_t group) const;
  [[nodiscard]] std::optional<Reading> read(const DecodeStep& step, std::span<const std::uint16_t> words);
  void settle();
  void move_on();
  void forget(std::uint32_t step);
  Learned& learned(Instant now);
  void disable(std::uint32_t step, PollFailure failure, Instant at, collectors::SampleSink& sink);
  [[nodiscard]] std::optional<Reading> combined(const DecodeStep& step, Reading reading) const;

  const plan::Device* device_;
  DeviceState* state_;
  std::shared_ptr<const ProgramLayout> layout_;
  std::vector<std::optional<Reading>> cells_;
  std::unique_ptr<Learned> learned_;
  const std::vector<Block>* blocks_ = nullptr;  ///< of the round under way
  std::uint32_t group_ = 0;                     ///< of `blocks_`; groups() is identity
  std::uint32_t next_ = 0;                      ///< the group that follows identity
  std::uint32_t cursor_ = 0;
  Instant started_{};
  Instant answered_at_{};  ///< with values
  Identification identification_;
};

}  // namespace pue::modbus
