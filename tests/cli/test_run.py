from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from monitor.store.db import Store, sole_writer

RULES = Path(__file__).parents[2] / "rules"
POST = {"id": "1", "source": "x", "author": "one", "text": "BREAKING: Ana Rivera dropped out of the race for mayor!"}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "posts.jsonl").write_text(json.dumps(POST) + "\n", "utf-8")
    path = tmp_path / "config.toml"
    path.write_text(f'rules = "{RULES}"\n[[sources]]\nkind = "jsonl"\npath = "posts.jsonl"\n', "utf-8")
    return path


def start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "monitor", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"HF_HUB_OFFLINE": "1"},
    )


def test_the_service_alerts_on_a_post_and_stops_on_sigterm(config: Path) -> None:
    with start("run", "-c", str(config)) as service:
        assert service.stdout is not None
        shown = ""
        while POST["text"] not in shown:
            line = service.stdout.readline()
            assert line, service.stderr and service.stderr.read()
            shown += line
        service.send_signal(signal.SIGTERM)
        _, log = service.communicate()
    assert service.returncode == 0
    assert "first sighting" in shown
    events = [json.loads(line)["event"] for line in log.splitlines() if line.startswith("{")]
    assert "stopping" in events
    assert events[-1] == "stopped"


def test_a_service_that_is_stopped_while_it_loads_does_not_wait_for_the_model(config: Path) -> None:
    # The model here takes for as long as its standard input is open: for ever.
    code = (
        "import sys; from monitor.cli import run; run.open_pipeline = lambda *_, **__: sys.stdin.read(); "
        f"run.run(['-c', {str(config)!r}])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as service:
        assert service.stderr is not None
        assert json.loads(service.stderr.readline())["event"] == "loading"
        service.send_signal(signal.SIGTERM)
        log = service.stderr.read()
    assert service.returncode == 0
    assert [json.loads(line)["event"] for line in log.splitlines()] == ["stopping", "stopped"]


def test_rules_that_are_saved_while_the_service_runs_are_put_to_use(config: Path) -> None:
    rules = shutil.copytree(RULES, config.parent / "rules")
    config.write_text(config.read_text("utf-8").replace(str(RULES), "rules"), "utf-8")
    good = (rules / "withdrawn.toml").read_text("utf-8")
    with start("run", "-c", str(config)) as service:
        assert service.stdout is not None

        def read_until(text: str) -> None:
            shown = ""
            while text not in shown:
                line = service.stdout.readline() if service.stdout else ""
                assert line, service.stderr and service.stderr.read()
                shown += line

        read_until(POST["text"])
        (rules / "withdrawn.toml").write_text(good.replace('"critical"', '"dreadful"'), "utf-8")
        read_until("❌ withdrawn.toml is not in use as it was saved")
        (rules / "withdrawn.toml").write_text(good.replace('"critical"', '"high"'), "utf-8")
        read_until("✅ withdrawn.toml is mended")
        service.send_signal(signal.SIGTERM)
        _, log = service.communicate()
    assert service.returncode == 0
    events = [json.loads(line)["event"] for line in log.splitlines() if line.startswith("{")]
    assert events.count("rules are in use") == 1


def test_a_second_service_on_the_same_database_is_refused(config: Path) -> None:
    with sole_writer(config.parent / "monitor.db"):
        done = start("run", "-c", str(config))
        _, errors = done.communicate()
    assert done.returncode == 1
    assert "another monitor is running" in errors
    assert "Traceback" not in errors


def test_rules_that_are_wrong_are_told_with_their_place(config: Path) -> None:
    rules = config.parent / "rules"
    rules.mkdir()
    (rules / "candidates.toml").write_text('[[candidates]]\nid = "a"\nnamee = "Ana"\n', "utf-8")
    config.write_text('rules = "rules"\n', "utf-8")
    done = start("run", "-c", str(config))
    _, errors = done.communicate()
    assert done.returncode == 1
    assert "candidates.toml:3:1" in errors
    assert "Traceback" not in errors


def test_a_replay_goes_through_the_store_and_returns(config: Path) -> None:
    done = start("replay", str(config.parent / "posts.jsonl"), "-c", str(config))
    shown, errors = done.communicate()
    assert done.returncode == 0, errors
    assert "first sighting" in shown
    store = Store(config.parent / "monitor.db")
    assert store.db.execute("SELECT state FROM outbox").fetchall() == [("sent",)]
    store.close()


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_an_uncertain_post_is_shown_to_the_second_judge_without_its_author(
    config: Path, httpserver: HTTPServer
) -> None:
    answer = {"choices": [{"message": {"content": '{"asserts": 0, "denies": 1, "neither": 0}'}}]}
    httpserver.expect_request("/v1/chat/completions", method="POST").respond_with_json(answer)
    judge = f'[judge]\nmodel = "tiny"\nendpoint = "{httpserver.url_for("/v1")}"\nband = [0, 10]\n'
    config.write_text(config.read_text("utf-8") + judge, "utf-8")
    done = start("replay", str(config.parent / "posts.jsonl"), "-c", str(config))
    _, errors = done.communicate()
    assert done.returncode == 0, errors
    ((request, _),) = httpserver.log
    asked = request.get_data(as_text=True)
    assert "Ana Rivera dropped out" in asked
    assert '"one"' not in asked
    store = Store(config.parent / "monitor.db")
    ((why,),) = store.db.execute("SELECT why FROM matches").fetchall()
    spent = store.db.execute("SELECT value FROM counters WHERE name LIKE 'second opinions %'").fetchall()
    store.close()
    assert why.endswith("second opinion: denies it")
    assert spent == [(1,)]
