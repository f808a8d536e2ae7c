"""The register of discrepancies, as known at each position of the log: tables and writer.

``notes`` is what the rules read of events, ``rules`` finds discrepancies, and ``life`` opens, changes and closes them.
This module stores the result for the things that a page of the log touches.

Events recorded together (at one *moment* of the log) are judged together: nobody ever saw the state between them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple, get_args

import psycopg

from domain import award, bid, discrepancy, funding_round, organisation, partnership, programme
from domain.bank import account as bank_account
from domain.eligibility.rule import EligibilityRulePublished
from domain.history import Recorded, partnership_of
from domain.values.fact import CORRECTIONS, DateCorrected, Fact
from projections.discrepancies import life as discrepancy_life
from projections.discrepancies.catalogue import CATALOGUE
from projections.discrepancies.eligibility import PUBLISHED
from projections.discrepancies.life import Life
from projections.discrepancies.notes import NOTED, Note, Noted, identifier_key, is_ahead, name_key, note, notes_of
from projections.discrepancies.payments import COMPARING, OF_PAYEE, OF_REFERENCE, Compared, Payments, ids_of
from projections.discrepancies.rules import MERGED, Finding, Seen, findings, holders
from projections.tables.corrections import NOW, Correction, position_of
from projections.tables.kinds import by_kind, of_kinds
from projections.tables.rows import add, array, columns

# --- Table ------------------------------------------------------------------------------------------------------------

NAME = "discrepancies"
TABLES = (
    "discrepancies", "discrepancy_notes", "discrepancy_links", "discrepancy_places", "discrepancy_ties",
    "discrepancy_payments",
)  # fmt: skip
DEFINITION = """
-- Each row is known from position until superseded. moment is when events were recorded that caused the row; null if a
-- person's decision caused it. ended is the moment of superseded. topic is the key of the notes it was found in.
CREATE TABLE discrepancies (
    id text NOT NULL, position bigint NOT NULL, superseded bigint NOT NULL, moment timestamptz, ended timestamptz,
    topic text NOT NULL, partnership_id text, severity text NOT NULL,
    rule text NOT NULL, subject text NOT NULL, message text NOT NULL, status text NOT NULL, due date,
    opened bigint NOT NULL, first_seen timestamptz NOT NULL, since timestamptz NOT NULL, closed_at timestamptz,
    figures bigint NOT NULL, events bigint[] NOT NULL, owner text,
    decided text, because text, decided_by text, authority text, decided_at timestamptz, covers bigint, covered text,
    settled date, was text,
    PRIMARY KEY (id, position)
);
CREATE INDEX discrepancies_of_topic ON discrepancies (topic, superseded);

-- What the rules read of each event.
CREATE TABLE discrepancy_notes (
    topic text NOT NULL, position bigint NOT NULL, nth integer NOT NULL, kind text NOT NULL, "on" text NOT NULL,
    recorded date NOT NULL, until text, amount numeric, currency text, number bigint, said text, other text,
    PRIMARY KEY (topic, position, nth)
);
-- Which topics are judged together with which others: an award with its bid, a bid with its round, and
-- a bid that a source states with its scheme, its partnership and the partners of that, if the scheme has eligibility
-- rules.
CREATE TABLE discrepancy_links (topic text NOT NULL, beside text NOT NULL, PRIMARY KEY (topic, beside));
CREATE INDEX discrepancy_links_beside ON discrepancy_links (beside);
-- The label of each thing, and the partnership and scheme that it belongs to.
CREATE TABLE discrepancy_places (
    id text PRIMARY KEY, label text NOT NULL, partnership_id text, scheme_id text
);
-- Of a partnership its lead, of an award its payee, of a recovery its payment.
CREATE TABLE discrepancy_ties (id text PRIMARY KEY, tied_to text NOT NULL);
-- The payments that are compared across awards (see payments.Compared).
CREATE TABLE discrepancy_payments (
    award_id text NOT NULL, payment text NOT NULL, "on" text NOT NULL, amount numeric NOT NULL, currency text NOT NULL,
    payee text NOT NULL, named boolean NOT NULL, reference text, settled boolean NOT NULL, back numeric NOT NULL,
    PRIMARY KEY (award_id, payment)
);
"""
INDEXES = """
CREATE INDEX discrepancies_now ON discrepancies (opened, id) WHERE superseded = 9223372036854775807;
CREATE INDEX discrepancies_by_position ON discrepancies (position);
CREATE INDEX discrepancies_by_end ON discrepancies (superseded) WHERE superseded < 9223372036854775807;
CREATE INDEX discrepancies_of_partnership ON discrepancies (partnership_id, opened, id);
"""

# --- Writer -----------------------------------------------------------------------------------------------------------

_DECISIONS: tuple[type[Fact], ...] = get_args(discrepancy.Event)


def write(cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
    """Process a page of the log."""
    page = [recorded for recorded in page if type(recorded.event) in _TAKEN or is_ahead(recorded)]
    if not page:
        return
    register = _Register(cursor, page)
    for moment, together in groupby(page, key=attrgetter("recorded_at")):
        for recorded in together:
            if isinstance(recorded.event, _DECISIONS):
                register.decide(recorded)
            else:
                register.take(recorded)
        register.judge(moment)
    register.keep()


@dataclass(slots=True)
class _Row:
    """A discrepancy as known between two positions.

    *stored* says whether the table has the row, *changed* whether its end differs from the table's.
    """

    life: Life
    topic: str
    partnership_id: str | None
    position: int
    moment: datetime | None
    superseded: int = NOW
    ended: datetime | None = None
    stored: bool = False
    changed: bool = False


class _Judged(NamedTuple):
    """The last judgement of a topic: its moment, the findings, and the partnership of the topic."""

    moment: datetime
    found: Sequence[Finding]
    partnership_id: str | None


class _Register:
    """The part of the register that a page touches: changed in memory, written at the end."""

    def __init__(self, cursor: psycopg.Cursor[Any], page: Sequence[Recorded]) -> None:
        self._cursor = cursor
        self._first_moment = page[0].recorded_at
        self._notes: dict[str, list[Note]] = {}
        self._payments = self._read_payments(page)
        self._page_notes = {
            recorded.position: [*notes_of(recorded), *self._payments.notes(recorded)] for recorded in page
        }
        self._corrected: dict[int, tuple[int, set[str]]] = {}
        self._seen: dict[str, Seen] = {}
        self._last: dict[str, _Judged] = {}
        self._new_notes: list[tuple[Any, ...]] = []
        self._places: dict[str, tuple[str, str | None, str | None]] = {}
        self._looked_up: set[str] = set()
        self._new_places: dict[str, tuple[str, str | None, str | None]] = {}
        self._linked: dict[str, list[str]] = {}
        self._judged_with: dict[str, list[str]] = {}
        self._new_links: list[tuple[str, str]] = []
        self._rows: dict[str, list[_Row]] = {}
        self._ids: dict[str, list[str]] = {}
        self._deleted: list[tuple[str, int]] = []
        self._touched: dict[str, int] = {}
        self._read(page)

    # The state before the page, read in a few statements for everything that the page touches.

    def _read(self, page: Sequence[Recorded]) -> None:
        listed = of_kinds(page, {partnership.PilotListed})
        bidders = {partnership_of(recorded.event) or "" for recorded in of_kinds(page, _STATED_BIDS)}
        self._read_places({recorded.stream for recorded in listed} | bidders)
        pilots = [noted for recorded in listed for noted in self._listed(recorded)]
        self._read_corrected(page, pilots)
        noted = {topic for noted in (*self._page_notes.values(), pilots) for topic, _ in noted}
        topics = self._read_links(noted.union(*(topics for _, topics in self._corrected.values())))
        topics |= self._decided({recorded.stream for recorded in page if isinstance(recorded.event, _DECISIONS)})
        if not topics:
            return
        self._read_places(topics - self._places.keys())
        self._read_rows(topics)
        self._read_notes(topics | {one for beside in self._linked.values() for one in beside})
        self._read_places({thing for topic in topics for thing in self._sharing(topic)})

    def _read_payments(self, page: Sequence[Recorded]) -> Payments:
        """The payments that the page may change, and what their awards and partnerships are tied to."""
        ids = array(sorted({one for recorded in page for one in ids_of(recorded)}))
        self._cursor.execute("SELECT id, tied_to FROM discrepancy_ties WHERE id = ANY (%s::text[])", (ids,))
        ties = dict(self._cursor.fetchall())
        self._cursor.execute(
            'SELECT payment, "on", amount, currency, payee, named, reference, settled, back FROM discrepancy_payments'
            " WHERE award_id = ANY (%s::text[])",
            (ids,),
        )
        return Payments(ties, {payment: Compared(*values) for payment, *values in self._cursor.fetchall()})

    def _read_corrected(self, page: Sequence[Recorded], pilots: Sequence[Noted]) -> None:
        """Find the event that each correction of the page corrects, and the topics of its notes."""
        for recorded in page:
            if isinstance(recorded.event, CORRECTIONS):
                at = position_of(self._cursor, recorded.stream, recorded.event.version)
                topics = self._topics_of(recorded.stream, recorded.event, at)
                topics |= {topic for topic, one in pilots if one.position == at}
                self._corrected[recorded.position] = at, topics

    def _topics_of(self, stream: str, correction: Correction, at: int) -> set[str]:
        name = correction.step if isinstance(correction, DateCorrected) else correction.fact
        if name not in _NOTED_ELSEWHERE:
            return {stream}
        # Nothing leads from an event to the notes that it has under another key, so all are searched. It is rare.
        self._cursor.execute("SELECT topic FROM discrepancy_notes WHERE position = %s", (at,))
        of_page = {topic for topic, _ in self._page_notes.get(at, ())}
        return {stream, *of_page, *(topic for (topic,) in self._cursor.fetchall())}

    def _decided(self, ids: set[str]) -> set[str]:
        """The topics of the discrepancies *ids*, about which somebody has decided."""
        if not ids:
            return set()
        self._cursor.execute(
            "SELECT DISTINCT topic FROM discrepancies WHERE id = ANY (%s::text[])", (array(sorted(ids)),)
        )
        return {topic for (topic,) in self._cursor.fetchall()}

    def _read_places(self, ids: Iterable[str]) -> None:
        ids = set(ids) - self._looked_up
        if not ids:
            return
        self._looked_up |= ids
        self._cursor.execute(
            "SELECT id, label, partnership_id, scheme_id FROM discrepancy_places WHERE id = ANY (%s::text[])",
            (array(sorted(ids)),),
        )
        for thing, label, partnership_id, scheme_id in self._cursor.fetchall():
            self._places[thing] = (label, partnership_id, scheme_id)

    def _read_links(self, topics: set[str]) -> set[str]:
        """Read the links of *topics*; return *topics* and the topics that are judged together with any of them."""
        if not topics:
            return set()
        # Topic by topic, to use the indexes: see _read_notes.
        self._cursor.execute(
            "SELECT l.* FROM unnest(%s::text[]) t (topic) CROSS JOIN LATERAL ("
            "SELECT topic, beside FROM discrepancy_links WHERE topic = t.topic UNION ALL"
            " SELECT topic, beside FROM discrepancy_links WHERE beside = t.topic) l ORDER BY l.topic, l.beside",
            (array(sorted(topics)),),
        )
        found = set(topics)
        for topic, beside in self._cursor.fetchall():
            self._link(topic, beside)
            found.add(topic)
        others = found - topics
        if others:
            # Each of these is judged with all its links, not only with the one by which it was found.
            self._cursor.execute(
                "SELECT topic, beside FROM discrepancy_links WHERE topic = ANY (%s::text[]) ORDER BY topic, beside",
                (array(sorted(others)),),
            )
            for topic, beside in self._cursor.fetchall():
                self._link(topic, beside)
        return found

    def _read_rows(self, topics: Iterable[str]) -> None:
        self._cursor.execute(
            """
            SELECT id, topic, partnership_id, position, moment, superseded, ended, rule, subject, message, status, due,
                   opened, first_seen, since, closed_at, figures, events, owner, decided, because, decided_by,
                   authority, decided_at, covers, covered, settled, was
              FROM discrepancies
             WHERE topic = ANY (%(topics)s::text[])
               AND (superseded = %(now)s OR ended = %(first_moment)s)
             ORDER BY id, position""",
            {"topics": array(sorted(topics)), "now": NOW, "first_moment": self._first_moment},
        )
        rows = self._cursor.fetchall()
        for discrepancy_id, topic, partnership_id, position, moment, superseded, ended, *life in rows:
            row = _Row(Life(*life), topic, partnership_id, position, moment, superseded, ended, stored=True)
            self._rows.setdefault(discrepancy_id, []).append(row)
            if discrepancy_id not in self._ids.setdefault(topic, []):
                self._ids[topic].append(discrepancy_id)

    def _read_notes(self, topics: Iterable[str]) -> None:
        wanted = sorted(topic for topic in topics if topic not in self._notes)
        self._notes |= {topic: [] for topic in wanted}
        # Topic by topic, to use the index: while the table is small, the planner would rather scan all of it.
        self._cursor.execute(
            "SELECT t.topic, n.* FROM unnest(%s::text[]) t (topic) CROSS JOIN LATERAL ("
            'SELECT position, kind, "on", recorded, until, amount, currency, number, said, other'
            " FROM discrepancy_notes n WHERE n.topic = t.topic ORDER BY n.position, n.nth) n",
            (array(wanted),),
        )
        for topic, *values in self._cursor.fetchall():
            self._notes[topic].append(Note(*values))

    # The events of the page.

    def take(self, recorded: Recorded) -> None:
        """Keep the notes of an event, and the places and links that it sets."""
        kind = type(recorded.event)
        if kind in _PLACED:
            thing, label, partnership_id, scheme_id = _PLACED[kind](recorded, recorded.event)
            # A thing that moves to another partnership keeps its label.
            label = label or self._places.get(thing, ("", None, None))[0]
            self._places[thing] = self._new_places[thing] = (label, partnership_id, scheme_id)
        elif recorded.stream not in self._places and any(
            topic == recorded.stream for topic, _ in self._page_notes[recorded.position]
        ):
            # People have no name for an outcome or a delivery, but it is of a partnership.
            place = (recorded.stream, partnership_of(recorded.event), None)
            self._places[recorded.stream] = self._new_places[recorded.stream] = place
        beside = _LINKED[kind](recorded.event) if kind in _LINKED else None
        if beside is not None:
            self._link(recorded.stream, beside)
            self._new_links.append((recorded.stream, beside))
        self._link_eligibility(recorded)
        if isinstance(recorded.event, CORRECTIONS):
            self._correct(recorded, recorded.event)
        for topic, added in (*self._left(recorded), *self._page_notes[recorded.position], *self._listed(recorded)):
            self._note(topic, added)

    def _correct(self, recorded: Recorded, correction: Correction) -> None:
        """Give the notes of a step their right date, or take away those of a fact. The rows keep what was found."""
        at, topics = self._corrected[recorded.position]
        for topic in topics:
            if isinstance(correction, DateCorrected):
                self._redate(topic, at, correction.date.text)
            else:
                self._take_away(topic, at)
            for judged in (topic, *self._judged_with.get(topic, ())):
                self._seen.pop(judged, None)
                self._touched[judged] = recorded.position

    def _redate(self, topic: str, at: int, on: str) -> None:
        self._notes[topic] = [one._replace(on=on) if one.position == at else one for one in self._of(topic)]
        self._new_notes = [(*row[:4], on, *row[5:]) if row[:2] == (topic, at) else row for row in self._new_notes]
        self._cursor.execute(
            'UPDATE discrepancy_notes SET "on" = %s WHERE topic = %s AND position = %s', (on, topic, at)
        )

    def _take_away(self, topic: str, at: int) -> None:
        self._notes[topic] = [one for one in self._of(topic) if one.position != at]
        self._new_notes = [row for row in self._new_notes if row[:2] != (topic, at)]
        self._cursor.execute("DELETE FROM discrepancy_notes WHERE topic = %s AND position = %s", (topic, at))

    def _note(self, topic: str, added: Note) -> None:
        notes = self._of(topic)
        nth = 0
        while nth < len(notes) and notes[-1 - nth].position == added.position:
            nth += 1
        self._new_notes.append((topic, added.position, nth, *added[1:]))
        notes.append(added)
        for touched in (topic, *self._judged_with.get(topic, ())):
            self._touched[touched] = added.position

    def _listed(self, recorded: Recorded) -> list[Noted]:
        """The note of a pilot in the funder's list. The list is the scheme's; only the places know which scheme."""
        if not isinstance(recorded.event, partnership.PilotListed):
            return []
        _, _, scheme_id = self._places.get(recorded.stream, ("", None, None))
        listed = note(recorded, number=recorded.event.number, said=recorded.stream)
        return [(scheme_id, listed)] if scheme_id is not None else []

    def _left(self, recorded: Recorded) -> list[Noted]:
        """The note that an organisation gave up a name, or an identifier in a register, that it had."""
        match recorded.event:
            case organisation.OrganisationRenamed():
                kinds = ("OrganisationRegistered", "OrganisationRenamed")
                keys = [name_key(one.said or "") for one in self._of(recorded.stream) if one.kind in kinds]
            case organisation.IdentifierRecorded() as event:
                held = [one.said or "" for one in self._of(recorded.stream) if one.kind == "IdentifierRecorded"]
                keys = [identifier_key(one) for one in held if one.startswith(f"{event.register}-")]
            case organisation.OrganisationsMerged() | organisation.MergerUndone() as event:
                return self._merged(recorded, event)
            case _:
                return []
        left = note(recorded, said=recorded.stream)._replace(kind="Left")
        return [(key, left) for key in keys[-1:]]

    def _merged(
        self, recorded: Recorded, event: organisation.OrganisationsMerged | organisation.MergerUndone
    ) -> list[Noted]:
        """The notes that two organisations are one under the names and identifiers that they share, or two again."""
        if recorded.stream != event.merged_id:
            return []
        own = self._of(recorded.stream)
        named = {name_key(one.said or "") for one in own if one.kind in ("OrganisationRegistered", *_NAMES)}
        named |= {identifier_key(one.said or "") for one in own if one.kind == "IdentifierRecorded"}
        merged = note(recorded, said=recorded.stream)
        if isinstance(event, organisation.OrganisationsMerged):
            return [
                (key, merged) for key in sorted(named) if {event.merged_id, event.organisation_id} <= self._held(key)
            ]
        return [(key, merged) for key in sorted(named) if any(one.kind == MERGED for one in self._of(key))]

    def _held(self, topic: str) -> set[str]:
        """The organisations that have the name or identifier *topic*."""
        return set(holders(self._of(topic)))

    def _of(self, topic: str) -> list[Note]:
        if topic not in self._notes:
            self._read_rows([topic])
            self._read_notes([topic])
        return self._notes[topic]

    def _link(self, topic: str, beside: str) -> None:
        for one, other, links in ((topic, beside, self._linked), (beside, topic, self._judged_with)):
            if other not in links.setdefault(one, []):
                links[one].append(other)

    def _link_eligibility(self, recorded: Recorded) -> None:
        """Judge the stated bids of a scheme with eligibility rules together with its rules and their partners."""
        match recorded.event:
            case bid.BidStated() | bid.BidReassigned() as event:
                self._unlink(recorded.stream)
                _, _, scheme_id = self._places.get(event.partnership_id, ("", None, None))
                if scheme_id is not None and any(one.kind == PUBLISHED for one in self._of(scheme_id)):
                    self._link_bid(recorded.stream, event.partnership_id, scheme_id)
            case EligibilityRulePublished() as event:
                for bid_id, partnership_id in self._stated_bids(event.scheme_id):
                    self._link_bid(bid_id, partnership_id, event.scheme_id)
            case partnership.PartnerJoined() as event:
                for bid_id in self._judged_with.get(recorded.stream, ()):
                    self._keep_link(bid_id, event.organisation_id)

    def _link_bid(self, bid_id: str, partnership_id: str, scheme_id: str) -> None:
        partners = {one.said for one in self._of(partnership_id) if one.kind == "PartnerJoined" and one.said}
        for beside in (scheme_id, partnership_id, *sorted(partners)):
            self._keep_link(bid_id, beside)

    def _keep_link(self, topic: str, beside: str) -> None:
        if beside not in self._linked.get(topic, ()):
            self._of(beside)
            self._link(topic, beside)
            self._new_links.append((topic, beside))

    def _unlink(self, topic: str) -> None:
        """End the links of a bid that moves to another partnership."""
        for beside in self._linked.pop(topic, []):
            self._judged_with[beside].remove(topic)
            self._new_links = [link for link in self._new_links if link != (topic, beside)]
            self._cursor.execute("DELETE FROM discrepancy_links WHERE topic = %s AND beside = %s", (topic, beside))

    def _stated_bids(self, scheme_id: str) -> list[tuple[str, str]]:
        """The bids of a scheme, with their partnerships. It is asked only when a rule is published, which is rare."""
        self._cursor.execute(
            "SELECT b.id, b.partnership_id FROM discrepancy_places b"
            " JOIN discrepancy_places p ON p.id = b.partnership_id AND p.scheme_id = %s WHERE b.id ^@ 'bid-'",
            (scheme_id,),
        )
        found = dict(self._cursor.fetchall())
        found |= {thing: of for thing, (_, of, _) in self._new_places.items() if thing.startswith("bid-")}
        self._read_places(of for of in found.values() if of)
        bids = [
            (thing, of) for thing, of in found.items() if of and self._places.get(of, ("", None, None))[2] == scheme_id
        ]
        return [one for one in sorted(bids) if any(note.kind == "BidStated" for note in self._of(one[0]))]

    # The judgement.

    def judge(self, moment: datetime) -> None:
        """Apply the rules to everything that was touched in *moment*."""
        for topic, position in self._touched.items():
            self._judge(topic, position, moment)
        self._touched = {}

    def _judge(self, topic: str, position: int, moment: datetime) -> None:
        found, partnership_id = self._found(topic), self._partnership(topic)
        last = self._last.get(topic)
        self._last[topic] = _Judged(moment, found, partnership_id)
        # The same findings at a later moment change nothing; at the same moment they belong to a later position.
        if last is not None and (found, partnership_id) == (last.found, last.partnership_id) and moment != last.moment:
            return
        by_id = {discrepancy.identity(finding.rule, finding.subject): finding for finding in found}
        for discrepancy_id in dict.fromkeys((*self._ids.get(topic, ()), *by_id)):
            rows = self._rows.setdefault(discrepancy_id, [])
            self._undo(discrepancy_id, rows, moment)
            before = rows[-1] if rows and rows[-1].superseded == NOW else None
            finding = by_id.get(discrepancy_id)
            after = discrepancy_life.found(before.life if before else None, finding, position, moment)
            self._become(discrepancy_id, topic, before, after, position, moment)

    def _found(self, topic: str) -> Sequence[Finding]:
        """The findings about *topic*, from all its notes up to now."""
        seen = self._seen.get(topic)
        if seen is None:
            seen = self._seen[topic] = Seen(topic, self._of(topic), (), {})
        if topic in self._linked:
            seen.linked = [one for other in self._linked[topic] for one in self._of(other)]
        if topic.startswith(_SHARED):
            seen.names = self._names(topic)
        return findings(seen)

    def _names(self, topic: str) -> dict[str, str]:
        """The labels of the organisations that share the name or identifier *topic*."""
        things = self._sharing(topic)
        self._read_places(things - self._places.keys())
        return {thing: self._places[thing][0] for thing in things if thing in self._places}

    def _sharing(self, topic: str) -> set[str]:
        if not topic.startswith(_SHARED):
            return set()
        # A payment is named after its award: award-.../payment 1.
        return {one.said.partition("/")[0] for one in self._of(topic) if one.said is not None}

    def _undo(self, discrepancy_id: str, rows: list[_Row], moment: datetime) -> None:
        """Undo an earlier judgement of the same moment: only the last one of a moment was ever visible."""
        if rows and rows[-1].superseded == NOW and rows[-1].moment == moment:
            deleted = rows.pop()
            if deleted.stored:
                self._deleted.append((discrepancy_id, deleted.position))
        if rows and rows[-1].ended == moment:
            rows[-1].superseded, rows[-1].ended, rows[-1].changed = NOW, None, True

    def _become(
        self,
        discrepancy_id: str,
        topic: str,
        before: _Row | None,
        after: Life | None,
        position: int,
        moment: datetime | None,
    ) -> None:
        partnership_id = self._partnership(topic)
        if after == (before.life if before else None) and (not before or before.partnership_id == partnership_id):
            return
        if before is not None:
            before.superseded, before.ended, before.changed = position, moment, True
        if after is not None:
            self._rows[discrepancy_id].append(_Row(after, topic, partnership_id, position, moment))
            if discrepancy_id not in self._ids.setdefault(topic, []):
                self._ids[topic].append(discrepancy_id)

    def _partnership(self, topic: str) -> str | None:
        """The one partnership concerned; None if there is none, or more than one."""
        things = self._sharing(topic) or {topic}
        self._read_places(things - self._places.keys())
        found = {self._places[thing][1] for thing in things if thing in self._places}
        return found.pop() if len(found) == 1 else None

    def decide(self, recorded: Recorded) -> None:
        """Apply a person's decision. About a discrepancy that is not in the register, it changes nothing here."""
        self.judge(recorded.recorded_at)
        rows = self._rows.get(recorded.stream, [])
        if rows and rows[-1].superseded == NOW:
            before = rows[-1]
            after = discrepancy_life.decided(before.life, recorded)
            self._become(recorded.stream, before.topic, before, after, recorded.position, None)

    def keep(self) -> None:
        """Write the changes to the tables."""
        if self._deleted:
            self._cursor.execute(
                "DELETE FROM discrepancies d USING unnest(%s::text[], %s::bigint[]) AS g (id, position)"
                " WHERE d.id = g.id AND d.position = g.position",
                columns(self._deleted),
            )
        changed = [
            (discrepancy_id, row.position, row.superseded, row.ended)
            for discrepancy_id, rows in self._rows.items()
            for row in rows
            if row.stored and row.changed
        ]
        if changed:
            self._cursor.execute(
                "UPDATE discrepancies d SET superseded = m.superseded, ended = m.ended"
                " FROM unnest(%s::text[], %s::bigint[], %s::bigint[], %s::timestamptz[])"
                " AS m (id, position, superseded, ended) WHERE d.id = m.id AND d.position = m.position",
                columns(changed),
            )
        new = [(discrepancy_id, row) for discrepancy_id, rows in self._rows.items() for row in rows if not row.stored]
        add(self._cursor, "discrepancies", (_columns(discrepancy_id, row) for discrepancy_id, row in new))
        add(self._cursor, "discrepancy_notes", self._new_notes)
        if self._new_links:
            self._cursor.execute(
                "INSERT INTO discrepancy_links SELECT * FROM unnest(%s::text[], %s::text[]) ON CONFLICT DO NOTHING",
                columns(self._new_links),
            )
        self._keep_payments()
        if self._new_places:
            # A thing may be placed twice: a drafted bid is submitted, a declined award is offered again.
            places = [(thing, *place) for thing, place in self._new_places.items()]
            self._cursor.execute(
                "INSERT INTO discrepancy_places"
                " SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[])"
                " ON CONFLICT (id) DO UPDATE SET label = excluded.label, partnership_id = excluded.partnership_id,"
                " scheme_id = excluded.scheme_id",
                columns(places),
            )

    def _keep_payments(self) -> None:
        ties = [(thing, self._payments.ties[thing]) for thing in self._payments.tied]
        if ties:
            self._cursor.execute(
                "INSERT INTO discrepancy_ties SELECT * FROM unnest(%s::text[], %s::text[])"
                " ON CONFLICT (id) DO UPDATE SET tied_to = excluded.tied_to",
                columns(ties),
            )
        changed = [(payment.partition("/")[0], payment) for payment in self._payments.changed]
        if changed:
            self._cursor.execute(
                "DELETE FROM discrepancy_payments p USING unnest(%s::text[], %s::text[]) AS g (award_id, payment)"
                " WHERE p.award_id = g.award_id AND p.payment = g.payment",
                columns(changed),
            )
        kept = [(*key, *one) for key in changed if (one := self._payments.compared[key[1]]) is not None]
        add(self._cursor, "discrepancy_payments", kept)


def _columns(discrepancy_id: str, row: _Row) -> tuple[Any, ...]:
    severity = CATALOGUE[row.life.rule].severity.name
    return (
        discrepancy_id, row.position, row.superseded, row.moment, row.ended, row.topic, row.partnership_id, severity,
        *row.life,
    )  # fmt: skip


# --- Places and links -------------------------------------------------------------------------------------------------

# The id of a thing, its label, its partnership and, for a partnership, its scheme.
Placed = tuple[str, str, str | None, str | None]


def _programme(recorded: Recorded, event: programme.ProgrammeEstablished | funding_round.RoundOpened) -> Placed:
    return recorded.stream, event.code, None, None


def _account(recorded: Recorded, event: bank_account.BankAccountOpened) -> Placed:
    return recorded.stream, event.account, None, None


def _scheme(_recorded: Recorded, event: programme.SchemeEstablished) -> Placed:
    return event.scheme_id, event.code, None, None


def _organisation(recorded: Recorded, event: organisation.OrganisationRegistered) -> Placed:
    return recorded.stream, event.code, None, None


def _formed(recorded: Recorded, event: partnership.PartnershipFormed) -> Placed:
    return recorded.stream, event.code, recorded.stream, event.scheme_id


def _referred(
    recorded: Recorded,
    event: award.AwardOffered | award.AwardStated | bid.BidDrafted | bid.BidSubmitted | bid.BidStated,
) -> Placed:
    return recorded.stream, event.reference, event.partnership_id, None


def _reassigned(recorded: Recorded, event: award.AwardReassigned | bid.BidReassigned) -> Placed:
    return recorded.stream, "", event.partnership_id, None


def _bid_of(event: award.AwardOffered | award.ParticularsStated) -> str | None:
    """The bid that the award is judged together with from now on."""
    return event.bid_id


def _round_of(event: bid.BidSubmitted | bid.BidResubmitted) -> str | None:
    """The round that the bid is judged together with from now on."""
    return event.round_id


_PLACED = by_kind(_programme, _account, _scheme, _organisation, _formed, _referred, _reassigned)
_LINKED = by_kind(_bid_of, _round_of)
# The events that have notes under another key than their stream's, which may be corrected.
_NOTED_ELSEWHERE = frozenset(("PlanAgreed", "CountStated", "PilotListed", PUBLISHED, "EligibilityRuleEnded"))
_STATED_BIDS = {bid.BidStated, bid.BidReassigned}
_MERGERS = (organisation.OrganisationsMerged, organisation.MergerUndone)
_TAKEN = frozenset(
    (*CORRECTIONS, *NOTED, *_PLACED, *_LINKED, *_DECISIONS, *COMPARING, *_MERGERS, partnership.PilotListed)
)
# The events that give an organisation another name.
_NAMES = ("OrganisationRenamed", "NameStated")
# The topics that several organisations or payments can share.
_SHARED = ("name:", "identifier:", f"{OF_PAYEE}:", f"{OF_REFERENCE}:")
