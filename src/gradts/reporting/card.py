"""The model card of a task's model: what it answers, how well on which split, how it was trained."""

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from huggingface_hub import EvalResult, ModelCard, ModelCardData

from gradts.members import Member
from gradts.reporting.pages import listed
from gradts.reporting.specs import SEEN, UNDEFINED, ModelSpec, label, percent, pipeline_kind, pipeline_of
from gradts.specs import MULTI_LABEL, TAGGING
from gradts.training.scores import Score

PAGE = """---
{about}
---

# {name}

{generated}Answers the task `{task.name}` ({task.objective}) from {columns}: {answers}.

```python
from transformers import pipeline

answer = {pipeline}
```{asked}

`gradts predict --model FOLDER --data FILE --out FILE` answers the rows of a file.

## Scores

After epoch {epoch}, the best by `select`, which this training has not seen. {decided}

{scores}{warnings}

## Training

Together with {members}, which {method} chose from the suite `{spec.suite}`{repeated}.
Encoder: `{encoder}`; seed: {run.seed}.

{recipe}

## Licence

Not stated: it follows from those of the encoder and of the data. Add `license: …` to the head of this page.
"""
SEVERAL = "\n\nAll labels with a score above 0.5 are the answer: `answer(text, top_k=None)`."
GENERATED = (
    "**This task is generated** by the GradTS workflow: the model knows nothing of natural language.\n\n"
)
TAGGED = "\n\nA word's tag is that of its first piece; words of one kind beside one another are one answer."
UNSEEN = "`dev` took no part in training or in a decision."


def card(
    spec: ModelSpec, scores: Sequence[Score], record: dict[str, Any], warnings: Sequence[str]
) -> ModelCard:
    """The card of a model with these scores of one epoch, made by a job with this record.

    `warnings`: what must be said of the task's data.
    """
    task, run = spec.task, spec.run
    kind = pipeline_kind(task)
    about = ModelCardData(
        model_name=task.name,
        eval_results=[
            EvalResult(kind, task.name, task.name, row.metric, row.value, dataset_split=row.split)
            for row in scores
            if not math.isnan(row.value)
        ],
        library_name="transformers",
        pipeline_tag=kind,
        base_model=run.backend.hub,
        tags=["gradts", "multi-task-learning"],
    )
    table = pd.DataFrame(
        [
            (row.metric, row.split, UNDEFINED if math.isnan(row.value) else f"{row.value:.4f}")
            for row in scores
        ],
        columns=["metric", "split", "score"],
    )
    facts = pd.DataFrame({**record["spec"]["run"]["recipe"], **record["packages"]}.items(), columns=["", " "])
    members = [f"`{member}` ({percent(share)} of its rows)" for member, share in spec.shares.items() if share]
    known = map(Member.parse, run.members)
    own = [one.subset for one in known if one.task == task.name and one.subset]
    text = PAGE.format(
        about=about.to_yaml(),
        name=f"{task.name}: {label(spec.method)} under {run.backend.name}",
        generated=GENERATED if "generated" in spec.source.origin else "",
        task=task,
        columns=" and ".join(f"`{column}`" for column in spec.source.text),
        answers=", ".join(f"`{name}`" for name in task.labels) or "a number, in the task's own units",
        pipeline=pipeline_of(task, "FOLDER"),
        asked={MULTI_LABEL: SEVERAL, TAGGING: TAGGED}.get(task.objective, ""),
        warnings="\n\n" * bool(warnings) + listed(warnings),
        epoch=record["epoch"],
        decided=SEEN if spec.decide_on == "dev" else UNSEEN,
        scores=table.to_markdown(index=False, disable_numparse=True),
        members=" and ".join(members) or "no other task",
        method=label(spec.method),
        repeated="".join(f"; an epoch goes {int(of.value)} times over its own rows" for of in own),
        spec=spec,
        encoder=run.backend.hub or run.backend.package or run.backend.name,
        run=run,
        recipe=facts.to_markdown(index=False, disable_numparse=True),
    )
    return ModelCard(text)
