#!/usr/bin/env python3
"""What python3-jinja2 makes of templates, as JSON on the standard output.

oracle.py corpus FOLDER        every case of FOLDER/*.txt
oracle.py random SEED COUNT    that many templates from a grammar, most of them one expression

A corpus file is made of parts, each begun by a line "===== KIND: NAME":
  context   JSON, the variables of the cases that follow
  case      a template
  file      another template of the last case, for include, extends and import
  expect    what the engine must print instead of Jinja2's text; NAME says which rule of the contract
  fails     the engine must fail although Jinja2 does not; NAME says which rule
"""
import json
import pathlib
import random
import re
import sys

import jinja2


def environment(files, finalize=None):
    return jinja2.Environment(loader=jinja2.DictLoader(files), extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
                              **({"finalize": finalize} if finalize else {}))


def ask(case, finalize=None):
    try:
        template = environment(case["files"], finalize).from_string(case["template"])
        case["output"] = template.render(**case["context"])
    except Exception as problem:  # any way to fail is a failure
        case["error"] = f"{type(problem).__name__}: {problem}"[:300]
    return case


def corpus(folder):
    for path in sorted(pathlib.Path(folder).glob("*.txt")):
        parts = re.split(r"^===== (\w+):? ?(.*)\n", path.read_text(encoding="utf-8"), flags=re.M)
        if parts[0]:
            raise SystemExit(f"{path}: text before the first part")
        context, case = {}, None
        for kind, name, body in zip(parts[1::3], parts[2::3], parts[3::3]):
            text = body[:-1] if body.endswith("\n") else body  # the line break before the next part
            if kind == "context":
                context = json.loads(body)
            elif kind == "case":
                if case:
                    yield case
                case = {"file": path.stem, "name": name, "template": text, "context": context, "files": {}}
            elif kind == "file":
                case["files"][name] = text
            elif kind == "expect":
                case["expect"] = text
            elif kind == "fails":
                case["fails"] = name
            else:
                raise SystemExit(f"{path}: unknown part {kind}")
        if case:
            yield case


def printed(value):
    """As contract 06 section 8.3 prints a value."""
    if isinstance(value, (str, jinja2.Undefined)):
        return str(value)
    return inner(value)


def inner(value):
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, jinja2.Undefined):
        return "undefined"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(inner(each) for each in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{inner(k)}: {inner(v)}" for k, v in sorted(value.items())) + "}"
    return str(value)


class Grammar:
    """Expressions that have a value on both sides: typed, with divisors above zero and no text of words or lists."""

    CONTEXT = {"a": 7, "asn": 65001, "b": -3, "e": [], "f": 2.5, "h": "edge-r1.example.net",
               "ips": ["10.0.0.1", "192.0.2.7", "10.0.0.9"], "n": "GigabitEthernet0/1", "off": False, "on": True,
               "ports": [443, 22, 80, 22], "s": "  vlan Ten ", "t1": "one", "t2": "", "w1": 1, "w2": 20, "x": {"mtu": 9000, "name": "Po1", "up": True}}

    def __init__(self, source):
        self.random = source
        self.macros = 0

    def pick(self, *choices):
        choice = self.random.choice(choices)
        return choice() if callable(choice) else choice

    def whole(self, depth):
        if depth <= 0:
            return self.pick("a", "b", "asn", "w1", "w2", "x.mtu", "x['mtu']", "ports[0]", "ports[-1]", "0", "1", "42", "0x1f", "1_000")
        w, t, l, b = (lambda: self.whole(depth - 1)), (lambda: self.text(depth - 1)), (lambda: self.wholes(depth - 1)), (lambda: self.truth(depth - 1))
        return self.pick(
            lambda: f"({w()} + {w()})", lambda: f"({w()} - {w()})", lambda: f"({self.whole(0)} * {self.whole(0)})",
            lambda: f"({w()} // {self.pick('2', '3', '256', 'a')})", lambda: f"({w()} % {self.pick('2', '10', '16', 'asn')})",
            lambda: f"(-{w()})", lambda: f"({w()})|abs", lambda: f"({t()})|length", lambda: f"({l()})|sum",
            lambda: f"({l()})|length", lambda: f"({l()})|max|default({w()})", lambda: f"({l()})|first|default(0)",
            lambda: f"({w()} if {b()} else {w()})", lambda: f"({t()}).count('e')", lambda: f"({t()}).find('e')",
            lambda: f"({self.whole(0)})|string|int", lambda: f"({l()})[{self.pick('0', '-1', '1:', ':2')}]|default(5)|string|length",
            lambda: f"({w()} or {w()})", lambda: f"({w()} and {w()})", lambda: f"2 ** {self.pick('0', '1', '8', '10')}",
            lambda: f"({t()})|wordcount", lambda: f"({self.real(0)})|int", lambda: f"({self.real(0)})|round|int")

    def real(self, depth):
        if depth <= 0:
            return self.pick("f", "0.5", "2.0", "1.25", "100.0", "1e3")
        r, w = (lambda: self.real(depth - 1)), (lambda: self.whole(depth - 1))
        return self.pick(lambda: f"({r()} + {w()})", lambda: f"({r()} * {self.pick('2', '0.5', 'f')})", lambda: f"({w()} / {self.pick('2', '4', '10', '3')})",
                         lambda: f"({r()})|round({self.pick('0', '1', '2')})", lambda: f"({w()})|float", lambda: f"({r()} - {r()})",
                         lambda: f"({r()})|round(1, '{self.pick('ceil', 'floor')}')")

    def text(self, depth):
        if depth <= 0:
            return self.pick("h", "n", "s", "t1", "t2", "x.name", "ips[0]", "ips[-1]", "''", "'eth'", '"Vlan10"', "'a' 'b'", "'tab\\tend'")
        w, t, l, b = (lambda: self.whole(depth - 1)), (lambda: self.text(depth - 1)), (lambda: self.texts(depth - 1)), (lambda: self.truth(depth - 1))
        small = self.pick("0", "1", "2", "5", "12")
        return self.pick(
            lambda: f"({t()} ~ {w()})", lambda: f"({t()} + {t()})", lambda: f"({t()})|upper", lambda: f"({t()})|lower",
            lambda: f"({t()})|title", lambda: f"({t()})|capitalize", lambda: f"({t()})|trim", lambda: f"({t()})|replace('e', '{small}')",
            lambda: f"({t()})|center({small})", lambda: f"({t()})|truncate({self.pick('5', '9')}, {self.pick('true', 'false')}, '..', 0)",
            lambda: f"({t()})|indent({small}, true)", lambda: f"({t()})[{self.pick('1:', ':3', '-2:', '::2', '::-1', '1:4', '2', '-1')}]",
            lambda: f"({l()})|join('{self.pick(',', '', ' ')}')", lambda: f"({t()} if {b()} else {t()})", lambda: f"({t()}).strip()",
            lambda: f"({t()}).upper()", lambda: f"({t()}).replace('.', '-')", lambda: f"({t()}).ljust({small}, '.')",
            lambda: f"({t()}).rjust({small})", lambda: f"({t()}).zfill({small})", lambda: f"'%s/%d' % ({t()}, {w()})",
            lambda: f"'%5.1f|%-6s|%04d' % ({self.real(0)}, {self.text(0)}, {w()})", lambda: f"'{{:>{small}}}{{}}'.format({self.text(0)}, {w()})",
            lambda: f"({t()})|first", lambda: f"({t()})|last", lambda: f"({t()})|reverse", lambda: f"({t()}) * {self.pick('0', '1', '2')}",
            lambda: f"({t()} or {t()})", lambda: f"({w()})|string", lambda: f"({t()})|e", lambda: f"({t()})|urlencode",
            lambda: f"({t()})|wordwrap({self.pick('4', '7', '20')})", lambda: f"({t()}).partition('-')[{self.pick('0', '1', '2')}]",
            lambda: f"({t()}).swapcase()", lambda: f"({t()}).title()", lambda: f"({t()}).lstrip('{self.pick(' ', 'eG', '1')}')",
            lambda: f"({l()})|first|default('none')", lambda: f"({t()}).center({small}, '*')", lambda: f"({self.real(1)})|string",
            lambda: f"({t()}).removesuffix('{self.pick('1', '.net')}')", lambda: f"({t()})|striptags")

    def wholes(self, depth):
        if depth <= 0:
            return self.pick("ports", "[1, 2, 3]", "e", "range(5)|list", "[a, b]")
        w, l = (lambda: self.whole(depth - 1)), (lambda: self.wholes(depth - 1))
        return self.pick(lambda: f"[{w()}, {w()}]", lambda: f"({l()} + {l()})", lambda: f"({l()})|sort", lambda: f"({l()})|unique|list",
                         lambda: f"({l()})|reverse|list", lambda: f"({l()})|select('{self.pick('odd', 'even')}')|list", lambda: f"({l()})|map('abs')|list",
                         lambda: f"({l()})|reject('gt', {self.pick('5', '22', '100')})|list", lambda: f"({l()})[{self.pick('1:', ':2', '::-1', '-1:')}]",
                         lambda: f"({self.texts(depth - 1)})|map('length')|list", lambda: f"({l()})|sort(reverse=true)", lambda: f"range({self.pick('3', '1, 4', '6, 0, -2')})|list")

    def texts(self, depth):
        if depth <= 0:
            return self.pick("ips", "['b', 'A', 'c']", "h.split('.')", "x.name|list", "n.split('/')", "['eth0']")
        t, l = (lambda: self.text(depth - 1)), (lambda: self.texts(depth - 1))
        return self.pick(lambda: f"[{t()}, {t()}]", lambda: f"({l()})|sort", lambda: f"({l()})|map('{self.pick('upper', 'lower', 'trim', 'capitalize')}')|list",
                         lambda: f"({l()} + {l()})", lambda: f"({t()}).split()", lambda: f"({t()}).split('{self.pick('.', '-', 'e')}'{self.pick('', ', 1')})",
                         lambda: f"({l()})|unique|list", lambda: f"({l()})|reject('in', ips)|list", lambda: f"({l()})[{self.pick('1:', ':2', '::-1')}]",
                         lambda: f"({t()}).rsplit('.', 1)", lambda: f"({t()}).splitlines()", lambda: f"({l()})|select|list", lambda: f"({l()})|batch(2)|map('join', '+')|list",
                         lambda: f"({l()})|slice(2)|map('join')|list", lambda: f"({l()})|sort(case_sensitive=true)", lambda: f"({l()})|map('replace', '0', 'x')|list")

    def truth(self, depth):
        if depth <= 0:
            return self.pick("on", "off", "x.up", "true", "false", "(a is odd)", "(h is string)", "(nosuch is defined)", "(e is sequence)")
        w, t, b = (lambda: self.whole(depth - 1)), (lambda: self.text(depth - 1)), (lambda: self.truth(depth - 1))
        return self.pick(lambda: f"({w()} {self.pick('<', '<=', '==', '!=', '>', '>=')} {w()})", lambda: f"({t()} {self.pick('<', '==', '!=', '>=')} {t()})",
                         lambda: f"({b()} and {b()})", lambda: f"({b()} or {b()})", lambda: f"(not {b()})", lambda: f"({t()} in {t()})",
                         lambda: f"({w()} in {self.wholes(depth - 1)})", lambda: f"({t()} not in {self.texts(depth - 1)})", lambda: f"({t()}).startswith({self.text(0)})",
                         lambda: f"({w()} is {self.pick('odd', 'even', 'number', 'divisibleby(3)', 'gt(5)', 'in(ports)', 'not odd')})",
                         lambda: f"({t()} is {self.pick('lower', 'upper', 'string', 'mapping', 'iterable')})", lambda: f"({t()}).isdigit()", lambda: f"({t()}).isalnum()",
                         lambda: f"({self.wholes(depth - 1)} == {self.wholes(depth - 1)})", lambda: f"({b()} == {b()})")

    def tag(self, words):
        return self.pick("{%", "{%", "{%-", "{%+") + f" {words} " + self.pick("%}", "%}", "-%}", "+%}")

    def output(self):
        return self.pick("{{", "{{", "{{-") + f" {self.any()} " + self.pick("}}", "}}", "-}}")

    def body(self, depth, in_loop=False):
        return "".join(self.statement(depth - 1, in_loop) for _ in range(self.random.randint(1, 3)))

    def statement(self, depth, in_loop):
        if depth <= 0:
            return self.pick(self.output, self.output, " vlan ", "\n", " !\n", "{# note #}", "{#- note -#}", "\n  ip ",
                             "{% raw %} {{ x }} {% endraw %}",
                             "{{ loop.index }}/{{ loop.length }}:{{ loop.revindex0 }}{{ loop.cycle('a', 'b') }}" if in_loop else "-")
        inner, text, whole = (lambda: self.body(depth, in_loop)), (lambda: self.text(1)), (lambda: self.whole(1))
        item = self.pick("t1", "w1", "t2")
        over = self.wholes(1) if item == "w1" else self.texts(1)
        self.macros += 1
        macro = f"m{self.macros}"
        return self.pick(
            inner, lambda: self.statement(0, in_loop),
            lambda: self.tag(f"if {self.truth(1)}") + inner() + self.tag("endif"),
            lambda: self.tag(f"if {self.truth(1)}") + inner() + self.tag(f"elif {self.truth(1)}") + inner() + self.tag("else") + inner() + self.tag("endif"),
            lambda: self.tag(f"for {item} in {over}" + self.pick("", f" if {self.truth(1)}")) + self.body(depth, True) + self.pick("", self.tag("else") + inner()) + self.tag("endfor"),
            lambda: self.tag(f"for t1, w1 in [({text()}, {whole()}), ({text()}, {whole()})]") + self.body(depth, True) + self.tag("endfor"),
            lambda: self.tag(f"set {self.pick('w1', 'w2')} = ({whole()}) % 10007"), lambda: self.tag(f"set {self.pick('t1', 't2')} = ({text()})[:40]"),
            lambda: self.tag("set t1") + inner() + self.tag("endset") + self.tag("set t1 = t1[:40]"),
            lambda: self.tag(f"with w1 = ({whole()}) % 10007, t2 = t1") + inner() + self.tag("endwith"),
            lambda: self.tag(f"filter {self.pick('upper', 'trim', 'indent(2)', 'title|lower')}") + inner() + self.tag("endfilter"),
            lambda: self.tag(f"macro {macro}(t1, w2=w1)") + self.body(depth) + self.tag("endmacro") + f"{{{{ {macro}({text()}) }}}}{{{{ {macro}({text()}, w2={whole()})|trim }}}}",
            lambda: self.tag(f"macro {macro}()") + "<{{ caller(" + text() + ") }}>" + self.tag("endmacro") + self.tag(f"call(t2) {macro}()") + self.body(depth) + self.tag("endcall"))

    def template(self):
        # Set before they are read: Jinja2 takes the names that a macro reads and that are set after it for undefined.
        return "{% set t1, t2, w1, w2 = 'one', '', 1, 20 %}" + self.body(self.random.randint(2, 4))

    def any(self):
        kind = self.pick(*[(lambda k=k: k) for k in (self.whole, self.real, self.text, self.text, self.wholes, self.texts, self.truth)])
        return kind(self.random.randint(1, 4))


def generated(seed, count):
    grammar = Grammar(random.Random(seed))
    for index in range(count):
        yield {"file": "random", "name": str(index), "template": grammar.template() if index % 3 == 0 else "{{ " + grammar.any() + " }}", "context": Grammar.CONTEXT, "files": {}}


if sys.argv[1] == "corpus":
    answers = [ask(case) for case in corpus(sys.argv[2])]
else:
    answers = [ask(case, printed) for case in generated(int(sys.argv[2]), int(sys.argv[3]))]
sys.stdout.write(json.dumps({"jinja2": jinja2.__version__, "cases": answers}))
