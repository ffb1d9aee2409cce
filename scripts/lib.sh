# Shared by scripts/build, scripts/demo and scripts/test; sourced, never run.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
WASM_TARGET=wasm32-unknown-unknown
MIN_CARGO=1.89
MIN_NODE=20
# Absolute, because cargo and npm are run from different folders.
TARGET_DIR=$(mkdir -p "${CARGO_TARGET_DIR:-$ROOT/target}" && cd "${CARGO_TARGET_DIR:-$ROOT/target}" && pwd)
export CARGO_TARGET_DIR=$TARGET_DIR

say() { printf '\n\033[1m==> %s\033[0m\n' "$*"; }
note() { printf '    %s\n' "$*"; }
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# at_least FOUND WANTED: compares dotted version numbers.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

require_tools() {
  local found
  command -v cargo >/dev/null || die "cargo was not found; install Rust $MIN_CARGO or newer"
  found=$(cd "$ROOT" && cargo --version | awk '{print $2}')
  at_least "$found" "$MIN_CARGO" || die "cargo $found is too old; Rust $MIN_CARGO or newer is needed"
  command -v node >/dev/null || die "node was not found; install Node.js $MIN_NODE or newer"
  found=$(node --version | sed 's/^v//')
  at_least "$found" "$MIN_NODE" || die "Node.js $found is too old; $MIN_NODE or newer is needed"
  command -v npm >/dev/null || die "npm was not found; it comes with Node.js, on Debian as the package npm"
}

# install_packages WHY PACKAGE...: installs what is missing, and says so.
install_packages() {
  local why=$1 package missing=() root=()
  shift
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "$why: please install ${missing[*]} (this is not a Debian system)"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || die "$why: please install as root: apt-get install ${missing[*]}"
    root=(sudo)
  fi
  say "Installing ${missing[*]} with apt-get ($why)"
  "${root[@]}" apt-get update -qq
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Whether cargo's own compiler has the standard library for wasm, or rustup can add it.
toolchain_has_wasm() {
  local failed=$TARGET_DIR/.no-rustup-wasm
  [ -d "$(cd "$ROOT" && rustc --print sysroot)/lib/rustlib/$WASM_TARGET/lib" ] && return 0
  command -v rustup >/dev/null || return 1
  # Offline, rustup takes its time to fail: ask once.
  [ ! -e "$failed" ] || return 1
  say "Adding the target $WASM_TARGET with rustup"
  (cd "$ROOT" && timeout 180 rustup target add "$WASM_TARGET") && return 0
  echo "rustup could not add $WASM_TARGET; delete this file to try again" >"$failed"
  note "rustup could not add it; taking the distribution's compiler (remembered in $failed)"
  return 1
}

# build_wasm PROFILE VARIANT [PACKAGE]: builds the library (or another package of ours) for the browser, as simd128 or relaxed,
# and sets WASM_FILE.
build_wasm() {
  local package=${3:-answerlet} folder=$TARGET_DIR
  local arguments=(build --profile "$1" --target "$WASM_TARGET" --package "$package" --lib --no-default-features)
  # simd128 is what .cargo/config.toml says. Each in a folder of its own, so that neither evicts the other.
  if [ "$2" = relaxed ]; then
    arguments+=(--config "target.$WASM_TARGET.rustflags = [\"-C\", \"target-feature=+simd128,+relaxed-simd\"]")
    folder=$TARGET_DIR/relaxed
  fi
  if toolchain_has_wasm; then
    (cd "$ROOT" && CARGO_TARGET_DIR=$folder cargo "${arguments[@]}")
    WASM_FILE=$folder/$WASM_TARGET/$1/${package//-/_}.wasm
  else
    # No std for wasm: build it from the distribution's source of the standard library. A folder of its own,
    # since another compiler's output in the same one would evict ours.
    install_packages "compiler and std source for wasm" rustc-web cargo-web rust-web-src lld-19
    (
      cd "$ROOT"
      # /usr/bin goes before rustup's shims, and a toolchain named by rustup means nothing to this compiler.
      PATH=/usr/bin:$PATH RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld-19 \
        CARGO_TARGET_DIR=$folder/distribution \
        cargo "${arguments[@]}" -Z build-std=std,panic_abort
    )
    WASM_FILE=$folder/distribution/$WASM_TARGET/$1/${package//-/_}.wasm
  fi
}

# optimise_wasm VARIANT FROM TO: wasm-opt as what is published gets it.
optimise_wasm() {
  # Features by name: --all-features writes an encoding that browsers reject.
  local options=(--enable-simd --enable-bulk-memory --enable-bulk-memory-opt --enable-nontrapping-float-to-int
    --enable-reference-types --enable-sign-ext --enable-mutable-globals --enable-multivalue)
  [ "$1" != relaxed ] || options+=(--enable-relaxed-simd)
  # -O2: at -O3 the encoder is 3 % slower in V8, at -O1 10 %.
  "$ROOT/www/node_modules/.bin/wasm-opt" "${options[@]}" -O2 --strip-producers "$2" -o "$3"
}

# npm_ci FOLDER: the packages that its package-lock.json names; skipped while it stands as at the last install.
npm_ci() {
  local stamp=$1/node_modules/.answerlet-lock hash
  hash=$(sha256sum <"$1/package-lock.json")
  [ "$(cat "$stamp" 2>/dev/null)" != "$hash" ] || return 0
  say "Installing npm packages (npm ci --ignore-scripts)"
  (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund)
  echo "$hash" >"$stamp"
}
install_node_modules() { npm_ci "$ROOT/www"; }
# Bundlers and linters, which the packages themselves don't need.
install_packaging_tools() { npm_ci "$ROOT/tests/packaging/tools"; }

# Finds or installs both browsers; sets CHROMIUM and FIREFOX.
install_browsers() {
  local packages=()
  CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v google-chrome || true)}
  FIREFOX=${FIREFOX:-$(command -v firefox-esr || command -v firefox || true)}
  [ -n "$CHROMIUM" ] || packages+=(chromium)
  [ -n "$FIREFOX" ] || packages+=(firefox-esr)
  if [ ${#packages[@]} -gt 0 ]; then
    install_packages "browsers for the tests" "${packages[@]}"
    CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
    FIREFOX=${FIREFOX:-/usr/bin/firefox-esr}
  fi
  export CHROMIUM FIREFOX
}
