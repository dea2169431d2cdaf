#!/bin/sh
# Makes sure that WeasyPrint finds Pango, which PDFs need. No Pango is a failure.
#
# usage: tools/install_pango.sh [PYTHON]     PYTHON has the weasyprint package
set -eu

python=${1:-python3}

works() {
    "$python" -c 'import weasyprint' >/dev/null 2>&1
}

if works; then
    echo "Pango for PDFs: found"
    exit 0
fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "No Pango found: installing Debian's."
    export DEBIAN_FRONTEND=noninteractive
    apt-get update
    apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-liberation
    works || { echo "WeasyPrint does not find Debian's Pango." >&2; exit 1; }
    exit 0
fi

echo "PDFs need Pango, and it is not installed. On Debian and Ubuntu, as root:" >&2
echo "    apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" >&2
echo "On macOS: brew install pango" >&2
exit 1
