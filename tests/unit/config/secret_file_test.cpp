#include "config/secret_file.h"

#include <stdlib.h>

#include <doctest/doctest.h>

#include "tests/unit/config/folder.h"

using namespace pue::config;

namespace {

std::string text_of(const SecretFiles::Found& found) {
  if (!found) return "refused: " + found.error();
  return {(*found)->bytes().begin(), (*found)->bytes().end()};
}

std::string why(const SecretFiles::Found& found) {
  REQUIRE_FALSE(found.has_value());
  return found.error();
}

bool has(const std::string& text, std::string_view part) {
  CAPTURE(text);
  CAPTURE(part);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a password is the file's one line without its end") {
  const Folder folder;
  SecretFiles files{folder.path(), std::nullopt};
  folder.write("unix", "correct horse\n");
  folder.write("dos", "correct horse\r\n");
  folder.write("bare", "correct horse", 0400);
  folder.write("blank", " p \n");
  for (const auto* const name : {"unix", "dos", "bare"}) CHECK(text_of(files.read(name)) == "correct horse");
  CHECK(text_of(files.read("blank")) == " p ");
  CHECK(text_of(files.read((folder.path() / "unix").string())) == "correct horse");
}

TEST_CASE("a file that others may read or write is refused, with the command that helps") {
  const Folder folder;
  for (const mode_t mode : {0640U, 0604U, 0620U, 0602U, 0610U, 0601U, 0666U, 0777U}) {
    SecretFiles files{folder.path(), std::nullopt};
    const auto file = folder.write("p", "tell-nobody\n", mode);
    CAPTURE(mode);
    const auto message = why(files.read("p"));
    has(message, "chmod 600 " + file);
    CHECK(message.find("tell-nobody") == std::string::npos);
  }
}

TEST_CASE("what is no password file is refused") {
  const Folder folder;
  SecretFiles files{folder.path(), std::nullopt};
  folder.write("empty", "");
  folder.write("only-end", "\n");
  folder.write("two", "tell\nnobody\n");
  folder.write("large", std::string(4097, 'x'));
  folder.write("nul", std::string("a\0b", 3));
  ::mkfifo((folder.path() / "pipe").c_str(), 0600);
  has(why(files.read("empty")), "is empty");
  has(why(files.read("only-end")), "is empty");
  has(why(files.read("two")), "more than one line");
  has(why(files.read("nul")), "more than one line");
  has(why(files.read("large")), "more than 4096 bytes");
  has(why(files.read("pipe")), "no regular file");
  has(why(files.read(".")), "no regular file");
  has(why(files.read("/dev/zero")), "no regular file");
  has(why(files.read("none")), "cannot open");
}

TEST_CASE("a file of another user is refused" * doctest::skip(::geteuid() != 0)) {
  const Folder folder;
  SecretFiles files{folder.path(), std::nullopt};
  const auto file = folder.write("p", "x\n");
  REQUIRE(::chown(file.c_str(), 65534, 65534) == 0);
  has(why(files.read("p")), "belongs to another user");
}

TEST_CASE("a file is read once however often it is named") {
  const Folder folder;
  SecretFiles files{folder.path(), std::nullopt};
  const auto file = folder.write("p", "first\n");
  const auto first = files.read("p");
  folder.write("p", "second\n");
  CHECK(text_of(files.read("p")) == "first");
  CHECK(files.read("p")->get() == first->get());
}

TEST_CASE("a bare name is looked up in systemd's directory first, in both spellings, where its group may read") {
  const Folder folder;
  const Folder credentials;
  folder.write("a", "of the folder\n");
  folder.write("b", "of the folder\n");
  folder.write("c", "of the folder\n");
  credentials.write("a", "of systemd\n", 0440);
  credentials.write("credentials_b", "of its directory\n", 0400);
  credentials.write("open", "x\n", 0444);
  SecretFiles files{folder.path(), credentials.path()};
  CHECK(text_of(files.read("a")) == "of systemd");
  CHECK(text_of(files.read("b")) == "of its directory");
  CHECK(text_of(files.read("c")) == "of the folder");
  CHECK(text_of(files.read("./a")) == "of the folder");
  has(why(files.read("open")), "open to others");
}

TEST_CASE("the environment names systemd's directory") {
  const Folder folder;
  const Folder credentials;
  credentials.write("a", "of systemd\n");
  ::setenv("CREDENTIALS_DIRECTORY", credentials.path().c_str(), 1);
  CHECK(text_of(SecretFiles{folder.path()}.read("a")) == "of systemd");
  ::setenv("CREDENTIALS_DIRECTORY", "relative", 1);
  CHECK_FALSE(SecretFiles{folder.path()}.read("a").has_value());
  ::unsetenv("CREDENTIALS_DIRECTORY");
  CHECK_FALSE(SecretFiles{folder.path()}.read("a").has_value());
}

TEST_CASE("a key may be text or a number in hexadecimal") {
  const Folder folder;
  SecretFiles files{folder.path(), std::nullopt};
  folder.write("text", "my key\n");
  folder.write("hex", "0x00fF10\n");
  folder.write("odd", "0xabc\n");
  folder.write("none", "0x\n");
  folder.write("letters", "0xtell\n");
  CHECK(text_of(files.read_key("text")) == "my key");
  CHECK(text_of(files.read_key("hex")) == std::string("\x00\xFF\x10", 3));
  CHECK(text_of(files.read("hex")) == "0x00fF10");
  has(why(files.read_key("odd")), "even number");
  has(why(files.read_key("none")), "even number");
  const auto message = why(files.read_key("letters"));
  has(message, "hexadecimal digits alone");
  CHECK(message.find("tell") == std::string::npos);
}
