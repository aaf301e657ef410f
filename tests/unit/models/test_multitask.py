"""Every task's model is transformers' own on one encoder, and its folder is loaded as it was trained."""

import pytest
import torch
from torch import nn
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer

from gradts.models.export import export
from gradts.models.multitask import MultiTaskModel, build_model
from gradts.specs import Backend, Task
from tests.conftest import CONFIGS, tiny_encoder

TASKS = {
    "classification": Task("class", "classification", ["no", "maybe", "yes"], ["accuracy"], "accuracy"),
    "multi_label": Task("topics", "multi_label", ["a", "b"], ["micro_f1"], "micro_f1"),
    "regression": Task("number", "regression", [], ["pearson"], "pearson"),
    "sequence_labelling": Task(
        "tags", "sequence_labelling", ["O", "B-X"], ["token_accuracy"], "token_accuracy"
    ),
}
IDS = torch.randint(5, 30, (3, 7), generator=torch.Generator().manual_seed(1))
INPUTS = {"input_ids": IDS, "attention_mask": torch.ones_like(IDS)}
KINDS = sorted(CONFIGS)


@pytest.fixture(scope="module")
def backends(tiny_backend, tmp_path_factory):
    """Architecture → a backend of it, with a tokenizer that nothing here asks."""

    def made(kind: str) -> Backend:
        folder = tmp_path_factory.mktemp(kind)
        tiny_encoder(kind).save_pretrained(folder)
        AutoTokenizer.from_pretrained(tiny_backend).save_pretrained(folder)
        return Backend(kind, path=str(folder))

    return made


def trained(backend: Backend, tasks: list[Task]) -> MultiTaskModel:
    """A model of which nothing is as the backend has it, as after training."""
    model = build_model(backend, tasks, 1, torch.cat([IDS.flatten(), torch.arange(5)])).eval()
    generator = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator), alpha=0.05)
    return model


@pytest.mark.parametrize("objective", sorted(TASKS))
@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_answers_as_the_shared_model_does_and_nothing_is_missing(
    kind, objective, backends, tmp_path
):
    task, others = TASKS[objective], [TASKS[name] for name in ("classification", "sequence_labelling")]
    backend = backends(kind)
    model = trained(backend, [task, *(one for one in others if one is not task)])
    if objective == "regression":
        model.scales["number"].set(500.0, 20.0)
    before = model(task.name, INPUTS)
    export(model, task, backend, 32, tmp_path)
    assert torch.equal(model(task.name, INPUTS), before)  # it trains on
    auto = (
        AutoModelForTokenClassification
        if objective == "sequence_labelling"
        else AutoModelForSequenceClassification
    )
    loaded, report = auto.from_pretrained(tmp_path, output_loading_info=True)
    assert not {*report["missing_keys"]} | {*report["unexpected_keys"]} | {*report["mismatched_keys"]}
    with torch.inference_mode():
        logits = model(task.name, INPUTS)
        ours = model.scales["number"].restored(logits).float() if objective == "regression" else logits
        theirs = loaded.eval()(**INPUTS).logits
    torch.testing.assert_close(theirs, ours, rtol=1e-4, atol=1e-5)
    if task.labels:
        assert loaded.config.id2label == dict(enumerate(task.labels))
        assert loaded.config.label2id == {label: i for i, label in enumerate(task.labels)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_has_the_whole_vocabulary_with_the_trained_rows_in_it(kind, backends, tmp_path):
    backend, task = backends(kind), TASKS["classification"]
    model = trained(backend, [task])
    export(model, task, backend, 32, tmp_path)
    rows = AutoModelForSequenceClassification.from_pretrained(tmp_path).get_input_embeddings().weight
    before = tiny_encoder(kind).get_input_embeddings().weight
    used = torch.unique(torch.cat([IDS.flatten(), torch.arange(5)]))
    unused = torch.tensor([i for i in range(len(before)) if i not in used])
    assert len(rows) == len(before)
    assert torch.equal(rows[unused], before[unused])
    assert torch.equal(rows[used], model.encoder.get_input_embeddings()(used))
    assert not torch.isclose(rows[used], before[used]).any(dim=1).all()


def test_classes_of_bert_share_its_pooler_and_others_have_layers_of_their_own():
    first, second = TASKS["classification"], TASKS["multi_label"]
    bert = MultiTaskModel(tiny_encoder("bert"), [first, second], seed=1)
    poolers = {id(bert.models[task.name].bert.pooler.dense.weight) for task in (first, second)}
    assert poolers == {id(bert.encoder.pooler.dense.weight)}
    roberta = MultiTaskModel(tiny_encoder("roberta"), [first, second], seed=1)
    dense = [roberta.models[task.name].classifier.dense.weight for task in (first, second)]
    assert not torch.equal(*dense)


@pytest.mark.parametrize("kind", KINDS)
def test_no_parameter_is_without_a_part_in_a_task(kind):
    """A pooler that no task reads would be saved, decayed and counted for nothing."""
    model = MultiTaskModel(tiny_encoder(kind), [TASKS["classification"]], seed=1).eval()
    model("class", INPUTS).square().sum().backward()
    assert [name for name, parameter in model.named_parameters() if parameter.grad is None] == []


def test_a_head_starts_as_transformers_begins_it_and_disturbs_no_other_draw():
    torch.manual_seed(5)
    expected = torch.rand(3)
    encoder = tiny_encoder("roberta")
    torch.manual_seed(5)
    model = MultiTaskModel(encoder, [TASKS["classification"]], seed=1)
    assert torch.equal(torch.rand(3), expected)
    for part in model.models["class"].classifier.modules():
        if isinstance(part, nn.Linear):
            assert part.weight.std().item() == pytest.approx(
                0.02, rel=0.35
            )  # initializer_range, of few weights
            assert not part.bias.any()


def test_the_mean_of_all_tokens_is_read_where_the_configuration_says_so():
    encoder = tiny_encoder("modernbert")
    encoder.config.classifier_pooling = "mean"
    model = MultiTaskModel(encoder, [TASKS["classification"]], seed=1).eval()
    with torch.inference_mode():
        found = model("class", INPUTS)
        states = model.encoder(**INPUTS).last_hidden_state.mean(dim=1)
        own = model.models["class"]
        torch.testing.assert_close(found, own.classifier(own.drop(own.head(states))))
