"""What the documents tell is there: the configuration in both READMEs is accepted, links lead somewhere, commands
of the agent exist, and the two READMEs have the same shape."""

import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
AGENT = os.path.join(os.path.abspath(sys.argv[1]), "pue-agent")


def text_of(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def blocks(text):
    """Language and contents of each fenced block, without its indentation."""
    found = []
    for indent, language, body in re.findall(r"^( *)```(\w*)\n(.*?)^\1```$", text, re.M | re.S):
        found.append((language, re.sub(rf"^{indent}", "", body, flags=re.M)))
    return found


readmes = {name: text_of(name) for name in ("README.md", "README.zh.md")}
for name, text in readmes.items():
    # What follows the first is to be added to it.
    configuration = "".join(body for language, body in blocks(text) if language == "toml")
    with tempfile.NamedTemporaryFile("w", suffix=".toml", encoding="utf-8") as file:
        file.write(configuration)
        file.flush()
        done = subprocess.run([AGENT, "check", "--config.file", file.name], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, f"{name}: {done.stdout}{done.stderr}"
    print(f"ok   the configuration of {name} is accepted")

english, chinese = readmes.values()
assert [b for b in blocks(english) if b[0] in ("sh", "yaml")] == [b for b in blocks(chinese) if b[0] in ("sh", "yaml")]
assert len(re.findall(r"^#+ ", english, re.M)) == len(re.findall(r"^#+ ", chinese, re.M))
assert re.findall(r"\]\(((?!README)[^)]+)\)", english) == re.findall(r"\]\(((?!README)[^)]+)\)", chinese)
print("ok   both READMEs give the same commands and links")

pages = ["README.md", "README.zh.md", "CONTRIBUTING.md"]
pages += [f"docs/{name}" for name in sorted(os.listdir(os.path.join(ROOT, "docs"))) if name.endswith(".md")]
commands = set()
for page in pages:
    text = text_of(page)
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        path = os.path.normpath(os.path.join(ROOT, os.path.dirname(page), target))
        assert os.path.exists(path), f"{page}: {target} does not exist"
    for path in re.findall(r"`((?:agent|collectors|config|dashboards|plant|packaging|tests|docs)/[\w./-]+\.\w+)`", text):
        assert os.path.exists(os.path.join(ROOT, path)), f"{page}: {path} does not exist"
    commands |= set(re.findall(r"^(?:sudo )?pue-agent ([a-z]+(?: modbus)?) ", "\n".join(b for _, b in blocks(text)), re.M))
print(f"ok   links and paths of {len(pages)} pages lead somewhere")

assert len(commands) >= 4, commands
for command in sorted(commands):
    done = subprocess.run([AGENT, *command.split(), "--help"], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, f"pue-agent {command}: {done.stderr}"
print("ok   commands exist:", ", ".join(sorted(commands)))
