"""Whatever is wrong in the configuration is told: all of it, with its place and the way out."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from planalign_orchestrator.config.contributions import MatchFormula
from planalign_orchestrator.config.secrecy import without_secrets
from tests.unit.config.settings_files import Write, faults_of, load


def test_all_faults_of_all_sources_come_at_once(write: Write) -> None:
    config = write(
        "c.yaml",
        """\
        simulation:
          start_year: 2030
          end_year: 2026
          random_sed: 3
        workforce:
          target_growth_rate: 3%
          total_termination_rate: 12
        plan:
          core: {permitted_disparity: {enabled: true}}
        """,
    )
    scenario = write("s.yaml", "plan:\n  formula: simple\n  match:\n    formula: safe_harbour_basic\n")

    *formulas, last = get_args(MatchFormula)
    assert faults_of(config, scenario, {"DBT_THREADS": "x"}, {"multi_year.optimization.batch_size": 0}) == [
        "c.yaml:3: simulation: end_year 2026 is before start_year 2030",
        "c.yaml:4: simulation.random_sed is unknown; did you mean random_seed?",
        "c.yaml:6: workforce.target_growth_rate is '3%'; it must be a number; 3% is written 0.03",
        "c.yaml:7: workforce.total_termination_rate is 12; it must be at most 1; 12% is written 0.12",
        "c.yaml:9: plan.core: permitted_disparity needs a core contribution; set type, or enabled: false",
        "s.yaml:2: plan.formula is unknown; did you mean plan.match.formula?",
        f"s.yaml:4: plan.match.formula is 'safe_harbour_basic'; it must be {', '.join(formulas)} or {last}; "
        "did you mean safe_harbor_basic?",
        "DBT_THREADS: multi_year.optimization.max_workers is 'x'; it must be a whole number",
        "--batch-size: multi_year.optimization.batch_size is 0; it must be at least 1",
    ]


def test_a_value_that_another_source_replaces_is_checked_all_the_same(write: Write) -> None:
    config = write("c.yaml", "simulation: {random_seed: many}\n")

    assert faults_of(config, flags={"simulation.random_seed": 1}) == [
        "c.yaml:1: simulation.random_seed is 'many'; it must be a whole number"
    ]


def test_a_seed_has_room_for_those_that_are_counted_up_from_it(write: Write) -> None:
    assert faults_of(write("c.yaml", f"simulation: {{random_seed: {2**63 - 1_000_000}}}\n")) == [
        "c.yaml:1: simulation.random_seed is 9223372036853775808; it must be at most 9223372036853775807"
    ]
    assert (
        load(flags={"simulation.random_seed": 2**63 - 1_000_001}).value("simulation.random_seed") == 2**63 - 1_000_001
    )


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("target_growth_rate: 0.03\n", "target_growth_rate is unknown; did you mean workforce.target_growth_rate?"),
        ("workforce: {growth: 0.03}\n", "workforce.growth is unknown; workforce knows target_growth_rate, "),
        (
            "workforce: {retirement_age: 62}\n",
            "workforce.retirement_age is unknown; the assumption table retirement_rates, by age and service, now says ",
        ),
        ("simulaton: {}\n", "simulaton is unknown; did you mean simulation?"),
        ("2025: {}\n", "2025 is unknown; the file knows simulation, census, "),
        ("plan: 3\n", "plan is a section; it holds eligibility, enrollment, "),
        ("plan: [match]\n", "plan is a section; it holds "),
        ("workforce: {target_growth_rate: true}\n", "workforce.target_growth_rate is true or false, which is not "),
        ("workforce: {target_growth_rate: .nan}\n", "workforce.target_growth_rate is nan; it must be a finite number"),
        ("workforce: {target_growth_rate: .inf}\n", "workforce.target_growth_rate is inf; it must be "),
        ("workforce: {target_growth_rate: }\n", "workforce.target_growth_rate has no value; give a number, or leave"),
        ("workforce: {target_growth_rate: [1]}\n", "workforce.target_growth_rate is [1]; it must be a number"),
        (
            "workforce: {new_hire_termination_rate: 0.95}\n",
            "workforce.new_hire_termination_rate is 0.95; it must be below",
        ),
        ("simulation: {start_year: 2025.5}\n", "simulation.start_year is 2025.5; it must be a whole number"),
        ("simulation: {scenario_id: a/b}\n", "simulation.scenario_id is 'a/b'; it must be letters, digits"),
        ("simulation: {scenario_id: nul}\n", "simulation.scenario_id is a name that Windows keeps for a device"),
        (
            "simulation: {scenario_id: 2025}\n",
            "simulation.scenario_id is 2025, which YAML does not read as text; put it in",
        ),
        ("census: {path: ''}\n", "census.path is ''; it must be text or null"),
        (
            "plan: {escalation: {effective_date: 02-30}}\n",
            "plan.escalation.effective_date is '02-30'; it must be a day",
        ),
        ("plan: {escalation: {enabled: maybe}}\n", "plan.escalation.enabled is 'maybe'; it must be true or false"),
        ("plan: {match: {tiers: {}}}\n", "plan.match.tiers is {}; it must be a list"),
        (
            "workforce: {new_hires: {level_mix: closing}}\n",
            "workforce.new_hires.level_mix is 'closing'; it must be opening",
        ),
        (
            "workforce: {new_hires: {level_mix: {1: x}}}\n",
            "workforce.new_hires.level_mix[1] is 'x'; it must be a number",
        ),
    ],
)
def test_each_kind_of_fault_is_one_sentence_with_its_place(write: Write, text: str, fault: str) -> None:
    faults = faults_of(write("c.yaml", text))

    assert len(faults) == 1
    assert faults[0].startswith(f"c.yaml:1: {fault}")


def test_faults_inside_lists_name_the_element_and_its_line(write: Write) -> None:
    config = write(
        "c.yaml",
        """\
        plan:
          match:
            formula: custom
            tiers:
              - {deferral_from: 0, deferral_to: 0.03, rate: yes please}
              - {deferral_frm: 0.03, deferral_to: 0.05, rate: 0.5}
              - {deferral_from: 0.03, rate: 0.5}
              - {deferral_from: 0.06, deferral_to: 0.05, rate: 0.5}
        """,
    )

    assert faults_of(config) == [
        "c.yaml:5: plan.match.tiers[0].rate is 'yes please'; it must be a number",
        "c.yaml:6: plan.match.tiers[1].deferral_frm is unknown; did you mean deferral_from?",
        "c.yaml:7: plan.match.tiers[2] lacks deferral_to",
    ]


def test_an_empty_tier_is_told_where_it_stands(write: Write) -> None:
    config = write(
        "c.yaml",
        """\
        plan:
          match:
            formula: custom
            tiers:
              - {deferral_from: 0, deferral_to: 0.03, rate: 1}
              - {deferral_from: 0.06, deferral_to: 0.05, rate: 0.5}
        """,
    )

    assert faults_of(config) == [
        "c.yaml:6: plan.match.tiers[1]: a tier from 0.06 to 0.05 is empty; deferral_to must be the larger"
    ]


def test_a_check_of_the_whole_plan_is_told_beside_one_of_a_part(write: Write) -> None:
    config = write(
        "c.yaml",
        """\
        plan:
          match: {family: points}
          deferral: {maximum_rate: 0.01}
        """,
    )

    assert faults_of(config) == [
        "c.yaml:2: plan.match: points needs points_bands; list them, the first with minimum: 0",
        "c.yaml:3: plan: enrollment.auto_enrollment.default_deferral_rate is 0.02, above deferral.maximum_rate 0.01",
    ]


def test_a_check_over_settings_does_not_judge_values_that_are_wrong_already(write: Write) -> None:
    config = write("c.yaml", "simulation: {start_year: soon, end_year: 2021}\n")

    assert faults_of(config) == ["c.yaml:1: simulation.start_year is 'soon'; it must be a whole number"]


def test_settings_of_two_sources_are_checked_together(write: Write) -> None:
    config = write("c.yaml", "simulation: {start_year: 2028}\n")
    scenario = write("s.yaml", "simulation: {end_year: 2027}\n")

    assert faults_of(config, scenario) == ["s.yaml:1: simulation: end_year 2027 is before start_year 2028"]
    assert load(config).settings.simulation.end_year == 2029


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("plan:\n\tmatch: {}\n", "c.yaml:2: is indented with a tab; YAML takes spaces only"),
        ("- plan\n", "c.yaml:1: holds a list or a single value where `section: …` is expected"),
        ("plan\n", "c.yaml:1: holds a list or a single value where `section: …` is expected"),
        ("plan: {}\n---\nplan: {}\n", "c.yaml:2: starts a second document (`---`); a configuration is one document"),
        ("plan: {match: {formula: simple\n", "c.yaml:2: is not YAML: expected ',' or '}', but got '<stream end>'"),
        ("? [a]\n: 1\n", "c.yaml:1: has a list or a mapping as a key; a key is a name"),
        ("plan: &a {x: *a}\n", "c.yaml: refers to itself, nests too deeply or stands for too many values"),
        ("plan: !!python/name:os.system\n", "c.yaml:1: '' cannot be read as a value"),
        (
            "plan: {enrollment: {auto_enrollment: {hire_date_cutoff: 2025-02-30}}}\n",
            "c.yaml:1: '2025-02-30' cannot be read as a value",
        ),
    ],
)
def test_what_is_not_a_mapping_in_yaml_is_told_with_its_line(write: Write, text: str, fault: str) -> None:
    assert faults_of(write("c.yaml", text))[0].startswith(fault)


def test_every_repeated_key_is_told_with_both_lines(write: Write) -> None:
    config = write("c.yaml", "plan: {}\nsimulation:\n  end_year: 2030\n  end_year: 2031\nplan: {}\n")

    assert faults_of(config) == [
        "c.yaml:4: end_year stands here again; it is already on line 3",
        "c.yaml:5: plan stands here again; it is already on line 1",
    ]


def test_a_file_that_is_not_there_names_the_one_that_is(write: Write) -> None:
    write("settings.yaml", "")

    assert faults_of(Path("setings.yaml")) == ["setings.yaml: does not exist; did you mean settings.yaml?"]
    assert faults_of(Path("nowhere/c.yaml")) == ["nowhere/c.yaml: does not exist, nor does the folder nowhere"]


def test_a_folder_is_not_a_file(write: Write) -> None:
    folder = write("inner/c.yaml", "").parent

    assert faults_of(folder)[0].startswith("inner: is a folder, not a file")


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_text_that_is_not_utf8_is_told_with_its_line(write: Write, encoding: str) -> None:
    config = write("c.yaml", "")
    config.write_bytes("# settings\n# für alle\nplan: {}\n".encode(encoding))

    assert faults_of(config)[0].endswith("is not UTF-8 text; save the file as UTF-8")
    assert faults_of(config)[0].startswith("c.yaml:1" if encoding == "utf-16" else "c.yaml:2")


def test_a_broken_scenario_does_not_hide_the_faults_of_the_configuration(write: Write) -> None:
    config = write("c.yaml", "simulation: {random_seed: x}\n")
    scenario = write("s.yaml", "plan: [\n")

    assert [fault.split(":")[0] for fault in faults_of(config, scenario)] == ["c.yaml", "s.yaml"]


def test_a_fault_in_an_address_does_not_show_its_password() -> None:
    (fault,) = faults_of(flags={"census.date_order": "https://anna:geheim@example.com"})

    assert "geheim" not in fault


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("network.proxy", "http://anna:geheim@proxy:8080", "network.proxy holds a user or password; give only"),
        ("network.proxy", "anna:geheim@proxy:8080", "network.proxy holds a user or password; give only"),
        ("plan.match.max_match_percentage", 0.033333, "plan.match.max_match_percentage has more than four decimals"),
        ("network.pinned_certificates", {"h": "ab"}, "network.pinned_certificates.h is not a SHA-256 fingerprint"),
    ],
)
def test_checks_of_single_values_speak_for_themselves(key: str, value: object, words: str) -> None:
    (fault,) = faults_of(flags={key: value})

    assert words in fault
    assert "geheim" not in fault


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://anna:ge@he/im@host/p.csv", "https://***@host/p.csv"),
        ("anna:geheim@proxy:8080", "***@proxy:8080"),
        ("https://host/p.csv?sig=geheim&x=1", "https://host/p.csv?***"),
        ("ftp://anna:geheim@host/p.csv", "ftp://***@host/p.csv"),
        ("https://anna:ge heim@host/p.csv", "https://***@host/p.csv"),
        ("https://host/p.csv?sig=ge heim#x", "https://host/p.csv?***"),
        ("https://host/p.csv#geheim", "https://host/p.csv#***"),
        ("--census=https://anna:ge heim@host", "--census=https://***@host"),
        ("anna:ge heim@proxy:8080", "***@proxy:8080"),
        ("//anna:geheim@host/share", "//***@host/share"),
        ("https:/anna:geheim@host/p.csv", "https:/***@host/p.csv"),
        ("https:\\\\anna:geheim@host", "https:\\\\***@host"),
        ("C:\\people\\a@b.csv", "C:\\people\\a@b.csv"),
        ("/home/anna/people.csv", "/home/anna/people.csv"),
    ],
)
def test_what_may_be_a_secret_is_hidden(text: str, shown: str) -> None:
    assert without_secrets({"key": [text]}) == {"key": [shown]}


def test_an_unknown_flag_is_told_as_well() -> None:
    (fault,) = faults_of(flags={"simulation.sed": 3})

    assert fault.startswith("simulation.sed is unknown; ")
