#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pue::web {

/// Name and password as a client sent them; wiped at the end.
struct Login {
  Login(std::string name_of, std::string password_of) : name(std::move(name_of)), password(std::move(password_of)) {}
  Login(const Login&) = delete;
  Login& operator=(const Login&) = delete;
  Login(Login&&) = default;
  Login& operator=(Login&&) = delete;
  ~Login();

  std::string name;
  std::string password;
};

/// @param authorization value of the header; what is no basic authentication (RFC 7617) gives nothing.
[[nodiscard]] std::optional<Login> login_from(std::string_view authorization);

}  // namespace pue::web
