#include "agent/ledger/error.h"

namespace pue::ledger {

std::string describe(const Error& error) {
  switch (error.kind) {
    case Error::Kind::in_use:
      return error.text + ": only one process may write a ledger";
    case Error::Kind::busy:
      return error.text + ": somebody reads it; tried again";
    case Error::Kind::disk_full:
      return error.text + ": make room, nothing is lost meanwhile";
    case Error::Kind::corrupt:
      return error.text + ": run pue-agent verify on it";
    case Error::Kind::moved:
      return error.text +
             ": put it back, or restart the agent to begin with what is there; what comes meanwhile is kept";
    case Error::Kind::newer_format:
      return error.text + ": use the agent that wrote it, or a later one";
    case Error::Kind::read_only:
    case Error::Kind::input_output:
    case Error::Kind::not_found:
    case Error::Kind::no_ledger:
    case Error::Kind::key:
    case Error::Kind::refused:
      break;
  }
  return error.text;
}

std::string_view word(Error::Kind kind) {
  switch (kind) {
    case Error::Kind::in_use:
      return "in_use";
    case Error::Kind::busy:
      return "busy";
    case Error::Kind::disk_full:
      return "disk_full";
    case Error::Kind::read_only:
      return "read_only";
    case Error::Kind::input_output:
      return "input_output";
    case Error::Kind::moved:
      return "moved";
    case Error::Kind::not_found:
      return "not_found";
    case Error::Kind::corrupt:
      return "corrupt";
    case Error::Kind::no_ledger:
      return "no_ledger";
    case Error::Kind::newer_format:
      return "newer_format";
    case Error::Kind::key:
      return "key";
    case Error::Kind::refused:
      break;
  }
  return "refused";
}

}  // namespace pue::ledger
