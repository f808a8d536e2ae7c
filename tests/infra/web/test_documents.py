"""Trusted documents are named by their hash. A setting allows no others, and a request cannot add one."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.database.postgres import Database
from infra.settings import BadSetting, settings
from infra.web.console import EXAMPLES
from infra.web.documents import BadDocument, Documents
from tests.api.types.test_subscription import socket
from tests.infra.web.test_event_stream import shown
from tests.kit.web.served import Api, served

HEAD = "query Head { log { position } }"
NAMED = "query ($code: String!) { partnership(code: $code) { name } }"
FOLLOW = "subscription { events { position } }"
OTHER = "query Other { log { recordedAt } }"
UNKNOWN = "0" * 64


def sha(text: str) -> str:
    """The hash of a document."""
    return hashlib.sha256(text.encode()).hexdigest()


def persisted(text: str) -> dict[str, Any]:
    """The extension in which the clients of Apollo name a document."""
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": sha(text)}}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of trusted documents. One of them ends with a line break, as an editor leaves it."""
    made = tmp_path_factory.mktemp("documents")
    (made / "head.graphql").write_text(f"{HEAD}\n")
    (made / "deeper").mkdir()
    (made / "deeper" / "named.graphql").write_text(NAMED)
    (made / "follow.graphql").write_text(FOLLOW)
    return made


@pytest.fixture(scope="module")
def optional(shared_programme: Database, folder: Path) -> Iterator[Api]:
    """An application with the documents of the folder, which also answers others."""
    with served(shared_programme, projector=False, documents=Documents.of(folder)) as api:
        yield api


@pytest.fixture(scope="module")
def mandatory(shared_programme: Database, folder: Path) -> Iterator[Api]:
    """An application that answers only the documents of the folder."""
    with served(shared_programme, projector=False, documents=Documents.of(folder, only=True)) as api:
        yield api


@pytest.fixture(params=["optional", "mandatory"])
def either(request: pytest.FixtureRequest) -> Api:
    """Each of the two applications."""
    found: Api = request.getfixturevalue(request.param)
    return found


def post(api: Api, **body: Any) -> httpx.Response:
    """The response to a POST request with these members."""
    return api.http.post("/graphql", json=body)


def get(api: Api, **parameters: Any) -> httpx.Response:
    """The response to the same request as a GET."""
    given = {name: value if isinstance(value, str) else json.dumps(value) for name, value in parameters.items()}
    return api.http.get("/graphql", params=given)


def code(response: httpx.Response) -> str:
    """The code of the one error of a response that is no fault of ours.

    What is a request is told under the status of such under application/json.
    """
    (error,) = response.json()["errors"]
    assert "data" not in response.json()
    code = str(error["extensions"]["code"])
    events = response.request.headers["accept"] == "text/event-stream"
    assert (400 if events or code == "BAD_USER_INPUT" else 200) == response.status_code, response.text
    return code


@pytest.mark.parametrize("ask", [post, get])
@pytest.mark.parametrize(
    "named", [{"documentId": f"sha256:{sha(HEAD)}"}, {"documentId": sha(HEAD)}, persisted(HEAD), {"query": HEAD}]
)
def test_a_document_is_answered_by_its_hash_however_it_is_named(either: Api, ask: Any, named: dict[str, Any]) -> None:
    response = ask(either, **named)
    assert (200, {"log"}) == (response.status_code, set(response.json()["data"]))


def test_variables_and_names_of_operations_go_with_it(either: Api) -> None:
    found = post(either, documentId=f"sha256:{sha(NAMED)}", variables={"code": "nwin"}).json()["data"]
    assert {"partnership": {"name": "North West Improvement Network"}} == found
    assert "errors" in post(either, **persisted(HEAD), operationName="Nothing").json()


def test_a_subscription_named_by_its_hash_works_over_both_kinds_of_stream(either: Api) -> None:
    with socket(either) as listening:
        listening.send({"id": "1", "type": "subscribe", "payload": {"documentId": f"sha256:{sha(FOLLOW)}"}})
        assert ["1"] == [event["position"] for event in listening.events(1)]
        listening.send({"id": "2", "type": "subscribe", "payload": {"query": "", **persisted(HEAD)}})
        while (message := listening.receive())["id"] != "2":
            pass
        assert message["payload"]["data"]["log"]
    with (
        httpx.Client(base_url=either.url) as http,
        http.stream(
            "GET", "/graphql", params={"documentId": sha(FOLLOW)}, headers={"accept": "text/event-stream"}
        ) as response,
    ):
        assert "1" == next(shown(response.iter_lines()))[1]["data"]["events"]["position"]


@pytest.mark.parametrize("ask", [post, get])
@pytest.mark.parametrize("named", [{"documentId": f"sha256:{UNKNOWN}"}, persisted(OTHER)])
def test_an_unknown_hash_is_refused_with_the_code_that_clients_expect(
    either: Api, ask: Any, named: dict[str, Any]
) -> None:
    response = ask(either, **named)
    assert "PERSISTED_QUERY_NOT_FOUND" == code(response)
    assert "PersistedQueryNotFound" in response.text


@pytest.mark.parametrize("ask", [post, get])
@pytest.mark.parametrize(
    "named",
    [
        {"documentId": ""},
        {"documentId": "head.graphql"},
        {"documentId": f"sha512:{UNKNOWN}"},
        {"documentId": f"../{UNKNOWN}"},
        {"documentId": UNKNOWN.replace("0", "F")},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": UNKNOWN}}},
        {"extensions": {"persistedQuery": {"version": 1}}},
        {"extensions": {"persistedQuery": UNKNOWN}},
        {"extensions": {"persistedQuery": []}},
        {"documentId": UNKNOWN, **persisted(HEAD)},
        {"query": OTHER, "documentId": sha(HEAD)},
        {"query": HEAD, **persisted(OTHER)},
    ],
)
def test_a_hash_that_is_not_valid_or_does_not_match_is_refused(either: Api, ask: Any, named: dict[str, Any]) -> None:
    assert "BAD_USER_INPUT" == code(ask(either, **named))


def test_sending_a_text_with_its_hash_does_not_add_it(optional: Api) -> None:
    """As the clients of Apollo do after an unknown hash: the text is answered and not stored."""
    assert 200 == post(optional, query=OTHER, **persisted(OTHER)).status_code
    assert "PERSISTED_QUERY_NOT_FOUND" == code(post(optional, **persisted(OTHER)))


def test_with_only_trusted_documents_no_other_is_answered(mandatory: Api) -> None:
    for ask in (post, get):
        for request in (
            {"query": OTHER},
            {"query": f"{HEAD} "},
            {"query": "{ __typename }"},
            {"query": OTHER, **persisted(OTHER)},
        ):
            assert "DOCUMENT_NOT_TRUSTED" == code(ask(mandatory, **request))
    events = mandatory.http.post("/graphql", json={"query": OTHER}, headers={"accept": "text/event-stream"})
    assert "DOCUMENT_NOT_TRUSTED" == code(events)
    with socket(mandatory) as asking:
        for request in ({"query": OTHER}, {"query": FOLLOW + " "}):
            asking.send({"id": "1", "type": "subscribe", "payload": request})
            message = asking.receive()
            assert ("error", "DOCUMENT_NOT_TRUSTED") == (message["type"], message["payload"][0]["extensions"]["code"])
        assert asking.answer(HEAD)["data"]["log"]


def test_a_mutation_named_by_its_hash_is_answered_only_over_post(shared_programme: Database) -> None:
    text = 'mutation { acceptOffer(input: { commandId: "d", award: "award-x", on: "2005" }) { __typename } }'
    with served(shared_programme, projector=False, documents=Documents({sha(text): text}, only=True)) as api:
        assert {"acceptOffer": {"__typename": "Refusal"}} == post(api, documentId=sha(text)).json()["data"]
        assert 405 == get(api, documentId=sha(text)).status_code


def test_limits_apply_to_trusted_documents_too(shared_programme: Database) -> None:
    text = "{ partnerships(first: 100) { nodes { timeline(first: 100) { nodes { event { id } } } } } }"
    with served(shared_programme, projector=False, documents=Documents({sha(text): text}, only=True)) as api:
        assert "LIMIT_EXCEEDED" == post(api, documentId=sha(text)).json()["errors"][0]["extensions"]["code"]


# --- The folder -------------------------------------------------------------------------------------------------------


def test_the_operations_of_the_console_can_be_trusted() -> None:
    documents = Documents.of(EXAMPLES, only=True)
    for file in EXAMPLES.glob("*.graphql"):
        text = file.read_text().rstrip("\n")
        assert text == documents.text({"documentId": sha(text)})


@pytest.mark.parametrize("text", ["", "{ nothing }", "{ log {", "type Query { a: Int }\n{ nothing }"])
def test_a_file_that_cannot_be_answered_is_refused_by_name_before_anything_is_served(tmp_path: Path, text: str) -> None:
    (tmp_path / "broken.graphql").write_text(text)
    with pytest.raises(BadDocument, match=r"broken\.graphql"):
        Documents.of(tmp_path)


def test_the_folder_and_whether_there_are_others_are_settings(tmp_path: Path) -> None:
    given = {"FUNDTRAIL_DOCUMENTS": f"{tmp_path}", "FUNDTRAIL_DOCUMENTS_ONLY": "1"}
    assert (tmp_path, True) == ((wanted := settings(given)).documents, wanted.documents_only)
    assert (None, False) == ((wanted := settings({})).documents, wanted.documents_only)
    with pytest.raises(BadSetting, match="which is not a folder"):
        settings({"FUNDTRAIL_DOCUMENTS": f"{tmp_path}/missing"})
    with pytest.raises(BadSetting, match="FUNDTRAIL_DOCUMENTS_ONLY"):
        settings({"FUNDTRAIL_DOCUMENTS_ONLY": "1"})
