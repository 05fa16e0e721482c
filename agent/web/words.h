#pragma once

#include <string_view>

#include "agent/pipeline/poll_failure.h"
#include "agent/web/page.h"

namespace pue::web {

/// The words of the status page in one language.
struct Words {
  std::string_view tag;  ///< of the language, for the `lang` attribute
  std::string_view other_tag;
  std::string_view other_name;
  std::string_view title;
  std::string_view instant;
  std::string_view instant_note;
  std::string_view measured_at;
  std::string_view window;
  std::string_view coverage;
  std::string_view integrated;
  std::string_view facility_power;
  std::string_view it_power;
  std::string_view facility_energy;
  std::string_view co2;
  std::string_view withheld;
  std::string_view meter_has_no_value;  ///< {meter}, {device}
  std::string_view no_valid_reading;
  std::string_view not_answered_yet;
  std::string_view is_down;
  std::string_view import_alone;
  std::string_view zones;
  std::string_view meters;
  std::string_view meter;
  std::string_view role;
  std::string_view zone;
  std::string_view upstream;
  std::string_view power;
  std::string_view energy;
  std::string_view residual;
  std::string_view devices;
  std::string_view device;
  std::string_view bus;
  std::string_view unit;
  std::string_view profile;
  std::string_view state;
  std::string_view up;
  std::string_view down;
  std::string_view waiting;
  std::string_view last_answer;
  std::string_view never;
  std::string_view ago;
  std::string_view latency;
  std::string_view points;
  std::string_view polls;
  std::string_view errors;
  std::string_view last_error;
  std::string_view more_devices;  ///< after a number
};

[[nodiscard]] const Words& words_of(Language language);
/// @return describe() in that language.
[[nodiscard]] std::string_view describe(PollFailure failure, Language language);

}  // namespace pue::web
