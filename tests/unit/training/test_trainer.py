"""A joint run of one task is what a plain Hugging Face Trainer makes of the same batches."""

import pytest
import torch
from torch.utils.data import DataLoader
from transformers import (
    DataCollatorForTokenClassification,
    DataCollatorWithPadding,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from gradts.members import Member
from gradts.models.backends import load_tokenizer
from gradts.models.location import locate
from gradts.models.objectives import OUTPUTS
from gradts.specs import Recipe
from gradts.training.loop import Training, epochs
from tests.unit.training.test_head_start import CLASS, NUMBER, TAGS, THREE, TOPICS, made

# Warm-up is a whole number of steps, since a Trainer rounds a part of one up, and ours to the nearest.
RECIPE = Recipe(3, 1e-3, 4, 0.2, 0.0, 1.0, 32, "fp32")


class Watched:
    """A learner, and of each of its steps the instances and the state of dropout's random numbers."""

    def __init__(self, learner) -> None:
        self.learner, self.check, self.steps = learner, learner.check, []

    def __call__(self, task, data, positions) -> None:
        self.steps.append((positions, torch.get_rng_state()))
        self.learner(task, data, positions)


class Batches:
    """Those of one epoch after the other."""

    def __init__(self, steps) -> None:
        self.length, self.left = len(steps) // RECIPE.epochs, iter([positions for positions, _ in steps])

    def __len__(self) -> int:
        return self.length

    def __iter__(self):
        return (next(self.left) for _ in range(self.length))


class Dropout(TrainerCallback):
    def __init__(self, steps) -> None:
        self.steps = steps

    def on_step_begin(self, args, state, control, **_) -> None:
        torch.set_rng_state(self.steps[state.global_step][1])


class Again(Trainer):
    """A Trainer that repeats a learner's steps."""

    def __init__(self, steps, *args, **options) -> None:
        super().__init__(*args, callbacks=[Dropout(steps)], **options)
        self.steps = steps

    def get_train_dataloader(self):
        batches = Batches(self.steps)
        return DataLoader(self.train_dataset, batch_sampler=batches, collate_fn=self.data_collator)


def of_trainer(task, data, backend, begin, steps, folder):
    """The model that a Trainer makes from the weights in `begin`; of its sentences all have as many words."""
    output, labels = OUTPUTS[task.objective], max(1, len(task.labels))
    kind = {} if output.problem_type is None else {"problem_type": output.problem_type}
    model = output.kind.from_pretrained(locate(backend), num_labels=labels, **kind)
    model.load_state_dict(begin, strict=False)
    rows = [
        {**features, "labels": (target.float() if output.scaled else target).tolist()}
        for features, target in zip(data.features, data.targets, strict=True)
    ]
    arguments = TrainingArguments(
        str(folder),
        num_train_epochs=RECIPE.epochs,
        per_device_train_batch_size=RECIPE.batch_size,
        learning_rate=RECIPE.learning_rate,
        warmup_steps=RECIPE.warmup,
        use_cpu=True,
        report_to=[],
        save_strategy="no",
    )
    collator = DataCollatorForTokenClassification if output.per_token else DataCollatorWithPadding
    padded = collator(load_tokenizer(backend))
    Again(steps, model, arguments, train_dataset=rows, data_collator=padded).train()
    return model


def state(model):
    """Weights, without those of word pieces, of which ours has those of its data alone."""
    return {name: of.clone() for name, of in model.state_dict().items() if "word_embeddings" not in name}


@pytest.mark.parametrize("task", [CLASS, THREE, NUMBER, TOPICS, TAGS], ids=lambda task: task.name)
def test_a_plain_trainer_ends_with_the_same_weights(task, backend, tiny_backend, tmp_path):
    model, data = made(task, backend, tiny_backend)
    model.read_first = False  # else the last layer draws dropout for the first token alone
    assert model.encoder.config.hidden_dropout_prob > 0
    begin = state(model.models[task.name])
    training = Training(model, [Member(task.name)], {task.name: data}, {}, {})
    watched = Watched(training.learner(RECIPE))
    assert len(list(epochs(watched, training, RECIPE, seed=1))) == RECIPE.epochs
    ours = state(model.models[task.name])
    theirs = state(of_trainer(task, data, backend, begin, watched.steps, tmp_path))
    torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)
    moved = max((ours[name] - begin[name]).abs().max() for name in ours)
    assert moved > 10 * RECIPE.learning_rate
