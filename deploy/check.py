"""What can be known of deploy/ without a container engine. Nothing is started, pulled or built.

python3 deploy/check.py [SCHEMA]

It looks at the structure: each service has an image, limits of processor, memory and processes, a health check (or says why
it needs none), a restart policy and bounded logs; what runs docket-central is read-only, without capabilities, and reads the
one environment file; what is waited for is there and has a health check; every key of central.env is one that the program
knows; the Dockerfile names no image but by an argument, ends as a user that is not root, and copies nothing of the desktop's
packages. SCHEMA is the JSON Schema of the Compose Specification, where one is at hand. Needs the package `yaml` (and
`jsonschema` for SCHEMA).
"""
import json
import pathlib
import re
import sys

import yaml

HERE = pathlib.Path(__file__).parent


def services(compose):
    faults = []
    for name, service in compose["services"].items():
        def must(holds, rule):
            if not holds:
                faults.append(f"compose.yaml: {name}: {rule}")

        limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
        must({"cpus", "memory", "pids"} <= set(limits), "has limits of cpus, memory and pids")
        must(re.fullmatch(r"\$\{[A-Z]+_IMAGE:-[a-z/:0-9.-]+\}", service.get("image", "")), "takes its image from a variable")
        must("max-size" in service.get("logging", {}).get("options", {}), "has bounded logs")
        must("restart" in service, "has a restart policy")
        once = service.get("restart") == "no"
        health = service.get("healthcheck", {})
        must("test" in health or (once and health.get("disable")), "has a health check, or runs once")
        must("no-new-privileges:true" in service.get("security_opt", []), "gains no privileges")
        if "build" in service:
            must(service.get("read_only") and service.get("cap_drop") == ["ALL"], "is read-only and has no capabilities")
            must(service.get("env_file") == "central.env", "reads central.env")
            must((HERE / service["build"]["context"] / service["build"]["dockerfile"]).is_file(), "has its Dockerfile")
        for other, wanted in service.get("depends_on", {}).items():
            awaited = compose["services"].get(other, {})
            must(awaited, f"waits for {other}, which is there")
            done = wanted["condition"] == "service_completed_successfully" and awaited.get("restart") == "no"
            must(done or "test" in awaited.get("healthcheck", {}), f"waits for {other}, which says when it is ready")
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            must(source.startswith(".") or source in compose["volumes"], f"uses {source}, which is declared")
    return faults


def settings(text, source):
    known = set(re.findall(r'key\(\s*"([A-Z_]+)"', source)) | {"DOCKET_CONFIG"}
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    faults = [f"central.env: {line}: is no KEY=value" for line in lines if not re.match(r"[A-Z_]+=", line)]
    return faults + [f"central.env: {key}: is no key of the program" for key in sorted({line.split("=")[0] for line in lines} - known)]


def dockerfile(text):
    faults = []
    for image in re.findall(r"^FROM (\S+)", text, re.M):
        if not re.fullmatch(r"\$\{[A-Z_]+\}", image):
            faults.append(f"Dockerfile: FROM {image}: names its image by an argument")
    last = text.split("\nFROM ")[-1]
    user = re.search(r"^USER (\d+)", last, re.M)
    if not user or int(user[1]) == 0:
        faults.append("Dockerfile: the last stage does not end as a user that is not root")
    if "--package docket-central" not in text or "--locked" not in text:
        faults.append("Dockerfile: builds something else than docket-central as the lock file says")
    if re.search(r"webkit|gtk|librsvg|nodejs", text):
        faults.append("Dockerfile: installs packages of the desktop")
    return faults


def main(schema=None):
    compose = yaml.safe_load((HERE / "compose.yaml").read_text("utf-8"))
    faults = services(compose)
    sources = [HERE / "../crates/central/src" / name for name in ("config.rs", "config/access.rs")]
    source = "".join(path.read_text("utf-8") for path in sources)
    faults += settings((HERE / "central.env").read_text("utf-8"), source)
    faults += dockerfile((HERE / "Dockerfile").read_text("utf-8"))
    if schema:
        import jsonschema
        rules = json.loads(pathlib.Path(schema).read_text("utf-8"))
        validator = jsonschema.validators.validator_for(rules)(rules)
        faults += [f"compose.yaml: {list(error.path)}: {error.message}" for error in validator.iter_errors(compose)]
    for fault in faults:
        print(fault)
    print("deploy: " + (f"{len(faults)} faults" if faults else f"{len(compose['services'])} services look right"
                        + (", and the schema holds" if schema else "; no schema was given")))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
