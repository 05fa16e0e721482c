#pragma once

// The only place that includes toml++ (3.3). Its assertions throw instead of ending the process, in every build type:
// bare CJK keys and a few malformed headers reach them. The implementation is compiled once, in parse.cpp.

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

namespace pue::safe_toml {

/// toml++ met a state it believed impossible. Caught by `parse`; the text is refused.
struct AssertionFailed : std::logic_error {
  using std::logic_error::logic_error;
};

/// Throws AssertionFailed; out of line, since toml++ asserts in functions that may not throw in their own text.
[[noreturn]] void assertion_failed(const char* expression);

}  // namespace pue::safe_toml

#pragma push_macro("NDEBUG")
#undef NDEBUG  // toml++ drops TOML_ASSERT where this is defined
#define TOML_ASSERT(expr)                                   \
  do {                                                      \
    if (!(expr)) ::pue::safe_toml::assertion_failed(#expr); \
  } while (false)
#define TOML_EXCEPTIONS 1
#define TOML_HEADER_ONLY 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 32
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")
