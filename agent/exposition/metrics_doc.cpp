#include <cstdio>

#include "agent/exposition/catalogue.h"

/// Prints docs/metrics.md.
int main() {
  const auto text = pue::exposition::document();
  return std::fwrite(text.data(), 1, text.size(), stdout) == text.size() ? 0 : 1;
}
