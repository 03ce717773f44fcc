# Makes an environment with PySpark from its own lock, for the tests of `cds-service replay --engine spark`. To be sourced: sets
# CDS_TEST_SPARK_PYTHON. It stands apart because PySpark is large and comes as source: 460 MB, and no user of one machine needs it.
#
# Java 17 comes from Debian's packages where it is missing.

# shellcheck disable=SC1091
. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

command -v java >/dev/null || debian_packages openjdk-17-jre-headless || return 1
python3 -m venv .venv-spark || return 1
timeout 900 .venv-spark/bin/pip install -q --require-hashes --no-deps -r requirements-spark.lock || return 1
CDS_TEST_SPARK_PYTHON=$PWD/.venv-spark/bin/python
