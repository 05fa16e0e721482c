#include "agent/ledger/note.h"

#include <algorithm>
#include <charconv>

#include "agent/ledger/base64.h"
#include "agent/ledger/canonical.h"

namespace pue::ledger {
namespace {

constexpr std::uint8_t k_ed25519 = 1;

std::uint32_t key_id(const NamedKey& key) {
  Sha256 hash;
  hash.add(key.name);
  hash.add(std::string_view{"\n\1"});
  hash.add(std::span{key.key});
  const Hash digest = hash.finish();
  return std::uint32_t{digest[0]} << 24U | std::uint32_t{digest[1]} << 16U | std::uint32_t{digest[2]} << 8U | digest[3];
}

std::string id_bytes(std::uint32_t id) {
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(id >> shift & 0xFFU);
  return bytes;
}

std::uint32_t id_from(std::string_view bytes) {
  std::uint32_t id = 0;
  for (const char byte : bytes.substr(0, 4)) id = id << 8U | static_cast<std::uint8_t>(byte);
  return id;
}

std::string as_text(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

std::optional<NoteSignature> parse_signature(std::string_view line) {
  if (!line.starts_with(k_signature_mark)) return std::nullopt;
  line.remove_prefix(k_signature_mark.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !is_key_name(line.substr(0, space))) return std::nullopt;
  const auto bytes = from_base64(line.substr(space + 1));
  if (!bytes || bytes->size() < 5) return std::nullopt;
  return NoteSignature{.name = std::string{line.substr(0, space)}, .id = id_from(*bytes), .bytes = bytes->substr(4)};
}

/// Takes the first line off `text`, without its line feed; nothing if there is no whole line.
std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

}  // namespace

bool is_key_name(std::string_view name) {
  return !name.empty() && is_plain(name) && name.find_first_of(" +") == std::string_view::npos;
}

std::string vkey_of(const NamedKey& key) {
  const std::string id = id_bytes(key_id(key));
  return key.name + "+" + hexadecimal({reinterpret_cast<const std::uint8_t*>(id.data()), id.size()}) + "+" +
         to_base64(std::string{static_cast<char>(k_ed25519)} + as_text(key.key));
}

std::optional<NamedKey> parse_vkey(std::string_view text) {
  const std::size_t first = text.find('+');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = text.find('+', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto bytes = from_base64(text.substr(second + 1));
  NamedKey key{.name = std::string{text.substr(0, first)}};
  if (!is_key_name(key.name) || !bytes || bytes->size() != 1 + key.key.size() ||
      static_cast<std::uint8_t>(bytes->front()) != k_ed25519) {
    return std::nullopt;
  }
  std::copy(bytes->begin() + 1, bytes->end(), key.key.begin());
  // The id is that of this very name and key, in the one spelling there is.
  if (vkey_of(key) != text) return std::nullopt;
  return key;
}

std::optional<Note> parse_note(std::string_view note) {
  // The last empty line ends the text: it may hold empty lines itself.
  const std::size_t end = note.rfind("\n\n");
  if (end == std::string_view::npos) return std::nullopt;
  Note parsed{.text = std::string{note.substr(0, end + 1)}};
  std::string_view rest = note.substr(end + 2);
  while (!rest.empty()) {
    const auto line = take_line(rest);
    if (!line) return std::nullopt;
    auto signature = parse_signature(*line);
    if (!signature) return std::nullopt;
    parsed.signatures.push_back(std::move(*signature));
  }
  if (parsed.signatures.empty()) return std::nullopt;
  return parsed;
}

std::string write_note(const Note& note) {
  std::string text = note.text + "\n";
  for (const NoteSignature& signature : note.signatures) {
    text += k_signature_mark;
    text += signature.name + " " + to_base64(id_bytes(signature.id) + signature.bytes) + "\n";
  }
  return text;
}

void sign(Note& note, std::string_view name, const SigningKey& key) {
  const NamedKey named{.name = std::string{name}, .key = key.public_key()};
  note.signatures.push_back({.name = named.name, .id = key_id(named), .bytes = as_text(key.sign(note.text))});
}

bool is_signed_by(const Note& note, const NamedKey& key) {
  const std::uint32_t id = key_id(key);
  return std::ranges::any_of(note.signatures, [&](const NoteSignature& signature) {
    if (signature.name != key.name || signature.id != id) return false;
    return signature_fits(key.key, note.text,
                          {reinterpret_cast<const std::uint8_t*>(signature.bytes.data()), signature.bytes.size()});
  });
}

std::string checkpoint_text(const Checkpoint& checkpoint) {
  return checkpoint.origin + "\n" + std::to_string(checkpoint.size) + "\n" + to_base64(as_text(checkpoint.root)) + "\n";
}

std::optional<Checkpoint> parse_checkpoint(std::string_view text) {
  const auto origin = take_line(text);
  const auto size = take_line(text);
  const auto root = take_line(text);
  if (!root || !is_key_name(*origin)) return std::nullopt;
  Checkpoint checkpoint{.origin = std::string{*origin}};
  const auto parsed = std::from_chars(size->data(), size->data() + size->size(), checkpoint.size);
  // No sign, no leading zero: one spelling for each number.
  if (parsed.ec != std::errc{} || std::to_string(checkpoint.size) != *size) return std::nullopt;
  const auto bytes = from_base64(*root);
  if (!bytes || bytes->size() != checkpoint.root.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), checkpoint.root.begin());
  return checkpoint;
}

std::vector<std::string_view> split_notes(std::string_view file) {
  std::vector<std::string_view> notes;
  std::size_t begin = 0;
  while (begin < file.size()) {
    // A note is text, an empty line, signatures; then comes an empty line again.
    const std::size_t text_end = file.find("\n\n", begin);
    if (text_end == std::string_view::npos) break;
    const std::size_t end = file.find("\n\n", text_end + 2);
    if (end == std::string_view::npos) break;
    notes.push_back(file.substr(begin, end + 1 - begin));
    begin = end + 2;
  }
  return notes;
}

}  // namespace pue::ledger
