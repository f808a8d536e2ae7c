"""The query console: GraphiQL if its files were installed at set-up, otherwise a small page of our own.

Neither loads anything from another host.
"""

import json
from pathlib import Path
from string import Template

FOLDER = Path(__file__).parents[2] / "console"
MODULES = FOLDER / "node_modules"
# The names of the files that the page loads, and where npm installs them.
ASSETS = {
    "react.js": "react/umd/react.production.min.js",
    "react-dom.js": "react-dom/umd/react-dom.production.min.js",
    "graphiql.js": "graphiql/graphiql.min.js",
    "graphiql.css": "graphiql/graphiql.min.css",
}
EXAMPLES = FOLDER / "examples"
# The content security policy: the page may load everything from this server and nothing from elsewhere.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " font-src 'self' data:; worker-src 'self' blob:; connect-src 'self' ws:; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


def assets() -> dict[str, Path]:
    """The files of GraphiQL by name; empty unless all of them are installed."""
    files = {name: MODULES / path for name, path in ASSETS.items()}
    return files if all(file.is_file() for file in files.values()) else {}


def examples() -> dict[str, str]:
    """The example operations by title, in the order of their file names."""
    found = {}
    for file in sorted(EXAMPLES.glob("*.graphql")):
        text = file.read_text(encoding="utf-8")
        title = text.splitlines()[0].removeprefix("#").strip()
        found[title] = text
    return found


def page() -> str:
    """The console as HTML."""
    template = FOLDER / ("graphiql.html" if assets() else "console.html")
    # Inside a script element "</" could end the element.
    operations = json.dumps(examples()).replace("</", "<\\/")
    return Template(template.read_text(encoding="utf-8")).substitute(examples=operations)
