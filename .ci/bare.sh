# What README.md tells a user to type, typed on a fresh copy in an environment that holds nothing of the caller's but the
# path and the way to the package index. To be sourced: makes the folder BARE, which goes when the shell exits.

BARE=$(mktemp -d "${TMPDIR:-/tmp}/cds-bare.XXXXXX")
trap 'rm -rf "$BARE"' EXIT

# The home is empty but for pip's settings.
mkdir "$BARE/home"
for settings in .pip/pip.conf .config/pip/pip.conf; do
    [ ! -f "${HOME:-/}/$settings" ] || install -D "${HOME:-/}/$settings" "$BARE/home/$settings"
done

# readme_line HEADING: the one command line under that heading of README.md.
readme_line() {
    local lines
    lines=$(awk -v heading="## $1" '/^## /{found = $0 == heading} found && sub(/^    /, "")' README.md)
    if [ -z "$lines" ] || [[ $lines == *$'\n'* ]]; then
        echo "README.md: one command line is expected under '$1'" >&2
        return 1
    fi
    echo "$lines"
}

# fresh_copy FOLDER: the files that git knows, as they stand here, with a git directory of their own.
fresh_copy() {
    mkdir -p "$1"
    git -c safe.directory='*' ls-files -z | tar -c --null -T - | tar -x --no-same-owner -C "$1"
    git init --quiet "$1"
}

# bare FOLDER LINE [NAME=VALUE...]: runs the line in that folder, with no other variables.
bare() {
    local kept proxies='(https?|all|no)_proxy|(HTTPS?|ALL|NO)_PROXY'
    mapfile -d '' -t kept < <(env -0 | grep -zE "^(PATH|PIP_\w+|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|$proxies)=")
    (cd "$1" && env -i "${kept[@]}" HOME="$BARE/home" "${@:3}" bash -c "$2")
}
