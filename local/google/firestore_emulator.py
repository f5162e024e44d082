"""Runs Google's Firestore emulator as a child process that ends with this one.

The jar is that of the gcloud CLI's component ``cloud-firestore-emulator`` if it is installed. Otherwise it is the one
in the cache of firebase-tools, which downloads it when it is missing.
"""

import contextlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from local.net.http_client import Answer, HttpClient, NoAnswer
from local.net.ports import HOST, free_port, require_free
from local.net.process import Process, StartError, tail

START_TIMEOUT_SECONDS = 180.0
"""A start takes about a second on an idle machine, and much longer on a busy one."""

STOP_TIMEOUT_SECONDS = 5.0
DOWNLOAD_TIMEOUT_SECONDS = 300.0
_CALL_TIMEOUT_SECONDS = 30.0
_PROBE_TIMEOUT_SECONDS = 2.0
_GCLOUD_TIMEOUT_SECONDS = 15.0
_JAVA_OF_GCLOUDS_JAR = 11
_JAVA_OF_FIREBASE_TOOLS = 21
"""firebase-tools needs this version, and its jar is compiled for it."""

_GET_JAVA = "Install a JRE (`apt-get install default-jre-headless`, `brew install openjdk`) or set JAVA_HOME"

_ROOT = Path(__file__).resolve().parents[2]
LOG = _ROOT / ".local" / "logs" / "firestore-emulator.log"
_FIREBASE = _ROOT / ".local" / "tools" / "node_modules" / ".bin" / "firebase"
_JAR_IN_SDK = Path("platform", "cloud-firestore-emulator", "cloud-firestore-emulator.jar")
_MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
JVM_OPTIONS = (
    "-Xmx1g",
    "-Duser.language=en",  # the emulator's messages exist in English only
    # Quick to start rather than quick after an hour: 0.7 s instead of 1.25 s to the first answer.
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
)
_LOGGING = Path(__file__).with_suffix(".properties")


class FirestoreEmulator:
    """A Firestore emulator that enforces ``rules`` in every project, and listens on 127.0.0.1.

    Args:
        port: 0 means a free one.
        project: the project that the rules are checked in; clients may use any other as well.
        rules: the file of the security rules.
        functions_emulator: ``host:port`` of the receiver of the emulator's events, if there is one.
        log: the file that its output goes to, written anew by every start.
        start_from: the ``overall_export_metadata`` of an export that it begins with.
        jvm_options: the options of its Java.
    """

    def __init__(
        self,
        port: int,
        project: str,
        rules: Path,
        functions_emulator: str | None = None,
        log: Path = LOG,
        start_from: Path | None = None,
        jvm_options: Sequence[str] = JVM_OPTIONS,
    ) -> None:
        self.port = port
        """The port asked for; after ``start`` with 0, the one that was free."""
        self._project = project
        self._rules = rules
        self._functions_emulator = functions_emulator
        self._log = log
        self._start_from = start_from
        self._jvm_options = jvm_options
        self._process: Process | None = None

    @property
    def address(self) -> str:
        """``host:port``, as FIRESTORE_EMULATOR_HOST takes it."""
        return f"{HOST}:{self.port}"

    @property
    def process_id(self) -> int | None:
        """The id of the JVM's shell, which is also the id of the process group; None when it is not running."""
        return self._process.process_id if self._process else None

    def start(self) -> None:
        """Returns once the emulator answers and has taken the rules.

        Raises:
            StartError: Java or the emulator is missing, the emulator did not start, or the rules do not compile.
            PortTaken: something else listens on the port.
        """
        found = java()
        if found is None:  # checked before 60 MB are downloaded in vain
            raise StartError(f"The Firestore emulator needs Java {java_needed()} or newer; found: none. {_GET_JAVA}.")
        jar = find_jar()
        self.port = self.port or free_port()
        # Otherwise another program that listens there would be taken for the emulator.
        require_free(self.port, "Firestore", "FIRESTORE_PORT")
        command = [
            found,
            *self._jvm_options,
            f"-Djava.util.logging.config.file={_LOGGING}",
            "-cp",
            str(jar),
            _MAIN_CLASS,
        ]
        command += [f"--host={HOST}", f"--port={self.port}", f"--project_id={self._project}", f"--rules={self._rules}"]
        if self._functions_emulator:
            command.append(f"--functions_emulator={self._functions_emulator}")
        if self._start_from:
            command.append(f"--seed_from_export={self._start_from}")
        self._process = Process("The Firestore emulator", command, self._log, last_words=_last_words)
        self._process.start(self._answers, START_TIMEOUT_SECONDS)
        try:
            # The emulator silently ignores rules on the command line that do not compile.
            self.put_rules(self._project, self._rules.read_text(encoding="utf-8"))
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends the emulator and its processes; its data is lost. Does nothing when it is not running."""
        if self._process is not None:
            self._process.stop()

    def clear(self, project: str) -> None:
        """Deletes every document of ``project``."""
        self._call("DELETE", f"projects/{project}/databases/(default)/documents")

    def export(self, folder: Path, name: str) -> None:
        """Writes every document to ``folder/name``, for ``start_from``."""
        database = f"projects/{self._project}/databases/(default)"
        body = {"database": database, "export_directory": str(folder.resolve()), "export_name": name}
        self._call("POST", f"projects/{self._project}:export", json.dumps(body).encode())

    def put_rules(self, project: str, text: str) -> list[str]:
        """Makes ``text`` the rules of ``project``, which resets their coverage. Returns the compiler's warnings.

        A misspelt name is only a warning to the compiler: the expression then fails whenever it is evaluated.

        Raises:
            StartError: the rules do not compile; the message is the compiler's.
        """
        body = {"rules": {"files": [{"name": "firestore.rules", "content": text}]}}
        answer = self._call("PUT", f"projects/{project}:securityRules", json.dumps(body).encode())
        return [issue["description"] for issue in answer.get("issues", ())]

    def rule_coverage(self, project: str) -> dict[str, Any]:
        """Returns the emulator's report: how often each expression of the rules had which value in ``project``."""
        return self._call("GET", f"projects/{project}:ruleCoverage")

    def _call(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any]:
        url = f"http://{self.address}/emulator/v1/{path}"
        headers = {"Content-Type": "application/json"}
        answer = HttpClient().send(method, url, headers, body or b"", _CALL_TIMEOUT_SECONDS)
        if answer.status != HTTPStatus.OK:
            raise StartError(f"The Firestore emulator refused {method} {path}: {_reason(answer)}")
        content: dict[str, Any] = json.loads(answer.body)
        return content

    def _answers(self) -> bool:
        try:
            return (
                HttpClient().send("GET", f"http://{self.address}/", {}, b"", _PROBE_TIMEOUT_SECONDS).body.strip()
                == b"Ok"
            )
        except NoAnswer:
            return False  # not listening yet


def find_jar() -> Path:
    """Returns the emulator's jar; firebase-tools downloads it if it is missing.

    Raises:
        StartError: it is missing and cannot be downloaded.
    """
    return _jar_of_gcloud() or _jar_of_firebase_tools() or _download()


def _jar_of_gcloud() -> Path | None:
    """Looks beside gcloud's executable first, and asks gcloud only then, which takes a second."""
    gcloud = shutil.which("gcloud")
    roots = [Path(root) for root in (os.environ.get("CLOUDSDK_ROOT"),) if root]
    if gcloud:
        roots.append(Path(gcloud).resolve().parent.parent)
    for root in roots:
        if (root / _JAR_IN_SDK).is_file():
            return root / _JAR_IN_SDK
    if not gcloud:
        return None
    try:
        answer = subprocess.run(
            [gcloud, "info", "--format=value(installation.sdk_root)"],
            capture_output=True,
            text=True,
            timeout=_GCLOUD_TIMEOUT_SECONDS,
            check=True,
        )
    except (subprocess.SubprocessError, OSError):
        return None  # a broken gcloud does not stop the search
    jar = Path(answer.stdout.strip()) / _JAR_IN_SDK
    return jar if jar.is_file() else None


def _jar_of_firebase_tools() -> Path | None:
    """Returns the newest version in the cache of firebase-tools."""
    cached = (Path.home() / ".cache" / "firebase" / "emulators").glob("cloud-firestore-emulator-v*.jar")
    return max(cached, key=_version, default=None)


def _version(jar: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", jar.stem))


def _download() -> Path:
    firebase = str(_FIREBASE) if _FIREBASE.is_file() else shutil.which("firebase")
    if firebase is None:
        raise StartError(
            "There is no Firestore emulator: install it with `gcloud components install cloud-firestore-emulator`,"
            " `apt-get install google-cloud-cli-firestore-emulator` or `npm install --global firebase-tools`."
        )
    print("Downloading the Firestore emulator with firebase-tools (about 60 MB, once) ...", flush=True)
    command = [firebase, "setup:emulators:firestore"]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=DOWNLOAD_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StartError(
            f"`firebase setup:emulators:firestore` did not finish within {DOWNLOAD_TIMEOUT_SECONDS:.0f} s;"
            " run it by hand, then start again."
        ) from error
    jar = _jar_of_firebase_tools()
    if done.returncode != 0 or jar is None:
        raise StartError(
            f"`firebase setup:emulators:firestore` did not bring the Firestore emulator: {done.stdout.strip()[-400:]}"
        )
    return jar


def java_needed() -> int:
    """Returns the oldest Java that the emulator's jar runs on."""
    return _JAVA_OF_GCLOUDS_JAR if _jar_of_gcloud() else _JAVA_OF_FIREBASE_TOOLS


def java() -> str | None:
    """Returns the path of Java, if there is one; JAVA_HOME comes first."""
    home = os.environ.get("JAVA_HOME")
    found = shutil.which("java", path=str(Path(home) / "bin")) if home else None
    return found or shutil.which("java")


def _last_words(log: Path) -> str:
    """Returns the end of the log, or its meaning where that is known."""
    text = log.read_text(encoding="utf-8", errors="replace")
    if "UnsupportedClassVersionError" in text:
        return f"Its Java is older than {java_needed()}. {_GET_JAVA}."
    return tail(log)


def _reason(refusal: Answer) -> str:
    """Returns the message in the emulator's answer, or the answer itself."""
    text = refusal.body.decode(errors="replace")
    with contextlib.suppress(ValueError, LookupError, TypeError):
        return str(json.loads(text)["error"]["message"])
    return text
