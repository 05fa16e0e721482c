#include "plant/ipmi/server_crypto.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <memory>
#include <stdexcept>

namespace pue::plant::ipmi {
namespace {

std::optional<Bytes> cipher(bool encrypting, View key, View iv, View in) {
  if (key.size() < 16 || iv.size() != 16 || in.empty() || in.size() % 16 != 0) return std::nullopt;
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context{EVP_CIPHER_CTX_new(),
                                                                                &EVP_CIPHER_CTX_free};
  Bytes out(in.size());
  int size = 0;
  if (!context ||
      EVP_CipherInit_ex(context.get(), EVP_aes_128_cbc(), nullptr, key.data(), iv.data(), encrypting ? 1 : 0) != 1 ||
      EVP_CIPHER_CTX_set_padding(context.get(), 0) != 1 ||
      EVP_CipherUpdate(context.get(), out.data(), &size, in.data(), static_cast<int>(in.size())) != 1) {
    throw std::runtime_error{"AES-128-CBC failed"};
  }
  return out;
}

}  // namespace

Bytes hmac(Suite suite, View key, View text) {
  Bytes out(EVP_MAX_MD_SIZE);
  unsigned size = 0;
  static constexpr std::uint8_t k_nothing = 0;
  const auto* digest = suite == Suite::three ? EVP_sha1() : EVP_sha256();
  if (HMAC(digest, key.empty() ? &k_nothing : key.data(), static_cast<int>(key.size()), text.data(), text.size(),
           out.data(), &size) == nullptr) {
    throw std::runtime_error{"HMAC failed"};
  }
  out.resize(size);
  return out;
}

Bytes encrypted(View key, View iv, View plain) { return cipher(true, key, iv, plain).value(); }

std::optional<Bytes> decrypted(View key, View iv, View secret) { return cipher(false, key, iv, secret); }

Bytes random_bytes(std::size_t count) {
  Bytes out(count);
  if (RAND_bytes(out.data(), static_cast<int>(count)) != 1) throw std::runtime_error{"no entropy"};
  return out;
}

std::size_t signature_size(Suite suite) { return suite == Suite::three ? 12 : 16; }

}  // namespace pue::plant::ipmi
