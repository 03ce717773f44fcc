# Installs HAPI FHIR's jars for the tests against its server and its validator. To be sourced.
#
# Java 17 (with its compiler: the tests run Java source) and Maven come from Debian's packages where they are missing.

# shellcheck disable=SC1091
. "$(dirname "${BASH_SOURCE[0]}")/debian.sh"

if ! command -v javac >/dev/null || ! command -v mvn >/dev/null; then
    debian_packages openjdk-17-jdk-headless maven || return 1
fi
java_packages() {
    timeout 300 mvn -B -q -C -f tests/system/foreign_fhir/hapi/pom.xml dependency:copy-dependencies
}

java_packages >/dev/null || java_packages
