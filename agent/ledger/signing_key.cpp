#include "agent/ledger/signing_key.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>

#include "agent/ledger/descriptor.h"
#include "agent/units/secret.h"

namespace pue::ledger {
namespace {

constexpr std::size_t k_most = 4096;  ///< bytes of a key file

EVP_PKEY* as_key(void* key) { return static_cast<EVP_PKEY*>(key); }

struct BioFreed {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using Bio = std::unique_ptr<BIO, BioFreed>;

struct KeyFreed {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};

struct ContextFreed {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextFreed>;

std::string reason(int error) { return std::generic_category().message(error); }

tl::unexpected<Error> key_error(std::string text) {
  return tl::unexpected(Error{.kind = Error::Kind::key, .text = std::move(text)});
}

tl::unexpected<Error> system_error(const std::string& what, int number) {
  return tl::unexpected(system_failure(what, number));
}

/// systemd gives credentials to the service alone, but shows that as rights of a group.
bool is_credential(const std::string& path) {
  const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");
  return folder != nullptr && std::filesystem::path{path}.parent_path() == std::filesystem::path{folder};
}

/// @return what is wrong with the file; nothing if all is well.
std::optional<std::string> why_unsafe(const struct stat& status, const std::string& path) {
  if (!S_ISREG(status.st_mode)) return "'" + path + "' is no regular file";
  if (status.st_uid != 0 && status.st_uid != ::geteuid()) {
    return "the key '" + path + "' belongs to another user: chown it to the agent's user or to root";
  }
  if ((status.st_mode & (is_credential(path) ? 037U : 077U)) != 0) {
    return "the key '" + path + "' is open to others than its owner: chmod 600 " + path +
           ", and make a new key if somebody may have read it";
  }
  if (status.st_size > static_cast<off_t>(k_most)) return "'" + path + "' is too long for a key";
  return std::nullopt;
}

tl::expected<void, Error> write_durably(const std::string& path, int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto wrote = ::write(descriptor, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return system_error("cannot write the key '" + path + "'", errno);
    bytes.remove_prefix(static_cast<std::size_t>(wrote));
  }
  if (::fsync(descriptor) != 0) return system_error("cannot write the key '" + path + "'", errno);
  return {};
}

/// No key is asked for at a terminal: a daemon has none.
int no_passphrase(char*, int, int, void*) { return 0; }

}  // namespace

void SigningKey::Freed::operator()(void* key) const { EVP_PKEY_free(as_key(key)); }

SigningKey::SigningKey(void* key) : key_(key) {
  std::size_t size = public_key_.size();
  EVP_PKEY_get_raw_public_key(as_key(key), public_key_.data(), &size);
}

tl::expected<SigningKey, Error> SigningKey::load(const std::string& path) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
  if (!file.is_open()) {
    const auto kind = errno == ENOENT ? Error::Kind::not_found : Error::Kind::key;
    return tl::unexpected(Error{.kind = kind, .text = "cannot open the key '" + path + "': " + reason(errno)});
  }
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) return system_error("cannot look at '" + path + "'", errno);
  if (auto why = why_unsafe(status, path)) return key_error(std::move(*why));
  Secret pem{k_most};
  const auto got = ::read(file.number(), pem.writable().data(), pem.size());
  if (got < 0) return system_error("cannot read the key '" + path + "'", errno);
  const Bio source{BIO_new_mem_buf(pem.bytes().data(), static_cast<int>(got))};
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(source.get(), nullptr, no_passphrase, nullptr);
  if (key == nullptr || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
    EVP_PKEY_free(key);
    return key_error("'" + path +
                     "' holds no Ed25519 key without a passphrase; openssl genpkey -algorithm ed25519 makes one");
  }
  return SigningKey{key};
}

tl::expected<SigningKey, Error> SigningKey::load_or_create(const std::string& path) {
  auto loaded = load(path);
  if (loaded || loaded.error().kind != Error::Kind::not_found) return loaded;
  std::unique_ptr<EVP_PKEY, KeyFreed> key{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")};
  const Bio pem{BIO_new(BIO_s_secmem())};
  if (!key || !pem || PEM_write_bio_PrivateKey(pem.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
    return key_error("this system cannot make an Ed25519 key");
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(pem.get(), &text);
  // Half a key would be refused for ever, so it gets its name when it is whole: whoever is killed before leaves a file
  // that nobody reads. What lies there is not written over: it may be open to others.
  const std::string making = path + ".new";
  ::unlink(making.c_str());
  const Descriptor file{::open(making.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file.is_open()) return system_error("cannot make the key '" + making + "'", errno);
  const auto written = write_durably(making, file.number(), {text, static_cast<std::size_t>(size)});
  const bool named = written && ::link(making.c_str(), path.c_str()) == 0;
  const int failure = errno;
  ::unlink(making.c_str());
  if (!written) return tl::unexpected(written.error());
  if (!named) return system_error("cannot make the key '" + path + "'", failure);
  if (auto synced = sync_folder_of(path); !synced) return tl::unexpected(synced.error());
  return SigningKey{key.release()};
}

Signature SigningKey::sign(std::string_view message) const {
  Signature signature{};
  std::size_t size = signature.size();
  const Context context{EVP_MD_CTX_new()};
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, as_key(key_.get())) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, reinterpret_cast<const unsigned char*>(message.data()),
                     message.size()) != 1) {
    throw std::bad_alloc{};  // Ed25519 has no other way to fail
  }
  return signature;
}

bool signature_fits(const PublicKey& key, std::string_view message, std::span<const std::uint8_t> signature) {
  const std::unique_ptr<EVP_PKEY, KeyFreed> made{
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size())};
  const Context context{EVP_MD_CTX_new()};
  if (!made || !context) return false;
  if (EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, made.get()) != 1) return false;
  return EVP_DigestVerify(context.get(), signature.data(), signature.size(),
                          reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
}

std::string public_key_pem(const PublicKey& key) {
  const std::unique_ptr<EVP_PKEY, KeyFreed> made{
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size())};
  const Bio pem{BIO_new(BIO_s_mem())};
  if (!made || !pem || PEM_write_bio_PUBKEY(pem.get(), made.get()) != 1) throw std::bad_alloc{};
  char* text = nullptr;
  const long size = BIO_get_mem_data(pem.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

tl::expected<PublicKey, Error> public_key_from_pem(std::string_view pem) {
  const Bio source{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  const std::unique_ptr<EVP_PKEY, KeyFreed> key{PEM_read_bio_PUBKEY(source.get(), nullptr, no_passphrase, nullptr)};
  PublicKey bytes{};
  std::size_t size = bytes.size();
  if (!key || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_public_key(key.get(), bytes.data(), &size) != 1) {
    return key_error("no public Ed25519 key in PEM form");
  }
  return bytes;
}

}  // namespace pue::ledger
