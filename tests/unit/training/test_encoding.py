"""Words of a list have the pieces of running text, under every kind of tokenizer."""

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    AutoConfig,
    AutoTokenizer,
    DebertaV2TokenizerFast,
    PreTrainedTokenizerFast,
    RobertaTokenizerFast,
    XLMRobertaTokenizerFast,
)
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from gradts.models.backends import load_tokenizer
from gradts.names import InputError
from gradts.specs import Backend, Task
from gradts.training.encoding import Encoded
from tests.conftest import yes_no

TAGS = Task("tags", "sequence_labelling", ["O", "B-X"], ["token_accuracy"], "token_accuracy")
WORDS = ["The", "unhappy", "well-known", "Ünal", "isn't", ",", "3.5%", "n't", "unhappy"]
TRAINED_ON = [" ".join(WORDS), "hello to the unhappy world", "a well known unhappy dog isn't well"] * 20
SPECIAL = {"cls_token": "<s>", "pad_token": "<pad>", "sep_token": "</s>", "unk_token": "<unk>"}


def byte_level(normalizer: normalizers.Normalizer | None = None) -> Tokenizer:
    """Byte-level BPE, as GPT-2's, RoBERTa's and ModernBERT's."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    letters = pre_tokenizers.ByteLevel.alphabet()
    options = {"vocab_size": 400, "special_tokens": [*SPECIAL.values()], "initial_alphabet": letters}
    made.train_from_iterator(TRAINED_ON, trainers.BpeTrainer(**options))
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    if normalizer is not None:
        made.normalizer = normalizer
    return made


def model_of(tokenizer: Tokenizer) -> dict:
    return json.loads(tokenizer.to_str())["model"]


def unigram(*special: str) -> dict:
    """The pieces of a Unigram model with ▁ before words, as DeBERTa-v3's and XLM-R's."""
    made = Tokenizer(models.Unigram())
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    options = {"vocab_size": 120, "special_tokens": [*special], "unk_token": special[-1]}
    made.train_from_iterator(TRAINED_ON, trainers.UnigramTrainer(**options))
    return {"vocab": [*map(tuple, model_of(made)["vocab"])]}


def roberta(**options: bool) -> PreTrainedTokenizerBase:
    model = model_of(byte_level())
    return RobertaTokenizerFast(vocab=model["vocab"], merges=[*map(tuple, model["merges"])], **options)


KINDS: dict[str, tuple[str, Callable[[], PreTrainedTokenizerBase]]] = {
    "byte-level BPE with a class of its own": ("roberta", roberta),
    "byte-level BPE that puts a blank before": ("roberta", lambda: roberta(add_prefix_space=True)),
    "byte-level BPE without a class": (
        "modernbert",
        lambda: PreTrainedTokenizerFast(tokenizer_object=byte_level(), **SPECIAL),
    ),
    "Unigram of DeBERTa-v3": (
        "deberta-v2",
        lambda: DebertaV2TokenizerFast(**unigram("[PAD]", "[CLS]", "[SEP]", "[MASK]", "[UNK]")),
    ),
    "Unigram of XLM-R": (
        "xlm-roberta",
        lambda: XLMRobertaTokenizerFast(**unigram("<s>", "<pad>", "</s>", "<mask>", "<unk>")),
    ),
}


@pytest.fixture(params=["WordPiece", *KINDS])
def backend(request, tmp_path, tiny_backend) -> Backend:
    """One whose folder has the tokenizer; what it says of weights is not read."""
    if request.param == "WordPiece":
        return Backend("tiny", path=str(tiny_backend))
    kind, make = KINDS[request.param]
    return saved(make(), tmp_path, kind)


def saved(tokenizer: PreTrainedTokenizerBase, folder: Path, kind: str) -> Backend:
    tokenizer.save_pretrained(folder)
    AutoConfig.for_model(kind).save_pretrained(folder)
    (folder / "model.safetensors").touch()
    return Backend("tiny", path=str(folder))


def tagged(words: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"instance": [0], "tokens": [words], "label": [[0] * len(words)]})


def in_text(tokenizer: PreTrainedTokenizerBase, word: str) -> list[int]:
    """The pieces of a word that follows another one in running text."""
    return tokenizer(f"hello {word}")["input_ids"][len(tokenizer("hello")["input_ids"]) - 1 : -1]


def test_words_have_the_pieces_of_running_text(backend):
    tokenizer = load_tokenizer(backend)
    data = Encoded(tagged(WORDS), TAGS, tokenizer, 128)
    ids, firsts = data.features[0]["input_ids"], data.first_pieces[0]
    ends = [*firsts[1:], len(ids) - 1]
    assert [ids[first:end] for first, end in zip(firsts, ends, strict=True)] == [
        in_text(tokenizer, word) for word in WORDS
    ]
    assert firsts[0] == 1
    assert [ids[0], ids[-1]] == [tokenizer.cls_token_id, tokenizer.sep_token_id]
    assert tokenizer.unk_token_id not in ids


def test_words_of_byte_level_bpe_are_pieces_with_a_blank(tmp_path):
    """As transformers gives them where it is told to add one, which only some classes heed."""
    backend, words = saved(roberta(), tmp_path, "roberta"), ["hello", "unhappy", "unhappy"]
    tokenizer = load_tokenizer(backend)
    ids = Encoded(tagged(words), TAGS, tokenizer, 128).features[0]["input_ids"]
    assert tokenizer.convert_ids_to_tokens(ids)[-3:-1] == ["Ġunhappy", "Ġunhappy"]
    told = AutoTokenizer.from_pretrained(backend.path, add_prefix_space=True)
    assert told(words, is_split_into_words=True)["input_ids"] == ids


def test_sentences_and_pairs_are_encoded_as_the_tokenizer_does(backend):
    texts, others = ["The unhappy dog", " isn't , well"], ["hello", "world !"]
    plain = AutoTokenizer.from_pretrained(backend.path)
    for sides in ({"text_a": texts}, {"text_a": texts, "text_b": others}):
        rows = pd.DataFrame({"instance": [0, 1], **sides, "label": [0, 1]})
        data = Encoded(rows, yes_no("toy"), load_tokenizer(backend), 128)
        assert [feature["input_ids"] for feature in data.features] == plain(*sides.values())["input_ids"]


@pytest.mark.parametrize("kind", ["sentences", "pairs", "words"])
def test_texts_that_the_length_limit_cuts_are_counted(backend, kind):
    """One that just fits is not cut."""
    tokenizer, counts = load_tokenizer(backend), range(3, 13)
    texts, task = [" ".join(["hello"] * count) for count in counts], yes_no("toy")
    rows = pd.DataFrame({"instance": counts, "text_a": texts, "label": 0})
    if kind == "pairs":
        rows["text_b"] = "hello"
    if kind == "words":
        rows["tokens"], rows["label"] = [text.split() for text in texts], [[0] * count for count in counts]
        task = TAGS
    lengths = Encoded(rows, task, tokenizer, 128).lengths
    assert lengths == sorted({*lengths})
    found = [Encoded(rows, task, tokenizer, lengths[i] + more).cut for i in (4, 9) for more in (-1, 0)]
    assert found == [6, 5, 1, 0]


def test_a_tokenizer_that_cannot_take_words_is_refused(tmp_path):
    """It drops the blanks at both ends of a word that it would need."""
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=byte_level(normalizers.Strip()), **SPECIAL)
    backend = saved(tokenizer, tmp_path, "modernbert")
    message = rf"backend {tmp_path}: its tokenizer gives words of a list other pieces .*take another backend"
    with pytest.raises(InputError, match=message):
        Encoded(tagged(WORDS), TAGS, load_tokenizer(backend), 128)
