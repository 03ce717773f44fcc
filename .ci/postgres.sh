# Starts a temporary PostgreSQL from Debian's packages and exports CDS_TEST_POSTGRES_URL. To be sourced:
#
#     . .ci/postgres.sh          # starts it, and stops it when the shell exits
#     postgres_stop              # stops it earlier
#
# The server runs as a user other than root, on a free port of the loopback address, in a folder that goes with it.

# shellcheck disable=SC1091
. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

postgres_bin() {
    local folder
    for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V -r); do
        if [ -x "$folder/initdb" ]; then
            echo "$folder"
            return 0
        fi
    done
    return 1
}

postgres_as_owner() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

postgres_start() {
    if ! POSTGRES_BIN=$(postgres_bin); then
        debian_packages postgresql || return 1
        POSTGRES_BIN=$(postgres_bin) || return 1
    fi
    POSTGRES_FOLDER=$(mktemp -d /tmp/cds-postgres.XXXXXX) || return 1
    [ "$(id -u)" -ne 0 ] || chown postgres "$POSTGRES_FOLDER"
    local port
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])') || return 1
    postgres_as_owner "$POSTGRES_BIN/initdb" -D "$POSTGRES_FOLDER/data" -U cds -A trust -E UTF8 --no-locale \
        >"$POSTGRES_FOLDER/initdb.log" 2>&1 || { cat "$POSTGRES_FOLDER/initdb.log" >&2; return 1; }
    postgres_as_owner "$POSTGRES_BIN/pg_ctl" -D "$POSTGRES_FOLDER/data" -w -t 60 -l "$POSTGRES_FOLDER/data/server.log" \
        -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories=$POSTGRES_FOLDER" start \
        >/dev/null 2>&1 || { cat "$POSTGRES_FOLDER/data/server.log" >&2; return 1; }
    export CDS_TEST_POSTGRES_URL="postgresql+psycopg://cds@127.0.0.1:$port/postgres"
    export CDS_TEST_POSTGRES_DATA="$POSTGRES_FOLDER/data"
}

postgres_stop() {
    [ -n "${POSTGRES_FOLDER:-}" ] || return 0
    postgres_as_owner "$POSTGRES_BIN/pg_ctl" -D "$POSTGRES_FOLDER/data" -m immediate stop >/dev/null 2>&1
    rm -rf "$POSTGRES_FOLDER"
    unset POSTGRES_FOLDER CDS_TEST_POSTGRES_URL CDS_TEST_POSTGRES_DATA
}

trap postgres_stop EXIT
postgres_start
