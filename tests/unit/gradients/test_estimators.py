"""Which estimator takes gradients in which architecture: told before anything is trained."""

import numpy as np
import pytest
from transformers import AutoConfig, AutoModel, AutoTokenizer

from gradts.artifacts import read_array
from gradts.gradients import importance
from gradts.gradients.estimators import ESTIMATORS, check_encoder
from gradts.layout import inside
from gradts.models.heads import KEYS_AND_VALUES
from gradts.names import InputError
from gradts.specs import Backend
from gradts.training.learner import Learner
from tests.conftest import CONFIGS, HEADS, LAYERS, SIZES, TWO_TASKS, gradient_job


@pytest.fixture(scope="module")
def backend_of(tmp_path_factory, tiny_backend):
    """A tiny backend of an architecture; made once."""
    made: dict[str, Backend] = {}

    def make(kind: str) -> Backend:
        if kind not in made:
            folder = tmp_path_factory.mktemp(kind)
            tokenizer = AutoTokenizer.from_pretrained(tiny_backend)
            tokenizer.model_input_names = ["input_ids", "attention_mask"]  # which all of them know
            tokenizer.save_pretrained(folder)
            sizes = CONFIGS[kind] | {"vocab_size": len(tokenizer), "max_position_embeddings": 64}
            AutoModel.from_config(AutoConfig.for_model(kind, **sizes)).save_pretrained(folder)
            made[kind] = Backend(kind, path=str(folder))
        return made[kind]

    return make


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("kind", CONFIGS)
def test_a_job_measures_importance_or_is_refused_before_it_trains(
    backend_of, data, tmp_path, monkeypatch, kind, estimator
):
    updates, learn = [], Learner.__call__
    monkeypatch.setattr(Learner, "__call__", lambda *batch: updates.append(1) or learn(*batch))
    fits = []
    monkeypatch.setattr(importance, "fit_head", lambda *_: fits.append(1))
    spec = gradient_job(TWO_TASKS[1], backend_of(kind), estimator=estimator)
    files = {name: inside(tmp_path, name, seed=1) for name in ("importance", "gradients")}
    if estimator != "head_gate" and kind not in KEYS_AND_VALUES:
        message = rf"^gradients\.estimator: {estimator}: .* architecture '{kind}'; supported: bert"
        with pytest.raises(InputError, match=message):
            importance.measure_importance(spec, data, **files)
        assert updates == fits == []
    else:
        importance.measure_importance(spec, data, **files)
        matrix, _ = read_array(files["importance"])
        assert matrix.shape == (LAYERS, HEADS)
        assert np.isfinite(matrix).all()
        assert len(updates) == 3  # 24 rows by 8


@pytest.mark.parametrize("estimator", ["head_gate", "kv_weight_columns"])
def test_layers_that_heads_do_not_divide_are_refused(estimator):
    """ELECTRA takes such a width when it is built."""
    sizes = {**SIZES, "hidden_size": 10, "embedding_size": 8}
    encoder = AutoModel.from_config(AutoConfig.for_model("electra", **sizes))
    with pytest.raises(InputError, match=f"{estimator}: 3 heads do not divide a layer 10 wide"):
        check_encoder(estimator, encoder)
