"""The bandit's job (AUTOSEM-p1): trains a few batches a round and keeps its state on disk."""

import math
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch

from gradts.artifacts import write_json
from gradts.members import Member
from gradts.models.backends import commit_of
from gradts.provenance import Job
from gradts.selection.autosem import Bandit, still
from gradts.selection.specs import BanditSpec
from gradts.training.checkpoint import State
from gradts.training.learner import Learner
from gradts.training.loop import prepare_training, progress
from gradts.training.sampler import epoch_batches
from gradts.training.scores import decision_score
from gradts.training.scoring import Scorer

SAVE_SECONDS = 30.0


def play(spec: BanditSpec, data: str | Path, out: str | Path, *, save_seconds: float = SAVE_SECONDS) -> None:
    """Play AUTOSEM-p1's bandit for a primary task: write utilities and ledger as JSON.

    A stopped job resumes from `{out}.state`, and its result is that of an undisturbed one: every
    random draw depends on seed, suite, primary and round alone. A loss that becomes NaN ends the game, which
    the answer states under `diverged`; `undecided` says why a game tells nothing, if it does not. Raises
    ArtifactError for a damaged state.
    """
    job = Job(__name__, spec)
    game = Game(spec, data)
    bandit = Bandit([task.name for task in spec.tasks], spec.gamma)
    state = State(f"{out}.state", job)
    stopped = state.load(game.learner)
    rounds = stopped["rounds"] if stopped else [game.begin()]
    for entry in rounds[1:]:
        bandit.reward(entry["arm"], entry["reward"])
    saved, diverged = monotonic(), None
    with progress(total=spec.rounds, initial=len(rounds) - 1, unit="round", desc="bandit") as bar:
        while len(rounds) <= spec.rounds and diverged is None:
            try:
                rounds.append(game.play(len(rounds), bandit, rounds))
            except FloatingPointError as error:
                diverged = f"round {len(rounds)}: {error}"
            bar.update()
            if monotonic() - saved >= save_seconds:
                state.save(game.learner, {"rounds": rounds})
                saved = monotonic()
    facts = {
        "utilities": bandit.utilities(),
        "rounds": rounds,
        "diverged": diverged,
        "cut": game.cut,
        "undecided": still([entry["score"] for entry in rounds[1:]]),
    }
    processed = spec.batches * spec.recipe.batch_size * (len(rounds) - 1)
    device, commit = str(game.learner.device), commit_of(spec.backend)
    write_json(out, job.record(device=device, hub_commit=commit, instances_processed=processed, **facts))
    state.drop()


class Game:
    """The primary's model, and the data of all arms."""

    def __init__(self, spec: BanditSpec, data_folder: str | Path) -> None:
        self.spec = spec
        arms, scored = [Member(task.name) for task in spec.tasks], [spec.primary.name]
        training = prepare_training(spec, arms, data_folder, scored=scored, splits=spec.decide_on)
        self.data, self.cut = training.data, training.cut
        # Constant after the warm-up: under a rate that decays late scores tie, and a tie is rewarded.
        self.learner = Learner(training.model, spec.recipe, spec.rounds * spec.batches, decay=False)
        self.scorer = Scorer(training.model, [spec.primary], training.scored, spec.recipe.precision)

    def begin(self) -> dict[str, Any]:
        """Round 0: the untrained model's score, which the first reward is measured against."""
        return {"arm": None, "reward": None, "score": self._score()}

    def play(self, number: int, bandit: Bandit, rounds: list[dict[str, Any]]) -> dict[str, Any]:
        """Draw an arm, train on it, score the primary, reward the arm; the game begins on the primary.

        A score without a value (None) is below every other.
        """
        seed = self.spec.seed_of(number)
        torch.manual_seed(seed)
        arm = self.spec.primary.name if number == 1 else bandit.draw(np.random.default_rng(seed))
        played = sum(entry["arm"] == arm for entry in rounds)
        self.learner.model.train()
        for batch in range(played * self.spec.batches, (played + 1) * self.spec.batches):
            self.learner(arm, self.data[arm], self._positions(arm, batch))
        self.learner.check()
        score = self._score()
        before = rounds[-1]["score"]
        reward = before is None or (score is not None and score >= before)
        bandit.reward(arm, reward)
        return {"arm": arm, "reward": reward, "score": score}

    def _positions(self, arm: str, number: int) -> list[int]:
        """The batch of this number in an arm's endless stream: passes, each in an order of its own."""
        size = self.spec.recipe.batch_size
        a_pass = -(-len(self.data[arm]) // size)
        generator = torch.Generator().manual_seed(self.spec.seed_of(arm, number // a_pass))
        batches = epoch_batches({arm: self.data[arm].lengths}, {arm: a_pass}, size, generator)
        return batches[number % a_pass][1]

    def _score(self) -> float | None:
        self.scorer.scores.clear()
        self.scorer(1)
        score = decision_score(self.scorer.scores, self.spec.primary, 1, self.spec.decide_on)
        return None if math.isnan(score) else score
