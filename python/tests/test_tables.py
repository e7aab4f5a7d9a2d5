"""Tables as frames of pandas."""

from pathlib import Path

import modlab
import pytest

pytest.importorskip("pandas")


def test_a_table_of_a_study_and_of_a_run(run: Path) -> None:
    study = run.parent.parent.parent
    frame = modlab.table(study, "accuracy")
    assert list(frame.columns) == ["study", "variant", "seed", "stage", "accuracy"]
    assert frame["seed"].tolist() == [0, 1] and frame["accuracy"].isna().tolist() == [False, True]
    assert modlab.table(run, "accuracy")["accuracy"].tolist() == [0.5]


def test_wrong_names_are_answered_with_the_nearest(run: Path) -> None:
    with pytest.raises(modlab.ModlabError, match="did you mean 'accuracy'"):
        modlab.table(run, "acuracy")
    with pytest.raises(modlab.ModlabError, match="is no folder"):
        modlab.table(run / "nowhere", "accuracy")
