#include "config/hosts_file.h"

#include <doctest/doctest.h>

#include "tests/unit/config/folder.h"

using namespace pue::config;

namespace {

std::string first_problem(std::string_view text) {
  const auto read = parse_hosts(text, "bmcs.csv", 3);
  REQUIRE_FALSE(read.problems.empty());
  return describe(read.problems.front());
}

}  // namespace

TEST_CASE("hosts come with name, rack and service, in any order of columns") {
  const auto read = parse_hosts(
      "\xEF\xBB\xBFrack,host,service,name\r\nR1,10.2.0.1,compute,web-1\r\n\r\n# spare\n\"R,2\",10.2.0.2,,\"a "
      "\"\"b\"\"\"\n",
      "bmcs.csv", 10);
  REQUIRE(read.problems.empty());
  REQUIRE(read.hosts.size() == 2);
  CHECK(read.hosts[0].line == 2);
  CHECK(read.hosts[0].host == "10.2.0.1");
  CHECK(read.hosts[0].name == "web-1");
  CHECK(read.hosts[0].rack == "R1");
  CHECK(read.hosts[0].service == "compute");
  CHECK(read.hosts[1].line == 5);
  CHECK(read.hosts[1].rack == "R,2");
  CHECK(read.hosts[1].name == "a \"b\"");
  CHECK(read.hosts[1].service.empty());
}

TEST_CASE("columns nobody reads are a warning that names them") {
  const auto read = parse_hosts("host,owner,serial\n10.2.0.1,ops,X1\n", "bmcs.csv", 10);
  CHECK(read.problems.empty());
  CHECK(read.hosts.size() == 1);
  REQUIRE(read.warnings.size() == 1);
  CHECK(describe(read.warnings[0]) ==
        "bmcs.csv:1:1: columns that are not read: 'owner', 'serial'; known are host, name, rack, service");
}

TEST_CASE("what is wrong with a file of hosts is told with its line") {
  CHECK(first_problem("hosts,rack\n") ==
        "bmcs.csv:1:1: no column 'host', did you mean 'hosts'? in the first line, which names the columns");
  CHECK(first_problem("host,host\n") == "bmcs.csv:1:1: host: the column stands twice");
  CHECK(first_problem("host,rack\n10.2.0.1\n") == "bmcs.csv:2:1: has 1 columns, the first line names 2");
  CHECK(first_problem("host,rack\n,R1\n") == "bmcs.csv:2:1: host: missing");
  CHECK(first_problem("host,service\nh,web\n") ==
        "bmcs.csv:2:1: service: expected compute, storage or network, got 'web'");
  CHECK(first_problem("host\na\nb\nc\nd\n") == "bmcs.csv:5:1: more than 3 hosts");
  CHECK(first_problem("host,name\nh,\"x\n") == "bmcs.csv:2:1: a quote does not close, or text follows it");
  CHECK(first_problem("host,name\nh,\"x\"y\n") == "bmcs.csv:2:1: a quote does not close, or text follows it");
  CHECK(first_problem("host,name\nh,\xFF\n").find("UTF-8") != std::string::npos);
  CHECK(first_problem(std::string_view("host\nh\0x\n", 9)).find("NUL") != std::string::npos);
  CHECK(first_problem("host,name\nh," + std::string(65, 'n') + "\n").find("at most 64 bytes") != std::string::npos);
  CHECK(first_problem("") == "bmcs.csv: no line names the columns: expected host,name,rack");
  CHECK(first_problem("host\n") == "bmcs.csv:1:1: names no host");
  CHECK(first_problem("host" + std::string(200, ',') + "\n").find("more columns") != std::string::npos);
}

TEST_CASE("a file of hosts must be a regular file") {
  const Folder folder;
  CHECK(read_hosts(folder.path(), 10).problems.size() == 1);
  CHECK(read_hosts("/dev/zero", 10).problems.size() == 1);
  CHECK(read_hosts(folder.path() / "none.csv", 10).problems.size() == 1);
  CHECK(read_hosts(folder.write("bmcs.csv", "host\nh\n", 0644), 10).hosts.size() == 1);
}
