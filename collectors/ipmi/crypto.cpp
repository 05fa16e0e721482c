#include "collectors/ipmi/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <algorithm>
#include <stdexcept>

namespace pue::ipmi {
namespace {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Mac = std::unique_ptr<EVP_MAC, Freed<EVP_MAC_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Freed<EVP_MAC_CTX_free>>;
using Cipher = std::unique_ptr<EVP_CIPHER, Freed<EVP_CIPHER_free>>;
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Freed<EVP_CIPHER_CTX_free>>;

void must(bool holds) {
  if (!holds) throw std::runtime_error{"libcrypto lacks HMAC, SHA-1, SHA-256 or AES-128-CBC"};
}

MacContext mac_context(EVP_MAC* mac, const char* digest) {
  MacContext context{EVP_MAC_CTX_new(mac)};
  must(context != nullptr);
  std::array<char, 16> name{};
  std::copy_n(digest, std::char_traits<char>::length(digest), name.begin());
  const std::array<OSSL_PARAM, 2> parameters{OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
                                             OSSL_PARAM_construct_end()};
  must(EVP_MAC_CTX_set_params(context.get(), parameters.data()) == 1);
  return context;
}

}  // namespace

KeyBytes::KeyBytes(Bytes bytes) : size_(std::min(bytes.size(), bytes_.size())) {
  std::copy_n(bytes.begin(), size_, bytes_.begin());
}

KeyBytes::~KeyBytes() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

std::size_t hmac_size(CipherSuite suite) { return suite == CipherSuite::suite_3 ? 20 : 32; }

std::size_t code_size(CipherSuite suite) { return suite == CipherSuite::suite_3 ? 12 : 16; }

bool equal(Bytes a, Bytes b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

struct Crypto::State {
  Mac mac{EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr)};
  Cipher aes{EVP_CIPHER_fetch(nullptr, "AES-128-CBC", nullptr)};
  MacContext sha1;
  MacContext sha256;
  CipherContext encrypting{EVP_CIPHER_CTX_new()};
  CipherContext decrypting{EVP_CIPHER_CTX_new()};
};

Crypto::Crypto() : state_(std::make_unique<State>()) {
  must(state_->mac && state_->aes && state_->encrypting && state_->decrypting);
  state_->sha1 = mac_context(state_->mac.get(), "SHA1");
  state_->sha256 = mac_context(state_->mac.get(), "SHA256");
}

Crypto::~Crypto() = default;

KeyBytes Crypto::hmac(CipherSuite suite, Bytes key, std::initializer_list<Bytes> parts) {
  // A null key would mean "the one of before" to libcrypto; an empty password is a key like any other.
  static constexpr std::uint8_t k_no_byte = 0;
  auto* context = suite == CipherSuite::suite_3 ? state_->sha1.get() : state_->sha256.get();
  must(EVP_MAC_init(context, key.empty() ? &k_no_byte : key.data(), std::max<std::size_t>(key.size(), 1), nullptr) ==
       1);
  for (const auto part : parts) must(EVP_MAC_update(context, part.data(), part.size()) == 1);
  std::array<std::uint8_t, 32> out{};
  std::size_t size = 0;
  must(EVP_MAC_final(context, out.data(), &size, out.size()) == 1);
  const KeyBytes result{std::span{out}.first(size)};
  OPENSSL_cleanse(out.data(), out.size());
  return result;
}

bool Crypto::cipher(bool encrypting, Bytes key, Bytes iv, std::span<std::uint8_t> data) {
  if (key.size() != k_block || iv.size() != k_block || data.empty() || data.size() % k_block != 0) return false;
  auto* context = encrypting ? state_->encrypting.get() : state_->decrypting.get();
  int size = 0;
  return EVP_CipherInit_ex2(context, state_->aes.get(), key.data(), iv.data(), encrypting ? 1 : 0, nullptr) == 1 &&
         EVP_CIPHER_CTX_set_padding(context, 0) == 1 &&
         EVP_CipherUpdate(context, data.data(), &size, data.data(), static_cast<int>(data.size())) == 1 &&
         static_cast<std::size_t>(size) == data.size();
}

bool Crypto::encrypt(Bytes key, Bytes iv, std::span<std::uint8_t> data) { return cipher(true, key, iv, data); }

bool Crypto::decrypt(Bytes key, Bytes iv, std::span<std::uint8_t> data) { return cipher(false, key, iv, data); }

void Crypto::random(std::span<std::uint8_t> out) {
  if (RAND_bytes(out.data(), static_cast<int>(out.size())) != 1)
    throw std::runtime_error{"the system gives no entropy"};
}

}  // namespace pue::ipmi
