#!/usr/bin/env python3
"""Checks the rules of the house (rules.py) over the sources: who may include and link whom, and the watch-list."""

import pathlib
import re
import tempfile
import unittest

import rules

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "src"
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
LINK = re.compile(r"\bagent_(?!options\b|room\b)(\w+)")
BLANKED = re.compile(r'R"([^(\s]*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|//[^\n]*|/\*.*?\*/', re.S)


def room_of(path, root):
    return path.relative_to(root).parts[0]


def source_files(root):
    return sorted(p for p in root.rglob("*") if p.suffix in (".h", ".cpp"))


def code_of(text):
    """The text with string literals and comments emptied, line numbers kept."""
    return BLANKED.sub(lambda m: '""' + "\n" * m[0].count("\n"), text)


def include_faults(root, rooms, everything):
    faults = []
    for path in source_files(root):
        room, name = room_of(path, root), path.relative_to(root).as_posix()
        if room in everything:
            continue
        if room not in rooms:
            faults.append(f"{name}: room '{room}' is not in rules.py")
            continue
        for included in INCLUDE.findall(path.read_text()):
            other = included.split("/")[0] if "/" in included else room
            if other == room:
                continue
            if other not in rooms[room]:
                faults.append(f"{name}: {room} may not include {included}")
            elif (re.search(r"(store|repository)\.h$", included) and other != "storage"
                  and (room, included) not in rules.SHARED_STORES):
                faults.append(f"{name}: {included} is private to {other}")
    return faults


def link_faults(root, rooms, everything):
    faults = []
    for path in sorted(root.glob("*/CMakeLists.txt")):
        room = path.parent.name
        for other in set(LINK.findall(re.sub(r"#[^\n]*", "", path.read_text()))) - {room}:
            if room not in everything and other not in rooms.get(room, set()):
                faults.append(f"{room}/CMakeLists.txt: {room} may not link agent_{other}")
    return faults


def cycle_in(rooms):
    done, path = set(), []

    def visit(room):
        if room in path:
            return path[path.index(room):] + [room]
        if room in done:
            return None
        path.append(room)
        for other in sorted(rooms.get(room, ())):
            if found := visit(other):
                return found
        path.pop()
        done.add(room)
        return None

    for room in rooms:
        if found := visit(room):
            return found
    return None


def watch_faults(root, watched):
    faults = []
    for title, pattern, elsewhere, allowed in watched:
        unused = set(allowed)
        for path in source_files(root):
            name = path.relative_to(root).as_posix()
            if re.search(elsewhere, name):
                continue
            # A left-over note stands in a comment, everything else in code.
            text = path.read_text()
            text = text if "TODO" in pattern else code_of(text)
            for match in re.finditer(pattern, text):
                if name in allowed:
                    unused.discard(name)
                else:
                    line = text.count("\n", 0, match.start()) + 1
                    faults.append(f"{name}:{line}: '{match[0].strip()}' ({title})")
        faults += [f"rules.py: {name} no longer needs its exception from '{title}'" for name in sorted(unused)]
    return faults


DEFINED = re.compile(r"^(template <>\n)?(?:class|struct|enum class) (\w+)[^;{]*\{", re.M)


def name_faults(root, programs):
    """A name that two rooms define is one name to the linker: one of the two classes would be used as the other."""
    owners = {}
    for path in sorted(root.rglob("*.h")):
        for specialised, name in DEFINED.findall(path.read_text()):
            if not specialised:
                owners.setdefault(name, set()).add(room_of(path, root))
    return [f"{name} is defined in {' and '.join(sorted(rooms))}" for name, rooms in sorted(owners.items())
            if len(rooms - programs) > 1]


class TheHouse(unittest.TestCase):
    maxDiff = None

    def test_rooms_include_only_rooms_below_them(self):
        self.assertEqual(include_faults(SOURCES, rules.ROOMS, rules.EVERYTHING), [])

    def test_rooms_link_only_rooms_below_them(self):
        self.assertEqual(link_faults(SOURCES, rules.ROOMS, rules.EVERYTHING), [])

    def test_no_two_rooms_define_a_name(self):
        self.assertEqual(name_faults(SOURCES, rules.PROGRAMS), [])

    def test_the_allowed_edges_have_no_cycle(self):
        self.assertIsNone(cycle_in(rules.ROOMS))

    def test_what_the_watch_list_names_is_absent_or_has_its_reason(self):
        self.assertEqual(watch_faults(SOURCES, rules.WATCHED), [])

    def test_every_proof_that_the_security_document_names_exists(self):
        document = (SOURCES.parent / "docs" / "security.md").read_text()
        suites = {p.stem: p.read_text() for p in (SOURCES.parent / "tests").rglob("*") if p.suffix in (".cpp", ".py")}
        missing = [f"{suite}::{test}" for suite, test in re.findall(r"`(\w+)::(\w+)`", document)
                   if not re.search(rf"\b{test}\(", suites.get(suite, ""))]
        self.assertEqual(missing, [])

    def test_every_model_of_a_header_has_its_property_test(self):
        models = {name for path in SOURCES.rglob("*.h") for name in re.findall(r"struct Schema<([\w:]+)>\n\{", path.read_text())}
        text = (SOURCES.parent / "tests/unit/models/tst_modelproperties.cpp").read_text()
        listed = set(re.findall(r"[\w:]+", re.search(r"using AllModels =\s*ModelList<([^>]*)>", text)[1]))
        self.assertEqual(sorted(models - listed - set(rules.MODELS_WITHOUT_JSON)), [], "add a line in tst_modelproperties.cpp")
        self.assertEqual(sorted(set(rules.MODELS_WITHOUT_JSON) - models), [], "rules.py: no longer needed")

    def test_files_fit_in_a_head(self):
        long = {p.relative_to(SOURCES).as_posix(): n for p in source_files(SOURCES)
                if (n := p.read_text().count("\n")) > rules.MAX_LINES}
        self.assertEqual(sorted(long), sorted(rules.LONG_FILES))


class TheChecker(unittest.TestCase):
    """Finds what it is there to find."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    def test_finds_an_include_upwards(self):
        self.write("core/a.h", '#include "vault/vault.h"\n')
        self.assertEqual(include_faults(self.root, {"core": set()}, set()), ["core/a.h: core may not include vault/vault.h"])

    def test_finds_the_store_of_another_room(self):
        self.write("terminal/a.h", '#include "sessions/sessionstore.h"\n')
        self.assertEqual(include_faults(self.root, {"terminal": {"sessions"}}, set()),
                         ["terminal/a.h: sessions/sessionstore.h is private to sessions"])

    def test_finds_a_room_it_does_not_know(self):
        self.write("cellar/a.h", "\n")
        self.assertEqual(include_faults(self.root, {}, set()), ["cellar/a.h: room 'cellar' is not in rules.py"])

    def test_finds_a_name_of_two_rooms(self):
        self.write("core/a.h", "struct Same\n{\n};\ntemplate <>\nstruct Schema<Same>\n{\n};\n")
        self.write("net/b.h", "class Same;\ntemplate <>\nstruct Schema<Other>\n{\n};\n")
        self.assertEqual(name_faults(self.root, set()), [])
        self.write("net/c.h", "class Same final : public Other\n{\n};\n")
        self.assertEqual(name_faults(self.root, set()), ["Same is defined in core and net"])

    def test_finds_a_link_upwards(self):
        self.write("net/CMakeLists.txt", "agent_room(net LINKS agent_core agent_vault)\n")
        self.assertEqual(link_faults(self.root, {"net": {"core"}}, set()),
                         ["net/CMakeLists.txt: net may not link agent_vault"])

    def test_finds_a_cycle(self):
        self.assertEqual(cycle_in({"a": {"b"}, "b": {"a"}}), ["a", "b", "a"])

    def test_finds_code_and_passes_over_comments_and_texts(self):
        self.write("x/a.cpp", '// delete this;\nauto t = "delete it";\nA &operator=(const A &) = delete;\ndelete t;\n')
        watched = [rule for rule in rules.WATCHED if rule[0] == "one owner, no delete"]
        self.assertEqual(watch_faults(self.root, watched), ["x/a.cpp:4: 'delete' (one owner, no delete)"])

    def test_finds_an_exception_that_nothing_needs(self):
        self.write("x/a.cpp", "\n")
        self.assertEqual(watch_faults(self.root, [("quiet", "loud", "^$", {"x/a.cpp": "once it was loud"})]),
                         ["rules.py: x/a.cpp no longer needs its exception from 'quiet'"])


if __name__ == "__main__":
    unittest.main()
