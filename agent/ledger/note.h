#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/ledger/signing_key.h"
#include "agent/units/sha256.h"

/// Signed notes and checkpoints as the C2SP specifications signed-note and tlog-checkpoint define them, with Ed25519
/// signatures alone.
namespace pue::ledger {

/// A public key and the name that it signs under: `NAME+ID+KEY` as one line ("vkey").
struct NamedKey {
  std::string name;
  PublicKey key{};

  bool operator==(const NamedKey&) const = default;
};

[[nodiscard]] std::string vkey_of(const NamedKey& key);
[[nodiscard]] std::optional<NamedKey> parse_vkey(std::string_view text);
/// @return whether a key may have this name: plain text, not empty, no space, no plus sign.
[[nodiscard]] bool is_key_name(std::string_view name);

inline constexpr std::string_view k_signature_mark = "\xE2\x80\x94 ";  ///< an em dash and a space begin its line

struct NoteSignature {
  std::string name;
  std::uint32_t id = 0;
  std::string bytes;

  bool operator==(const NoteSignature&) const = default;
};

struct Note {
  std::string text;  ///< ends with a line feed
  std::vector<NoteSignature> signatures;
};

/// @return nothing if it is not a note, down to the last byte.
[[nodiscard]] std::optional<Note> parse_note(std::string_view note);
[[nodiscard]] std::string write_note(const Note& note);

void sign(Note& note, std::string_view name, const SigningKey& key);
/// @return whether one of the signatures is that key's, and fits.
[[nodiscard]] bool is_signed_by(const Note& note, const NamedKey& key);

/// What a checkpoint says: these many batches have this root.
struct Checkpoint {
  std::string origin;
  std::uint64_t size = 0;
  Hash root{};
};

[[nodiscard]] std::string checkpoint_text(const Checkpoint& checkpoint);
/// Lines after the third are extensions and left aside, as the specification wants.
[[nodiscard]] std::optional<Checkpoint> parse_checkpoint(std::string_view text);

/// Cuts a text of notes, each followed by an empty line, into notes.
/// @return the notes, without what follows the last complete one.
[[nodiscard]] std::vector<std::string_view> split_notes(std::string_view file);

}  // namespace pue::ledger
