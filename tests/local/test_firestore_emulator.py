"""Needs Java and the Firestore emulator; starts some of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from local.google.firestore_emulator import FirestoreEmulator, find_jar
from local.net.ports import HOST, PortTaken, free_port, require_free
from local.net.process import StartError
from local.parts import RULES
from shared.cloud.clients import STORE, store

DEADLINE_SECONDS = 20.0


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether the condition came true before the deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def group_ended(group: int) -> bool:
    """Whether nobody in the process group lives; a zombie that the system's init has yet to reap is dead."""
    states = subprocess.run(
        ["ps", "-A", "-o", "pgid=,stat="], capture_output=True, text=True, timeout=10, check=True
    ).stdout.split("\n")
    return not any(line.split()[0] == str(group) and "Z" not in line.split()[1] for line in states if line.strip())


def emulator_in(folder: Path, rules: str | None = None) -> FirestoreEmulator:
    file = RULES
    if rules is not None:
        file = folder / "other.rules"
        file.write_text(rules)
    return FirestoreEmulator(port=0, project="demo-own", rules=file, log=folder / "emulator.log")


def test_a_port_in_use_is_refused_with_a_sentence_that_names_the_variable() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken) as refusal:
            require_free(port, "Firestore", "FIRESTORE_PORT")

    assert str(refusal.value) == (
        f"Port {port} (Firestore) is taken. Stop the program that listens there, or set FIRESTORE_PORT."
    )
    require_free(port, "Firestore", "FIRESTORE_PORT")


def test_a_free_port_can_be_listened_on() -> None:
    require_free(free_port(), "anything", "ANY_PORT")


def test_the_client_of_a_test_talks_to_the_emulator_in_a_project_of_its_own(project: str) -> None:
    document = store().collection("users").document("ada")
    document.create({"tokenBalance": 10}, **STORE)

    assert store().project == project
    assert document.get(**STORE).to_dict() == {"tokenBalance": 10}


def test_the_project_of_the_next_test_is_empty(project: str) -> None:
    assert not store().collection("users").document("ada").get(**STORE).exists


def test_clearing_a_project_deletes_its_documents(firestore_emulator: FirestoreEmulator, project: str) -> None:
    document = store().collection("users").document("ada")
    document.create({"tokenBalance": 10}, **STORE)

    firestore_emulator.clear(project)

    assert not document.get(**STORE).exists


def test_a_stopped_emulator_leaves_no_process_and_frees_its_port(tmp_path: Path) -> None:
    emulator = emulator_in(tmp_path)
    emulator.start()
    group = emulator.process_id
    assert group is not None

    emulator.stop()

    assert group_ended(group)
    require_free(emulator.port, "Firestore", "FIRESTORE_PORT")
    emulator.stop()  # again: nothing to do


def test_the_emulator_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = (
        "from pathlib import Path\n"
        "from local.google.firestore_emulator import FirestoreEmulator\n"
        f"emulator = FirestoreEmulator(0, 'demo-own', Path({str(RULES)!r}), log=Path({str(tmp_path / 'log')!r}))\n"
        "emulator.start()\n"
        "print(emulator.process_id, flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=RULES.parent
    ) as parent:
        assert parent.stdout
        group = int(parent.stdout.readline())
        assert not group_ended(group)
        os.kill(parent.pid, signal.SIGKILL)

    assert eventually(lambda: group_ended(group))


def test_rules_that_do_not_compile_are_refused_at_the_start_with_the_compilers_words(tmp_path: Path) -> None:
    emulator = emulator_in(tmp_path, rules="service cloud.firestore {")

    with pytest.raises(StartError, match="Error compiling rules"):
        emulator.start()

    assert emulator.process_id is None


def test_an_emulator_does_not_start_on_a_port_in_use(tmp_path: Path) -> None:
    emulator = emulator_in(tmp_path)
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        emulator.port = taken.getsockname()[1]

        with pytest.raises(PortTaken, match="set FIRESTORE_PORT"):
            emulator.start()


def test_an_emulator_that_ends_at_once_is_reported_with_its_last_words_and_no_stack_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_java(tmp_path, monkeypatch, "printf 'Could not reserve enough space\\n\\tat java.lang.Thread.run\\n'")

    with pytest.raises(StartError) as refusal:
        emulator_in(tmp_path).start()

    assert str(refusal.value) == (
        "The Firestore emulator ended before it was ready. Its last words:\nCould not reserve enough space"
    )


def test_a_missing_java_is_one_sentence_that_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)

    with pytest.raises(StartError, match=r"needs Java \d+ or newer; found: none\. Install a JRE"):
        emulator_in(tmp_path).start()


def test_a_java_that_is_too_old_is_one_sentence_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_java(tmp_path, monkeypatch, "echo 'java.lang.UnsupportedClassVersionError: 55.0'")

    with pytest.raises(StartError, match=r"Its Java is older than \d+\. Install a JRE"):
        emulator_in(tmp_path).start()


def test_the_newest_jar_that_firebase_tools_downloaded_serves_where_there_is_no_gcloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar = find_jar()
    cache = tmp_path / ".cache" / "firebase" / "emulators"
    cache.mkdir(parents=True)
    for version in ("1.9.9", "1.19.8", "1.19.10"):
        (cache / f"cloud-firestore-emulator-v{version}.jar").symlink_to(jar)
    without_gcloud(tmp_path, monkeypatch)

    assert find_jar().name == "cloud-firestore-emulator-v1.19.10.jar"


def test_without_any_emulator_the_sentence_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_gcloud(tmp_path, monkeypatch)
    monkeypatch.setattr("local.google.firestore_emulator._FIREBASE", tmp_path / "none")

    with pytest.raises(StartError, match="There is no Firestore emulator: install it with `gcloud components"):
        find_jar()


def test_firebase_tools_downloads_the_emulator_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_gcloud(tmp_path, monkeypatch)
    firebase = tmp_path / "firebase"
    firebase.write_text(
        '#!/bin/sh\ntest "$1" = setup:emulators:firestore || exit 1\n'
        'mkdir -p "$HOME/.cache/firebase/emulators"\n'
        ': >"$HOME/.cache/firebase/emulators/cloud-firestore-emulator-v1.20.0.jar"\n'
    )
    firebase.chmod(0o755)
    monkeypatch.setattr("local.google.firestore_emulator._FIREBASE", firebase)

    assert find_jar().name == "cloud-firestore-emulator-v1.20.0.jar"


def test_a_download_that_fails_is_reported_with_what_firebase_tools_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_gcloud(tmp_path, monkeypatch)
    firebase = tmp_path / "firebase"
    firebase.write_text("#!/bin/sh\necho 'Error: no internet'\nexit 1\n")
    firebase.chmod(0o755)
    monkeypatch.setattr("local.google.firestore_emulator._FIREBASE", firebase)

    with pytest.raises(StartError, match="did not bring the Firestore emulator: Error: no internet"):
        find_jar()


def without_gcloud(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with an empty home folder, and the system's programs without gcloud."""
    programs = home / "programs"
    programs.mkdir()
    for program in ("sh", "mkdir", "test"):
        (programs / program).symlink_to(f"/bin/{program}")
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("CLOUDSDK_ROOT", raising=False)


def install_java(folder: Path, monkeypatch: pytest.MonkeyPatch, says: str) -> None:
    """A Java that only runs the shell command ``says``, and fails."""
    java = folder / "java"
    java.write_text(f"#!/bin/sh\n{says}\nexit 1\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("JAVA_HOME", raising=False)
