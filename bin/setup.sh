# Sourced by bin/run and bin/test: everything a bare Debian or Ubuntu lacks, installed once and then only checked.
# Expects the working directory to be the checkout.

say() { printf 'innkeep: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

# Prints the command that runs apt-get as root, or fails when neither root nor a sudo that asks nothing is there.
as_root() {
    command -v apt-get >/dev/null || return 1
    if [ "$(id -u)" = 0 ]; then
        echo env
    elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        echo sudo -n
    else
        return 1
    fi
}

# apt_install PACKAGE...: succeeds when apt installed them. Tries again at the earliest after a day, so that a machine
# without a network does not wait for it at every start.
apt_install() {
    local root tried
    root=$(as_root) || return 1
    tried="var/apt/$(printf '%s-' "$@" | tr -c 'A-Za-z0-9\n' _)"
    mkdir -p var/apt
    [ -z "$(find "$tried" -mtime -1 2>/dev/null)" ] || return 1
    say "installing $* with apt (log: var/apt/log)"
    local install="$root DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300"
    if $install install -y --no-install-recommends "$@" </dev/null >>var/apt/log 2>&1; then
        return 0
    fi
    if $install update </dev/null >>var/apt/log 2>&1 &&
        $install install -y --no-install-recommends "$@" </dev/null >>var/apt/log 2>&1; then
        return 0
    fi
    touch "$tried"
    return 1
}

# Prints a Python from 3.11 on, those first for which every wheel exists.
find_python() {
    local candidate
    for candidate in ${PYTHON:-python3.11 python3.12 python3 python3.13 python3.14}; do
        if command -v "$candidate" >/dev/null &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

make_venv() {
    local python version
    python=$(find_python) || fail "Innkeep needs Python 3.11 or newer: install the packages python3 and python3-venv."
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        apt_install "$version" || apt_install python3-venv ||
            fail "Python cannot make virtual environments here: install the package python3-venv."
    fi
    say "making a virtual environment with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv || fail "The virtual environment could not be made."
}

# install_requirements FILE: a virtual environment with exactly these packages; a stamp of the pins makes it free
# from the second start on.
install_requirements() {
    local file=$1 stamp lock
    mkdir -p var
    exec {lock}>var/setup.lock
    flock "$lock" # two commands started at once: one installs, the other waits
    if ! .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        make_venv
    fi
    stamp=$(cat requirements.txt "$file" | sha256sum | cut -c1-64)
    if ! grep -qsx "$stamp" .venv/installed; then
        say "installing the packages of $file (a minute or two, once)"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input -r "$file" ||
            fail "The packages of $file could not be installed; the lines above say why. They come from PyPI."
        # The test packages include those of requirements.txt.
        printf '%s\n' "$stamp" "$(cat requirements.txt requirements.txt | sha256sum | cut -c1-64)" >.venv/installed
    fi
    exec {lock}>&-
}

# need_libraries "WHAT FOR" PACKAGE... -- SONAME...: install the packages when a library is missing; go on without,
# but say so.
need_libraries() {
    local purpose=$1 packages=() known name
    shift
    while [ "$1" != -- ]; do
        packages+=("$1")
        shift
    done
    shift
    known=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null)
    for name in "$@"; do
        case $known in
        *"$name"*) ;;
        *)
            apt_install "${packages[@]}" ||
                say "$purpose will not work until these packages are installed: ${packages[*]}"
            return
            ;;
        esac
    done
}

need_pango() {
    need_libraries "PDF documents" libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 -- \
        libpango-1.0.so.0 libpangoft2-1.0.so.0 libharfbuzz-subset.so.0
}

need_redis() {
    if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info >= (3, 13))' &&
        [ -z "${REDIS_URL:-}" ] && ! command -v redis-server >/dev/null; then
        apt_install redis-server || fail "With this Python the package redis-server has to be installed, or REDIS_URL set."
    fi
}

# Ubuntu's packages of that name only point to a snap, and say so when they are run.
has_chromium() {
    local name
    for name in ${CHROMIUM:-} chromium chromium-browser google-chrome; do
        "$name" --version >/dev/null 2>&1 && return
    done
    return 1
}

need_chromium() {
    has_chromium && return
    if grep -qs '^ID=ubuntu' /etc/os-release; then
        say "The browser tests need a browser, and will not run until Chromium (a snap) or Google Chrome is installed."
    else
        apt_install chromium && has_chromium ||
            say "The browser tests need Chromium, and will not run until this package is installed: chromium"
    fi
}
