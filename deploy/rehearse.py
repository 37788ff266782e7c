"""Runs the Dockerfile's steps where there is no container engine: each stage in a root filesystem of its own, made by
debootstrap, entered by chroot with mounts and processes of its own, and removed at the end.

python3 deploy/rehearse.py FOLDER [PROGRAM]

FOLDER must not exist; it needs about 6 GB and root. With PROGRAM, a docket-central that was built before, only the last stage is
done, and PROGRAM stands in for what the stage before it builds. The base images are stood in for by Debian from the archive that this
machine's apt uses; Rust is this machine's, mounted read-only, and so are the crates that it has, so that cargo asks no
registry. FROM, RUN, WORKDIR and COPY are done as they stand; at the end the program is run as the user of the last stage.
What this does not show: the base images themselves, the layers of an engine, HEALTHCHECK, STOPSIGNAL and the network.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SUITE = "trixie"
ENTER = """
set -eu
mount --make-rprivate /
mount -t proc proc "$ROOT/proc"
for device in null zero full random urandom; do
    touch "$ROOT/dev/$device" 2> /dev/null || true
    mount --bind "/dev/$device" "$ROOT/dev/$device"
done
if [ -n "$RUST" ]; then
    mkdir -p "$ROOT/opt/rust" "$ROOT/opt/cargo/registry"
    mount --bind -o ro "$RUST" "$ROOT/opt/rust"
    mount --bind -o ro "$CRATES" "$ROOT/opt/cargo/registry"
fi
exec chroot $WHO "$ROOT" /bin/sh -c "$STEP"
"""


def steps(text):
    """The instructions, with their continuation lines joined."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word, rest.strip()


def archive():
    """The Debian archive of this machine's apt; it stands in no file of ours."""
    files = [pathlib.Path("/etc/apt/sources.list"), *sorted(pathlib.Path("/etc/apt/sources.list.d").glob("*"))]
    for file in filter(pathlib.Path.is_file, files):
        for address in re.findall(r"^(?:deb|URIs:)\s.*?(\S+://\S+/debian)/?(?=\s|$)", file.read_text(), re.M):
            return address
    sys.exit("missing: a Debian archive in /etc/apt")


class Stage:
    def __init__(self, root, rust):
        self.root, self.rust, self.folder, self.user = root, rust, "/", None
        # It mounts things while it works; in a mount table of its own none of them can stay.
        subprocess.run(["unshare", "--mount", "debootstrap", "--variant=minbase", SUITE, root, archive()],
                       check=True, stdout=subprocess.DEVNULL)
        said = subprocess.run(["apt-config", "dump", "Acquire"], check=True, capture_output=True, text=True).stdout
        reaching = [line for line in said.splitlines() if re.match(r'Acquire::(http|https)::', line)]
        (root / "etc/apt/apt.conf.d/99reaching").write_text("".join(line + "\n" for line in reaching))
        for file in ["/etc/resolv.conf", "/etc/hosts"]:
            if pathlib.Path(file).is_file():
                shutil.copyfile(file, str(root) + file)

    def run(self, step, who=""):
        print(f"--- {self.root.name}: RUN {step}", flush=True)
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        env = {"PATH": path, "HOME": "/root", "ROOT": str(self.root), "WHO": who, "RUST": "", "CRATES": "",
               "DEBIAN_FRONTEND": "noninteractive", "LANG": "C.UTF-8"}
        env |= {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
        if self.rust:
            sysroot, crates = self.rust
            env |= {"RUST": str(sysroot), "CRATES": str(crates), "PATH": "/opt/rust/bin:" + path,
                    "CARGO_HOME": "/opt/cargo", "CARGO_NET_OFFLINE": "true"}
        env["STEP"] = f"cd {self.folder} && {step}"
        enter = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", ENTER]
        subprocess.run(enter, check=True, env=env)


def rust():
    sysroot = subprocess.run(["rustc", "--print", "sysroot"], check=True, capture_output=True, text=True).stdout.strip()
    home = pathlib.Path(os.environ.get("CARGO_HOME", pathlib.Path.home() / ".cargo"))
    return sysroot, home / "registry"


def copy(stages, stage, arguments, program):
    """COPY, from the last commit or from another stage."""
    source = re.match(r"--from=(\S+) (.*)", arguments)
    *what, to = (source.group(2) if source else arguments).split()
    target = stage.root / os.path.join(stage.folder, to).lstrip("/")
    if source:
        for path in what:
            shutil.copy(program or stages[source.group(1)].root / path.lstrip("/"), target)
    else:
        assert what == ["."], "the context is copied as a whole"
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile() as packed:
            subprocess.run(["git", "-C", HERE.parent, "archive", "HEAD"], check=True, stdout=packed)
            packed.seek(0)
            subprocess.run(["tar", "-x", "-C", target], check=True, stdin=packed)
        # The registry as this machine reaches it: cargo takes a crate only from the source that its configuration names.
        for name in ["config.toml", "config"]:
            config = rust()[1].parent / name
            if config.is_file():
                (stage.root / "opt/cargo").mkdir(parents=True, exist_ok=True)
                shutil.copy(config, stage.root / "opt/cargo" / name)


def rehearse(home, program):
    stages, stage = {}, None
    todo = list(steps((HERE / "Dockerfile").read_text()))
    if program:
        todo = todo[max(place for place, (word, _) in enumerate(todo) if word == "FROM"):]
    for word, rest in todo:
        if word == "FROM":
            name = rest.split(" AS ")[1] if " AS " in rest else "last"
            stage = stages[name] = Stage(home / name, rust() if "RUST_IMAGE" in rest else None)
        elif word == "RUN":
            stage.run(rest)
        elif word == "WORKDIR":
            stage.folder = rest
            (stage.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
        elif word == "COPY":
            copy(stages, stage, rest, program)
        elif word == "USER":
            stage.user = rest
    who = f"--userspec={stage.user}"
    stage.run("! ldd /usr/local/bin/docket-central | grep 'not found'", who)
    stage.run("docket-central --version && docket-central config | head -3", who)
    stage.run("test \"$(id -u)\" = 10001 && ! touch /usr/local/bin/docket-central 2> /dev/null", who)
    print("all of these steps ran, and the program runs as the user of the last stage")


def main():
    home, *program = map(pathlib.Path, sys.argv[1:]) if len(sys.argv) in (2, 3) else sys.exit(__doc__)
    if os.geteuid() != 0:
        sys.exit("missing: root, which debootstrap and mounts of one's own need")
    home = home.absolute()
    home.mkdir(parents=True)
    try:
        rehearse(home, program[0] if program else None)
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
