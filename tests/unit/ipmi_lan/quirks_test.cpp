// BMCs that depart from the specification: refused as they are, read where the configuration names their quirk.

#include <doctest/doctest.h>

#include "tests/unit/ipmi_lan/site.h"

using namespace pue;
using namespace pue::ipmi;
using namespace pue::ipmi::test;

namespace {

void check_reads_only_with(const UdpBmc::Character& character, bool plan::BmcQuirks::* quirk, PollFailure without) {
  for (const auto suite : {CipherSuite::suite_3, CipherSuite::suite_17}) {
    Site plain{character};
    plain.options.suites = {suite};
    CHECK(plain.failure_of(get_sensor_reading(5)) == without);
    Site known{character};
    known.options.suites = {suite};
    known.options.quirks.*quirk = true;
    CHECK(is_reading(known.ask(get_sensor_reading(5)), 5));
  }
}

}  // namespace

TEST_CASE(
    "a BMC that refuses a session for the highest privilege is asked for the user's with open-session-privilege") {
  check_reads_only_with({.wants_privilege = true}, &plan::BmcQuirks::open_session_privilege, PollFailure::privilege);
}

TEST_CASE("a BMC that leaves the look-up bit out of the proof takes ours with role-without-lookup") {
  check_reads_only_with({.rakp_3_without_lookup = true}, &plan::BmcQuirks::role_without_lookup,
                        PollFailure::authentication);
}

TEST_CASE("a BMC that signs packets with the session's integrity key itself is believed with integrity-with-sik") {
  check_reads_only_with({.signs_with_sik = true}, &plan::BmcQuirks::integrity_with_sik, PollFailure::timeout);
}

TEST_CASE("a BMC whose messages end in a wrong checksum is believed with any-checksum") {
  check_reads_only_with({.wrong_checksums = true}, &plan::BmcQuirks::any_checksum, PollFailure::timeout);
}

TEST_CASE("no quirk makes a wrong password or a wrong signature pass") {
  const plan::BmcQuirks all{
      .open_session_privilege = true, .role_without_lookup = true, .integrity_with_sik = true, .any_checksum = true};
  Site wrong_password{{.password = "another"}};
  wrong_password.options.quirks = all;
  CHECK(wrong_password.failure_of(get_device_id()) == PollFailure::authentication);
  Site wrong_code{{.wrong_rakp_4 = true, .rakp_3_without_lookup = true}};
  wrong_code.options.quirks = all;
  CHECK(wrong_code.failure_of(get_device_id()) == PollFailure::wrong_signature);
}
