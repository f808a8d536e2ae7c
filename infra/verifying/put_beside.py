"""The check of what somebody put beside ours in the server: it can change what the server shows or stores."""

from collections.abc import Iterator

from infra.database.rights import SCHEMAS
from infra.verifying.findings import Finding
from infra.verifying.moment import Moment

# What each statement finds, in a sentence. The objects of PostgreSQL itself have numbers under 16384. A cast counts
# between types of PostgreSQL: one of an extension has a type of its own. An operator or function counts where verifying
# and the service look for it.
SENTENCES = {
    "The cast {} was made or changed by somebody. It can make the server show other values.": """
        SELECT format_type(castsource, NULL) || ' to ' || format_type(casttarget, NULL) FROM pg_cast
         WHERE (oid >= 16384 OR castfunc >= 16384) AND castsource < 16384 AND casttarget < 16384""",
    "The operator {} was made or changed by somebody. It can make the server show other values.": """
        SELECT oid::regoperator::text FROM pg_operator
         WHERE (oid >= 16384 AND oprnamespace::regnamespace::text = ANY (%(either)s))
            OR (oid < 16384 AND oprcode >= 16384)""",
    "The function {} was made or changed by somebody. It can make the server show other values.": """
        SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
         WHERE p.pronamespace = 'pg_catalog'::regnamespace
           AND (p.oid >= 16384 OR l.lanname NOT IN ('internal', 'c', 'sql'))""",
    "The table {}, so the rows of one are read with those of the other.": """
        SELECT inhrelid::regclass || ' inherits from ' || inhparent::regclass
          FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid JOIN pg_class p ON p.oid = inhparent
         WHERE c.relkind NOT IN ('i', 'I')
           AND (c.relnamespace::regnamespace::text = ANY (%(ours)s)
                OR p.relnamespace::regnamespace::text = ANY (%(ours)s))""",
    "The trigger {} is said to be one of PostgreSQL, and is not as PostgreSQL makes it.": """
        SELECT t.tgname || ' of ' || t.tgrelid::regclass
          FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
         WHERE c.relnamespace::regnamespace::text = ANY (%(ours)s) AND t.tgisinternal
           AND NOT (p.oid < 16384 AND t.tgenabled IN ('O', 'A')
                    AND (p.proname LIKE 'RI\\_FKey\\_%%' OR p.proname = 'unique_key_recheck'))""",
}


def put_beside(moment: Moment) -> Iterator[Finding]:
    """What somebody made that changes how the server shows, reads or stores what the log has."""
    for sentence, statement in SENTENCES.items():
        names = moment.connection.execute(
            f"{statement} ORDER BY 1".encode(), {"ours": list(SCHEMAS), "either": ["pg_catalog", *SCHEMAS]}
        )
        yield from (Finding(sentence.format(name)) for (name,) in names.fetchall())
