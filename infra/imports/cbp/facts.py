"""Import the facts of the Capacity Building Programme from CSV files into the log.

Each row becomes events with its source, or is left out and counted with the reason. Nothing is invented: a missing date
stays unknown, a month stays a month, and an approximate date stays approximate. A file is recorded whole, in one
transaction. If a row is broken, nothing of its file is recorded. A row that changed restates what it stated before; see
``stated_before``.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain import award, bid, delivery, organisation, outcome, partnership, programme
from domain.between.pooling import ChargeAgreed, ChargeFor
from domain.desk import OrdersRefused, submit_all
from domain.eligibility.rule import NEEDS, EligibilityKind, EligibilityRulePublished
from domain.history import Command, Order
from domain.joint import agreements, capacity
from domain.outcome import Confidence
from domain.values.fact import (
    CountStated,
    DelayReported,
    Fact,
    GovernanceBodyEstablished,
    HappeningNoted,
    InvolvementStated,
    Lane,
    Record,
    RuleStated,
)
from domain.values.financial_year import LineKind
from domain.values.ids import (
    AwardId,
    BidId,
    DeliveryId,
    OrganisationId,
    OutcomeId,
    PartnershipId,
    ProgrammeId,
    SchemeId,
)
from domain.values.money import Money
from domain.values.refusal import Refused
from domain.values.shown import shown_count
from domain.values.when import UNKNOWN, When
from infra.imports.cbp import terms
from infra.imports.cbp.codes import (
    CURRENCY,
    Codes,
    LeftOut,
    Place,
    Steps,
    date_in,
    found_in,
    identity,
    money_in,
    names_in,
    one_of,
    optional_money_in,
    period_in,
    required,
)
from infra.imports.cbp.csv_file import BrokenRow, Row, Table, UnreadableFile, read_table
from infra.imports.cbp.figures import FILE as FIGURES
from infra.imports.cbp.figures import figures_of
from infra.imports.cbp.framework import framework
from infra.imports.cbp.impact_names import FILE as IMPACT_NAMES
from infra.imports.cbp.impact_names import impact_names_of
from infra.imports.cbp.report import FileReport, Report
from infra.imports.cbp.restated import (
    FILE,
    award_again,
    known_awards,
    no_longer_stated,
    removed,
)
from infra.imports.cbp.stated_before import (
    ACTOR,
    Reading,
    Stated,
    StatedFile,
    StatedRow,
    compared,
    differences,
    fact_of,
    restating,
    stated_before,
    thing_of,
)
from infra.imports.cbp.support import COLUMNS as COLUMNS_OF_SUPPORT
from infra.imports.cbp.support import FILE as SUPPORT
from infra.imports.cbp.support import support
from infra.log.postgres_log import PostgresLog

# The files of the demo.
DEMO = Path(__file__).parents[3] / "demo" / "cbp"

# --- Rows -------------------------------------------------------------------------------------------------------------


def _organisation(row: Row, codes: Codes) -> Steps:
    required(row, "code", "name", "kind")
    organisation_id = codes.organisations.setdefault(row["code"], OrganisationId(identity("organisation", row["code"])))
    steps: list[Command] = [
        organisation.RegisterOrganisation(
            organisation_id=organisation_id,
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            region=row.get("region"),
            tier=row.get("tier"),
            notes=row.get("notes"),
            on=UNKNOWN,
            source=row.source,
        )
    ]
    if row["cpa_category"]:
        category = organisation.AssessmentCategoryRecorded(
            regime="CPA", category=row["cpa_category"], on=UNKNOWN, source=row.source
        )
        steps.append(Record(stream=organisation_id, fact=category))
    return steps


def _programme(row: Row, codes: Codes) -> Steps:
    required(row, "code", "name")
    code = row["code"]
    on, until = period_in(row["start"], row["end"])
    funder_id = codes.optional_organisation(row["funder"])
    if code in terms.SCHEMES_OF_CBP:
        parent = found_in(codes.programmes, "cbp", "programme")
        return [_scheme(row, codes, parent, kind="stream", on=on, funder_id=funder_id)]
    programme_id = codes.programmes.setdefault(code, ProgrammeId(identity("programme", code)))
    return [
        programme.EstablishProgramme(
            programme_id=programme_id,
            code=code,
            name=row["name"],
            currency=CURRENCY,
            country=row.get("country"),
            funder_id=funder_id,
            description=row.get("description"),
            on=on,
            until=until,
            source=row.source,
        ),
        # A programme without streams has one scheme, and its partnerships belong to that scheme.
        *([] if code == "cbp" else [_scheme(row, codes, programme_id, kind="programme", on=on, funder_id=funder_id)]),
    ]


def _scheme(
    row: Row, codes: Codes, programme_id: ProgrammeId, *, kind: str, on: When, funder_id: OrganisationId | None
) -> Command:
    scheme_id = SchemeId(identity("scheme", row["code"]))
    codes.schemes.setdefault(row["code"], (programme_id, scheme_id))
    return programme.EstablishScheme(
        programme_id=programme_id,
        scheme_id=scheme_id,
        code=row["code"],
        name=row["name"],
        kind=kind,
        funder_id=funder_id,
        description=row.get("description"),
        on=on,
        source=row.source,
    )


def _partnership(row: Row, codes: Codes) -> Steps:
    required(row, "code", "name", "stream", "kind")
    programme_id, scheme_id = found_in(codes.schemes, row["stream"], "stream")
    starts, ends = date_in(row["start"]), date_in(row["end"])
    if not starts.may_precede(ends):
        raise BrokenRow(f"The row ends ({row['end']}) before it starts ({row['start']}).")
    partnership_id = codes.partnerships.setdefault(row["code"], PartnershipId(identity("partnership", row["code"])))
    codes.names[row["code"]] = row["name"]
    number = re.match(r"Pilot (\d+)\b", row["notes"])
    if number:
        codes.pilots[int(number[1])] = partnership_id
    return [
        partnership.FormPartnership(
            partnership_id=partnership_id,
            programme_id=programme_id,
            scheme_id=scheme_id,
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            lead_id=codes.optional_organisation(row["lead_code"]),
            region=row.get("region"),
            theme=row.get("theme"),
            starts=starts if row["start"] else None,
            ends=ends if row["end"] else None,
            partners_stated=row.whole_number("partner_count"),
            authorities_stated=row.whole_number("partner_count_local_authorities"),
            notes=row.get("notes"),
            on=UNKNOWN,
            source=row.source,
        )
    ]


def _partner(row: Row, codes: Codes) -> Steps:
    required(row, "role")
    place = codes.place(row["partnership_code"])
    organisation_id = codes.organisation(row["organisation_code"])
    if place.partnership_id is not None and row["role"] in terms.MEMBERSHIP:
        return [
            partnership.JoinPartnership(
                partnership_id=place.partnership_id,
                organisation_id=organisation_id,
                role=row["role"],
                on=UNKNOWN,
                source=row.source,
            )
        ]
    return _stated(
        place,
        InvolvementStated(
            partnership_id=place.partnership_id,
            scheme_id=place.scheme_id,
            organisation_id=organisation_id,
            role=row["role"],
            on=UNKNOWN,
            source=row.source,
        ),
    )


def _pilot(row: Row, codes: Codes) -> Steps:
    number = row.whole_number("number")
    if number is None:
        raise BrokenRow("number is empty. Fill it in.")
    partnership_id = codes.pilots.get(number)
    if partnership_id is None:
        raise BrokenRow(f"No partnership is noted as pilot {number}.")
    listed = partnership.PilotListed(
        partnership_id=partnership_id,
        number=number,
        organisation=row["organisation"],
        activity=row.get("activity"),
        level=row["level"],
        on=UNKNOWN,
        source=row.source,
    )
    return [Record(stream=partnership_id, fact=listed)]


def _national_programme(row: Row, codes: Codes) -> Steps:
    partnership_id = codes.partnership(row["code"])
    stated = partnership.TakeUpStated(
        partnership_id=partnership_id,
        name=row["name"],
        group=row["group"],
        provider_id=codes.optional_organisation(row["provider_code"]),
        authorities=row.whole_number("authorities"),
        participants=row.whole_number("participants"),
        subsidised_authorities=row.whole_number("subsidised_authorities"),
        subsidised_participants=row.whole_number("subsidised_participants"),
        objective=row.get("objective_status"),
        on=date_in(row["as_at"]),
        source=row.source,
    )
    return [Record(stream=partnership_id, fact=stated)]


def _governance(row: Row, codes: Codes) -> Steps:
    required(row, "body", "role")
    place = codes.place(row["partnership_code"])
    return _stated(
        place,
        GovernanceBodyEstablished(
            partnership_id=place.partnership_id,
            scheme_id=place.scheme_id,
            body=row["body"],
            role=row["role"],
            composition=row.get("composition"),
            remit=row.get("remit"),
            limit=optional_money_in(row["limit_gbp"]),
            on=UNKNOWN,
            source=row.source,
        ),
    )


def _limit(row: Row, codes: Codes) -> Steps:
    required(row, "body", "rule")
    place, figures = codes.place(row["partnership_code"]), codes.figures.of(row)
    if "rule" in figures:
        return _stated(place, _eligibility(row, place, figures, codes))
    rule = RuleStated(
        partnership_id=place.partnership_id,
        scheme_id=place.scheme_id,
        body=row["body"],
        rule=row["rule"],
        limit=optional_money_in(row["limit_gbp"]),
        on=UNKNOWN,
        source=row.source,
    )
    if "share" in figures and place.partnership_id is not None:
        strand = award.StrandAgreed(
            partnership_id=place.partnership_id,
            number=codes.number(row, place.stream, award.StrandAgreed),
            name=row["body"],
            lines=(),
            share=_portion(figures["share"]),
            on=UNKNOWN,
            source=row.source,
        )
        return _stated(place, rule, strand)
    return _stated(place, rule)


def _portion(text: str) -> award.Portion:
    part = re.fullmatch(r"([1-9][0-9]{0,3})/([1-9][0-9]{0,3})", text)
    if part is None or int(part[1]) > int(part[2]):
        raise BrokenRow(f'The share "{text}" cannot be read. Write it as a part of a whole, such as 1/3.')
    return award.Portion(part=int(part[1]), of=int(part[2]))


def _eligibility(row: Row, place: Place, figures: Mapping[str, str], codes: Codes) -> Fact:
    """The rule of a row as a version of an eligibility rule of its scheme. Raises BrokenRow."""
    if place.scheme_id is None:
        raise BrokenRow("An eligibility rule is a rule of a scheme. Name the scheme.")
    kind = one_of(EligibilityKind, figures, "kind")
    least = figures.get("least", "")
    if least and not (least.isascii() and least.isdigit() and 0 < int(least) < 1000):
        raise BrokenRow(f'least is "{least}". It must be a whole number.')
    published = EligibilityRulePublished(
        scheme_id=place.scheme_id,
        code=figures["rule"],
        version=codes.number(row, place.stream, EligibilityRulePublished, "version", figures["rule"]),
        kind=kind,
        text=row["rule"],
        least=int(least) if least else None,
        names=names_in(figures.get("names", "")),
        regime=figures.get("regime"),
        closes=date_in(figures["closes"]) if "closes" in figures else None,
        on=UNKNOWN,
        source=row.source,
    )
    for name in NEEDS[kind]:
        if not getattr(published, name):
            raise BrokenRow(f'An eligibility rule of the kind "{kind.value}" needs the figure {name}.')
    return published


def _award(row: Row, codes: Codes) -> Steps:
    required(row, "purpose", "award_basis")
    code, basis = row["partnership_code"], row["award_basis"]
    partnership_id = codes.partnership(code)
    amount = money_in(row["amount_gbp"], row["currency"])
    on = date_in(row["awarded_on"])
    funder_id = codes.optional_organisation(row["funder_code"])
    figures = codes.figures.of(row)
    if basis in terms.AWARD_BASES:
        left_out = _lines_left_out(row, partnership_id, figures)
        key = (partnership_id, basis, row["purpose"])
        if key in codes.stated_awards:
            codes.known_awards.pop(key, None)
        codes.stated_awards.add(key)
        known = codes.known_awards.get(key)
        if known is not None:
            codes.awards.setdefault(code, []).append((known.award_id, basis, amount))
            if known.row == row.digest and known.statement.present:
                new = [fact for fact in left_out if fact.kind not in known.left_out]
                if new:
                    codes.after[row.digest] = known.changes
                return [Record(stream=known.award_id, fact=fact) for fact in new]
            codes.after[row.digest] = known.changes
            if funder_id is None and known.statement.funder_id is not None:
                raise BrokenRow("funder_code is empty, and named a funder before. Name the funder.")
            again = award_again(known, amount, on, funder_id, row.get("conditions"), row.source)
            return [Record(stream=known.award_id, fact=fact) for fact in again]
        stated_as = codes.stated[FILE].awards.get((row.digest, row.nth)) if FILE in codes.stated else None
        if stated_as is not None:
            codes.awards.setdefault(code, []).append((AwardId(stated_as), basis, amount))
            return []
        reference = codes.reference("award", f"{code}/{basis}/{row['amount_gbp']}")
        award_id = AwardId(identity("award", reference))
        codes.awards.setdefault(code, []).append((award_id, basis, amount))
        stated: Fact = award.AwardStated(
            partnership_id=partnership_id,
            reference=reference,
            amount=amount,
            purpose=row["purpose"],
            basis=basis,
            funder_id=funder_id,
            remarks=row.get("conditions"),
            on=on,
            source=row.source,
        )
        return [Record(stream=award_id, fact=fact) for fact in (stated, *left_out)]
    if basis == terms.COMPONENT_BASIS:
        totals = [award_id for award_id, its_basis, _ in codes.awards.get(code, []) if its_basis == "total_stated"]
        if len(totals) != 1:
            raise BrokenRow(
                f"The file has {shown_count(len(totals), 'stated total')} of the partnership before this component."
                " It must have exactly 1."
            )
        stated = award.ComponentStated(
            partnership_id=partnership_id,
            amount=amount,
            purpose=row["purpose"],
            remarks=row.get("conditions"),
            on=on,
            source=row.source,
        )
        return [Record(stream=totals[0], fact=stated)]
    if basis not in terms.OTHER_BASES:
        raise BrokenRow(f'The award basis "{basis}" is unknown.')
    if basis == terms.CHARGE_BASIS and "payee" in figures:
        return [Record(stream=partnership_id, fact=_charge(row, partnership_id, amount, on, figures, codes))]
    stated = partnership.SumStated(
        partnership_id=partnership_id,
        basis=basis,
        amount=amount,
        purpose=row["purpose"],
        funder_id=funder_id,
        remarks=row.get("conditions"),
        on=on,
        source=row.source,
    )
    return [Record(stream=partnership_id, fact=fact) for fact in (stated, *_planned(row, partnership_id, amount, on))]


def _planned(row: Row, partnership_id: PartnershipId, amount: Money, on: When) -> list[Fact]:
    """The capacity plan of which a row states the estimate, or a line of it. It says nothing else of the plan."""
    of: dict[str, Any] = {"partnership_id": partnership_id, "number": 1, "on": on, "source": row.source}
    match row["award_basis"]:
        case "estimate_total":
            return [capacity.CapacityPlanFiled(title=row["purpose"], **of)]
        case "estimate_component":
            estimated = capacity.CostSort.ESTIMATED
            return [capacity.PlanCostStated(line=row["purpose"], sort=estimated, amount=amount, **of)]
    return []


def _lines_left_out(row: Row, partnership_id: PartnershipId, figures: Mapping[str, str]) -> list[award.LineLeftOut]:
    """The kind of budget line that the budget of an award does not have, as its row states."""
    if "line_left_out" not in figures:
        return []
    kind = one_of(LineKind, figures, "line_left_out")
    return [award.LineLeftOut(partnership_id=partnership_id, kind=kind, on=UNKNOWN, source=row.source)]


def _charge(
    row: Row, partnership_id: PartnershipId, amount: Money, on: When, figures: Mapping[str, str], codes: Codes
) -> Fact:
    """What one organisation pays another. The part that the programme meets is not known from a row."""
    required(row, "funder_code")
    return ChargeAgreed(
        partnership_id=partnership_id,
        number=codes.number(row, partnership_id, ChargeAgreed),
        payer_id=codes.organisation(row["funder_code"]),
        payee_id=codes.organisation(figures["payee"]),
        charged_for=one_of(ChargeFor, figures, "charged_for"),
        purpose=". ".join(text for text in (row["purpose"], row["conditions"]) if text),
        amount=amount,
        on=on,
        source=row.source,
    )


def _delay(row: Row, codes: Codes) -> Steps:
    required(row, "stage", "consequence")
    place = codes.place(row["partnership_code"])
    least, most = row.whole_number("min_days"), row.whole_number("max_days")
    if (least is None) is not (most is None) or (least is not None and most is not None and least > most):
        days = f'from "{row["min_days"]}" to "{row["max_days"]}"'
        raise BrokenRow(f"The days {days} are not a range. Give both, the smaller one first.")
    return _stated(
        place,
        DelayReported(
            partnership_id=place.partnership_id,
            scheme_id=place.scheme_id,
            stage=row["stage"],
            stated_length=row.get("stated_length"),
            min_days=least,
            max_days=most,
            consequence=row["consequence"],
            on=UNKNOWN,
            source=row.source,
        ),
    )


def _outcome(row: Row, codes: Codes) -> Steps:
    required(row, "impact", "level", "indicator", "status")
    place = codes.place(row["partnership_code"])
    texts = {name: row.get(name) for name in ("unit", "baseline", "target", "evidence")} | {"result": row.get("actual")}
    on = date_in(row["measured_on"])
    if place.partnership_id is None:
        result = programme.ProgrammeResultStated(
            scheme_id=place.scheme_id,
            impact=row["impact"],
            level=row["level"],
            indicator=row["indicator"],
            status=row["status"],
            on=on,
            source=row.source,
            **texts,
        )
        return [Record(stream=place.stream, fact=fact) for fact in (result, *_counted(row, place, on))]
    reference = codes.reference("outcome", f"outcome/{row['partnership_code']}/{row['impact']}/{row['indicator']}")
    fact = outcome.OutcomeStated(
        partnership_id=place.partnership_id,
        impact=row["impact"],
        level=row["level"],
        indicator=row["indicator"],
        status=row["status"],
        on=on,
        source=row.source,
        **texts,
    )
    stream = OutcomeId(identity("outcome", reference))
    return [Record(stream=stream, fact=one) for one in (fact, *_evidence(row, place.partnership_id, on))]


def _evidence(row: Row, partnership_id: PartnershipId, on: When) -> Iterator[Fact]:
    """The evidence of an outcome, where we know of which kind it is."""
    kind = terms.EVIDENCE.get(row["evidence"])
    if kind is None:
        return
    usual = Confidence.APPROXIMATE if row["unit"].endswith(terms.ABOUT) else Confidence.STATED
    yield outcome.EvidenceGiven(
        partnership_id=partnership_id,
        number=1,
        kind=kind,
        text=row["evidence"],
        cites=row["source"],
        confidence=terms.CONFIDENCE.get(row["evidence"], usual),
        on=on,
        source=row.source,
    )


def _counted(row: Row, place: Place, on: When) -> Iterator[Fact]:
    """The length of a list, if the row states it with its result."""
    listed = terms.COUNTS.get(row["indicator"])
    number = row.whole_number("actual") if listed is not None else None
    if listed is not None and number is not None and place.scheme_id is not None:
        yield CountStated(scheme_id=place.scheme_id, listed=listed, number=number, on=on, source=row.source)


def _event(row: Row, codes: Codes) -> Steps:
    required(row, "kind", "summary")
    if row["certainty"] not in ("stated", "approximate"):
        raise BrokenRow(f'The certainty "{row["certainty"]}" is unknown. It must be stated or approximate.')
    on, until = period_in(row["effective_from"], row["effective_to"], approximate=row["certainty"] == "approximate")
    happening = Happening(
        row=row,
        place=codes.place(row["partnership_code"]),
        on=on,
        until=until,
        amount=optional_money_in(row["amount_gbp"]),
        organisation_id=codes.optional_organisation(row["actor_code"]),
    )
    if happening.place.partnership_id is not None:
        special = _partnership_event(happening, happening.place.partnership_id, codes)
        if special:
            return special
    return [Record(stream=happening.place.stream, fact=fact) for fact in (happening.noted(), *_mutual(happening))]


@dataclass(frozen=True)
class Happening:
    """A row of events.csv with its values read."""

    row: Row
    place: Place
    on: When
    until: When | None
    amount: Money | None
    organisation_id: OrganisationId | None

    def noted(self) -> HappeningNoted:
        """The happening, with the word of its source as its kind."""
        kind = self.row["kind"]
        return HappeningNoted(
            partnership_id=self.place.partnership_id,
            scheme_id=self.place.scheme_id,
            kind=kind,
            lane=terms.LANE_OF.get(kind, Lane.GOVERNANCE),
            summary=self.row["summary"],
            until=self.until,
            mentions=self.amount,
            organisation_id=self.organisation_id,
            on=self.on,
            source=self.row.source,
        )


def _mutual(happening: Happening) -> list[Fact]:
    """The statement of mutuality that a row states. Its term is what the row says; nobody is known to have signed."""
    if happening.row["kind"] != "mutuality_statement_issued" or happening.place.partnership_id is None:
        return []
    return [
        agreements.AgreementMade(
            partnership_id=happening.place.partnership_id,
            number=1,
            sort=agreements.AgreementSort.MUTUALITY,
            title="Statement of mutuality",
            terms=(agreements.Term(text=happening.row["summary"]),),
            on=happening.on,
            source=happening.row.source,
        )
    ]


def _partnership_event(happening: Happening, partnership_id: PartnershipId, codes: Codes) -> list[Command]:
    """The commands for a happening of a partnership that has events of its own; none where it is only noted."""
    row, kind = happening.row, happening.row["kind"]
    if kind == "award_made" and happening.amount is not None:
        return _corroboration(happening, partnership_id, codes)
    if kind in terms.BIDS:
        return _bid(happening, partnership_id, codes)
    if kind == "reclassified":
        fact: Fact = partnership.PartnershipReclassified(
            partnership_id=partnership_id, summary=row["summary"], on=happening.on, source=row.source
        )
        return [Record(stream=partnership_id, fact=fact)]
    if kind == "renamed":
        fact = partnership.PartnershipRenamed(
            partnership_id=partnership_id, summary=row["summary"], on=happening.on, source=row.source
        )
        return [Record(stream=partnership_id, fact=fact)]
    if kind == "member_joined" and happening.organisation_id is not None:
        fact = partnership.PartnerJoined(
            partnership_id=partnership_id,
            organisation_id=happening.organisation_id,
            role="member",
            on=happening.on,
            source=row.source,
        )
        return [Record(stream=partnership_id, fact=fact)]
    stream = DeliveryId(identity("delivery", row["partnership_code"]))
    return [
        Record(stream=partnership_id if isinstance(fact, HappeningNoted) else stream, fact=fact)
        for fact in _delivered(happening, partnership_id, codes)
    ]


def _bid(happening: Happening, partnership_id: PartnershipId, codes: Codes) -> list[Command]:
    """A bid that a source states, and who wrote it."""
    row, kind = happening.row, happening.row["kind"]
    reference = codes.reference("bid", f"{row['partnership_code']}/bid/{kind}")
    facts: list[Fact] = [
        bid.BidStated(
            partnership_id=partnership_id,
            reference=reference,
            title=row["summary"],
            kind=terms.BIDS[kind],
            requested=happening.amount,
            organisation_id=happening.organisation_id,
            on=happening.on,
            source=row.source,
        )
    ]
    if kind in terms.WRITTEN and happening.organisation_id is not None:
        facts.append(
            bid.AdviserRecorded(
                partnership_id=partnership_id,
                organisation_id=happening.organisation_id,
                part="author",
                on=happening.on,
                source=row.source,
            )
        )
    return [Record(stream=BidId(identity("bid", reference)), fact=fact) for fact in facts]


def _delivered(happening: Happening, partnership_id: PartnershipId, codes: Codes) -> Iterator[Fact]:
    """The events of a delivery that a happening states, with the figures of its row."""
    row, on, figures = happening.row, happening.on, codes.figures.of(happening.row)
    if "stages" in figures:
        # A redesign says what the plan was before.
        title, stages = codes.names[row["partnership_code"]], names_in(figures["stages"])
        yield delivery.PlanAgreed(
            partnership_id=partnership_id, title=title, milestones=stages, on=UNKNOWN, source=row.source
        )
    found = _one_delivered(happening, partnership_id, figures, codes)
    if found is not None:
        yield found
    if "light" in figures:
        if found is None:
            yield happening.noted()
        yield delivery.StatusReported(
            partnership_id=partnership_id,
            strand=figures.get("strand", codes.names[row["partnership_code"]]),
            light=one_of(delivery.TrafficLight, figures, "light"),
            because=row["summary"],
            on=on,
            source=row.source,
        )


def _one_delivered(
    happening: Happening, partnership_id: PartnershipId, figures: Mapping[str, str], codes: Codes
) -> Fact | None:
    row, kind, on = happening.row, happening.row["kind"], happening.on
    if kind == "delivery_period":
        return delivery.DeliveryPeriodStated(
            partnership_id=partnership_id, summary=row["summary"], on=on, until=happening.until, source=row.source
        )
    if kind == "project_redesigned":
        return delivery.PlanRedesigned(
            partnership_id=partnership_id,
            because=row["summary"],
            milestones=names_in(figures.get("new_stages", "")),
            on=on,
            source=row.source,
        )
    if kind in terms.REPLACEMENTS:
        return delivery.SupplierReplaced(
            partnership_id=partnership_id,
            organisation_id=codes.optional_organisation(figures.get("supplier", "")),
            replaced_id=codes.optional_organisation(figures.get("replaced", "")),
            summary=row["summary"],
            on=on,
            source=row.source,
        )
    if kind in terms.MILESTONES:
        milestone = figures.get("milestone", row["summary"])
        return delivery.MilestoneReached(partnership_id=partnership_id, milestone=milestone, on=on, source=row.source)
    if kind in terms.ENDINGS:
        return delivery.DeliveryEnded(partnership_id=partnership_id, summary=row["summary"], on=on, source=row.source)
    if kind in terms.ACTIVITIES:
        return delivery.ActivityHeld(
            partnership_id=partnership_id,
            kind=kind,
            summary=row["summary"],
            on=on,
            until=happening.until,
            organisation_id=happening.organisation_id,
            mentions=happening.amount,
            source=row.source,
        )
    return None


def _corroboration(happening: Happening, partnership_id: PartnershipId, codes: Codes) -> list[Command]:
    """The same award in a second file. It confirms the sum and adds no money. None where no such award is stated."""
    for award_id, _, amount in codes.awards.get(happening.row["partnership_code"], []):
        if amount == happening.amount:
            fact = award.AwardCorroborated(
                partnership_id=partnership_id,
                amount=amount,
                summary=happening.row["summary"],
                on=happening.on,
                source=happening.row.source,
            )
            return [Record(stream=award_id, fact=fact)]
    return []


def _finding(row: Row, codes: Codes) -> Steps:  # noqa: ARG001 - all row readers have the same parameters
    return LeftOut(terms.LEFT_OUT[row.file])


def _stated(place: Place, *facts: Fact) -> Steps:
    return [Record(stream=place.stream, fact=fact) for fact in facts]


# --- Files ------------------------------------------------------------------------------------------------------------

# In the order in which they depend on each other, with the columns that they must have.
FILES: dict[str, tuple[Callable[[Row, Codes], Steps], str]] = {
    "organisations.csv": (_organisation, "code name kind region tier cpa_category notes source"),
    "programmes.csv": (_programme, "code name funder country start end description source"),
    "partnerships.csv": (
        _partnership,
        "code name stream kind lead_code partner_count partner_count_local_authorities region theme start end notes"
        " source",
    ),
    "partners.csv": (_partner, "partnership_code organisation_code role source"),
    "pilots.csv": (_pilot, "number organisation activity level source"),
    "national_programmes.csv": (
        _national_programme,
        "code name provider_code group authorities participants as_at subsidised_authorities subsidised_participants"
        " objective_status source",
    ),
    "governance.csv": (_governance, "partnership_code body role composition remit limit_gbp source"),
    "limits.csv": (_limit, "partnership_code body limit_gbp rule source"),
    "awards.csv": (
        _award,
        "partnership_code amount_gbp currency purpose award_basis awarded_on funder_code conditions source",
    ),
    "events.csv": (
        _event,
        "partnership_code kind effective_from effective_to summary amount_gbp actor_code certainty source",
    ),
    "delays.csv": (_delay, "partnership_code stage stated_length min_days max_days consequence source"),
    "outcomes.csv": (
        _outcome,
        "partnership_code impact level indicator baseline target actual unit status evidence measured_on source",
    ),
    "direct_support_activities.csv": (_finding, "activity source"),
    "impact_framework.csv": (framework, "impact level evidence_types source"),
    "requirements.csv": (_finding, "id need source"),
    # Its lines name rows of the files before it.
    SUPPORT: (support, COLUMNS_OF_SUPPORT),
}


def import_cbp(log: PostgresLog, folder: Path = DEMO, *, correlation_id: str) -> Iterator[FileReport]:
    """Record the files of *folder*, each in one transaction. Yields the report of each file when it is done."""
    stated, streams = stated_before(log)
    codes = Codes(
        stated=stated,
        streams=streams,
        figures=figures_of(folder),
        impact_names=impact_names_of(folder),
        history=log.history,
    )
    for name, (read, columns) in FILES.items():
        if name != SUPPORT or (folder / name).exists():
            yield _import_file(log, folder / name, read, tuple(columns.split()), codes, correlation_id)
    for name, of_rows in ((FIGURES, codes.figures), (IMPACT_NAMES, codes.impact_names)):
        if (folder / name).exists():
            yield of_rows.reported()


def full_report(files: Iterator[FileReport]) -> Report:
    """The reports of all files in one report."""
    return Report(list(files))


def _import_file(
    log: PostgresLog,
    path: Path,
    read: Callable[[Row, Codes], Steps],
    columns: tuple[str, ...],
    codes: Codes,
    correlation_id: str,
) -> FileReport:
    report = FileReport(path.name)
    try:
        table = read_table(path, columns)
    except UnreadableFile as error:
        report.broken.append((0, str(error)))
        return report
    if path.name == FILE:
        codes.known_awards = known_awards(log)
    report.rows = len(table.rows) + len(table.broken)
    report.broken = list(table.broken)
    orders, rows = _orders(_readings(table, read, codes, report), codes, report, correlation_id)
    if report.broken:
        report.removed, report.restated, report.unchanged = [], 0, 0
    else:
        _record(log, orders, rows, report)
    if path.name == FILE and not report.broken:
        _record_removed(log, codes, report, correlation_id)
    report.broken.sort()
    return report


def _readings(table: Table, read: Callable[[Row, Codes], Steps], codes: Codes, report: FileReport) -> list[Reading]:
    """Each row of the table with the commands for it, except rows that are broken or left out."""
    found: list[Reading] = []
    codes.begin(table.name, table.rows)
    for row in table.rows:
        try:
            steps = read(row, codes)
        except BrokenRow as broken:
            report.broken.append((row.line, str(broken)))
            continue
        if isinstance(steps, LeftOut):
            report.left_out[steps.reason] += 1
        else:
            found.append((row, steps))
    return found


def _orders(
    readings: Sequence[Reading], codes: Codes, report: FileReport, correlation_id: str
) -> tuple[list[Order], list[Row]]:
    orders: list[Order] = []
    rows: list[Row] = []
    before = codes.stated.get(report.name, StatedFile())
    found = compared(report.name, before, readings)
    awards = sum(row.file == FILE and row.digest in codes.after for row, _ in readings)
    renamed = _stated_once(before, readings, found.unchanged, report) if report.name in BEGINNING else set()
    report.restated = len(found.restated) + awards + len(renamed - found.restated.keys())
    report.removed = [one.name(codes.by_id) for one in found.gone if not _stands(one, readings, report.name)]
    for place, (row, steps) in enumerate(readings):
        if place in found.unchanged or not steps:
            report.unchanged += 1
            continue
        # A new name of a programme stands beside the earlier one, and is reported as programme_under_two_names.
        replaced = None if place in renamed else found.restated.get(place)
        commands = steps if replaced is None else [*restating(replaced, steps, fact_of(steps[0]).source)]
        # A row that comes back after it was changed is another command than the first time.
        times = codes.after.get(row.digest, before.times[row.digest])
        after = f"/after/{times}" if times else ""
        for nth, command in enumerate(commands, start=1):
            rows.append(row)
            orders.append(
                Order(
                    command_id=f"cbp/{row.file}/{row.digest}/{row.nth}/{nth}{after}",
                    command=command,
                    said=row.text,
                    actor=ACTOR,
                    authority="as its source states",
                    correlation_id=correlation_id,
                )
            )
    return orders, rows


# Files whose rows begin a thing. Its particulars are recorded once.
PROGRAMMES = "programmes.csv"
BEGINNING = ("organisations.csv", PROGRAMMES, "partnerships.csv")


def _stated_once(before: StatedFile, readings: Sequence[Reading], unchanged: set[int], report: FileReport) -> set[int]:
    """Report rows that state a thing otherwise than before, or a second time in the file.

    Returns the places of the rows that only give a programme or scheme another name.
    """
    renamed: set[int] = set()
    known: defaultdict[str, list[Stated]] = defaultdict(list)
    for stated in (stated for one in before.rows.values() for stated in one.facts):
        known[thing_of(stated.fact, stated.stream)].append(stated)
    seen: set[str] = set()
    for place, (row, steps) in enumerate(readings):
        thing = thing_of(fact_of(steps[0]), steps[0].stream)
        of_row = dict.fromkeys(thing_of(fact_of(step), step.stream) for step in steps)
        of_thing = [stated for one in of_row for stated in known[one]]
        if thing in seen:
            report.broken.append((row.line, f'The code "{row["code"]}" stands twice. Take one of the rows out.'))
        elif of_thing and place not in unchanged:
            changed = list(dict.fromkeys(differences(of_thing, steps)))
            if report.name == PROGRAMMES and all(one.startswith("name: ") for one in changed):
                renamed.add(place)
                continue
            reason = f'"{row["code"]}" was recorded otherwise before ({"; ".join(changed)}).'
            reason = f"{reason} What begins is recorded once. Put the earlier text back."
            report.broken.append((row.line, reason))
        seen.add(thing)
    return renamed


def _stands(one: StatedRow, readings: Sequence[Reading], name: str) -> bool:
    """Whether what the row *one* began is in the file still, under other particulars."""
    begun = thing_of(one.facts[0].fact, one.facts[0].stream)
    return name in BEGINNING and any(
        thing_of(fact_of(step), step.stream) == begun for _, steps in readings for step in steps
    )


def _record(log: PostgresLog, orders: Sequence[Order], rows: Sequence[Row], report: FileReport) -> None:
    try:
        answers = submit_all(log, orders)
    except OrdersRefused as refused:
        for place, refusal in refused.refusals.items():
            details = f" ({refusal.details})" if refusal.details else ""
            report.broken.append((rows[place].line, f"{refusal.rule}: {refusal.reason}{details}"))
        return
    except Refused as refusal:
        # The log refused when all was decided. The reason is about the file, not about one row.
        report.broken.append((0, f"{refusal.rule}: {refusal.reason}"))
        return
    new = [order.command_id for order, answer in zip(orders, answers, strict=True) if not answer.replayed]
    report.events = log.count_events(new)
    recorded = {row.line for row, answer in zip(rows, answers, strict=True) if not answer.replayed}
    report.recorded = len(recorded)
    report.unchanged += len({row.line for row in rows} - recorded)


def _record_removed(log: PostgresLog, codes: Codes, report: FileReport, correlation_id: str) -> None:
    """Record that awards are no longer stated: the file stated them before, and their rows were removed."""
    gone = removed(codes.known_awards.values(), codes.stated_awards)
    orders = [
        Order(
            command_id=f"cbp/{FILE}/removed/{one.award_id}/{one.changes}",
            command=Record(stream=one.award_id, fact=no_longer_stated(one)),
            said=one.award_id,
            actor=ACTOR,
            authority="as its source states",
            correlation_id=correlation_id,
        )
        for one in gone
    ]
    submit_all(log, orders)
    report.removed += [one.name for one in gone]
    report.events += len(gone)
