# Sourced by packaging/quickstart and tests/run: how far a build has come.

# Reads ninja's output with NINJA_STATUS='[%f/%t] ': on a terminal one line that moves, else a line at each quarter.
show_progress() {
  local line quarter=0 now terminal=""
  [ -t 1 ] && terminal=1
  while IFS= read -r line; do
    [[ $line =~ ^\[([0-9]+)/([0-9]+)\]\ (.*) ]] || continue
    if [ -n "$terminal" ]; then
      printf '\r\033[K  %s' "$(cut -c 1-76 <<<"$line")"
    elif [ "${BASH_REMATCH[2]}" -gt 3 ]; then # ninja's own housekeeping has two or three steps
      now=$((BASH_REMATCH[1] * 4 / BASH_REMATCH[2]))
      if [ "$now" -gt "$quarter" ]; then echo "  $((now * 25)) %"; fi
      quarter=$now
    fi
  done
  [ -z "$terminal" ] || printf '\r\033[K'
}

# Builds a preset, or the targets named of it, into build/PRESET; its output goes to build/PRESET.log and is shown when
# the build fails.
build_preset() { # preset [target...]
  local log="build/$1.log" preset=$1
  shift
  mkdir -p build
  {
    cmake --preset "$preset" >"$log" 2>&1 &&
      NINJA_STATUS='[%f/%t] ' cmake --build --preset "$preset" ${1:+--target "$@"} 2>&1 | tee -a "$log" | show_progress
  } || {
    tail -n 60 "$log" >&2
    return 1
  }
}
