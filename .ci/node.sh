# Installs Node's packages for the tests against a FHIR server and a validator of others. To be sourced.
#
# Node 18 or later and npm come from Debian's packages where they are missing.

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    if [ "$(id -u)" -ne 0 ]; then
        echo "node.sh: install Debian's packages nodejs and npm first" >&2
        return 1
    fi
    DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends nodejs npm >/dev/null || return 1
fi
npm ci --prefix tests/system/foreign_fhir --no-audit --no-fund --loglevel=error >/dev/null
