"""Further COPY lines and the install of requirements in Dockerfiles that people wrote."""

from __future__ import annotations

import pytest

from wizard.plan.splice.image_files import copy_beside, copy_package, install, replace_expose
from wizard.plan.splice.text import SpliceRefused

FILE = """\
# the image
FROM python:3.11-slim
WORKDIR /srv

# code
COPY --chown=1:1 app.py .
EXPOSE 8001 9102/tcp
CMD python app.py
"""


def test_files_go_where_the_entry_goes_with_its_flags() -> None:
    after = copy_beside(FILE, 6, ["bus.py", "config.py"]).after
    assert after == FILE.replace(
        "COPY --chown=1:1 app.py .\n",
        "COPY --chown=1:1 app.py .\nCOPY --chown=1:1 bus.py config.py ./\n",
    )


def test_a_package_of_the_stack_keeps_its_name() -> None:
    after = copy_package(FILE, 6, "libs/core").after
    assert "COPY --chown=1:1 app.py .\nCOPY --chown=1:1 libs/core ./core/\n" in after


def test_requirements_are_installed_before_the_code_comes() -> None:
    after = install(FILE, 6, "services/one/requirements.txt").after
    assert after == FILE.replace(
        "COPY --chown=1:1 app.py .\n",
        "COPY --chown=1:1 services/one/requirements.txt ./\n"
        "RUN pip install --no-cache-dir -r requirements.txt\n"
        "COPY --chown=1:1 app.py .\n",
    )


@pytest.mark.parametrize(
    ("copy", "to"),
    [
        ("COPY app.py ./", "./"),
        ("COPY app.py /srv/", "/srv/"),
        ("COPY services/one/*.py /app", "/app/"),
        ("COPY app.py /srv/app.py", "/srv/"),
        ('COPY ["app.py", "/srv/"]', "/srv/"),
        ("copy app.py .", "./"),
    ],
)
def test_the_folder_in_the_image(copy: str, to: str) -> None:
    after = copy_beside(f"FROM python\r\n{copy}\r\nCMD python app.py", 2, ["x.py"]).after
    word = copy.split()[0]
    assert after == f"FROM python\r\n{copy}\r\n{word} x.py {to}\r\nCMD python app.py"


@pytest.mark.parametrize("text", ["FROM x\nCOPY app.py main.py\n", "FROM x\nRUN true\n", "FROM x\nCOPY <<E /a\nb\nE\n"])
def test_refused_where_it_cannot_be_told(text: str) -> None:
    with pytest.raises(SpliceRefused):
        copy_beside(text, 2, ["x.py"])


def test_one_exposed_port_is_replaced() -> None:
    assert replace_expose(FILE, 7, 8001, 8005).after == FILE.replace("EXPOSE 8001 9102", "EXPOSE 8005 9102")
    with pytest.raises(SpliceRefused):
        replace_expose(FILE, 7, 9999, 8005)
