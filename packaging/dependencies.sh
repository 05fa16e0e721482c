# Sourced by packaging/quickstart and tests/run: installs the Debian packages that are missing, and only those.

k_build_packages="g++ cmake ninja-build pkg-config libmodbus-dev libasio-dev libtomlplusplus-dev doctest-dev
  prometheus-cpp-dev libmicrohttpd-dev libcli11-dev libfmt-dev nlohmann-json3-dev libexpected-dev zlib1g-dev
  libsystemd-dev curl"
k_test_packages="prometheus collectd-core python3 python3-pymodbus mbpoll socat spin libboost-dev gcc libc6-dev
  clang-19 libclang-rt-19-dev clang-format-19 clang-tidy-19 mmdebstrap dpkg-dev file lintian strace procps binutils
  systemd"

# Prints the packages of its arguments that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || printf '%s\n' "$package"
  done
}

# Installs what is missing of its arguments. Services among them are not started.
install_packages() {
  local missing root=""
  missing=$(missing_packages "$@")
  [ -z "$missing" ] && return 0
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "these packages are missing; install them as root: $missing" >&2; return 1; }
    root="sudo"
  fi
  echo "installing: $(echo $missing)" >&2
  $root env DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null
  # Debian starts a service when it is installed; RUNLEVEL=1 tells its start script to leave it.
  $root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get install -q -y --no-install-recommends $missing >/dev/null
}
