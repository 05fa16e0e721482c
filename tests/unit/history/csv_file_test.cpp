#include "agent/history/csv_file.h"

#include <doctest/doctest.h>

#include "tests/unit/history/folder.h"

using pue::history::CsvFile;

namespace {

/// Every line as "NUMBER:field|field", or "NUMBER!problem".
std::string read(const std::string& text) {
  const Folder folder;
  auto csv = CsvFile::open(folder.write("a.csv", text));
  REQUIRE(csv.has_value());
  std::string all;
  while (csv->next()) {
    all += std::to_string(csv->line()) + (csv->problem().empty() ? ":" : "!" + csv->problem());
    for (std::size_t i = 0; csv->problem().empty() && i < csv->fields().size(); ++i) {
      all += (i == 0 ? "" : "|") + std::string(csv->fields()[i]);
    }
    all += '\n';
  }
  CHECK(csv->failure().empty());
  CHECK(csv->bytes_read() == text.size());
  CHECK(csv->size() == text.size());
  CHECK(csv->sha256() == pue::Sha256::of(text));
  return all;
}

}  // namespace

TEST_CASE("lines end with LF or CRLF, empty ones are passed over, and the last needs no end") {
  CHECK(read("a,b\r\n\n1, 2 \n \r\n3,4") == "1:a|b\n3:1|2\n5:3|4\n");
  CHECK(read("") == "");
}

TEST_CASE("a byte order mark before the first line is none of its text") {
  CHECK(read("\xEF\xBB\xBFtime,meter\n") == "1:time|meter\n");
}

TEST_CASE("a quoted field keeps commas, blanks and doubled quotes") {
  CHECK(read("\"a,b\" , \"say \"\"so\"\"\",\" c \"\n") == "1:a,b|say \"so\"| c \n");
  CHECK(read("\"\",x\n") == "1:|x\n");
}

TEST_CASE("a quote that ends on another line, or before more text, is a problem of that line alone") {
  CHECK(read("\"a,b\n1,2\n") == "1!has a quote that is not closed on the same line\n2:1|2\n");
  CHECK(read("\"a\"b,c\n1,2\n") == "1!has text behind a closing quote\n2:1|2\n");
}

TEST_CASE("empty fields are fields") { CHECK(read("a,,\n,\n") == "1:a||\n2:|\n"); }

TEST_CASE("a line of more bytes than allowed is told by its number, and the next is read") {
  const std::string longest(CsvFile::k_longest_line, 'x');
  CHECK(read(longest + "\n1\n") == "1:" + longest + "\n2:1\n");
  CHECK(read(longest + "x\n1\n") == "1!is longer than 4096 bytes\n2:1\n");
  CHECK(read(std::string(300'000, 'x') + "\n1\n") == "1!is longer than 4096 bytes\n2:1\n");
}

TEST_CASE("a line of more fields than allowed is refused") {
  CHECK(read(std::string(CsvFile::k_most_fields, ',') + "\n") == "1!has more than 32 fields\n");
}

TEST_CASE("UTF-16 is told as such") {
  CHECK(read(std::string("t\0i\0", 4)) ==
        "1!holds a zero byte: expected UTF-8 text (UTF-16 files are to be converted)\n");
}

TEST_CASE("what is no regular file is refused") {
  const Folder folder;
  CHECK(CsvFile::open(folder.path("none")).error() == "cannot open: No such file or directory");
  CHECK(CsvFile::open(folder.path("")).error() == "is no regular file");
  CHECK(CsvFile::open("/dev/zero").error() == "is no regular file");
}
