# Sourced by the other scripts: makes .venv from a hashed lock, once per state of the lock.
# Usage: . scripts/environment.sh; prepare requirements.lock
set -eu
cd "$(dirname "$0")/.."

prepare() {
    lock=$1
    stamp=.venv/installed-$lock
    wanted=$(cat "$lock" pyproject.toml | cksum)
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        return
    fi
    python=${PYTHON:-python3}
    if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
        echo "Python 3.11 or newer is needed; name one with PYTHON=/path/to/python3." >&2
        exit 1
    fi
    if [ ! -x .venv/bin/python ]; then
        echo "Making .venv ..."
        # Debian's python3 has no ensurepip without python3-venv: then the machine's own pip installs into .venv.
        "$python" -m venv .venv 2>/dev/null || "$python" -m venv --clear --without-pip .venv
    fi
    if .venv/bin/python -m pip --version >/dev/null 2>&1; then
        pip=".venv/bin/python -m pip"
    else
        pip="$python -m pip --python .venv/bin/python"
    fi
    echo "Installing $lock ..."
    $pip install -qq --disable-pip-version-check --require-hashes -r "$lock"
    $pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
    echo "$wanted" >"$stamp"
}
