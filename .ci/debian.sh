# Installs Debian's packages where a command of theirs is missing. To be sourced.

debian_packages() {
    if [ "$(id -u)" -ne 0 ]; then
        echo "install Debian's packages first: $*" >&2
        return 1
    fi
    DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >/dev/null
}
