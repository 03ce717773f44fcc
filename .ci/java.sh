# Installs HAPI FHIR's jars for the tests against its server and its validator. To be sourced.
#
# Java 17 (with its compiler: the tests run Java source) and Maven come from Debian's packages where they are missing.

if ! command -v javac >/dev/null || ! command -v mvn >/dev/null; then
    if [ "$(id -u)" -ne 0 ]; then
        echo "java.sh: install Debian's packages openjdk-17-jdk-headless and maven first" >&2
        return 1
    fi
    DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
            openjdk-17-jdk-headless maven >/dev/null || return 1
fi
java_packages() {
    timeout 300 mvn -B -q -C -f tests/system/foreign_fhir/hapi/pom.xml dependency:copy-dependencies
}

java_packages >/dev/null || java_packages
