"""Set up what the named parts need, and nothing else; each step is skipped while its inputs are unchanged.

    python3 scripts/setup.py product brownie node              # what `make demo` runs with
    python3 scripts/setup.py dev brownie node-dev app chromium kubo # what `make test` runs with
    python3 scripts/setup.py dev brownie node-dev verify   # what `make test-slow` runs with

Only the standard library, and syntax that an old Python can parse far enough to say that it is too old.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
TOOLS_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fairsignal"
BOOTSTRAP = CACHE / "bootstrap"
SOLC_VERSION = "0.8.30"
KUBO_VERSION = "v0.43.1"
KUBO_PACKAGE = "github.com/ipfs/kubo/cmd/ipfs"
NODE_INPUTS = [ROOT / "package-lock.json"]
NODE_DEV_INPUTS = [*NODE_INPUTS, "with dev"]


class SetupError(Exception):
    """A missing prerequisite or a failed step, told in one sentence with its remedy."""


def say(message):
    print(f"  setup  {message}", flush=True)


def run(args, **kwargs):
    """Run a command quietly; on failure show its output and stop."""
    done = subprocess.run(
        [str(a) for a in args], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **kwargs
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-30:])
        raise SetupError(f"`{' '.join(str(a) for a in args)}` failed with exit code {done.returncode}:\n{tail}")
    return done.stdout


def version_of(command):
    path = shutil.which(command)
    if path is None:
        return None
    text = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    digits = text.strip().lstrip("v").split()[-1] if text.strip() else "0"
    return tuple(int(part) for part in digits.split(".")[:2] if part.isdigit())


def check_prerequisites():
    if sys.version_info < (3, 11):
        raise SetupError(
            f"Python 3.11 or newer is needed, this is {platform.python_version()}: install it (`apt-get install "
            "python3`, `brew install python`, or pyenv) and run `make PYTHON=/path/to/python3.11 ...`."
        )
    try:
        import ensurepip  # noqa: F401 - only asked whether it is there
        import venv  # noqa: F401
    except ImportError:
        raise SetupError("Python's venv module is missing: install it (`apt-get install python3-venv`).") from None
    if shutil.which("git") is None:
        raise SetupError("git is missing: install it (`apt-get install git`, `brew install git`).")


def check_node(minimum=(20, 0)):
    node = version_of("node")
    if node is None or node < minimum:
        found = "missing" if node is None else f"too old ({node[0]}.{node[1]})"
        raise SetupError(
            f"Node.js {minimum[0]}.{minimum[1]} or newer is needed and is {found}: get it from nodejs.org, "
            "`brew install node`, or nvm."
        )
    if shutil.which("npm") is None:
        raise SetupError("npm is missing: it comes with Node.js from nodejs.org (Debian: `apt-get install npm`).")


def fingerprint(*inputs):
    digest = hashlib.sha256(f"{sys.version_info[:2]} {platform.machine()}".encode())
    for item in inputs:
        digest.update(Path(item).read_bytes() if isinstance(item, Path) else str(item).encode())
    return digest.hexdigest()


def is_built(target, inputs):
    """Whether `target` carries the stamp of these inputs."""
    stamp = Path(target) / ".fairsignal-stamp"
    return stamp.exists() and stamp.read_text() == fingerprint(*inputs)


def step(name, target, inputs, build):
    """Run `build` unless `target` carries the stamp of the same inputs; stamp it afterwards."""
    if is_built(target, inputs):
        return
    started = time.monotonic()
    say(f"{name} ...")
    build()
    (Path(target) / ".fairsignal-stamp").write_text(fingerprint(*inputs))
    say(f"{name}: done in {time.monotonic() - started:.1f} s")


def executable(environment, name):
    scripts = "Scripts" if os.name == "nt" else "bin"
    return Path(environment) / scripts / name


def bootstrap():
    lock = ROOT / "requirements" / "bootstrap.txt"

    def build():
        shutil.rmtree(BOOTSTRAP, ignore_errors=True)
        run([sys.executable, "-m", "venv", BOOTSTRAP])
        run([executable(BOOTSTRAP, "python"), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", lock])

    step("uv (bootstrap environment)", BOOTSTRAP, [lock], build)
    return executable(BOOTSTRAP, "uv")


def python_environment(directory, lock_name, editable=False):
    uv = bootstrap()
    lock = ROOT / "requirements" / f"{lock_name}.txt"
    target = ROOT / directory
    python = executable(target, "python")

    def build():
        if not python.exists():
            run([uv, "venv", "--quiet", "--python", sys.executable, "--no-project", target])
        run([uv, "pip", "sync", "--quiet", "--python", python, "--require-hashes", lock])
        if editable:
            run([uv, "pip", "install", "--quiet", "--python", python, "--no-deps", "--offline", "--editable", ROOT])

    inputs = [lock, ROOT / "pyproject.toml"] if editable else [lock]
    step(f"{directory} from requirements/{lock_name}.txt", target, inputs, build)


def product():
    # What was installed for plug-ins or tests holds the product's whole lock too: never shrink it back.
    if not holds_already("plugins", "dev"):
        python_environment(".venv", "product", editable=True)


def plugins():
    """The product with what only some operators need: Ray."""
    if not holds_already("dev"):
        python_environment(".venv", "plugins", editable=True)


def holds_already(*larger):
    project = ROOT / "pyproject.toml"
    return any(is_built(ROOT / ".venv", [ROOT / "requirements" / f"{lock}.txt", project]) for lock in larger)


def dev():
    python_environment(".venv", "dev", editable=True)


def bench():
    """The product with scikit-learn, which only its bench needs."""
    python_environment(".venv-bench", "bench", editable=True)


def brownie():
    python_environment(".venv-brownie", "brownie")


def verify():
    python_environment(".venv-verify", "verify")


def node():
    """Compiler, EVM tools and contract libraries. The native tools are used, not npm's launchers (DESIGN 13)."""
    # What was installed for tests holds all of it too: never shrink it back.
    if not is_built(ROOT / "node_modules", NODE_DEV_INPUTS):
        node_packages("npm packages", NODE_INPUTS, "--omit=dev")
    check_tools()


def node_dev():
    """The same with viem, which signatures are checked against; a demo does without its thousands of files."""
    node_packages("npm packages with those for tests", NODE_DEV_INPUTS)
    check_tools()


def node_packages(name, inputs, *options):
    def build():
        check_node()
        run(["npm", "ci", "--no-progress", *options], cwd=ROOT)
        link_solc()

    step(name, ROOT / "node_modules", inputs, build)


def web():
    """The dApp's packages, with what builds and tests it."""
    folder = ROOT / "web"

    def build():
        check_node((20, 19))  # what vite and @noble/curves ask for
        run(["npm", "ci", "--no-progress"], cwd=folder)

    step("npm packages of the dApp", folder / "node_modules", [folder / "package-lock.json"], build)


def app():
    """The dApp, built into the package: the backend serves it from there."""
    web()
    folder, target = ROOT / "web", ROOT / "backend" / "fairsignal" / "api" / "static"
    sources = [path for name in ("src", "public", "scripts") for path in sorted((folder / name).rglob("*"))]
    sources = [path for path in sources if path.is_file() and ".test." not in path.name]
    inputs = [folder / "index.html", folder / "package-lock.json", folder / "vite.config.ts", *sources]
    step("the dApp", target, inputs, lambda: run(["npm", "run", "--silent", "build"], cwd=folder))


def chromium():
    """A browser for the dApp's tests: the one at $CHROMIUM, Debian's at its usual place, else Debian's is installed."""
    if Path(os.environ.get("CHROMIUM") or "/usr/bin/chromium").exists():
        return
    wanted = (
        "The dApp's tests need Chromium: install it (`apt-get install chromium`), or set CHROMIUM to the path of a "
        "Chromium or Chrome."
    )
    if os.environ.get("CHROMIUM") or shutil.which("apt-get") is None or os.geteuid() != 0:
        raise SetupError(wanted)
    started = time.monotonic()
    say("Chromium from Debian, once ...")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-qq"], env=quiet)
    run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], env=quiet)
    say(f"Chromium: done in {time.monotonic() - started:.1f} s")


def peers():
    """Other people's contracts, which the gas bench measures beside ours."""
    folder = ROOT / "bench" / "gas_peers"

    def build():
        check_node()
        run(["npm", "ci", "--no-progress"], cwd=folder)

    step("npm packages of the gas peers", folder / "node_modules", [folder / "package-lock.json"], build)


def index_peers():
    """ponder, which the index bench measures beside our indexer."""
    folder = ROOT / "bench" / "index" / "ponder"

    def build():
        check_node()
        run(["npm", "ci", "--no-progress"], cwd=folder)

    step("npm packages of the index bench", folder / "node_modules", [folder / "package-lock.json"], build)


def check_tools():
    for tool in ("anvil", "forge", "cast"):
        if not list(ROOT.glob(f"node_modules/@foundry-rs/{tool}-*/bin/{tool}")) and shutil.which(tool) is None:
            raise SetupError(
                f"{tool} has no npm build locked for {platform.system()} {platform.machine()}: "
                "install Foundry (getfoundry.sh) so that it is on the PATH."
            )


def link_solc():
    """Put the compiler shim where py-solc-x and Foundry look for it."""
    folder = CACHE / "solcx"
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / f"solc-v{SOLC_VERSION}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("..", "..", "scripts", "solc-shim.js"))


def find_kubo():
    """Path of an `ipfs` that runs: on the PATH, else the one built earlier; None when there is none."""
    on_path = shutil.which("ipfs")
    if on_path:
        return Path(on_path)
    built = TOOLS_CACHE / f"kubo-{KUBO_VERSION}" / "ipfs"
    return built if built.exists() else None


def kubo():
    if find_kubo():
        return
    if shutil.which("go") is None:
        raise SetupError(
            "The storage tests need a Kubo daemon: put `ipfs` on the PATH (docs.ipfs.tech/install), or install "
            "Go 1.26 (go.dev/dl) and it is built from source once."
        )
    target = TOOLS_CACHE / f"kubo-{KUBO_VERSION}" / "ipfs"
    target.parent.mkdir(parents=True, exist_ok=True)
    say(f"building Kubo {KUBO_VERSION} from the Go module proxy, once (about five minutes on two cores) ...")
    started = time.monotonic()
    partial = target.with_suffix(".partial")
    # -mod=readonly: scripts/kubo/go.sum pins every module by checksum.
    run(
        ["go", "build", "-mod=readonly", "-trimpath", "-ldflags=-s -w", "-o", partial, KUBO_PACKAGE],
        cwd=ROOT / "scripts" / "kubo",
        env={**os.environ, "GOFLAGS": "-buildvcs=false"},
    )
    partial.replace(target)
    say(f"Kubo: built in {time.monotonic() - started:.0f} s into {target}")


PARTS = {
    "product": product,
    "plugins": plugins,
    "dev": dev,
    "bench": bench,
    "brownie": brownie,
    "verify": verify,
    "node": node,
    "node-dev": node_dev,
    "web": web,
    "app": app,
    "chromium": chromium,
    "peers": peers,
    "index-peers": index_peers,
    "kubo": kubo,
}


def main(names):
    unknown = [name for name in names if name not in PARTS]
    if unknown or not names:
        raise SetupError(f"usage: setup.py {{{','.join(PARTS)}}} ... (got: {' '.join(unknown) or 'nothing'})")
    check_prerequisites()
    for name in names:
        PARTS[name]()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except SetupError as error:
        sys.exit(f"setup: {error}")
