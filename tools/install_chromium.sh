#!/bin/sh
# Makes sure that there is a Chromium for the browser tests. No browser is a failure.
#
# usage: tools/install_chromium.sh [PYTHON]     PYTHON has the playwright package
set -eu

python=${1:-python3}

# Print the first browser that starts. (Ubuntu has a "chromium" that only asks for a snap.)
find_browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        if path=$(command -v "$name") && "$path" --version >/dev/null 2>&1; then
            echo "$path"
            return 0
        fi
    done
    return 1
}

is_debian() {
    [ -r /etc/os-release ] && grep -qx 'ID="\{0,1\}debian"\{0,1\}' /etc/os-release
}

if browser=$(find_browser); then
    echo "Browser for the tests: $browser"
    exit 0
fi

if [ "$(id -u)" = 0 ] && is_debian; then
    echo "No Chromium found: installing Debian's."
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    apt-get install -y --no-install-recommends chromium fonts-dejavu-core fonts-liberation
    browser=$(find_browser) || { echo "Debian's Chromium does not start." >&2; exit 1; }
    echo "Browser for the tests: $browser"
    exit 0
fi

echo "No Chromium found: installing Playwright's."
if [ "$(id -u)" = 0 ]; then
    "$python" -m playwright install --with-deps chromium
else
    "$python" -m playwright install chromium
fi
echo "Browser for the tests: Playwright's own"
