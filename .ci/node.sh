# Installs Node's packages for the tests against a FHIR server and a validator of others. To be sourced.
#
# Node 18 or later and npm come from Debian's packages where they are missing.

# shellcheck disable=SC1091
. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    debian_packages nodejs npm || return 1
fi
npm ci --prefix tests/system/foreign_fhir --no-audit --no-fund --loglevel=error >/dev/null
