"""Censuses of the .xls format, which no library here writes: a small one of four people stands below."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path

import pytest
from census_files import canonical, read

from planalign_orchestrator.census.refusal import CensusRefusedError

WORKBOOK = (
    "H4sIAAAAAAACA+1YTWgTQRT+ZnfTpKHNn6nSCiEUrRpboXjx0saf2p5aqhd/EDQxAUtrKkk81Iu1Nd4ExZPipVAPvVS9+C/oRUSFih4KgtDq"
    "0ZOg4KHN+t7LJv2HBmyhst8yb+a9mfezO/NmdvfjhH9q5GHdNBahFTryZiUq5skUlcoi4wP1myY3i7WLimljQ6HSRRNZ4cDz6g9OnkOe72lo"
    "eGC8Jgp8o3IKF9DVn0qG1xEHJYaY4hhaiCrcJYkHtRJVQOhZoZuE3peRL4TuF8l1oS00dkqdxES0K7LPWsXHtXrp84DtPhadLyJpRg3e8iq+"
    "fEMVxjpwIN0T69tgHSGjCqOgCe1IppJp5r24BzdwgtDU2dnU1jaFIE32KH6bYeBXMatfhW35+soVSP5nody5gtxFk7hYfkszgEGYZyRJcrSo"
    "txiFRD6UTGUuZmawh1YFpNAS70noQKI/LvQcZXsm1hdLD9C2nk2mz4cTsWzSzdu8bAu+BdtCtaRLFdEEvNL2S9L4KK6ZsZ+fOuPd0dMiGZSj"
    "oHBgbOf4YOIKa5CyR3ocJRoRjd1Ch8TqVmnXCQ3SGKobumusRvuwjLkqvQ3kZ6/gc3THvPZOaud+HHkSyn2P7qL2eMf0peD4ZHQE9XSAJUif"
    "r2E0qkZ15zbjabRYK2tz+Sq0dslG49J8VuymdSp6McupRfALLXD8dFSJ06xnVeB04vQSZxBnWJaV8HOWXyIkMr/MQADP3nF87TfZ3vumZqWL"
    "lrYoHtbSRMu9RGtoTCffDs1FI9izU7EFfYmFbSLzw7Os3wCuvWF91jWW8W6IbmCFmNm7Id4jqlUL4BEHS9v2HNywYcOGDRs2bNiwsSZQhc8C"
    "edkzrFdyftV0Wv91Zqnk7d8k/y2Oop+uLH1UHkaK6jQGylo/m+FQRVtqlTrF/4WMY+Q9jV7EJY7estcvfayp+fezakXfv0uhcv3ny4lzjf3/"
    "BacAowoAFgAA"
)
"""id, dob, doh, salary and term date; of the second person the last is #DIV/0!, of the fourth #N/A."""

NEVER_CALCULATED = (
    "H4sIAAAAAAACA+1YTUhUURT+7p03Ok46jqbBGMggZGUOzCiSLfRlUK4Sa1NEUE9nINGceLmxRVnmMghaFW0MN22sNv1Qi9q1CIxaBIGgtWxT"
    "UNRCfZ175j6bqQkcKLG433DPOz/3nnPm3nPv+3k5V7Mwfa9hET+hGwGseBUoy9MJahW+EAXZPU+x/jVEzTP4p1ARooUsC+Jx1YtytYZqvRch"
    "cdd6RhR4R+04zqAvO5qJryP2cQ6OUDl0ERW4SZoIYpxVLdNBppuZ3uGeT5juZc0Vpl3Ud0Ecw5zd19Kpq/iobGJbBMrvAx7zljUp1OO5quIL"
    "V0WubxA97pAzsjENjVYlZkDr1psZzbjOyALqaAFn8MWLA5/9nfo0bvTrqxcg/bdCfXkR/TVpARPwTnKBT9Hh+jGQW+DBJfRjkz5vqTKH0mRI"
    "ZweYnqJNetYZcdxxso5l3NPxtDOWodJIhant6Uwmkh2J1G4S2pKpjkSyPZFsI2tbWPnj/R4t2O9VvA8qiaZRzXwN74YonehLtz+9OjjQb59g"
    "zQSf8bk7wTaVPDxcVCNocIQtnD/VJ9DCI3YxvcRetzLfwLSO+tC1ub9eMwcmuc9ltjZTnHbGa3t7Hr+D+KkPhx42Tr23dxI/27t4rm72jT2N"
    "JpqpNI1Xv0m0ilZx47rCI9u/Cn1qzDON/XKChGRU5+7p2101lhFmtoZpTlKzI1YlqecqJwVICqxKFkmW9iyKeBbsOaj7C/Zctiopz2qJzksl"
    "Kc+3vgbIHiPJ0nHU/RZ63nvmOZAsEkhyoJB2LQsCyYJAsiCQ/F2gblmL+8ornbU/EIaBgYGBgYGBgcFGh8i9X/BDnqWf3NWjYbn+rrNMbcV8"
    "JvlvcRhZ+o3Ri+l+jNLVxXhJ9bMFQeH7Emsc438vVDhC0V0MY4DzGC65fumdTuT/nzUPjP65LVRq/JVS8vzL8b8D0BJVRQAWAAA="
)
"""Two people, whose term date is a formula that nothing has calculated."""


def old_workbook(folder: Path, content: str = WORKBOOK) -> Path:
    path = folder / "people.xls"
    path.write_bytes(gzip.decompress(base64.b64decode(content)))
    return path


def test_errors_of_an_old_workbook_are_faults(tmp_path: Path) -> None:
    with pytest.raises(CensusRefusedError) as caught:
        read(old_workbook(tmp_path))
    found = [(fault.row, fault.column, fault.value) for fault in caught.value.findings.faults]
    assert found == [(3, "term date", "#DIV/0!"), (5, "term date", "#N/A")]


def test_the_others_are_read(tmp_path: Path) -> None:
    intake = read(old_workbook(tmp_path), on_bad_rows="drop")
    assert [(row["employee_id"], str(row["termination_date"])) for row in canonical(intake.output)] == [
        ("1", "None"),
        ("3", "2024-06-30"),
    ]


def test_formulas_that_may_never_have_been_calculated_are_told(tmp_path: Path) -> None:
    intake = read(old_workbook(tmp_path, NEVER_CALCULATED))
    [entry] = [entry for entry in intake.quality if entry.kind == "warning" and entry.column == "term date"]
    assert "formulas without a result were read as empty" in entry.text
    assert (entry.people, entry.row) == (2, 2)
