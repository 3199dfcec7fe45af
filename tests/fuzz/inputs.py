"""Texts to try: scraps of every format, deep nesting, long runs, odd characters, and mutations of all of them."""

from __future__ import annotations

from hypothesis import strategies as st

LINES = r"""
services:|  a:|    build: .|    image: x:1|    ports:|      - "8000:80"|      - 1-2:3|    environment:|      A: 1
      - A=${B:-c}|    extends: a|    <<: *x|x-y: &x {k: v}|include: [b.yml]|# a:|#   image: x|  # c:|  #   build: .
schema: 1|redis: {port: 1}|- 8001: core|8001 – x|# T|```|    x|---|>-|?|~~~|- - - a|> > x|[x]: y|<!-- x|-->
FROM x AS y|FROM --platform=$B scratch|ARG A=${A:-${B}}|ENV A=1 B="2 3"|RUN <<EOF|EOF|RUN ["a", "b"]|COPY --from=0 a b
HEALTHCHECK --interval=1s CMD curl -f http://localhost:$PORT/ || exit 1|USER 1:2|# escape=`|# syntax=x|RUN a \|  # b
[tool.pytest.ini_options]|markers = ["a: b",|]|[pytest]|addopts = -ra|a = '''|b = \"\"\"|[[x]]|x.y = {a = 1}
CREATE TABLE x (a int, b text DEFAULT 'y');|INSERT INTO x VALUES (1) ON CONFLICT DO NOTHING;|$$ begin $$|/* x|*/|-- y
import os|from a import *|class A(B):|    x: int = Field(default=1, alias="y")
def f(*, a: int = 1) -> str:
    return f"{a!r:>{b}}"|@app.get("/x")|r = redis.Redis(host=os.environ["A"])
async def g():|    await r.xadd("s", {"a": 1})|if x:|lambda: 0
requests>=2 ; python_version < "3"|-r x.txt|--hash=sha256:ab|name @ https://u:p@h/x.whl|-e .[x]
{% for a in b %}|{% endfor %}|{{ name }}|{% include 'x' %}|{{ name.__class__.__mro__ }}
{% macro m() %}{{ m() }}{% endmacro %}
findings:|  - {fingerprint: a, service: market, rule: "1.1", level: error, path: compose.yaml}|theme: x|keys: {a: b}
phases:|items:|  - id: x.1|    title: y|    checks:|      - file: {path: "{folder}/a"}|      - command: {run: [a, b]}
<<<<<<< HEAD|=======|>>>>>>> x
export PASSWORD=$(cat /run/secrets/x)|PASSWORD="hunter2|postgres://a:b@c/d?password=e|sh -c "sh -c 'x'"|A=1 B=2 exec x
"""
TOKENS = (
    "\t { } [ ] ' ' \" &a *a *a !reset !override !!binary ${ } ${A:-${A} $$ $( ` : :: - ? | > % @ \\ \\\n \r \r\n \x00 "
    "\x1b[2J \x1b]0;x\x07 \x9b1m \ufeff \udc80 é \u2028 \u202e \u200b 𝟙 ٣ ² # -- ( ) (( << <<<< ~ ; , . "
    "0x 1e999 1_0 .inf .nan 0o7 2001-01-01 yes null"
)
SCRAPS = st.sampled_from(
    [line + "\n" for line in LINES.replace("\n", "|").split("|")]
    + TOKENS.split(" ")
    + ["| a | b |\n|---|---|\n| c |\n"]
)
RUNS = st.tuples(
    st.sampled_from(
        [
            "[",
            "{",
            "- ",
            "  ",
            "(",
            "((",
            "${A:-",
            "> ",
            "`",
            "*",
            "{a: ",
            "[[",
            "\\",
            "a.",
            "-",
            "'",
            '"',
            "$(",
            "{% if a %}",
        ]
    ),
    st.sampled_from([2, 17, 300, 5_000]),
).map(lambda pair: pair[0] * pair[1])
TEXTS = st.lists(SCRAPS | SCRAPS | st.text(max_size=8) | RUNS, max_size=25).map("".join)
