# Installs Debian's Chromium for the browser tests, and what they check each page with. To be sourced, after node.sh.

# shellcheck disable=SC1091
. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

if ! command -v chromium >/dev/null; then
    debian_packages chromium fonts-dejavu-core || return 1
fi
npm ci --prefix tests/browser --no-audit --no-fund --loglevel=error >/dev/null
