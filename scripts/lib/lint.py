"""Checks how the sources are written. Called by scripts/lint."""

import argparse
import concurrent.futures
import re
import subprocess
import sys
import time
import tomllib

import check_includes
import lint_includes
import trees

ROOT = trees.ROOT
OUT = ROOT / "out/lint"
CORES = trees.CORES
COLUMNS = 120
LINES = 400
TIDY_SECONDS = 15  # after this no more files are begun, unless --all


def git(*arguments):
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def sources(*suffixes):
    """The repository's files, tracked or new, that end so."""
    return [name for name in trees.files() if name.endswith(suffixes)]


def changed():
    """What differs from the main branch; on the main branch itself what the last commit changed; and what is new."""
    head = git("rev-parse", "HEAD")
    for name in ("origin/HEAD", "origin/main", "main", "HEAD~1"):
        try:
            base = git("merge-base", "HEAD", name)
        except subprocess.CalledProcessError:
            continue
        if base != head:
            break
    else:
        base = "HEAD"
    return {*git("diff", "--name-only", base.strip()).splitlines(),
            *git("ls-files", "--others", "--exclude-standard").splitlines()}


def each(function, items):
    """function(item) for all items, as many at a time as there are cores. Yields what they find."""
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        for findings in pool.map(function, items):
            yield from findings


def output(command, **options):
    """What a command says, as lines, if it fails."""
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
                          **options)
    return done.stdout.splitlines() if done.returncode else []


def format_(arguments):
    names = sources(".cc", ".h", ".c")
    how = ["-i"] if arguments.fix else ["--dry-run", "-Werror", "--ferror-limit=1"]
    chunks = [names[start::2 * CORES] for start in range(2 * CORES)]
    found = each(lambda chunk: output(["clang-format-14", *how, *chunk]), chunks)
    yield from (line for line in found if "error:" in line)


def columns(_):
    for name in sources(".cc", ".h", ".c", ".py"):
        for number, line in enumerate((ROOT / name).read_text().splitlines(), 1):
            if len(line) > COLUMNS:
                yield f"{name}:{number}: {len(line)} columns, {COLUMNS} are allowed"


def lengths(_):
    for name in sources(".cc", ".h", ".c", ".py"):
        lines = (ROOT / name).read_text().count("\n")
        if lines > LINES:
            yield f"{name}: {lines} lines, {LINES} are allowed; what is its second concept?"


def codes(_):
    """A comment names what a page of the repository defines, or an RFC."""
    pages = {path.name: path.read_text() for path in (ROOT / "docs").glob("*.md")}
    defined = set(re.findall(r"^[\s#|*-]*(?:<[^>]*>)*([AT]\d{1,2})\b", "\n".join(pages.values()), re.MULTILINE))
    for name in sources(".cc", ".h", ".c", ".py"):
        text = (ROOT / name).read_text()
        for number, line in enumerate(text.splitlines(), 1):
            for code in re.findall(r"\b[AT]\d{1,2}\b", line):
                if code not in defined:
                    yield f"{name}:{number}: {code} is defined on no page of docs/"
        # The lines of a comment as one text, as long as it was.
        flat = re.sub(r"\n\s*(//|\*|#)?", lambda gap: " " * len(gap.group()), text)
        for found in re.finditer(r"\b[Ss]ections? (\d+(?:\.\d+)*)", flat):
            document = re.findall(r"\bRFC\s+\d+|\b[\w-]+\.(?:md|h)\b", flat[max(0, found.start() - 200):found.start()])
            known = document and (document[-1].startswith("RFC") or
                                  re.search(rf"^#+ {re.escape(found[1])}\b", pages.get(document[-1], ""), re.MULTILINE))
            if not known:
                yield f"{name}:{text.count(chr(10), 0, found.start()) + 1}: \"{found[0]}\" of no document that is here"


def anchors(page):
    """What a link into a page may name: its headings, as GitHub spells them, and its ids."""
    headings = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings} | \
        set(re.findall(r'id="([^"]+)"', page))


def links(_):
    """The links of pages lead somewhere, and comments name files that are there."""
    here = {"/" + name for name in sources("")}
    ends = {name[place.start():] for name in here for place in re.finditer("/", name)}
    for name in sources(".md"):
        for link in re.findall(r"\]\(([^)\s]+)\)", (ROOT / name).read_text()):
            path, _, anchor = link.partition("#")
            page = (ROOT / name).parent / path if path else ROOT / name
            if link.startswith("http") or page.is_dir():
                continue
            if not page.is_file() or anchor and anchor not in anchors(page.read_text()):
                yield f"{name}: {link} leads nowhere"
    for name in sources(".cc", ".h", ".c"):
        for number, line in enumerate((ROOT / name).read_text().splitlines(), 1):
            comment = re.search(r"(?://|^ ?\*|/\*)(.*)", line)
            for file in re.findall(r"(?<![<\w/.-])[\w/-]+\.(?:h|cc|md|py)\b", comment[1] if comment else ""):
                if "/" + file not in ends:
                    yield f"{name}:{number}: {file} is not there"


def guards(_):
    """A header's include guard is its path, where it opens and where it ends."""
    for name in sources(".h"):
        guard = f"MGMD_{re.sub('[^A-Z0-9]', '_', name.upper())}_"
        text = (ROOT / name).read_text()
        if not (re.search(rf"^#ifndef {guard}\n#define {guard}$", text, re.MULTILINE) and
                re.search(rf"\n#endif  ?/[/*] {guard}( \*/)?\n\Z", text)):
            yield f"{name}: its include guard is not {guard}"


def includes(_):
    yield from check_includes.violations(ROOT)
    yield from lint_includes.findings(ROOT, sources(".cc", ".h"))


def mutants(_):
    """Each row of the tables of mutants has all that scripts/mutate needs, and its place stands exactly once."""
    for table in sorted((ROOT / "scripts/lib/mutants").glob("*.toml")):
        for row in tomllib.loads(table.read_text())["mutant"]:
            place = f"{table.name}: {row.get('says', row)}"
            if missing := {"file", "says", "old", "new", "tests"} - set(row):
                yield f"{place}: without {', '.join(sorted(missing))}"
            elif not (ROOT / row["file"]).is_file():
                yield f"{place}: there is no {row['file']}"
            elif (places := (ROOT / row["file"]).read_text().count(row["old"])) != 1:
                yield f"{place}: `old` stands {places} times in {row['file']}"


def compile_flags(language):
    """As the build has them, for any file; what one target alone is given stands at the end."""
    dpdk = subprocess.run(["pkg-config", "--cflags-only-I", "libdpdk"], check=True, capture_output=True,
                          text=True).stdout
    return [
        {"c++": "-std=c++20", "c": "-std=c11"}[language], "-march=native", "-D_GNU_SOURCE", "-include", "rte_config.h",
        *[word for flag in dpdk.split() for word in ("-isystem", flag.removeprefix("-I"))],
        "-I.", "-Icontrol/mgm", "-Icontrol/protocols/module", "-Wall", "-Wextra", '-DMGMD_VERSION="0"',
        "-DMGMD_INSTRUCTION_SET=kPortable",
        f'-DMGMD_ROOT="{ROOT}"', f'-DSOURCE_ROOT="{ROOT}"', f'-DMGMD_PIPELINE_CASES="{ROOT}/tests/pipeline/cases"']


def headers(_):
    """Every header compiles alone: one of C++'s that a file of the build includes before all others does so there. The
    libraries' headers are there beforehand, so that it is quick: whether a header includes those that it needs is what
    the check `includes` is for."""
    compiled = {found[1] for name in sources(".cc") if not name.startswith(("tests/bench/", "tests/fuzz/"))  # options
                and (found := re.search(r"^#include [<\"]([^>\"]+)", (ROOT / name).read_text(), re.MULTILINE))}
    texts = {name: (ROOT / name).read_text() for name in sources(".h")}
    for_c = {name for name, text in texts.items() if "__cplusplus" in text}  # they have to serve C as well
    names = [name for name in texts if name in for_c or name not in compiled]
    flags = compile_flags("c++")
    wanted = {system or quoted for name in names for system, quoted in lint_includes.INCLUDE.findall(texts[name])}
    prefix = OUT / "libraries.h"
    prefix.write_text("".join(f"#include <{name}>\n" for name in sorted(wanted & set(lint_includes.NAMES))))
    make = ["clang++-14", *flags, "-fpch-instantiate-templates", "-x", "c++-header", prefix, "-o", f"{prefix}.pch"]
    if failed := output(make):
        yield from failed
        return

    def alone(name):
        include = f'#include "{name}"\n'
        found = output(["clang++-14", *flags, "-include-pch", f"{prefix}.pch", "-Werror", "-fsyntax-only", "-x", "c++",
                        "-"], input=include)
        if name in for_c:
            found += output(["gcc", *compile_flags("c"), "-Werror", "-fsyntax-only", "-x", "c", "-"], input=include)
        return [line for line in found if "error" in line]

    yield from each(alone, names)


def tidy(arguments):
    names = sources(".cc")
    if not arguments.all:
        wanted = changed()
        names = [name for name in names if name in wanted or name.removesuffix(".cc") + ".h" in wanted]
    flags = compile_flags("c++")
    end = time.monotonic() + (float("inf") if arguments.all else TIDY_SECONDS)
    left = []

    def look(name):
        if time.monotonic() > end:
            left.append(name)
            return []
        fix = ["--fix"] if arguments.fix else []
        done = subprocess.run(["clang-tidy-14", "--quiet", *fix, name, "--", *flags], cwd=ROOT, check=False,
                              capture_output=True, text=True)
        return [line.replace(f"{ROOT}/./", "").replace(f"{ROOT}/", "") for line in done.stdout.splitlines()
                if re.search(r": (warning|error): ", line)]

    yield from sorted(set(each(look, names)))
    if left:
        print(f"\n  {len(left)} of {len(names)} changed files were left out, for time: scripts/lint --all\n", end="")


CHECKS = {"format": format_, "columns": columns, "lengths": lengths, "codes": codes, "links": links, "guards": guards,
          "includes": includes, "mutants": mutants, "headers": headers, "tidy": tidy}


def main():
    parser = argparse.ArgumentParser(prog="scripts/lint", description="Checks how the sources are written.")
    parser.add_argument("--fix", action="store_true", help="write what clang-format and clang-tidy would change")
    parser.add_argument("--all", action="store_true", help="clang-tidy on all files, not only on changed ones")
    parser.add_argument("check", nargs="*", metavar="CHECK", help=f"only these: {', '.join(CHECKS)}")
    arguments = parser.parse_args()
    if unknown := set(arguments.check) - set(CHECKS):
        parser.error(f"no such check: {', '.join(unknown)}")

    OUT.mkdir(parents=True, exist_ok=True)
    bad = 0
    for name, check in CHECKS.items():
        if arguments.check and name not in arguments.check:
            continue
        print(f"{name:<10}", end="", flush=True)
        start = time.monotonic()
        found = list(check(arguments))
        print(f"{time.monotonic() - start:7.1f} s  " + (f"{len(found)} found" if found else "ok"), flush=True)
        print("".join(f"  {line}\n" for line in found), end="")
        bad += len(found)
    sys.exit(1 if bad else 0)


main()
