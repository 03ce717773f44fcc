"""Do the manifests of `deploy/` fit the schemas of Kubernetes, each other, the image and the service that they start?"""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from cds_service.cli import COMMANDS
from cds_service.settings import NAMES, Settings
from tests.support.yaml_files import read_yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
VERSION = "1.34"
"""The version of Kubernetes that the manifests are written for."""

KUSTOMIZATION: dict[str, Any] = read_yaml(DEPLOY / "kustomization.yaml")
MANIFESTS: dict[str, dict[str, Any]] = {name: read_yaml(DEPLOY / name) for name in KUSTOMIZATION["resources"]}
DEPLOYMENT = MANIFESTS["deployment.yaml"]
PODS = {name: MANIFESTS[name]["spec"]["template"] for name in ("deployment.yaml", "migration.yaml")}
CONTAINERS = {name: pod["spec"]["containers"][0] for name, pod in PODS.items()}


def settings() -> dict[str, str]:
    """The lines of settings.env."""
    lines = (DEPLOY / "settings.env").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize("name", MANIFESTS)
def test_a_manifest_fits_the_schema(name: str) -> None:
    kubernetes_validate.validate(MANIFESTS[name], VERSION, strict=True)


def test_a_member_that_is_misspelt_or_of_another_type_is_found() -> None:
    for wrong in ({"readinesProbe": {}}, {"ports": "http"}, {"args": ["serve", 5000]}):
        broken = copy.deepcopy(DEPLOYMENT)
        broken["spec"]["template"]["spec"]["containers"][0].update(wrong)
        with pytest.raises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(broken, VERSION, strict=True)


def test_every_file_is_named_once_by_the_kustomization() -> None:
    generated = [
        name for each in KUSTOMIZATION["configMapGenerator"] for name in (*each.get("envs", ()), *each.get("files", ()))
    ]
    named = ["kustomization.yaml", *KUSTOMIZATION["resources"], *generated]
    assert sorted(named) == sorted(path.name for path in DEPLOY.iterdir())


@pytest.mark.parametrize("name", PODS)
def test_a_pod_has_no_rights_and_writes_to_named_places_alone(name: str) -> None:
    pod, container = PODS[name]["spec"], CONTAINERS[name]
    user = re.search(r"^USER (\d+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert user and pod["securityContext"]["runAsUser"] == int(user[1])
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    rights = container["securityContext"]
    assert rights["readOnlyRootFilesystem"] and not rights["allowPrivilegeEscalation"]
    assert ["ALL"] == rights["capabilities"]["drop"]
    assert {mount["name"] for mount in container["volumeMounts"]} == {volume["name"] for volume in pod["volumes"]}
    assert {"requests", "limits"} <= container["resources"].keys()


def test_a_pod_runs_a_command_that_there_is() -> None:
    for container in CONTAINERS.values():
        program, command, *_ = container["args"]
        assert "cds-service" == program and command in COMMANDS
        assert "command" not in container


def test_secrets_are_named_and_never_held() -> None:
    secret = [e for c in CONTAINERS.values() for e in c["env"]]
    assert all("value" not in each and "cds-service" == each["valueFrom"]["secretKeyRef"]["name"] for each in secret)
    assert {"CDS_DATABASE_URL", "CDS_HASH_KEY", "CDS_METRICS_TOKEN"} == {each["name"] for each in secret}
    assert not any(manifest["kind"] == "Secret" for manifest in MANIFESTS.values())
    keys = {each["valueFrom"]["secretKeyRef"]["key"] for each in secret}
    told = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    assert keys == set(re.findall(r"--from-literal=([a-z-]+)=", told))


def test_the_settings_start_the_service_once_the_secrets_are_there() -> None:
    given = settings()
    assert set(given) <= set(NAMES)
    place = given["CDS_TRUSTED_CLIENTS"]
    mounts = {mount["mountPath"] for mount in CONTAINERS["deployment.yaml"]["volumeMounts"]}
    assert {str(Path(place).parent), given["CDS_DATA_DIR"], "/tmp"} <= mounts
    here = {"CDS_TRUSTED_CLIENTS": str(DEPLOY / Path(place).name), "CDS_ALLOW_UNREVIEWED": "1"}
    secret = {
        "CDS_DATABASE_URL": "postgresql+psycopg://u:p@db/cds",
        "CDS_HASH_KEY": "k" * 32,
        "CDS_METRICS_TOKEN": "t" * 32,
    }
    started = Settings.from_environment({**given, **here, **secret})
    assert ("production", "jwt", "US") == (started.mode, started.auth, started.jurisdiction)


def test_the_parts_find_each_other() -> None:
    labels = PODS["deployment.yaml"]["metadata"]["labels"]
    chosen = [
        DEPLOYMENT["spec"]["selector"]["matchLabels"],
        MANIFESTS["service.yaml"]["spec"]["selector"],
        MANIFESTS["disruption-budget.yaml"]["spec"]["selector"]["matchLabels"],
        PODS["deployment.yaml"]["spec"]["topologySpreadConstraints"][0]["labelSelector"]["matchLabels"],
    ]
    assert all(each.items() <= labels.items() for each in chosen)
    (rule,) = MANIFESTS["network-policy.yaml"]["spec"]["podSelector"]["matchExpressions"]
    assert {pod["metadata"]["labels"][rule["key"]] for pod in PODS.values()} == set(rule["values"])
    (port,) = CONTAINERS["deployment.yaml"]["ports"]
    args = CONTAINERS["deployment.yaml"]["args"]
    assert str(port["containerPort"]) == args[args.index("--port") + 1]
    assert port["name"] == MANIFESTS["service.yaml"]["spec"]["ports"][0]["targetPort"]
    scaled = MANIFESTS["autoscaler.yaml"]["spec"]
    assert scaled["scaleTargetRef"]["name"] == DEPLOYMENT["metadata"]["name"] and "replicas" not in DEPLOYMENT["spec"]
    assert MANIFESTS["disruption-budget.yaml"]["spec"]["minAvailable"] < scaled["minReplicas"] < scaled["maxReplicas"]


def test_a_replica_is_asked_what_it_answers_and_given_time_to_end() -> None:
    container, pod = CONTAINERS["deployment.yaml"], PODS["deployment.yaml"]["spec"]
    probes = [container[name]["httpGet"] for name in ("startupProbe", "readinessProbe", "livenessProbe")]
    assert ["/healthz", "/readyz", "/healthz"] == [probe["path"] for probe in probes]
    assert all("http" == probe["port"] for probe in probes)
    ends_within = 35
    assert pod["terminationGracePeriodSeconds"] >= ends_within + container["lifecycle"]["preStop"]["sleep"]["seconds"]
    cpu, args = container["resources"]["requests"]["cpu"], container["args"]
    assert cpu == args[args.index("--workers") + 1]
