"""The command line as a finance officer types it and as a script reads it."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, NoReturn
from zlib import crc32

import httpx
import pytest

from infra.cli import main
from infra.cli.ask import timeline
from infra.database.postgres import Database, NoDatabase
from infra.feeding import rebuild
from infra.imports.cbp import facts as cbp
from infra.imports.cbp.figures import FILE as FIGURES
from infra.imports.cbp.impact_names import FILE as IMPACT_NAMES
from infra.log.postgres_log import PostgresLog
from projections.read_models import READ_MODELS
from projections.timeline import reading
from tests.kit.command_line import fundtrail
from tests.kit.database.feeding import poison
from tests.kit.database.servers import home_of_its_own
from tests.kit.paths import ROOT
from tests.kit.web.served import until

AWAY = "postgresql://nobody:planted-secret-4711@127.0.0.1:1/none"


class Said(NamedTuple):
    """What a command said and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


Run = Callable[..., Said]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs ``fundtrail`` in this process, on a database or on what the environment says."""

    def running(*words: str, on: Database | None = None, **environ: str) -> Said:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["fundtrail", *words])
            for name, value in ({"DATABASE_URL": on.url} if on else {} | environ).items():
                patch.setenv(name, value)
            capsys.readouterr()
            with pytest.raises(SystemExit) as ended:
                main.main()
        code = ended.value.code
        return Said(code if isinstance(code, int) else int(bool(code)), *capsys.readouterr())

    return running


def sentence(said: Said) -> str:
    """The one thing that it said, to people, without a trace of the program."""
    assert "Traceback" not in said.err + said.out
    assert "" == said.out
    return said.err.strip()


# --- Demo -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for an embedded database."""
    with home_of_its_own() as made:
        yield made


@contextmanager
def program(home: Path, *words: str, **environ: str) -> Iterator[subprocess.Popen[str]]:
    """``fundtrail`` as a program of its own, on the embedded database under *home*."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "HOST", "PORT")}
    with subprocess.Popen(
        [sys.executable, "-m", "infra.cli", *words],
        cwd=ROOT,
        env=inherited | {"FUNDTRAIL_HOME": str(home), "PYTHONUNBUFFERED": "1"} | environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def test_the_demo_prints_a_timeline_of_the_programme_and_serves_it_until_it_is_stopped(home: Path) -> None:
    with program(home, "demo", SERVE="0") as first:
        out, err = first.communicate()
    assert 0 == first.returncode, err
    for shown in (
        "Restored the example programme, which is invented: 136 events.",
        "1,375 new events.",
        "Worcestershire Partnership community strategies and LSPs project",
        "Mar 2004",
        "Jul 2004 to Mar 2005",
        "£75,000.00",
        "000:566",
        "Not dated by any source",
        "Delay reported, release of funds",
        "21 entries, 19 of them not dated by any source. Awarded, as varied since: £75,000.00. Delays reported: 3.",
    ):
        assert shown in out
    assert "Serving" not in out
    port = free_port()
    with program(home, "demo", "ace-cumbria", PORT=f"{port}") as again:
        until(lambda: answers(port, again), "the demo is served")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as http:
            assert 200 == http.get("/ready").status_code
            found = http.post("/graphql", json={"query": "{ partnerships { totalCount } }"}).json()
            assert {"partnerships": {"totalCount": 97}} == found["data"]
        again.send_signal(signal.SIGINT)
        out, err = again.communicate()
    assert "Traceback" not in err
    assert "loaded already: 0 new events" in out
    assert "Awarded, as varied since: £175,000.00." in out
    assert f"Serving on http://127.0.0.1:{port}" in out


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, serving: subprocess.Popen[str]) -> bool:
    """Whether the application answers on *port*; fails when it has ended."""
    assert serving.poll() is None, serving.communicate()
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


# --- Import -----------------------------------------------------------------------------------------------------------


def test_an_import_reports_every_file_and_again_has_no_new_events(run: Run, database: Database) -> None:
    first, again = (run("import", "cbp", "--json", on=database) for _ in range(2))
    assert (0, 1375, 1439, 0) == (first.code, *(first.json[key] for key in ("new_events", "rows", "rows_broken")))
    assert (0, 0, 1439, 0) == (again.code, *(again.json[key] for key in ("new_events", "rows", "rows_broken")))
    assert [*cbp.FILES, FIGURES, IMPACT_NAMES] == [file["file"] for file in first.json["files"]]
    for one in again.json["files"]:
        left_out = sum(reason["rows"] for reason in one["rows_left_out"])
        assert one["rows"] == one["rows_unchanged"] + left_out
    assert "0 new events." in run("import", "cbp", on=database).out


def test_an_import_fills_the_read_models(run: Run, database: Database) -> None:
    run("import", "cbp", "--json", on=database)
    assert {0} == {one["lag"] for one in run("projections", "status", "--json", on=database).json["projections"]}


def test_a_broken_row_is_told_by_line_and_ends_with_4(run: Run, programme: Database, tmp_path: Path) -> None:
    folder = shutil.copytree(cbp.DEMO, tmp_path / "cbp")
    text = (folder / "delays.csv").read_text(encoding="utf-8")
    (folder / "delays.csv").write_text(text.replace(",123,", ",[/x],", 1), encoding="utf-8", newline="")
    said = run("import", "cbp", str(folder), on=programme)
    assert 4 == said.code
    assert 'delays.csv, line 2: max_days is "[/x]". It must be a whole number.' in said.out
    assert "delays.csv: nothing of it was recorded. Correct the rows and import again." in said.out
    shown = run("import", "cbp", str(folder), "--json", on=programme)
    assert (4, 1) == (shown.code, shown.json["rows_broken"])
    (file,) = (one for one in shown.json["files"] if one["rows_broken"])
    assert ("delays.csv", 2) == (file["file"], file["rows_broken"][0]["line"])


def test_an_import_of_a_folder_that_there_is_not_tells_each_missing_file(run: Run, programme: Database) -> None:
    said = run("import", "cbp", "/nowhere", on=programme)
    assert (4, 15) == (said.code, said.out.count("The file is missing."))


# --- Timeline ---------------------------------------------------------------------------------------------------------


def test_a_timeline_is_printed_with_dates_in_words_money_and_sources(run: Run, shared_programme: Database) -> None:
    said = run("timeline", "worcestershire-partnership", on=shared_programme)
    assert (0, "") == (said.code, said.err)
    lines = [" ".join(line.split()) for line in said.out.splitlines()]
    assert "Mar 2004 Bid An independently run workshop gives rise to the bid. 000:566" in lines
    assert "Jul 2004 to Mar 2005 Delivery The project's stated duration. 000:558" in lines
    assert lines.index("Dated") < lines.index("Not dated by any source")


@pytest.mark.parametrize(
    ("lanes", "found"),
    [
        (["bid"], {"BID"}),
        (["BID"], {"BID"}),
        (["award", "outcome"], {"AWARD", "OUTCOME"}),
        (["support"], set()),
        ([], {"GOVERNANCE", "BID", "AWARD", "DISBURSEMENT", "DELIVERY", "OUTCOME"}),
    ],
)
def test_a_timeline_has_the_lanes_that_are_asked_for(
    run: Run, shared_programme: Database, lanes: list[str], found: set[str]
) -> None:
    options = [word for lane in lanes for word in ("--lane", lane)]
    said = run("timeline", "worcestershire-partnership", *options, "--json", on=shared_programme)
    assert (0, found) == (said.code, {entry["lane"] for entry in said.json["entries"]})


def test_a_timeline_for_scripts_has_exact_dates_amounts_and_sources(run: Run, shared_programme: Database) -> None:
    shown = run("timeline", "worcestershire-partnership", "--json", on=shared_programme).json
    assert {
        "code": "worcestershire-partnership",
        "name": "Worcestershire Partnership community strategies and LSPs project",
        "lead": "Worcestershire Partnership",
    } == shown["partnership"]
    workshop, period = shown["entries"][:2]
    assert ("2004-03", "2004-03-01", "2004-03-31", None) == tuple(
        workshop[key] for key in ("on", "earliest", "latest", "until")
    )
    assert ("2004-07", "2005-03") == (period["on"], period["until"])
    (award,) = (entry for entry in shown["entries"] if entry["kind"] == "AwardStated")
    assert ("75000.00", "GBP", "unknown", None, None) == tuple(
        award[key] for key in ("amount", "currency", "on", "earliest", "latest")
    )
    assert "awards.csv" == award["source"]["register"]
    assert all(entry["source"]["cites"] for entry in shown["entries"])


def test_a_long_timeline_is_printed_whole(
    run: Run, shared_programme: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run("timeline", "nwin", "--json", on=shared_programme).json["entries"]
    monkeypatch.setattr(reading, "PAGE", 7)
    assert whole == run("timeline", "nwin", "--json", on=shared_programme).json["entries"]
    assert 30 < len(whole)


def test_a_code_that_there_is_not_ends_with_3_and_suggests_what_is_like_it(
    run: Run, shared_programme: Database
) -> None:
    said = run("timeline", "worcestershire", on=shared_programme)
    assert 3 == said.code
    assert "There is no partnership worcestershire. Did you mean worcestershire-partnership?" == sentence(said)


@pytest.mark.parametrize("code", ["nothing-like-it", "[/foo]", "[bold]", "%", "\\", "'; DROP TABLE log.events"])
def test_a_code_like_nothing_is_told_as_it_was_typed(run: Run, shared_programme: Database, code: str) -> None:
    said = run("timeline", code, on=shared_programme)
    assert (3, f"There is no partnership {code}.") == (said.code, sentence(said))


@pytest.mark.parametrize("lane", ["money", "[/lane]", ""])
def test_a_lane_that_there_is_not_ends_with_3_and_names_those_that_there_are(
    run: Run, shared_programme: Database, lane: str
) -> None:
    said = run("timeline", "worcestershire-partnership", "--lane", lane, on=shared_programme)
    lanes = "governance, bid, award, disbursement, delivery, outcome, support"
    assert (3, f"There is no lane {lane}. There are: {lanes}.") == (said.code, sentence(said))


# --- Audit ------------------------------------------------------------------------------------------------------------


def test_the_audit_prints_who_recorded_what_under_which_authority(run: Run, shared_programme: Database) -> None:
    said = run("audit", "--name", "AwardStated", "--limit", "3", on=shared_programme)
    assert 0 == said.code
    assert 3 == said.out.count("AwardStated")
    assert 3 == said.out.count("import cbp")
    assert "as its source states" in said.out
    assert "not dated" in said.out


def test_the_audit_for_scripts_has_each_event_with_its_body(run: Run, shared_programme: Database) -> None:
    (event,) = run("audit", "--after", "3", "--limit", "1", "--json", on=shared_programme).json
    assert 4 == event["position"]
    assert ("OrganisationRegistered", 1, "import cbp") == (event["name"], event["version"], event["actor"])
    assert "organisations.csv" == event["data"]["source"]["register"]


@pytest.mark.parametrize(
    ("options", "number"),
    [
        ([], 50),
        (["--limit", "1000"], 1000),
        (["--name", "PilotListed"], 38),
        (["--name", "PilotListed", "--name", "AwardStated"], 46),
        (["--actor", "nobody"], 0),
        (["--stream", "none"], 0),
        (["--partnership", "worcestershire-partnership"], 22),
        (["--partnership", "worcestershire-partnership", "--name", "DelayReported"], 3),
        (["--after", "1374"], 1),
        (["--after", "99999999999999999999"], 0),
    ],
)
def test_the_audit_is_filtered(run: Run, shared_programme: Database, options: list[str], number: int) -> None:
    options = [*options, "--limit", "50"] if "--limit" not in options else options
    assert number == len(run("audit", *options, "--json", on=shared_programme).json)


def test_an_audit_that_is_cut_off_says_so_and_how_to_go_on(run: Run, shared_programme: Database) -> None:
    for_people, for_scripts = (run("audit", *words, on=shared_programme) for words in ([], ["--json"]))
    more = "More events follow: go on with --after 50, or give a larger --limit."
    assert (more, more) == (for_people.out.splitlines()[-1], for_people.err.strip())
    assert (50, more) == (len(for_scripts.json), for_scripts.err.strip())
    for words in (["--after", "1325"], ["--limit", "1375"]):
        assert "" == run("audit", *words, "--json", on=shared_programme).err


def test_the_audit_of_a_partnership_that_there_is_not_ends_with_3(run: Run, shared_programme: Database) -> None:
    said = run("audit", "--partnership", "cumbria-collaborative", on=shared_programme)
    assert 3 == said.code
    assert "Did you mean cumbria-collaborative-district-working?" in sentence(said)


# --- Read models ------------------------------------------------------------------------------------------------------


def test_the_status_tells_how_far_each_read_model_is(run: Run, shared_programme: Database) -> None:
    shown = run("projections", "status", "--json", on=shared_programme)
    names = sorted(model.NAME for model in READ_MODELS)
    as_it_is = {"state": "running", "position": 1375, "lag": 0, "seconds_behind": 0, "error": None}
    expected = [{"name": name, **as_it_is} for name in names]
    assert (0, {"position": 1375, "projections": expected}) == (shown.code, shown.json)
    printed = run("projections", "status", on=shared_programme).out
    assert "The log is at position 1375." in printed
    assert all(name in printed for name in names)


def test_a_read_model_that_stands_still_is_told_with_its_reason_and_ends_with_4(run: Run, programme: Database) -> None:
    with programme.connect() as connection:
        connection.execute(
            "UPDATE read.projections SET state = 'stopped', position = 7, failed_position = 8,"
            " error = 'position 8: [/x]' WHERE name = 'audit'"
        )
    said = run("projections", "status", on=programme)
    assert 4 == said.code
    assert "stopped before position 8: [/x]" in said.out
    assert 4 == run("projections", "status", "--json", on=programme).code


def test_a_read_model_that_stands_still_may_be_told_to_try_again(run: Run, programme: Database) -> None:
    with programme.connect() as connection:
        connection.execute("UPDATE read.projections SET state = 'stopped', error = 'x' WHERE name = 'audit'")
    assert "audit may try again." in run("projections", "retry", on=programme).out
    assert "No read model has stopped." in run("projections", "retry", "audit", on=programme).out
    assert 3 == run("projections", "retry", "weather", on=programme).code


def counts(database: Database) -> dict[str, int]:
    """The number of rows of each table of the read models."""
    found = {}
    with database.connect() as connection:
        for model in READ_MODELS:
            for table in model.TABLES:
                row = connection.execute(f'SELECT count(*) FROM read."{table}"').fetchone()
                assert row is not None
                found[table] = int(row[0])
    return found


@pytest.mark.parametrize("words", [[], ["timeline"]])
def test_read_models_that_were_emptied_come_back_when_they_are_rebuilt(
    run: Run, programme: Database, words: list[str]
) -> None:
    before = counts(programme)
    with programme.connect() as connection:
        connection.execute("DELETE FROM read.timeline")
    said = run("projections", "rebuild", *words, on=programme)
    assert 0 == said.code
    assert "timeline is rebuilt." in said.out
    assert len(words or READ_MODELS) == said.out.count("is rebuilt")
    assert before == counts(programme)


@pytest.mark.parametrize("name", ["books", "[/x]"])
def test_a_read_model_that_there_is_not_ends_with_3_and_names_those_that_there_are(
    run: Run, shared_programme: Database, name: str
) -> None:
    said = run("projections", "rebuild", name, on=shared_programme)
    names = ", ".join(model.NAME for model in READ_MODELS)
    assert (3, f"There is no read model {name}. There are: {names}.") == (said.code, sentence(said))


@pytest.mark.parametrize("words", [[], ["timeline"]], ids=["in several processes", "in one process"])
def test_a_rebuild_that_meets_an_unreadable_event_names_it_and_ends_with_4(
    run: Run, programme: Database, words: list[str]
) -> None:
    with PostgresLog(programme) as log:
        bad = poison(log)
    said = run("projections", "rebuild", *words, on=programme)
    assert 4 == said.code
    assert sentence(said).startswith(f"A read model has stopped at position {bad}: UnknownEvent: AwardMelted")


def test_a_rebuild_of_what_is_being_rebuilt_says_so_and_ends_with_5(run: Run, programme: Database) -> None:
    with programme.connect() as other:
        other.execute("SELECT pg_advisory_lock(%s, %s)", (rebuild.LOCK, crc32(b"timeline") % 2**31))
        said = run("projections", "rebuild", "timeline", on=programme)
    assert (5, "Not rebuilt: the read model timeline is being rebuilt already.") == (said.code, sentence(said))


# --- Settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host", [".".join("0000"), "192.168.1.10", "::", "example.org", "127.0.0.1.example.org", "[/x]"]
)
@pytest.mark.parametrize("way", ["option", "environment", "demo"])
def test_it_is_not_served_where_other_machines_can_reach_it(run: Run, host: str, way: str) -> None:
    words = {"option": ["serve", "--host", host], "environment": ["serve"], "demo": ["demo"]}[way]
    # The database is away: it is not even looked at.
    said = run(*words, DATABASE_URL=AWAY, **({} if way == "option" else {"HOST": host}))
    assert 2 == said.code
    assert sentence(said).startswith(f"{host} is not a loopback address")


@pytest.mark.parametrize("port", ["x", "0", "65536", "-1", "80 ", "\u0668\u0660", "8e3"])
def test_a_port_that_is_none_ends_with_2(run: Run, port: str) -> None:
    said = run("serve", PORT=port, DATABASE_URL=AWAY)
    assert (2, f'PORT is "{port}". A port is a whole number from 1 to 65535.') == (said.code, sentence(said))


@pytest.mark.parametrize(
    "words",
    [
        ["timeline", "nwin"],
        ["audit"],
        ["import", "cbp"],
        ["projections", "status"],
        ["projections", "rebuild"],
        ["migrate"],
        ["serve"],
        ["demo"],
    ],
)
def test_a_database_that_does_not_answer_is_told_in_words_and_ends_with_5(run: Run, words: list[str]) -> None:
    said = run(*words, DATABASE_URL=AWAY)
    assert 5 == said.code
    assert "Traceback" not in said.err
    assert "The database does not answer" in said.err
    assert "is DATABASE_URL right?" in said.err
    assert "planted-secret" not in said.err + said.out


@pytest.mark.parametrize("role", ["", "fundtrail_app", "fundtrail_projector"])
def test_a_database_without_tables_says_what_to_do(
    run: Run, server: Database, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    def never_migrated(*_: object) -> NoReturn:
        raise NoDatabase(f'cannot connect to PostgreSQL: FATAL:  role "{role}" does not exist')

    if role:  # On a server that was never migrated the roles are missing too.
        monkeypatch.setattr(timeline, "ask", never_migrated)
    said = run("timeline", "nwin", on=server)
    assert (5, "The database has no tables yet. Run `fundtrail migrate` first.") == (said.code, sentence(said))


@pytest.mark.parametrize("url", ["nonsense", "postgresql://[::1", "host=a nothing=b"])
def test_a_database_url_that_is_none_ends_with_2_and_is_not_repeated(run: Run, url: str) -> None:
    said = run("projections", "status", DATABASE_URL=url)
    assert 2 == said.code
    assert "DATABASE_URL is not a connection string of PostgreSQL" in sentence(said)
    assert url not in said.err


def test_a_database_is_brought_to_the_present_shape_once(run: Run, database: Database) -> None:
    said = run("migrate", on=database)
    assert (0, "The database is up to date already.") == (said.code, said.out.strip())


# --- What it cannot read and write ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ["timeline", "caf\udce9"],
        ["funding", "caf\udce9"],
        ["audit", "--actor", "caf\udce9"],
        ["export", "awards", "--programme", "caf\udce9"],
        ["hand-in", "-", "--as", "caf\udce9"],
    ],
)
def test_an_argument_that_is_no_text_is_refused_in_a_sentence(run: Run, words: list[str]) -> None:
    said = run(*words, DATABASE_URL=AWAY)
    assert (2, "caf\\xe9 is not written in UTF-8.") == (said.code, sentence(said))


@pytest.mark.parametrize(
    "words", [["export", "audit"], ["export", "awards"], ["timeline", "nwin"], ["audit", "--json"], ["--help"]]
)
def test_a_full_disk_is_told_in_a_sentence_and_a_closed_pipe_not_at_all(
    shared_programme: Database, words: list[str]
) -> None:
    environ = os.environ | {"DATABASE_URL": shared_programme.url}
    command = [sys.executable, "-m", "infra.cli", *words]
    with Path("/dev/full").open("wb") as full:
        shown = subprocess.run(command, cwd=ROOT, env=environ, stdout=full, stderr=subprocess.PIPE, check=False)
    full_disk = "The output, or a scratch file, cannot be written whole: No space left on device."
    assert (4, full_disk) == (shown.returncode, shown.stderr.decode().strip())
    ours, theirs = os.pipe()
    os.close(ours)
    with os.fdopen(theirs, "wb") as closed:
        shown = subprocess.run(command, cwd=ROOT, env=environ, stdout=closed, stderr=subprocess.PIPE, check=False)
    assert (1, b"") == (shown.returncode, shown.stderr)


@pytest.mark.parametrize(
    "words",
    [
        ["funding", "ace-cumbria", "--explain", "awarded"],
        ["export", "ledger"],
        ["timeline", "worcestershire-partnership", "--json"],
        ["funding", "nowhere"],
        ["hand-in", "-", "--as", "office"],
    ],
)
def test_a_process_prints_byte_for_byte_what_tests_read_within_their_own(
    shared_programme: Database, words: list[str]
) -> None:
    stdin = b'{"command": "Sing", "id": "x"}\n'
    command = [sys.executable, "-m", "infra.cli", *words]
    environ = os.environ | {"DATABASE_URL": shared_programme.url}
    process = subprocess.run(command, cwd=ROOT, env=environ, input=stdin, capture_output=True, check=False)
    here = fundtrail(shared_programme, *words, stdin=stdin)
    assert (process.returncode, process.stdout, process.stderr) == (
        here.returncode, here.stdout.encode(), here.stderr.encode(),
    )  # fmt: skip


# --- Who gives commands -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ["hand-in", "commands.jsonl"],
        ["bank", "open", "GB29NWBK60161331926819", "--name", "Ours"],
        ["import", "bank", "statement.xml"],
        ["import", "360giving", "grants.json"],
        ["import", "iati", "activities.xml"],
        ["import", "register", "--map", "cbp", "table.csv"],
    ],
)
def test_nobody_gives_commands_without_a_name(run: Run, words: list[str]) -> None:
    for actor, why in (
        ("", "is empty"), ("  ", "is empty"), ("\t", "are not text"), ("office\nroot", "are not text"),
        ("\x1b[2Joffice", "are not text"), ("\x85", "are not text"), ("x" * 201, "has 201 characters"),
    ):  # fmt: skip
        said = run(*words, "--as", actor, DATABASE_URL=AWAY)
        assert 2 == said.code
        assert re.fullmatch(
            rf"--as .*{why}\.( Give a (name in one line|text)\.| At most 200 are allowed\.)?", sentence(said)
        )


# --- Help -------------------------------------------------------------------------------------------------------------

COMMANDS = [
    ["demo"], ["serve"], ["migrate"], ["project"], ["import"], ["import", "cbp"], ["timeline"], ["audit"],
    ["projections"], ["projections", "status"], ["projections", "rebuild"],
]  # fmt: skip


def test_the_help_names_every_command_in_a_line(run: Run) -> None:
    said = run("--help")
    assert 0 == said.code
    assert "grant programme" in said.out
    assert all(words[0] in said.out for words in COMMANDS)


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_explains_itself(run: Run, words: list[str]) -> None:
    said = run(*words, "--help")
    assert 0 == said.code
    assert " ".join(words) in said.out
    assert 5 < len([word for word in said.out.split() if word.isalpha()])


@pytest.mark.parametrize(
    "words",
    [["nonsense"], ["timeline"], ["audit", "--limit", "0"], ["audit", "--after", "-1"], ["serve", "--port", "0"]],
)
def test_what_cannot_be_meant_ends_with_2(run: Run, words: list[str]) -> None:
    said = run(*words, DATABASE_URL=AWAY)
    assert 2 == said.code
    assert "Traceback" not in said.err
