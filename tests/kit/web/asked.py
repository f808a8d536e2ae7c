"""What operations may ask for in tests: the values of arguments, most of them valid."""

import random
from typing import Any

from tests.kit.office import CHIEF
from tests.kit.web.odd import CODE
from tests.kit.web.served import Api

DAYS: list[Any] = ["2004-06-15", "2005-01-01", "2007-01-01"]
FAR, LONG_AGO = "2199-01-01T00:00:00Z", "2001-01-01T00:00:00Z"
IDS = """{ partnerships(first: 100) { nodes { id code scheme { id } lead { id } bids { id reference }
    awards { id reference } outcomes { id } } } programmes { id }
    discrepancies(first: 20) { nodes { id } } bankEntries { nodes { id account } } auditLog(first: 20) { nodes { id } }
    people { nodes { id } } programme(code: "cbp") { bodies { id } delegations { id } }
    long: auditLog(last: 30) { nodes { recordedAt } }
    paid: auditLog(filter: {names: ["PaymentReleased"]}, first: 3) { nodes { recordedAt } } }"""
# The connections of which cursors are read, by the name of their field.
LISTS = ("awards", "bids", "payments", "recoveries", "rounds", "organisations", "outcomes", "outputs")
PAGED = (
    "attention",
    "partnerships",
    "auditLog",
    "people",
    "delays",
    "discrepancies",
    "bankEntries",
    "timeline",
    "changes",
    *LISTS,
)


def _cursors(api: Api, name: str) -> tuple[str, str]:
    """An early and a late cursor."""
    required = f'from: "{LONG_AGO}", to: "{FAR}", ' if name == "changes" else ""
    asked = f"{name}({required}first: 40) {{ edges {{ cursor }} }}"
    found = api.ask(f'{{ partnership(code: "{CODE}") {{ {asked} }} }}' if name == "timeline" else f"{{ {asked} }}")
    edges = (found["partnership"] if name == "timeline" else found)[name]["edges"]
    return edges[1]["cursor"], edges[-2]["cursor"]


class Asked:
    """Values of arguments for a served application."""

    def __init__(self, api: Api) -> None:
        found = api.ask(IDS)
        things = found["partnerships"]["nodes"]
        self._cursors = {name: _cursors(api, name) for name in PAGED}
        self._cursors["events"] = self._cursors["auditLog"]
        added = api.ask('{ programme(code: "cbp") { funding { awarded { parts(first: 9) { edges { cursor } } } } } }')
        edges = added["programme"]["funding"]["awarded"]["parts"]["edges"]
        self._cursors["parts"] = edges[1]["cursor"], edges[-2]["cursor"]
        supported = api.ask('{ programme(code: "cbp") { support(first: 40) { edges { cursor } } } }')["programme"]
        self._cursors["support"] = tuple(supported["support"]["edges"][place]["cursor"] for place in (1, -2))
        self._cursors |= {f"{name}Connection": self._cursors[name] for name in ("awards", "bids")}
        bids, awards = ([one for thing in things for one in thing[name]] for name in ("bids", "awards"))
        self.nodes = {
            "Partnership": [one["id"] for one in things],
            "Scheme": [one["scheme"]["id"] for one in things],
            "Organisation": [one["lead"]["id"] for one in things if one["lead"]],
            "Programme": [one["id"] for one in found["programmes"]],
            "Bid": [one["id"] for one in bids],
            "Award": [one["id"] for one in awards],
            "Outcome": [one["id"] for thing in things for one in thing["outcomes"]],
            "Discrepancy": [one["id"] for one in found["discrepancies"]["nodes"]],
            "BankEntry": [one["id"] for one in found["bankEntries"]["nodes"]],
            "AuditEntry": [one["id"] for one in found["auditLog"]["nodes"]],
            "Person": [one["id"] for one in found["people"]["nodes"]],
            "Body": [one["id"] for one in found["programme"]["bodies"]],
            "Delegation": [one["id"] for one in found["programme"]["delegations"]],
        }
        (account,) = {one["account"] for one in found["bankEntries"]["nodes"]}
        recorded = sorted(one["recordedAt"] for one in found["long"]["nodes"])
        days = {"starts": "2004-04-01", "ends": "2004-12-31"}
        code, other = CODE, "dip"
        # Whole sets of arguments of fields of which the arguments belong together.
        self.together: dict[str, list[dict[str, Any]]] = {
            "Query.programme": [{"code": "cbp"}] * 4 + [{"code": "nothing"}],
            "Query.partnership": [
                {"code": code}, {"code": other}, {"code": other}, {"code": "lrip"}, {"code": "ace-cumbria"},
                {"code": "needs-three"}, {"code": "needs-four"}, {"code": "kent-swindon"},
                {"code": "kent-swindon-franchising-pilot"}, {"code": "leaders-again"},
                *[{"code": "joint-west"}] * 4, {"code": "joint-east"}, *[{"code": "np-advanced-leadership"}] * 2,
                {"code": other, "atLeast": "1"}, {"id": things[3]["id"]}, {"code": "nothing"},
            ],
            "Query.scheme": [{"code": "cbp-improvement-partnerships"}, {"code": "cbp-pilots"}, {"code": "nothing"}],
            "Query.round": [{"code": "R-lived"}, {"code": "R-more"}, {"code": "R-open"}, {"code": "nothing"}],
            "Query.organisation": [{"code": "idea"}, {"code": "lga"}, *[{"code": "lambeth"}] * 5, {"code": "nothing"}],
            "Query.person": [{"code": "chief"}, {"code": "second"}, {"code": "left"}, {"id": CHIEF}],
            "Query.bid": [{"reference": one} for one in ("B-bank", "B-beside", "pair-1", "asked", "B-0", "B7")]
            + [{"reference": "B-office"}, *({"id": one["id"]} for one in bids[:5])],
            "Query.award": [{"reference": one} for one in ("A-onward", "A-beside", "A-bank", "A-late", "nothing")]
            + [{"reference": "A-certified"}] * 8
            + [{"reference": "A-office"}, *({"id": one["id"]} for one in awards[:9])],
            "Query.bankReconciliation": [
                {"account": account, **days}, {"account": account, **days, "knownAt": FAR}, {"account": "x", **days},
            ],
            "Programme.periodReport": [
                {"name": "2004-05"}, days, {**days, "knownAt": FAR}, {"name": "nothing"},
                {"starts": "2005-04-01", "ends": "2006-03-31"}, {"starts": "2005-04-01", "ends": "2005-04-01"},
            ],
            "Programme.yearEnd": [{"year": "2004-05"}, {"year": "2005-06", "knownAt": FAR}],
            "Bid.clock": [{"asAt": day} for day in DAYS] + [{"asAt": DAYS[2], "attempt": 1}],
            "Viewer.may": [{"command": "approvePayment", "in": awards[0]["id"]}, {"command": "OpenRound"}],
        }  # fmt: skip
        self.invalid: dict[str, list[dict[str, Any]]] = {
            "Query.programme": [{"code": "\x00"}],
            "Query.partnership": [
                {}, {"code": code, "id": "x"}, {"code": code, "atLeast": "9999999999"}, {"code": "\x00"},
            ],
            "Query.bid": [{}, {"reference": "x", "id": "y"}],
            "Query.scheme": [{}, {"code": "x", "id": "y"}, {"code": "\x00"}],
            "Query.round": [{}, {"code": "x", "id": "y"}, {"code": "\x00"}],
            "Query.organisation": [{}, {"code": "x", "id": "y"}, {"code": "\x00"}],
            "Query.person": [{}, {"code": "nobody"}, {"code": "chief", "id": CHIEF}, {"code": "\x00"}],
            "Query.award": [{"id": None}, {"reference": "x", "atLeast": "9999999999"}],
            "Query.bankReconciliation": [{"account": account, "starts": "2004-12-31", "ends": "2004-04-01"}],
            "Programme.periodReport": [{}, {"name": "x", **days}, {"starts": "2004-12-31", "ends": "2004-04-01"}],
            "Programme.yearEnd": [{}, {"year": "2004"}, {"year": "\x00"}],
            "Bid.clock": [{"asAt": "2007-01-01", "attempt": 9}, {"asAt": "0001-01-01"}],
            "Viewer.may": [{"command": "approvePayment", "in": "dip"}, {"command": "nothing"}],
            "Partnership.peers": [{"age": -1}],
        }  # fmt: skip
        self._arguments: dict[str, list[Any]] = {
            "asAt": DAYS,
            "knownAt": [FAR, FAR, "2198-12-31", recorded[0], recorded[15], None],
            "lanes": [
                ["BID", "AWARD"], ["GOVERNANCE", "OUTCOME"], "AWARD", ["DELIVERY"], ["DISBURSEMENT"], ["OUTCOME"], [],
                None,
            ],
            "including": ["OWN", "SCHEMES", "ALL", "ALL"],
            "from": ["2004-01-01", "2004-06-30", None],
            "to": ["2005-01-01", "2004-06-30", None],
            "groupBy": ["PROGRAMME", "SCHEME", "ROUND", "FUNDER", "KIND", "OWNER", "MONTH", "QUARTER", "YEAR",
                        "FINANCIAL_YEAR"],
            "by": ["YEAR", "QUARTER"],
            "Partnership.peers.age": [0, 200, 9999999, None],
            "longerThan": [0, 2, 14],
            # The story has standards for the first two.
            "measure": ["TO_AWARD", "DECISION", "TO_AWARD", "DECISION", "TO_DECISION", "TO_MONEY", "ASSESSMENT"],
            "Query.partnerships.filter": [
                {"kind": "authority"}, {"text": "cumbria"}, {"text": "%"}, {"programme": "cbp"},
                {"scheme": "cbp-pilots"}, {"organisation": self.nodes["Organisation"][0]}, {},
                {"text": "a", "kind": "cluster"}, {"region": "North East"}, {"theme": "leadership", "region": "London"},
            ],
            "Query.auditLog.filter": [
                {"names": ["BidApproved", "AwardOffered"]}, {"actor": "nobody"},
                *[{"actor": CHIEF}] * 9,
                # These have what few events have: lists, and sums that are named.
                {"names": ["PlanAgreed", "CriteriaAdopted"]}, {"names": ["GovernanceBodyEstablished"]},
                {"names": ["PlanAgreed", "CriteriaAdopted"]}, {"partnership": things[3]["id"]},
                {"partnership": other, "upTo": "100000"}, {"stream": self.nodes["Award"][-1]}, {"names": []},
                None, None,
            ],
            "overlappingOnly": [True, False, False],
            "warnedOnly": [True, False, False, False],
            "Programme.support.partnership": ["dip", "worcestershire-partnership", None],
            "Programme.support.organisation": ["lambeth", "idea", "lga", None],
            "Partnership.roles.organisation": ["idea", "carlisle", None],
            "Query.delays.filter": [
                {"programme": "cbp"}, {"openOnly": True}, {"partnership": other}, {"submittedFrom": "2004-02-01"},
                {"breachedOnly": True}, {"scheme": "cbp-improvement-partnerships", "submittedTo": "2005-01-01"},
            ],
            "Query.discrepancies.filter": [
                {"severity": "WARNING"}, {"state": ["OPEN", "WAIVED"]}, {"status": "OPEN"},
                {"owner": "Accountant"}, {"partnership": other},
            ],
            "on": [*DAYS, "2005-01-01"],
            "Query.attention.filter": [
                {"kind": ["DISCREPANCY", "BID_WAITS"]}, {"urgency": ["LATE"]}, {"programme": "cbp"}, {"who": "funder"},
                {"partnership": other, "urgency": ["WAITING", "DUE"]}, {"kind": []}, None,
            ],
            "Query.bankEntries.filter": [
                {"account": account}, {"status": "UNMATCHED"}, {"status": "SETTLED", "since": "2004-07-01"},
                {"until": "2004-07-12"},
            ],
        }  # fmt: skip
        sums: list[Any] = [
            {"programme": "cbp"}, {"partnership": other}, {"scheme": "cbp-improvement-partnerships"}, {"text": "a"},
            {"amountFrom": "5", "amountTo": "900.50"}, {"currency": "GBP"}, {"onFrom": "2004-01-01"}, {},
            {"onTo": "2004-08-01", "text": "%"}, {"recordedTo": FAR}, {"organisation": "lga"}, {"funder": "odpm"},
        ]  # fmt: skip
        self._arguments |= {
            "Query.awards.filter": [*sums, {"state": ["ACCEPTED", "STATED"]}, {"reference": "A-lived"}],
            "Query.bids.filter": [*sums, {"state": ["SUBMITTED"]}, {"round": "R-more"}],
            "Query.payments.filter": [*sums, {"state": ["RELEASED", "REVERSED"]}, {"reference": "A-lived"}],
            "Query.recoveries.filter": [*sums, {"state": ["WITHDRAWN"]}],
            "Query.rounds.filter": [{"programme": "cbp"}, {"state": ["CLOSED"]}, {"code": "R-more"}, {"text": "again"}],
            "Query.organisations.filter": [*[{"text": "office"}] * 6, {"text": "council"}, {"code": "lga"}, {}],
            "Query.outcomes.filter": [
                {"partnership": other}, {"programme": "cbp"}, {"text": "a"}, {"level": "individual"},
                {"impact": "service IMPROVEMENTS", "status": ["rejected", "agreed"]}, {"priority": ["LOCAL", "BOTH"]},
            ],
            "Query.outputs.filter": [
                {"theme": "shared SERVICES"}, {"sort": "DESIGN"}, {"use": ["ANYBODY", "PARTNERS"]}, {"text": "a"},
                {"partnership": other}, {"programme": "cbp"}, {},
            ],
            "orderBy": [
                {"field": "RECORDED"}, {"field": "AMOUNT", "direction": "DESC"}, {"field": "DATE"},
                {"direction": "DESC"},
            ],
            "Query.outcomes.orderBy": [{"direction": "DESC", "field": "RECORDED"}],
            "Query.outputs.orderBy": [{"direction": "DESC", "field": "RECORDED"}, {"field": "DATE"}],
            "atLeast": ["1", "500", None],
        }  # fmt: skip
        self._arguments |= {
            # What was there before the first payments has other values after them, many of them with a reason.
            "Query.changes.from": [LONG_AGO, recorded[0], *(one["recordedAt"] for one in 2 * found["paid"]["nodes"])],
            "Query.changes.to": [FAR, FAR, FAR, recorded[15]],
            "Query.changes.scope": [
                {"partnership": other}, {"award": "A-lived"}, {"programme": "cbp"}, {}, {"award": awards[-1]["id"]},
                {"scheme": "cbp-improvement-partnerships"}, {"partnership": things[3]["id"]}, None,
            ],
        }  # fmt: skip
        for name in ("partnerships", "organisations"):
            self._arguments[f"Query.{name}.orderBy"] = [
                {"field": "CODE", "direction": "DESC"}, {"field": "NAME"}, {"field": "NAME", "direction": "DESC"},
            ]  # fmt: skip
        for below in ("Programme", "Scheme", "Organisation", "Partnership", "Round"):
            for name in (
                "awards",
                "bids",
                "payments",
                "recoveries",
                "outcomes",
                "partnerships",
                "awardsConnection",
                "bidsConnection",
            ):
                root = name.removesuffix("Connection")
                for argument in ("filter", "orderBy"):
                    found_here = self._arguments.get(f"Query.{root}.{argument}", self._arguments["orderBy"])
                    self._arguments[f"{below}.{name}.{argument}"] = found_here
        self._arguments["Query.attentionCounts.filter"] = self._arguments["Query.attention.filter"]
        self._arguments["Query.delaySummary.filter"] = self._arguments["Query.delays.filter"]
        self._mistakes: dict[str, list[Any]] = {
            "asAt": ["2004-06", 7],
            "knownAt": ["2004", "1999-01-01T02:00:00.5+02:00"],
            "lanes": [["NOWHERE"]],
            "groupBy": ["NOTHING", None],
            "orderBy": [{"field": "NAME"}, {"field": "NOTHING"}],
            "Query.awards.filter": [{"funder": "no-such"}, {"amountFrom": "x"}, {"text": "\x00"}],
            "Query.partnerships.filter": [{"scheme": "no-such-scheme"}, {"text": "\x00"}, {"x": 1}],
            "Query.auditLog.filter": [{"names": ["NoSuchEvent"]}, {"actor": "\x00"}],
            "Query.delays.filter": [{"round": "no-such-round"}, {"programme": "\x00"}],
            "Query.discrepancies.filter": [
                {"rule": "no such rule"},
                {"status": "no such status"},
                {"state": ["NOWHERE"]},
            ],
            "Query.bankEntries.filter": [{"account": "no-such-account"}],
            "Query.attention.filter": [{"scheme": "no-such"}, {"who": "\x00"}, {"kind": ["NOTHING"]}],
            "Query.changes.scope": [{"award": "no-such"}, {"scheme": "\x00"}, {"scheme": "x", "award": "y"}],
        }
        # Without a day these change from one day to the next.
        self._always = {"Query.delays": ["asAt"], "Query.discrepancies": ["asAt"], "Partnership.delayChain": ["asAt"]}
        self._always |= {name: ["asAt"] for name in ("Partnership.plans", "Partnership.peers", "Programme.holdUps")}
        self._always |= {"Query.attention": ["on"], "Query.attentionCounts": ["on"]}
        self._always["Query.changes"] = ["from", "to"]
        # Of all events few have lists, or sums that are named.
        self._always["Query.auditLog"] = ["filter"]
        # Few organisations merged.
        self._always["Query.organisations"] = ["filter"]

    def of(self, chance: random.Random, field: str, names: list[str], most: int, *, valid: bool) -> dict[str, Any]:
        """Arguments of a field, written Type.field, with these *names* of arguments and pages of *most* entries."""
        if field == "Query.node":
            return {"id": chance.choice(chance.choice(list(self.nodes.values())))}
        if field == "Query.nodes":
            kinds = chance.sample(list(self.nodes.values()), 3)
            return {"ids": [chance.choice(kind) for kind in kinds] + ["x"] * (chance.random() < 0.3)}
        if not valid and field in self.invalid:
            return chance.choice(self.invalid[field])
        if field in self.together:
            return chance.choice(self.together[field])
        found = self._page(chance, field.split(".")[1], names, most, valid=valid) if "first" in names else {}
        for name in names:
            if name in self._always.get(field, ()) or (name not in {"first", "after", "last", "before"} and (
                chance.random() < (0.3 if valid else 0.6)
            )):  # fmt: skip
                place = f"{field}.{name}" if f"{field}.{name}" in self._arguments else name
                mistaken = not valid and place in self._mistakes and name not in self._always.get(field, ())
                found[name] = chance.choice((self._mistakes if mistaken else self._arguments)[place])
        if valid and "orderBy" in found:
            # A cursor is of one order.
            found = {name: value for name, value in found.items() if name not in ("after", "before")}
        return found

    def _page(self, chance: random.Random, field: str, names: list[str], most: int, *, valid: bool) -> dict[str, Any]:
        """A part of a list, from the start or the end, mostly a short one."""
        early, late = self._cursors[field]
        size = chance.choice([1, 2, 3, 7, most, most, min(most, chance.randrange(101))])
        size = 0 if chance.random() < 0.06 else min(size, most)
        if "last" not in names:
            return chance.choice([{}, {"first": size}, {"first": size, "after": early}]) if valid else {"first": 101}
        if not valid:
            return chance.choice([
                {"first": 101}, {"first": 5, "last": 5}, {"after": "forged"}, {"first": -1}, {"last": 101},
                {"first": 3, "before": self._cursors["delays" if field != "delays" else "auditLog"][0]}, {},
            ])  # fmt: skip
        return chance.choice([
            {"first": size}, {"first": size}, {"last": size}, {"first": size, "after": early},
            {"last": size, "before": late}, {"first": size, "after": early, "before": late},
            {"last": size, "after": early}, {"first": 7} if most < 20 else {},
        ])  # fmt: skip
