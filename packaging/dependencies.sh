# Sourced by packaging/quickstart and tests/run: installs the Debian packages that are missing, and only those.

# To build and to try it.
k_build_packages="g++ cmake ninja-build pkg-config libmodbus-dev libasio-dev libtomlplusplus-dev doctest-dev
  prometheus-cpp-dev libmicrohttpd-dev libcli11-dev libfmt-dev nlohmann-json3-dev libexpected-dev zlib1g-dev
  libgnutls28-dev libcrypt-dev libyaml-cpp-dev libsystemd-dev libssl-dev libsqlite3-dev libhowardhinnant-date-dev tzdata
  curl"
# What the tests hold it against: a real Prometheus, other Modbus programs, a model checker, a package check.
k_test_packages="prometheus collectd-core libprotobuf-c1 python3 python3-pymodbus mbpoll socat spin gcc libc6-dev
  libboost-dev mmdebstrap dpkg-dev file lintian strace procps binutils systemd iproute2 openipmi libopenipmi-dev ipmitool
  freeipmi-tools sqlite3 openssl faketime e2fsprogs"
# A second compiler, its fuzzer, and the tools that read the code.
k_deep_packages="clang libclang-rt-14-dev clang-format-19 clang-tidy-19"

# Prints the packages of its arguments that are not installed.
missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed$' || printf '%s\n' "$package"
  done
}

# Installs what is missing of its arguments. Debian starts a service when it is installed; none of these is wanted.
install_packages() {
  local missing
  missing=$(missing_packages "$@")
  [ -z "$missing" ] && return 0
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
      echo "missing packages; install them as root: apt-get install" $missing >&2
      return 1
    }
    root=(sudo)
  fi
  echo "installing:" $missing >&2
  # shellcheck disable=SC2016
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive bash -ec '
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
      printf "#!/bin/sh\nexit 101\n" >"$policy"
      chmod 755 "$policy"
      trap "rm -f $policy" EXIT
    fi
    apt=(apt-get -q -y -o DPkg::Lock::Timeout=120)
    quietly() { local log; log=$("$@" 2>&1) || { printf "%s\n" "$log" | tail -n 40 >&2; return 1; }; }
    quietly "${apt[@]}" update
    # An installation that was broken off before is finished first.
    if [ -n "$(dpkg --audit)" ]; then
      quietly dpkg --configure -a || true
      quietly "${apt[@]}" --fix-broken install
    fi
    quietly "${apt[@]}" install --no-install-recommends "$@"
    # Nor at the next boot: what is installed here was not there before.
    command -v systemctl >/dev/null || exit 0
    case " $* " in *" prometheus "*) systemctl --quiet disable prometheus.service >/dev/null 2>&1 || true ;; esac
    case " $* " in *" collectd-core "*) systemctl --quiet disable collectd.service >/dev/null 2>&1 || true ;; esac
    case " $* " in *" openipmi "*) systemctl --quiet disable openipmi.service >/dev/null 2>&1 || true ;; esac
  ' install $missing </dev/null
}
